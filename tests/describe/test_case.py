from dataclasses import replace

import numpy as np
import pytest

from trabecula.describe import burden, case_signs
from trabecula.model import (
    Acquisition,
    Anatomy,
    Border,
    DescribedLesion,
    Grid,
    HounsfieldSummary,
    Lesion,
    Measured,
    Noise,
    Presence,
    Region,
    Seen,
    Side,
    Sign,
    Verdict,
    Volume,
)

SHAPE = (4, 4, 4)
VOLUME = Volume(
    np.zeros(SHAPE, np.int16),
    Grid(np.eye(4)[[2, 1, 0, 3]], SHAPE),
    Acquisition("simulated", "0" * 64),
)


def seen(*, separates=True, evaluable=tuple(Region)):
    anatomy = Anatomy(np.zeros(SHAPE, np.uint8), (), "embedded", "", separates)
    return Seen(
        anatomy, Noise(50, 10, 130), (), (), {region: region in evaluable for region in Region}
    )


def lesion(number, verdict, *, ml=1.0, region=Region.HIP, side=Side.LEFT, signs=()):
    mask = np.ones((1, 1, 1), bool)
    box = (slice(0, 1),) * 3
    body = Lesion(number, mask, box, region, side, (0, 0, 0), (0,) * 6, Border.CLEAR, 130)
    found = tuple(
        Sign(name, presence, certainty=0.9, lesion_ids=(number,), reason="seen")
        for name, presence in (
            ("ossification", on(verdict is Verdict.OSSIFICATION)),
            ("calcification", on(verdict is Verdict.CALCIFICATION)),
            *signs,
        )
    )
    return DescribedLesion(
        lesion=body,
        verdict=verdict,
        probability_ossification={Verdict.OSSIFICATION: 0.95, Verdict.CALCIFICATION: 0.05}.get(
            verdict, 0.4
        ),
        weights=(),
        volume=Measured(ml, "ml", "given"),
        hu=HounsfieldSummary(0, 0, 0, 0, 0, 0),
        signs=found,
    )


def on(present):
    return Presence.PRESENT if present else Presence.ABSENT


def by_name(signs):
    return {sign.name: sign for sign in signs}


def test_both_kinds_are_present_with_their_own_lesions():
    found = by_name(
        case_signs(
            (lesion(1, Verdict.OSSIFICATION, ml=50), lesion(2, Verdict.CALCIFICATION, ml=0.1)),
            seen(),
            VOLUME,
        )
    )

    assert found["ossification"].lesion_ids == (1,)
    assert found["calcification"].lesion_ids == (2,)


def test_a_speck_of_calcium_does_not_bring_its_matrix_to_a_case_of_bone():
    bone = lesion(1, Verdict.OSSIFICATION, ml=50, signs=[("amorphous_matrix", Presence.ABSENT)])
    speck = lesion(2, Verdict.CALCIFICATION, ml=0.1, signs=[("amorphous_matrix", Presence.PRESENT)])
    half = replace(speck, volume=Measured(30.0, "ml", "given"))

    assert (
        by_name(case_signs((bone, speck), seen(), VOLUME))["amorphous_matrix"].presence
        is Presence.ABSENT
    )
    assert (
        by_name(case_signs((bone, half), seen(), VOLUME))["amorphous_matrix"].presence
        is Presence.PRESENT
    )


def test_one_of_each_kind_is_neither_solitary_nor_multifocal():
    pair = (lesion(1, Verdict.OSSIFICATION), lesion(2, Verdict.CALCIFICATION))
    found = by_name(case_signs(pair, seen(), VOLUME))

    assert found["solitary"].presence is Presence.ABSENT
    assert found["multifocal"].presence is Presence.ABSENT


def test_lesions_on_both_sides_in_four_regions_are_bilateral_and_diffuse():
    regions = (Region.NECK, Region.SHOULDER, Region.BACK, Region.HIP)
    many = tuple(
        lesion(n, Verdict.OSSIFICATION, region=r, side=(Side.LEFT, Side.RIGHT)[n % 2])
        for n, r in enumerate(regions, 1)
    )
    found = by_name(case_signs(many, seen(), VOLUME))

    for name in ("bilateral", "diffuse", "multifocal", "site_neck", "site_hip"):
        assert found[name].presence is Presence.PRESENT, name
    assert found["site_knee"].presence is Presence.ABSENT


def test_a_region_outside_the_scan_is_not_said_to_be_free():
    found = by_name(
        case_signs((lesion(1, Verdict.OSSIFICATION),), seen(evaluable=(Region.HIP,)), VOLUME)
    )

    assert found["site_neck"].presence is Presence.NOT_ASSESSED
    assert found["diffuse"].presence is Presence.NOT_ASSESSED


def test_nothing_found_excludes_fused_bone_only_with_named_bones():
    blind = by_name(case_signs((), seen(separates=False), VOLUME))
    sharp = by_name(case_signs((), seen(separates=True), VOLUME))

    assert blind["ossification"].presence is Presence.NOT_ASSESSED
    assert sharp["ossification"].presence is Presence.ABSENT
    assert blind["calcification"].presence is Presence.ABSENT


def test_burden_keeps_the_kinds_apart_and_says_what_was_seen():
    mixed = (
        lesion(1, Verdict.OSSIFICATION, ml=10),
        lesion(2, Verdict.CALCIFICATION, ml=2),
        lesion(3, Verdict.INDETERMINATE, ml=1),
    )
    by_region = burden(mixed, seen(evaluable=(Region.HIP,)))

    assert set(by_region) == set(Region)
    assert by_region[Region.HIP].ossification_ml == pytest.approx(10.4)
    assert by_region[Region.HIP].calcification_ml == pytest.approx(2.6)
    assert by_region[Region.HIP].evaluable
    assert not by_region[Region.NECK].evaluable


def test_a_case_names_the_lesion_that_differs():
    near = lesion(1, Verdict.OSSIFICATION, ml=1, signs=[("bridging", Presence.PRESENT)])
    far = tuple(
        lesion(n, Verdict.OSSIFICATION, ml=9, signs=[("bridging", Presence.ABSENT)]) for n in (2, 3)
    )
    sign = by_name(case_signs((near, *far), seen(), VOLUME))["bridging"]

    assert sign.presence is Presence.PRESENT
    assert sign.lesion_ids == (1,)
    assert sign.reason == "lesion 1: seen; absent in lesions 2 and 3"


def test_the_larger_part_decides_whether_a_case_lies_apart_from_bone():
    large = lesion(1, Verdict.OSSIFICATION, ml=9, signs=[("separate_from_bone", Presence.ABSENT)])
    small = lesion(2, Verdict.OSSIFICATION, ml=1, signs=[("separate_from_bone", Presence.PRESENT)])
    sign = by_name(case_signs((large, small), seen(), VOLUME))["separate_from_bone"]

    assert sign.presence is Presence.ABSENT
    assert sign.reason.endswith("present in lesion 2")
