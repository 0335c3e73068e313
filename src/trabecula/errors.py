"""Everything this package raises on purpose.

TrabeculaError
├── InputError(ValueError)          the study cannot be used as it is
│   ├── GeometryError               gaps, shear, mixed orientations
│   ├── CalibrationError            values are not Hounsfield units
│   ├── ModalityError               not a CT image
│   ├── ChoiceError                 several series; one must be named
│   └── ContextError                a case form or edits file that cannot be read
├── GamutError(ValueError)          a gamut file contradicts itself
├── MissingExtraError(ImportError)  an optional dependency is absent
└── DeliveryError(OSError)          the result could not be written

Each says the problem, then the remedy. No patient name, date or path stands in either.
"""


class TrabeculaError(Exception):
    """Root of every error this package raises on purpose.

    Attributes
    ----------
    problem
        What is wrong, in one sentence.
    remedy
        What the reader can do about it, in one sentence.
    """

    def __init__(self, problem: str, *, remedy: str) -> None:
        super().__init__(f"{problem} {remedy}")
        self.problem = problem
        self.remedy = remedy


class InputError(TrabeculaError, ValueError):
    """The study cannot be used as it is."""


class GeometryError(InputError):
    """Gaps, shear, uneven spacing or mixed orientations."""


class CalibrationError(InputError):
    """Pixel values are not Hounsfield units."""


class ModalityError(InputError):
    """The object is not a CT image."""


class ChoiceError(InputError):
    """Several series fit; the user must name one."""


class ContextError(InputError):
    """A case form or an edits file cannot be read."""


class GamutError(TrabeculaError, ValueError):
    """A gamut file contradicts itself or is not cited."""


class MissingExtraError(TrabeculaError, ImportError):
    """An optional dependency is absent."""


class DeliveryError(TrabeculaError, OSError):
    """The result could not be written."""
