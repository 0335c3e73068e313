"""A small synthetic patient with a whole answer, written by hand."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from trabecula.model import (
    Acquisition,
    Anatomy,
    Answer,
    Border,
    Box,
    Candidate,
    Caution,
    Context,
    DescribedLesion,
    Grid,
    HounsfieldSummary,
    Kind,
    Lesion,
    Level,
    Mask,
    Measured,
    Noise,
    Note,
    Origin,
    Presence,
    Question,
    Reason,
    Reasoning,
    Region,
    Seen,
    SetAside,
    Side,
    Sign,
    StoredAxes,
    Structure,
    Tissue,
    Verdict,
    Volume,
    Weight,
)

SHAPE_KJI = (72, 90, 140)
SPACING_MM = 2.5

STRUCTURES = (
    Structure(1, "hip_right", Tissue.BONE),
    Structure(2, "hip_left", Tissue.BONE),
    Structure(3, "femur_right", Tissue.BONE),
    Structure(4, "femur_left", Tissue.BONE),
    Structure(5, "sacrum", Tissue.BONE),
)


def axes_lps(tilt_deg: float = 0.0) -> np.ndarray:
    """Affine of a canonical grid, turned about the head-foot axis by an angle."""
    turn = np.deg2rad(tilt_deg)
    left = np.array([np.cos(turn), np.sin(turn), 0.0])
    back = np.array([-np.sin(turn), np.cos(turn), 0.0])
    affine = np.eye(4)
    affine[:3, 0] = np.array([0.0, 0.0, 1.0]) * SPACING_MM
    affine[:3, 1] = back * SPACING_MM
    affine[:3, 2] = left * SPACING_MM
    affine[:3, 3] = (-175.0, -110.0, -60.0)
    return affine


def ball(centre_kji: tuple[float, float, float], radii: tuple[float, float, float]) -> Mask:
    """An ellipsoid on the whole grid."""
    k, j, i = np.ogrid[: SHAPE_KJI[0], : SHAPE_KJI[1], : SHAPE_KJI[2]]
    (ck, cj, ci), (rk, rj, ri) = centre_kji, radii
    return ((k - ck) / rk) ** 2 + ((j - cj) / rj) ** 2 + ((i - ci) / ri) ** 2 <= 1.0


def bones() -> dict[int, Mask]:
    """Two hips, two femora and a sacrum, drawn with ellipsoids."""
    return {
        1: ball((42, 45, 42), (16, 14, 7)) & ~ball((42, 45, 46), (11, 10, 5)),
        2: ball((42, 45, 98), (16, 14, 7)) & ~ball((42, 45, 94), (11, 10, 5)),
        3: ball((10, 45, 36), (22, 7, 7)),
        4: ball((10, 45, 104), (22, 7, 7)),
        5: ball((50, 64, 70), (14, 6, 14)),
    }


def lesion_masks() -> tuple[Mask, ...]:
    """A bridge on the right, an amorphous deposit on the left, a speck in the midline."""
    return (
        ball((30, 34, 26), (16, 6, 6)),
        ball((28, 30, 116), (4, 4, 5)),
        ball((20, 70, 72), (1.2, 1.2, 1.2)),
    )


def hounsfield() -> np.ndarray:
    """Body, fat, bone with marrow, and the three lesions, with a little noise."""
    noise = np.random.default_rng(7).normal(0.0, 14.0, SHAPE_KJI)
    hu = np.full(SHAPE_KJI, -1000.0)
    hu[ball((36, 45, 70), (400, 38, 62))] = -90.0
    hu[ball((36, 45, 70), (400, 34, 56))] = 50.0
    for mask in bones().values():
        hu[mask] = 700.0
    for centre in ((10, 45, 36), (10, 45, 104)):
        hu[ball(centre, (20, 5, 5))] = 150.0
    bridge, deposit, speck = lesion_masks()
    hu[bridge] = 620.0
    hu[ball((30, 34, 26), (13, 4, 4))] = 130.0
    hu[deposit] = 900.0
    hu[speck] = 260.0
    return np.round(hu + noise).astype(np.int16)


def box_of(mask: Mask) -> Box:
    """Smallest box around a mask."""
    k, j, i = (slice(int(axis.min()), int(axis.max()) + 1) for axis in np.nonzero(mask))
    return k, j, i


def lesion(
    number: int,
    mask: Mask,
    grid: Grid,
    *,
    region: Region | None,
    side: Side | None,
    touches: tuple[str, ...] = (),
) -> Lesion:
    """A lesion with its true centroid and box."""
    box = box_of(mask)
    points = grid.to_lps_mm(np.argwhere(mask))
    x, y, z = points.mean(axis=0).tolist()
    low, high = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return Lesion(
        id=number,
        mask=mask[box].copy(),
        box=box,
        region=region,
        side=side,
        centroid_lps_mm=(x, y, z),
        bounding_box_lps_mm=(*low, *high),
        border=Border.TOUCHING if touches else Border.CLEAR,
        threshold_hu=167.3,
        touches=touches,
    )


def sign(name: str, presence: Presence, **fields: object) -> Sign:
    """A sign of the image with a reason that reads like one."""
    texts = {
        Presence.PRESENT: "rim 3 mm deep is denser than the core by the figure shown",
        Presence.ABSENT: "looked for in the whole lesion, not found",
        Presence.NOT_ASSESSED: "slices of 2.5 mm are too thick (floor 1.5 mm)",
    }
    return Sign(name, presence, **{"reason": texts[presence], **fields})  # type: ignore[arg-type]


def described(
    body: Lesion,
    verdict: Verdict,
    probability: float,
    *,
    signs: tuple[Sign, ...],
    weights: tuple[Weight, ...],
    hu: tuple[float, float, float, float, float, float],
) -> DescribedLesion:
    """A described lesion with its volume counted from the mask."""
    ml = body.voxels * SPACING_MM**3 / 1000.0
    return DescribedLesion(
        lesion=body,
        verdict=verdict,
        probability_ossification=probability,
        weights=weights,
        volume=Measured(ml, "mL", "mass-conserving", ml * 0.93, ml * 1.06),
        hu=HounsfieldSummary(*hu),
        signs=signs,
        figures={"rim_thickness": Measured(2.43, "mm", "blurred shell model", 1.9, 3.1)},
    )


def lesions(grid: Grid) -> tuple[DescribedLesion, ...]:
    """The three lesions of the patient, one of each verdict that matters."""
    bridge, deposit, speck = lesion_masks()
    present, absent, unknown = Presence.PRESENT, Presence.ABSENT, Presence.NOT_ASSESSED
    return (
        described(
            lesion(
                1,
                bridge,
                grid,
                region=Region.HIP,
                side=Side.RIGHT,
                touches=("hip_right", "femur_right"),
            ),
            Verdict.OSSIFICATION,
            0.9634,
            signs=(
                sign("cortical_rim", present, measured=2.43, unit="mm"),
                sign("marrow_core", present, measured=131.0, unit="[hnsf'U]"),
                sign("denser_rim", present, measured=412.0, unit="[hnsf'U]"),
                sign("bridging", present, measured=2.0, unit="{bones}", reason="touches 2 bones"),
                sign("amorphous_matrix", absent),
                sign("denser_centre", absent),
                sign("trabeculated", unknown),
                sign("medullary_continuity", absent),
            ),
            weights=(
                Weight("cortical_rim", 1.9, "a rim of 2.4 mm runs around the core"),
                Weight("marrow_core", 1.4, "the core is 131 HU, the patient's marrow 150 HU"),
                Weight("amorphous_matrix", -0.3, "no trabeculae could be shown"),
            ),
            hu=(402.0, 231.5, 101.0, 455.0, 668.0, 702.0),
        ),
        described(
            lesion(2, deposit, grid, region=Region.HIP, side=Side.LEFT),
            Verdict.CALCIFICATION,
            0.04,
            signs=(
                sign("cortical_rim", absent),
                sign("amorphous_matrix", present, measured=0.94, unit="1"),
                sign("separate_from_bone", present, measured=12.0, unit="mm"),
                sign("trabeculated", unknown),
            ),
            weights=(Weight("amorphous_matrix", -2.4, "dense and without order"),),
            hu=(871.0, 80.0, 702.0, 890.0, 925.0, 941.0),
        ),
        described(
            lesion(3, speck, grid, region=Region.PELVIS, side=Side.MIDLINE),
            Verdict.INDETERMINATE,
            0.47,
            signs=(sign("cortical_rim", unknown), sign("trabeculated", unknown)),
            weights=(),
            hu=(255.0, 14.0, 231.0, 256.0, 281.0, 290.0),
        ),
    )


def reasoning() -> Reasoning:
    """A differential of four, with a caution and two questions."""
    first = Candidate(
        rank=1,
        id="condition_a",
        name="Condition A, congenital",
        probability=0.7134,
        synonyms=("Disease of A",),
        codes=("MONDO:0000001",),
        reasons_for=(
            Reason("ossification", 9.3, ("Author 2011, a study (PMID:6811185)",)),
            Reason("bridging", 6.1, ("doi:10.1186/s13023-019-1068-7",)),
        ),
        reasons_against=(Reason("bilateral", 0.42, ("Author 2016",)),),
        not_assessed=("trabeculated",),
    )
    second = replace(
        first,
        rank=2,
        id="condition_b",
        name="Condition B after injury",
        probability=0.1902,
        reasons_for=(Reason("ossification", 8.0, ("PMC3035170",)),),
        reasons_against=(Reason("multifocal", 0.2, ("Author 2019",)),),
    )
    third = replace(second, rank=3, id="condition_c", name="Condition C", probability=0.0612)
    other = Candidate(rank=4, id="other", name="Other, none of these", probability=0.0352)
    return Reasoning(
        differential=(first, second, third, other),
        avoid=(
            Caution(
                "condition_a", "Do not take a biopsy of any lesion.", ("Author 2020, guideline",)
            ),
            Caution("condition_a", "Give no injection into muscle.", ("Author 2020, guideline",)),
        ),
        next=(
            Question(
                "bilateral",
                "Look at the other side.",
                0.412,
                ("Author 2018",),
                if_present=(("condition_a", 0.91), ("condition_b", 0.04)),
                if_absent=(("condition_b", 0.55), ("condition_a", 0.32)),
            ),
            Question("diffuse", "Scan the whole body at low dose.", 0.12, ()),
        ),
        gamut_version="2026.11",
    )


def set_aside() -> tuple[SetAside, ...]:
    """Three kinds of things that are bright and no lesion."""
    return (
        SetAside(
            Kind.VESSEL_WALL, "tubular wall", Region.PELVIS, Side.LEFT, (30.0, 4.0, 2.0), 0.084, 0.9
        ),
        SetAside(Kind.VESSEL_WALL, "tubular wall", Region.PELVIS, Side.RIGHT, (-31.0, 4, 2), 0.05),
        SetAside(Kind.NATIVE, "the skeleton", None, None, (0.0, 5.0, 30.0), 812.4),
    )


def case_signs() -> tuple[Sign, ...]:
    """What the whole case shows, from all three doors."""
    return (
        Sign("ossification", Presence.PRESENT, lesion_ids=(1,), reason="lesion 1, 96 %"),
        Sign("bridging", Presence.PRESENT, 2.0, "{bones}", lesion_ids=(1,), reason="lesion 1"),
        Sign("multifocal", Presence.PRESENT, 3.0, "{lesions}", lesion_ids=(1, 2, 3)),
        Sign("bilateral", Presence.ABSENT, reason="one ossification only"),
        Sign("trabeculated", Presence.NOT_ASSESSED, reason="slices of 2.5 mm are too thick"),
        Sign("in_muscle", Presence.PRESENT, certainty=0.8, origin=Origin.CONTEXT),
    )


def make_answer(
    *,
    stored_axes: StoredAxes | None = None,
    tilt_deg: float = 0.0,
    notes: tuple[Note, ...] = (),
    timings_s: Mapping[str, float] | None = None,
) -> Answer:
    """The whole answer on the synthetic patient."""
    grid = Grid(axes_lps(tilt_deg), SHAPE_KJI)
    acquisition = Acquisition(
        "simulated",
        "5" * 64,
        slice_thickness_mm=2.5,
        convolution_kernel="B30",
        stored_axes=stored_axes or StoredAxes(),
    )
    volume = Volume(hounsfield(), grid, acquisition)
    labels = np.zeros(SHAPE_KJI, np.uint8)
    for number, mask in bones().items():
        labels[mask] = number
    anatomy = Anatomy(labels, STRUCTURES, "label map", "", separates_fused_bone=True)
    found = lesions(grid)
    seen = Seen(
        anatomy,
        Noise(52.0, 14.1, 167.3, 1.4, 1180.0, 150.0),
        tuple(one.lesion for one in found),
        set_aside(),
        {region: region in {Region.HIP, Region.PELVIS} for region in Region},
    )
    warning = Note(
        Level.WARNING,
        "slice_thickness",
        "Slices are 2.5 mm thick.",
        "Trabeculae cannot be shown or excluded.",
    )
    return Answer(
        notes=(warning, *notes),
        signs=case_signs(),
        reasoning=reasoning(),
        context=Context(9.0, "F"),
        lesions=found,
        volume=volume,
        seen=seen,
        timings_s=timings_s or {"see": 1.23456, "describe": 0.2},
    )


@pytest.fixture(scope="session")
def answer() -> Answer:
    """One patient for every test that does not change him."""
    return make_answer()


@pytest.fixture(scope="session")
def imageless() -> Answer:
    """An answer from words alone."""
    words = "Bridging ossification about the right hip."
    return Answer(
        notes=(),
        signs=(
            Sign("ossification", Presence.PRESENT, origin=Origin.REPORT, text_span=(9, 21)),
            Sign("bridging", Presence.PRESENT, origin=Origin.REPORT, text_span=(0, 8)),
        ),
        reasoning=reasoning(),
        report_text=words,
        not_understood=("about the right hip",),
    )


@pytest.fixture(scope="session")
def nothing_found() -> Answer:
    """A scan without a lesion, read with an anatomy that cannot tell fused bone."""
    whole = make_answer()
    assert whole.seen is not None
    blind = replace(whole.seen.anatomy, source="embedded", separates_fused_bone=False)
    return replace(whole, lesions=(), signs=(), seen=replace(whole.seen, anatomy=blind, lesions=()))
