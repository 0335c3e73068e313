"""Patients with known truth, for the demonstration, the tests and validation.

>>> from trabecula.simulate import demo_context, demo_patient
>>> patient = demo_patient(seed=0)                                     # doctest: +SKIP
>>> patient.volume                                                     # doctest: +SKIP
>>> patient.anatomy.named("hip_right", "femur_right")                  # doctest: +SKIP
>>> for lesion in patient.truth:                                       # doctest: +SKIP
...     print(lesion.id, lesion.mineral, lesion.volume_ml, lesion.contact, lesion.bridged)
>>> patient.lesion_mask(1).sum()                                       # doctest: +SKIP

``demo_patient(lesions=())`` is the same patient without lesions; ``whole_body()`` is one from feet
to head, for speed and memory. Coordinates are LPS with the
origin midway between the femoral heads; arrays are ``(k, j, i)`` as everywhere.
"""

from trabecula.simulate.demo import demo_context, demo_lesions, demo_patient, pelvis_patient
from trabecula.simulate.lesions import (
    AmorphousCalcification,
    HeterotopicBone,
    LesionModel,
    Phlebolith,
    TramTrack,
)
from trabecula.simulate.patient import Patient, TrueLesion
from trabecula.simulate.scanner import Scanner
from trabecula.simulate.whole_body import whole_body, whole_body_lesions

__all__ = [
    "AmorphousCalcification",
    "HeterotopicBone",
    "LesionModel",
    "Patient",
    "Phlebolith",
    "Scanner",
    "TramTrack",
    "TrueLesion",
    "demo_context",
    "demo_lesions",
    "demo_patient",
    "pelvis_patient",
    "whole_body",
    "whole_body_lesions",
]
