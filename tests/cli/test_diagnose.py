import json

import pytest
from click.testing import CliRunner

from trabecula.cli.diagnose import diagnose

CHILD = (
    "Seven-year-old girl. Short, deviated great toes since birth. CT: heterotopic ossification "
    "along the paraspinal muscles of neck and back, bridging to the scapula, with trabeculae. "
    "No trauma."
)


@pytest.fixture
def report(tmp_path):
    path = tmp_path / "report.txt"
    path.write_text(CHILD, encoding="utf-8")
    return path


def run(*arguments, **options):
    return CliRunner().invoke(diagnose, [str(a) for a in arguments], **options)


def test_a_report_of_fop_warns_against_biopsy(report):
    done = run(report)

    assert done.exit_code == 0
    assert "Fibrodysplasia ossificans progressiva" in done.output
    assert "biops" in done.output


def test_many_cases_answer_one_line_each_in_order(tmp_path):
    cases = tmp_path / "cases.jsonl"
    rows = [{"id": name, "age_years": 7, "sex": "F", "report": CHILD} for name in ("b", "a")]
    cases.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")

    answers = [json.loads(line) for line in run(cases, "--format", "jsonl").output.splitlines()]

    assert [answer["id"] for answer in answers] == ["b", "a"]
    assert all(answer["schema"] == "trabecula.result/1" for answer in answers)


def test_one_folder_takes_one_case(report, tmp_path):
    done = run(report, report, "-o", tmp_path / "out")

    assert done.exit_code == 2
    assert "one case" in done.output


def test_the_result_folder_holds_page_and_data(report, tmp_path):
    assert run(report, "-o", tmp_path / "out").exit_code == 0

    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "report.html",
        "result.json",
    ]


def test_an_answered_question_is_a_sign_of_the_next_answer(report):
    done = run(report, "--ask", "--format", "json", input="y\nq\n")

    answer = json.loads(done.stdout.splitlines()[-1])
    assert any(sign["from"] == "context" for sign in answer["signs"])


def test_an_irrelevant_text_gets_no_differential(tmp_path):
    recipe = tmp_path / "recipe.txt"
    recipe.write_text("Fold the egg whites into the flour and bake for an hour.", encoding="utf-8")

    answer = json.loads(run(recipe, "--format", "json").output)

    assert answer["differential"] == []
