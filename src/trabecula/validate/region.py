"""Parts of the body that simulated patients show."""

from collections.abc import Mapping
from dataclasses import dataclass

from trabecula.simulate.shapes import Point


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the body, body frame, LPS, mm of an adult man; of the left side where ``paired``.

    Attributes
    ----------
    text
        What it shows.
    low_mm, high_mm
        Corners of where lesions may lie.
    normal_low_mm, normal_high_mm
        Corners of what a normal scan shows: both sides, skin to skin, table included.
    paired
        Whether lesions are put on one side.
    pelvic
        Whether the pelvis alone is drawn, without ribs and arms.
    """

    text: str
    low_mm: Point
    high_mm: Point
    normal_low_mm: Point
    normal_high_mm: Point
    paired: bool = False
    pelvic: bool = False


REGIONS: Mapping[str, Region] = {
    "pelvis": Region(
        "pelvis and hips",
        (-172.0, -104.0, -104.0), (172.0, 116.0, 192.0),
        (-192.0, -116.0, -112.0), (192.0, 162.0, 196.0),
        pelvic=True,
    ),
    "shoulder": Region(
        "shoulder girdle, upper arm and the chest wall beside them",
        (45.0, -96.0, 360.0), (222.0, 112.0, 612.0),
        (-236.0, -120.0, 400.0), (236.0, 162.0, 600.0),
        paired=True,
    ),
    "knee": Region(
        "lower thigh, knee and upper calf",
        (28.0, -84.0, -560.0), (172.0, 92.0, -200.0),
        (-180.0, -110.0, -540.0), (180.0, 150.0, -260.0),
        paired=True,
    ),
    "spine": Region(
        "back, spine and the ribs beside it",
        (-120.0, -20.0, 190.0), (120.0, 116.0, 500.0),
        (-170.0, -120.0, 215.0), (170.0, 162.0, 420.0),
    ),
    "neck": Region(
        "neck and the tops of the shoulders",
        (-128.0, -70.0, 530.0), (128.0, 112.0, 690.0),
        (-160.0, -110.0, 520.0), (160.0, 140.0, 690.0),
    ),
    "chest": Region(
        "chest wall at its side and front, upper arm",
        (35.0, -112.0, 290.0), (222.0, 90.0, 450.0),
        (-236.0, -120.0, 290.0), (236.0, 162.0, 460.0),
        paired=True,
    ),
    "elbow": Region(
        "elbow beside the trunk",
        (140.0, -52.0, 160.0), (245.0, 88.0, 370.0),
        (120.0, -70.0, 190.0), (255.0, 100.0, 350.0),
        paired=True,
    ),
}  # fmt: skip
"""By name; the order in which a suite takes them."""
