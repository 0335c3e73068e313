"""Hounsfield units of tissues and of mineral at a tube voltage."""

from collections.abc import Mapping

import numpy as np

from trabecula.errors import InputError

AIR = -1000.0
LUNG = -850.0
FAT = -100.0
MARROW_FAT = -60.0
URINE = 8.0
BOWEL = 28.0
STOOL = 20.0
BLOOD = 42.0
ORGAN = 48.0
MUSCLE = 55.0
SKIN = 45.0
CARTILAGE = 75.0
DISC = 85.0
CORD = 35.0
TABLE_SKIN = 120.0
TABLE_FOAM = -940.0
"""HU of soft tissue without contrast: middles of the ranges in common use."""

CORTEX_MG_CM3 = 1050.0
"""Mineral of compact bone, mg hydroxyapatite per cm³ of tissue."""
SPONGIOSA_MG_CM3 = 190.0
"""Mineral of cancellous bone of a young adult; a vertebral body holds 150 to 200."""

HYDROXYAPATITE_HU_PER_MG_CM3: Mapping[float, float] = {
    80.0: 1.74,
    100.0: 1.48,
    120.0: 1.29,
    140.0: 1.16,
}
"""HU that 1 mg/cm³ of hydroxyapatite adds in water.

From the mass attenuation of its elements (NIST) at effective energies of 56, 63, 70 and 76 keV,
less the water displaced (density 3.16 g/cm³). Real scanners differ by about a tenth.
"""


def hydroxyapatite_slope(kvp: float) -> float:
    """HU per mg/cm³ at a tube voltage, between the tabulated ones linear."""
    voltages = sorted(HYDROXYAPATITE_HU_PER_MG_CM3)
    if not voltages[0] <= kvp <= voltages[-1]:
        raise InputError(
            f"A tube voltage of {kvp:g} kV is not modelled.",
            remedy=f"Choose one between {voltages[0]:g} and {voltages[-1]:g} kV.",
        )
    slopes = [HYDROXYAPATITE_HU_PER_MG_CM3[v] for v in voltages]
    return float(np.interp(kvp, voltages, slopes))


def mineralised_hu(matrix_hu: float, mineral_mg_cm3: float, kvp: float) -> float:
    """HU of a matrix that holds so much mineral."""
    return matrix_hu + mineral_mg_cm3 * hydroxyapatite_slope(kvp)
