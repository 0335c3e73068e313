"""Hold the program against patients with known truth, and write what came of it.

>>> from trabecula.validate import validate
>>> outcome = validate("phantom", out, cases=20)        # doctest: +SKIP
>>> print(outcome.table)                                # doctest: +SKIP
"""

from trabecula.validate.condition import JUDGE_SEEDS_FROM, VARIANTS, Case, Condition
from trabecula.validate.goals import Goal, goals
from trabecula.validate.suites import CASES, SUITES
from trabecula.validate.validation import Outcome, validate

__all__ = [
    "CASES",
    "JUDGE_SEEDS_FROM",
    "SUITES",
    "VARIANTS",
    "Case",
    "Condition",
    "Goal",
    "Outcome",
    "goals",
    "validate",
]
