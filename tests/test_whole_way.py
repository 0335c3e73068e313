"""From a CT to an explained answer: the facts that a reader would check first."""

import json

import pytest
from click.testing import CliRunner

import trabecula
from trabecula.cli.analyze import analyze as analyze_command
from trabecula.cli.demo import demo
from trabecula.model import Border, Kind, Presence, Verdict
from trabecula.report import result, schema
from trabecula.run import analyze
from trabecula.simulate import demo_context, demo_patient

pytestmark = pytest.mark.slow

FOP = {"fop_classic", "fop_atypical"}


@pytest.fixture(scope="module")
def patient():
    return demo_patient()


@pytest.fixture(scope="module")
def answer(patient):
    return analyze(patient.volume, patient.anatomy, demo_context())


def nearest(answer, centroid_lps_mm):
    """Lesion whose centroid lies nearest to a point."""
    return min(
        answer.lesions,
        key=lambda one: sum(
            (a - b) ** 2 for a, b in zip(one.lesion.centroid_lps_mm, centroid_lps_mm, strict=True)
        ),
    )


def test_every_bone_of_the_demo_is_found_and_called_bone(patient, answer):
    for truth in patient.truth:
        if truth.mineral == "ossification":
            found = nearest(answer, truth.centroid_lps_mm)
            assert found.verdict is Verdict.OSSIFICATION, truth.name
            assert found.volume.value == pytest.approx(truth.volume_ml, rel=0.15), truth.name


def test_the_calcification_of_the_demo_is_told_apart(patient, answer):
    truth = next(one for one in patient.truth if one.model == "AmorphousCalcification")

    assert nearest(answer, truth.centroid_lps_mm).verdict is Verdict.CALCIFICATION


def test_no_calcium_of_the_demo_is_called_bone(patient, answer):
    bones = sum(truth.mineral == "ossification" for truth in patient.truth)

    assert sum(one.verdict is Verdict.OSSIFICATION for one in answer.lesions) == bones


def test_the_bridge_of_the_demo_joins_hip_bone_and_femur(answer):
    largest = answer.lesions[0]
    bridging = next(sign for sign in largest.signs if sign.name == "bridging")

    assert bridging.presence is Presence.PRESENT
    assert {"hip_right", "femur_right"} <= set(largest.lesion.touches)


def test_arteries_of_the_demo_are_set_aside_as_vessel_wall(answer):
    assert sum(one.kind is Kind.VESSEL_WALL for one in answer.seen.set_aside) == 3


def test_the_demo_is_fop_and_the_answer_warns(answer):
    assert answer.differential[0].id in FOP
    warnings = " ".join(caution.text.lower() for caution in answer.reasoning.avoid)
    assert all(word in warnings for word in ("biops", "operate", "intramuscular"))
    assert not any("biops" in question.text.lower() for question in answer.reasoning.next)


def test_without_a_label_map_the_bridge_is_called_fused_and_its_bones_are_not_named(patient):
    blind = analyze(patient.volume, None, demo_context())
    truth = next(one for one in patient.truth if one.contact == "bridging")

    assert nearest(blind, truth.centroid_lps_mm).lesion.border is Border.FUSED_NOT_CERTAIN
    assert not any("femur_right" in one.lesion.touches for one in blind.lesions)
    assert any("fused" in f"{note.text} {note.consequence}" for note in blind.notes)


def test_two_analyses_differ_in_their_timings_alone(patient, answer):
    again = result(analyze(patient.volume, patient.anatomy, demo_context()))
    once = result(answer)
    once.pop("timings_s")
    again.pop("timings_s")

    assert json.dumps(once) == json.dumps(again)


def test_the_demo_command_writes_the_report_and_says_where(tmp_path):
    done = CliRunner().invoke(demo, ["-o", str(tmp_path / "out"), "--quiet"])

    assert done.exit_code == 0, done.output
    assert "report.html" in done.output.splitlines()[-1]
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {
        "report.html",
        "result.json",
        "lesions.csv",
        "lesions.nii.gz",
        "anatomy.nii.gz",
    }


@pytest.mark.shared_data
def test_the_thorax_scan_holds_one_small_calcification_and_no_bone(shared_data):
    answer = trabecula.analyze(trabecula.read(shared_data / "ct/thorax_shoulder_1mm.zip"))

    (focus,) = answer.lesions
    assert focus.verdict is Verdict.CALCIFICATION
    assert focus.lesion.centroid_lps_mm == pytest.approx((-28.3, 148.8, -456.6), abs=1.0)
    cartilage = [one for one in answer.seen.set_aside if one.kind is Kind.EXPECTED_MINERAL]
    for place in ((52.6, 77.9, -607.6), (-47.3, 75.1, -650.6)):
        assert any(one.centroid_lps_mm == pytest.approx(place, abs=3.0) for one in cartilage)


@pytest.mark.shared_data
@pytest.mark.parametrize("named", [False, True], ids=["embedded", "label map"])
def test_the_abdomen_scan_holds_stones_and_a_nail_and_no_bone(shared_data, tmp_path, named):
    scan = shared_data / "ct/ts_abdomen_pelvis"
    arguments = [str(scan / "ct.nii.gz"), "-o", str(tmp_path / "out"), "--json", "--quiet"]
    if named:
        arguments += ["--anatomy", str(scan / "seg")]

    done = CliRunner().invoke(analyze_command, arguments)

    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert not [one for one in found["lesions"] if one["verdict"] != "calcification"]
    assert sum(one["kind"] == "metal" for one in found["set_aside"]) == 1
    stones = [one["centroid_lps_mm"] for one in found["set_aside"] if one["kind"] == "stone"]
    for place in (
        (-28.9, -163.9, 282.1),
        (80.8, -144.7, 335.0),
        (95.5, -132.8, 346.3),
        (-74.6, -148.1, 315.1),
        (-53.0, -120.8, 376.3),
    ):
        assert any(stone == pytest.approx(place, abs=4.0) for stone in stones), place


def test_the_result_of_the_demo_fits_its_schema(answer):
    import jsonschema

    jsonschema.Draft202012Validator(schema()).validate(json.loads(json.dumps(result(answer))))
