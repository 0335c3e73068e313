"""Trainer and judge share no seed and no generator."""

import ast
import re
from pathlib import Path

import pytest

from trabecula.cli.validate import FIRST_SEED, REGION_NAMES, SUITE_NAMES
from trabecula.errors import InputError
from trabecula.validate import CASES, JUDGE_SEEDS_FROM, SUITES, Case
from trabecula.validate.real import THORAX
from trabecula.validate.region import REGIONS
from trabecula.validate.suites import STRIDE, plan

ROOT = Path(__file__).parents[2]
ONLY_SHOWS = frozenset({"gallery.py", "implant_pictures.py"})
"""Scripts that draw pictures and fit nothing."""

ONLY_CHECKS = frozenset({"verdict_shift.py"})
"""Scripts that look at the trainer's patients as ``validate`` scans them, after what was fitted."""

FITTING = ("training", "validation", "benchmarks", "src/trabecula/describe", "src/trabecula/see")
"""Where something is fitted, or the result of a fit lies."""


def test_the_judge_refuses_the_trainers_seeds() -> None:
    with pytest.raises(InputError, match="belongs to what is fitted"):
        Case("phantom", 0, JUDGE_SEEDS_FROM - 1)


def test_the_trainer_cannot_have_the_judges_seeds() -> None:
    with pytest.raises(InputError, match="belongs to the judge"):
        Case("phantom", 0, JUDGE_SEEDS_FROM, variant="train")


def test_a_variant_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="no variant"):
        Case("phantom", 0, JUDGE_SEEDS_FROM, variant="jury")


def test_no_two_suites_share_a_patient() -> None:
    seeds: dict[int, str] = {}
    for suite in SUITES:
        for case in plan(suite, cases=40, seed=JUDGE_SEEDS_FROM, variant="judge", data=None):
            assert seeds.setdefault(case.seed, suite) == suite
            assert case.seed >= JUDGE_SEEDS_FROM
    assert max(CASES.values()) < STRIDE


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("variant", ["judge", "train"])
def test_every_case_of_a_suite_has_its_variant(suite: str, variant: str, tmp_path: Path) -> None:
    (tmp_path / THORAX).parent.mkdir()
    (tmp_path / THORAX).touch()
    seed = JUDGE_SEEDS_FROM if variant == "judge" else 0

    cases = plan(suite, cases=4, seed=seed, variant=variant, data=tmp_path)

    assert len(cases) == 4
    assert {case.variant for case in cases} == {variant}


def test_the_command_knows_the_suites_and_the_first_seed() -> None:
    assert (*SUITES, "all") == SUITE_NAMES
    assert (*REGIONS, "all") == REGION_NAMES
    assert FIRST_SEED == JUDGE_SEEDS_FROM


def test_the_judge_takes_every_region_in_turn_and_the_trainer_the_one_it_asks_for() -> None:
    judged = plan("phantom", cases=len(REGIONS), seed=JUDGE_SEEDS_FROM, variant="judge", data=None)
    trained = plan("phantom", cases=2, seed=5, variant="train", data=None, region="elbow")

    assert [case.region for case in judged] == list(REGIONS)
    assert [case.region for case in trained] == ["elbow", "elbow"]
    pelvic = plan("phantom", cases=2, seed=5, variant="train", data=None)
    assert {case.key for case in pelvic}.isdisjoint(case.key for case in trained)


def fitted_files() -> list[Path]:
    return [
        path
        for folder in FITTING
        for ending in ("*.py", "*.toml")
        for path in sorted((ROOT / folder).rglob(ending))
        if path.name not in ONLY_SHOWS
    ]


@pytest.mark.parametrize("path", fitted_files(), ids=lambda path: path.name)
def test_nothing_fitted_uses_the_judges_generator_or_seeds(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert path.name in ONLY_CHECKS or "trabecula.validate" not in text
    assert "Beaded" not in text
    assert not re.search(r"seeds?\W{1,4}\d[\d_]{6,}", text)
    if path.suffix == ".py":
        words = {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)}
        assert "judge" not in words
