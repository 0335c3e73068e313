from dataclasses import replace

import numpy as np
import pytest

from trabecula.model import Anatomy, Border, Structure, Tissue

BONES = {"femur_left": Tissue.BONE, "hip_left": Tissue.BONE}
FEMUR = {"femur_left": Tissue.BONE}


def bridge(render, paint, **options):
    return render(
        paint.bridge(**options), size_mm=(40, 40, 70), pixel_mm=0.8, noise_sd=20, bones=BONES
    )


def test_bridge_names_the_bones_it_joins(render, measure, paint, presence):
    lesion = measure(bridge(render, paint, open_marrow=False))
    sign = next(s for s in lesion.signs if s.name == "bridging")

    assert sign.presence.value == "present"
    assert "left femur and left hip bone" in sign.reason
    assert presence(lesion, "touches_bone") == "present"
    assert presence(lesion, "separate_from_bone") == "absent"


@pytest.mark.parametrize(("open_marrow", "expected"), [(True, "present"), (False, "absent")])
def test_marrow_is_continuous_only_through_a_gap_in_the_cortex(
    render, signs, paint, open_marrow, expected
):
    found = signs(bridge(render, paint, open_marrow=open_marrow))

    assert found["medullary_continuity"] == expected


@pytest.mark.parametrize(("degrees", "expected"), [(200, "present"), (60, "absent")])
def test_wrapping_is_more_than_a_third_of_the_girth(render, measure, paint, degrees, expected):
    scene = render(paint.mantle(degrees), size_mm=(50, 40, 40), bones=FEMUR)
    lesion = measure(scene)
    sign = next(s for s in lesion.signs if s.name == "wraps_bone")

    assert sign.presence.value == expected
    assert sign.measured == pytest.approx(degrees, abs=25)


def test_gap_of_soft_tissue_separates(render, measure, paint, presence):
    scene = render(paint.mantle(90, gap=5.0), size_mm=(50, 50, 50), bones=FEMUR)
    lesion = measure(scene)

    assert presence(lesion, "separate_from_bone") == "present"
    assert presence(lesion, "touches_bone") == "absent"
    assert presence(lesion, "bridging") == "absent"
    assert lesion.figures["gap_to_bone"].value == pytest.approx(5.0, abs=1.2)


def test_without_bone_in_the_anatomy_nothing_is_claimed_of_it(render, measure, paint, presence):
    lesion = measure(render(paint.sphere(12)))

    for name in ("touches_bone", "separate_from_bone", "bridging", "wraps_bone"):
        assert presence(lesion, name) == "not_assessed"


def test_thick_slices_leave_continuity_open(render, measure, paint, presence):
    scene = render(paint.bridge(open_marrow=True), size_mm=(42, 40, 70), slice_mm=3.0, bones=BONES)

    assert presence(measure(scene), "medullary_continuity") == "not_assessed"


def unnamed(scene):
    """Take the bones' names away: one skeleton, and kinds of bone that name no single one."""
    bone = np.isin(scene.seen.anatomy.labels, scene.seen.anatomy.of(Tissue.BONE))
    kinds = (
        Structure(1, "native_skeleton", Tissue.BONE),
        Structure(2, "rib_cage_part", Tissue.BONE),
    )
    anatomy = Anatomy(bone.astype(np.uint8), kinds, "embedded", "", separates_fused_bone=False)
    return replace(scene, seen=replace(scene.seen, anatomy=anatomy))


def test_bridge_between_bones_without_names_joins_parts_of_the_skeleton(render, measure, paint):
    lesion = measure(unnamed(bridge(render, paint, open_marrow=False)))
    sign = next(s for s in lesion.signs if s.name == "bridging")

    assert sign.presence.value == "present"
    assert "2 parts of the skeleton" in sign.reason


def test_uncertain_border_to_bone_without_names_leaves_bridging_open(
    render, measure, paint, presence
):
    scene = unnamed(render(paint.mantle(90), size_mm=(50, 40, 40), bones=FEMUR))
    drawn = tuple(replace(one, border=Border.FUSED_NOT_CERTAIN) for one in scene.seen.lesions)
    lesion = measure(replace(scene, seen=replace(scene.seen, lesions=drawn)))

    assert presence(lesion, "bridging") == "not_assessed"
