import pytest

from trabecula.model import Verdict


@pytest.mark.parametrize(("turn", "present"), [(0, True), (10, True), (70, False)])
def test_two_thin_lines_are_a_tram_track_when_parallel(render, signs, paint, turn, present):
    scene = render(paint.two_lines(gap=8.0, turn_degrees=turn), size_mm=(40, 30, 40))

    assert (signs(scene)["tram_track"] == "present") is present


def test_lines_far_apart_are_no_wall(render, signs, paint):
    scene = render(paint.two_lines(gap=20.0), size_mm=(40, 30, 50))

    assert signs(scene)["tram_track"] != "present"


def test_a_tram_track_is_calcium(render, measure, paint):
    assert measure(render(paint.two_lines(), size_mm=(40, 30, 40))).verdict is Verdict.CALCIFICATION


@pytest.mark.parametrize("slice_mm", [1.0, 3.0])
def test_a_bridge_of_bone_is_no_tube(render, signs, paint, slice_mm):
    from trabecula.model import Tissue

    bones = {"femur_left": Tissue.BONE, "hip_left": Tissue.BONE}
    scene = render(
        paint.bridge(open_marrow=False), size_mm=(42, 34, 66), slice_mm=slice_mm, bones=bones
    )

    assert signs(scene)["tram_track"] == "absent"
