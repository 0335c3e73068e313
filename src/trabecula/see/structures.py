"""What TotalSegmentator's structures are made of, so that no other module knows their names.

Covers every class of its task ``total`` in version 2 (117 classes) and version 1 (104), and the
classes of its other CT tasks that bear on bone, cartilage and muscle (limb bones, neck).
"""

from collections.abc import Iterable

from trabecula.model import Anatomy, Structure, Tissue

VERTEBRAE = (
    *(f"vertebrae_C{n}" for n in range(1, 8)),
    *(f"vertebrae_T{n}" for n in range(1, 13)),
    *(f"vertebrae_L{n}" for n in range(1, 6)),
    "vertebrae_S1",
)
"""From the head down."""

_BONES_OF_A_SIDE = (
    "scapula",
    "clavicula",
    "humerus",
    "hip",
    "femur",
    *(f"rib_{n}" for n in range(1, 13)),
    "patella",
    "tibia",
    "fibula",
    "tarsal",
    "metatarsal",
    "phalanges_feet",
    "ulna",
    "radius",
    "carpal",
    "metacarpal",
    "phalanges_hand",
    "zygomatic_arch",
    "styloid_process",
)

_OF_A_SIDE: dict[Tissue, tuple[str, ...]] = {
    Tissue.BONE: _BONES_OF_A_SIDE,
    Tissue.MUSCLE: (
        "gluteus_maximus",
        "gluteus_medius",
        "gluteus_minimus",
        "autochthon",
        "iliopsoas",
        "quadriceps_femoris",
        "thigh_medial_compartment",
        "thigh_posterior_compartment",
        "sartorius",
        "deltoid",
        "supraspinatus",
        "infraspinatus",
        "subscapularis",
        "coracobrachial",
        "trapezius",
        "pectoralis_minor",
        "serratus_anterior",
        "teres_major",
        "triceps_brachii",
        "sternocleidomastoid",
        "platysma",
        "levator_scapulae",
        "anterior_scalene",
        "middle_scalene",
        "posterior_scalene",
        "sterno_thyroid",
        "thyrohyoid",
        "prevertebral",
        "masseter",
        "temporalis",
        "lateral_pterygoid",
        "medial_pterygoid",
        "digastric",
    ),
    Tissue.VESSEL: (
        "iliac_artery",
        "iliac_vena",
        "subclavian_artery",
        "common_carotid_artery",
        "internal_carotid_artery",
        "internal_jugular_vein",
        "brachiocephalic_vein",
    ),
    Tissue.KIDNEY: ("kidney", "kidney_cyst"),
    Tissue.ORGAN: (
        "adrenal_gland",
        "heart_atrium",
        "heart_ventricle",
        "atrial_appendage",
        "parotid_gland",
        "submandibular_gland",
        "thyroid_gland",
    ),
    Tissue.AIRWAY: (
        "lung",
        "lung_upper_lobe",
        "lung_lower_lobe",
        "lung_middle_lobe",
        "nasal_cavity",
        "auditory_canal",
    ),
    Tissue.OTHER: ("eye", "eye_lens", "optic_nerve"),
}

_UNPAIRED: dict[Tissue, tuple[str, ...]] = {
    Tissue.BONE: (*VERTEBRAE, "vertebrae", "sacrum", "skull", "sternum", "hyoid", "hard_palate"),
    Tissue.CARTILAGE: (
        "costal_cartilages",
        "thyroid_cartilage",
        "cricoid_cartilage",
        "intervertebral_discs",
    ),
    Tissue.MUSCLE: (
        "skeletal_muscle",
        "tongue",
        "superior_pharyngeal_constrictor",
        "middle_pharyngeal_constrictor",
        "inferior_pharyngeal_constrictor",
    ),
    Tissue.VESSEL: (
        "aorta",
        "pulmonary_artery",
        "pulmonary_vein",
        "brachiocephalic_trunk",
        "superior_vena_cava",
        "inferior_vena_cava",
        "portal_vein_and_splenic_vein",
        "coronary_arteries",
        "lung_vessels",
        "liver_vessels",
    ),
    Tissue.BOWEL: ("esophagus", "stomach", "duodenum", "small_bowel", "colon"),
    Tissue.URINARY: ("urinary_bladder",),
    Tissue.ORGAN: (
        "spleen",
        "gallbladder",
        "liver",
        "pancreas",
        "prostate",
        "thyroid_gland",
        "heart",
        "heart_myocardium",
    ),
    Tissue.AIRWAY: (
        "trachea",
        "larynx_air",
        "lung_trachea_bronchia",
        "nasopharynx",
        "oropharynx",
        "hypopharynx",
    ),
    Tissue.NERVOUS: ("brain", "spinal_cord"),
    Tissue.OTHER: ("face", "soft_palate", "subcutaneous_fat", "torso_fat", "intermuscular_fat"),
}

OTHER_SPELLINGS = {
    "clavicle": "clavicula",
    "iliac_vein": "iliac_vena",
    "hip_bone": "hip",
    "pelvis": "hip",
    "innominate": "hip",
    "erector_spinae": "autochthon",
    "oesophagus": "esophagus",
    "bladder": "urinary_bladder",
    "prostate_gland": "prostate",
    "costal_cartilage": "costal_cartilages",
}
"""Names that people and newer programs write, and the name that travels here."""


def _without_side(name: str) -> str:
    return "_".join(word for word in name.split("_") if word not in ("left", "right"))


_TISSUE = {
    name: tissue
    for table in (_OF_A_SIDE, _UNPAIRED)
    for tissue, names in table.items()
    for name in names
}


def standard_name(name: str) -> str:
    """TotalSegmentator's own spelling of a structure's name.

    Parameters
    ----------
    name
        As it was written: ``clavicle_left``, ``Vertebrae C1``, ``iliac_vein_right``.

    Returns
    -------
    str
        The known spelling, or the name itself, tidied, when it is not known.
    """
    tidy = "_".join(name.strip().replace("-", " ").replace("_", " ").split())
    words = tidy.lower().split("_")
    if words[0].startswith("vertebra"):
        words[-1] = words[-1].upper() if words[-1][-1:].isdigit() else words[-1]
    side = next((word for word in words if word in ("left", "right")), None)
    bare = _without_side("_".join(words))
    known = OTHER_SPELLINGS.get(bare, bare)
    if known.startswith("rib_") and side:
        return f"rib_{side}_{known.removeprefix('rib_')}"
    return f"{known}_{side}" if side else known


def tissue_of(name: str) -> Tissue:
    """Return what the structure of this name is made of; ``OTHER`` when it is not known."""
    return _TISSUE.get(_without_side(standard_name(name)), Tissue.OTHER)


def is_known(name: str) -> bool:
    """Whether the name is one of TotalSegmentator's, in any spelling understood here."""
    return _without_side(standard_name(name)) in _TISSUE


def is_bone(name: str) -> bool:
    """Whether the structure of this name is bone."""
    return tissue_of(name) is Tissue.BONE


def structure(label: int, name: str) -> Structure:
    """One labelled structure, its name in the known spelling and its tissue looked up."""
    standard = standard_name(name)
    return Structure(label=label, name=standard, tissue=tissue_of(standard))


def bones(anatomy: Anatomy) -> tuple[Structure, ...]:
    """Bones of an anatomy, in the order of their labels."""
    return _of_tissue(anatomy.structures, Tissue.BONE)


def _of_tissue(structures: Iterable[Structure], tissue: Tissue) -> tuple[Structure, ...]:
    return tuple(sorted((s for s in structures if s.tissue is tissue), key=lambda s: s.label))
