"""Put a bridge of bone into each of two real scans, and show what the program makes of it.

Run it from the repository's root: ``python validation/implant_pictures.py DATA``, where DATA holds
the real scans. It writes ``docs/implants.md`` and its pictures. Each bridge is looked at with the
scan's label map where it has one, with the embedded anatomy, and with that and a reader's marks.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from trabecula.model import Anatomy, Answer, DescribedLesion, Volume
from trabecula.run import analyze
from trabecula.simulate import LesionRequest, host_of, implant
from trabecula.simulate.implant import Host, Implanted
from trabecula.validate.acquire import TrueBody
from trabecula.validate.matching import Matches, match
from trabecula.validate.pictures import outlined, packed
from trabecula.validate.reader import Desk, best_part
from trabecula.validate.real import PELVIS, THORAX, opened

VARIANT, SEED = "train", 5


@dataclass(frozen=True)
class Bridge:
    """A bridge that is put into a scan.

    Attributes
    ----------
    name, text
        Of its picture, and what it joins.
    scan
        Where.
    request
        What is asked for; a path where no label map names the bones.
    reach_mm
        Half the width of its pictures.
    """

    name: str
    text: str
    scan: str
    request: LesionRequest
    reach_mm: float = 60.0


BRIDGES = (
    Bridge(
        "implant-shoulder",
        "Shoulder: left humerus to the third rib at the chest wall, through the armpit",
        THORAX,
        LesionRequest(
            "bone_bridge",
            path=(
                (140.4, 160.5, -438.8), (133.4, 153.5, -443.8), (122.4, 148.8, -448.8),
                (109.9, 147.2, -453.8), (97.4, 148.0, -458.8), (88.1, 150.4, -461.8),
                (81.8, 153.5, -463.8),
            ),
            contact="bridging",
            values={"size_mm": 75.0, "width_mm": 15.0, "maturity": 0.9, "rim_mm": 1.6},
        ),
    ),
    Bridge(
        "implant-hip",
        "Hip: right ilium to femur",
        PELVIS,
        LesionRequest(
            "bone_bridge",
            between=("hip_right", "femur_right"),
            contact="bridging",
            values={"size_mm": 70.0, "width_mm": 20.0, "maturity": 0.9, "rim_mm": 2.5},
        ),
        reach_mm=75.0,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Planted:
    """A scan with its bridge."""

    bridge: Bridge
    volume: Volume
    anatomy: Anatomy | None
    host: Host
    made: Implanted

    @property
    def body(self) -> TrueBody:
        """Where the bridge truly lies."""
        return TrueBody(self.made.lesion.label, self.made.box, self.made.mask)


@dataclass(frozen=True)
class Look:
    """One way to look at a scan, with what came of it."""

    way: str
    answer: Answer
    matches: Matches


def planted(bridge: Bridge, data: Path) -> Planted:
    """Put a bridge into its scan."""
    volume, anatomy = opened(bridge.scan, str(data))
    host = host_of(volume, anatomy)
    with_bridge, made = implant(
        volume, bridge.request, rng=np.random.default_rng(SEED), host=host, variant=VARIANT
    )
    return Planted(bridge, with_bridge, anatomy, host, made[0])


def looks(planted: Planted) -> list[Look]:
    """Analyse a scan with its label map, embedded, and with a reader's edits."""
    made = []
    if planted.anatomy is not None:
        made.append(_look("label map", analyze(planted.volume, planted.anatomy), planted))
    bare = analyze(planted.volume)
    made.append(_look("embedded", bare, planted))
    if bare.seen is None:
        return made
    desk = Desk(planted.volume, (planted.body,), np.random.default_rng(SEED), bare.seen)
    count, _ = desk.correct(planted.body)
    said = "edit" if count == 1 else "edits"
    answer = analyze(planted.volume, edits=desk.edits)
    return [*made, _look(f"embedded, {count} {said}", answer, planted)]


def _look(way: str, answer: Answer, planted: Planted) -> Look:
    return Look(way, answer, match([one.lesion for one in answer.lesions], [planted.body]))


def words(look: Look, planted: Planted) -> str:
    """One line of the table."""
    pair = look.matches.pairs.get(planted.body.label)
    others = len(look.answer.lesions) - (pair is not None)
    if pair is None:
        return f"| {look.way} | {_offered(look, planted)} | – | – | – | – | {others} |"
    place, dice = pair
    one = look.answer.lesions[place]
    volume = one.volume
    low, high = ("–" if v is None else f"{v:.1f}" for v in (volume.low, volume.high))
    return (
        f"| {look.way} | yes | {dice:.2f} | {volume.value:.1f} ml ({low} to {high}) | "
        f"{one.verdict.value} ({one.probability_ossification:.2f}) | {_touches(one)} | {others} |"
    )


def _offered(look: Look, planted: Planted) -> str:
    """Say whether a bridge that is not called is at least offered to be toggled."""
    seen = look.answer.seen
    name, dice = (None, 0.0) if seen is None else best_part(planted.body, seen)
    if seen is None or name is None:
        return "no"
    part = next(part for part in seen.parts if part.id == name)
    return f"not called; offered as a part ({part.probability_ectopic:.0%}, Dice {dice:.2f})"


def _touches(one: DescribedLesion) -> str:
    bridging = next((s.presence.value for s in one.signs if s.name == "bridging"), "not assessed")
    return f"{bridging}: {', '.join(one.lesion.touches) or 'no bone named'}"


def picture(planted: Planted, looked: Sequence[Look]) -> bytes:
    """Draw the scan with the bridge, then each way to look at it, side by side."""
    true = [(planted.body.mask, planted.body.box)]
    reach = planted.bridge.reach_mm
    tiles = [("true outline", outlined(planted.volume, true, (), reach_mm=reach))]
    tiles += [
        (
            look.way,
            outlined(
                planted.volume,
                true,
                [(one.lesion.mask, one.lesion.box) for one in look.answer.lesions],
                reach_mm=reach,
            ),
        )
        for look in looked
    ]
    width, height = tiles[0][1].size
    sheet = Image.new("RGB", (width * len(tiles), height))
    for number, (name, tile) in enumerate(tiles):
        sheet.paste(tile, (number * width, 0))
        ImageDraw.Draw(sheet).text((number * width + 4, 2), name, "white")
    return packed(sheet)


HEAD = """\
# Bridges of bone in real scans

Written by `validation/implant_pictures.py`. Real scans hold no bridge whose outline is known, so
one is put into each: blurred as the scan is, under its own noise. Green is the true outline, orange
what the program called; axial above, coronal below. *Edits* are made by the simulated reader of the
[validation page](validation.md), five at most, as in a file of `--edits`. These two serve to look
at; the figures of many are on that page.
"""


def main() -> None:
    """Write the pictures and the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    given = parser.parse_args()
    (given.docs / "pictures").mkdir(parents=True, exist_ok=True)
    parts = [HEAD]
    for bridge in BRIDGES:
        one = planted(bridge, given.data)
        looked = looks(one)
        name = f"pictures/{bridge.name}.png"
        (given.docs / name).write_bytes(picture(one, looked))
        lesion = one.made.lesion
        parts += [
            f"## {bridge.text}\n",
            f"{lesion.volume_ml:.1f} ml, rim {lesion.rim_thickness_mm:.1f} mm, slices of "
            f"{one.volume.spacing_kji_mm[0]:g} mm.\n",
            "| seen with | found | Dice | volume | called (probability of bone) | bridging | "
            "other lesions |\n| --- | --- | --- | --- | --- | --- | --- |",
            *[words(look, one) for look in looked],
            f"\n![{bridge.text}]({name})\n",
        ]
    (given.docs / "implants.md").write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
