"""What a free body of mineral is, told by place and shape: expected, stone, content, … or lesion.

Each rule names one kind with its reason and how sure it is, or passes. The first that does not pass
decides; what all pass is a lesion. Places are those of the adult; the certainty says how far a
place alone can be trusted.
"""

from collections.abc import Sequence

from trabecula.see.candidates import Candidate
from trabecula.see.rules.abdomen import among_bowel, bowel_content, urinary_stone
from trabecula.see.rules.bone import coccyx, cut, fragment
from trabecula.see.rules.chest import airway_cartilage, costal_cartilage, heart, lung_border
from trabecula.see.rules.limbs import hand_or_foot, skin
from trabecula.see.rules.metal import beside_metal, streak
from trabecula.see.rules.place import Judgement, Place, Rule
from trabecula.see.rules.vessels import arc, contrast, phlebolith, tube, vessel_wall


def by_place(candidate: Candidate, place: Place) -> Judgement | None:
    """Name a free body of mineral by place and shape; ``None`` when it is a lesion."""
    return first_of(RULES, candidate, place)


def in_muscle(candidate: Candidate, place: Place) -> Judgement | None:
    """Name a free body that lies in a muscle by name: what only place tells is not asked."""
    return first_of(WITHOUT_PLACE, candidate, place)


def first_of(rules: Sequence[Rule], candidate: Candidate, place: Place) -> Judgement | None:
    """First judgement of some rules that is one."""
    for rule in rules:
        judgement = rule(candidate, place)
        if judgement is not None:
            return judgement
    return None


RULES: tuple[Rule, ...] = (
    beside_metal,
    streak,
    cut,
    airway_cartilage,
    costal_cartilage,
    lung_border,
    skin,
    tube,
    arc,
    contrast,
    phlebolith,
    vessel_wall,
    urinary_stone,
    heart,
    hand_or_foot,
    bowel_content,
    among_bowel,
    coccyx,
    fragment,
)
"""In the order they are asked."""

BY_PLACE_ALONE: tuple[Rule, ...] = (
    vessel_wall,
    urinary_stone,
    heart,
    bowel_content,
    among_bowel,
    coccyx,
)
"""These know what lies in a place, not what the body of mineral is."""

WITHOUT_PLACE = tuple(rule for rule in RULES if rule not in BY_PLACE_ALONE)
