import pytest

from trabecula.model import Side, Tissue
from trabecula.read.numbering import VERSION_1, VERSION_2
from trabecula.see.structures import is_bone, is_known, standard_name, structure, tissue_of


@pytest.mark.parametrize("name", sorted({*VERSION_1, *VERSION_2}))
def test_every_class_of_task_total_is_known_and_keeps_its_spelling(name):
    assert is_known(name)
    assert standard_name(name) == name


def test_counts_of_bones_are_those_of_the_skeleton():
    bones = [name for name in VERSION_2 if is_bone(name)]

    # 24 ribs, 25 vertebrae, sacrum, skull, sternum, and 10 paired bones of girdles and limbs
    assert len(bones) == 24 + 25 + 1 + 1 + 1 + 10


@pytest.mark.parametrize(
    ("name", "tissue"),
    [
        ("costal_cartilages", Tissue.CARTILAGE),
        ("autochthon_left", Tissue.MUSCLE),
        ("iliac_vena_left", Tissue.VESSEL),
        ("kidney_cyst_right", Tissue.KIDNEY),
        ("urinary_bladder", Tissue.URINARY),
        ("colon", Tissue.BOWEL),
        ("trachea", Tissue.AIRWAY),
        ("spinal_cord", Tissue.NERVOUS),
        ("heart_atrium_left", Tissue.ORGAN),
        ("face", Tissue.OTHER),
        ("something_else", Tissue.OTHER),
    ],
)
def test_structures_are_of_their_tissue(name, tissue):
    assert tissue_of(name) is tissue


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("clavicle_left", "clavicula_left"),
        ("iliac_vein_right", "iliac_vena_right"),
        ("Vertebrae C1", "vertebrae_C1"),
        ("left hip", "hip_left"),
        ("rib_3_left", "rib_left_3"),
        ("Costal-Cartilage", "costal_cartilages"),
        ("erector_spinae_left", "autochthon_left"),
    ],
)
def test_other_spellings_mean_the_same(written, known):
    assert standard_name(written) == known
    assert is_known(written)


def test_side_is_told_by_the_name():
    assert structure(3, "left hip").side is Side.LEFT
    assert structure(4, "rib_right_3").side is Side.RIGHT
    assert structure(5, "sacrum").side is Side.UNPAIRED
