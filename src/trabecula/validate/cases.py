"""One case: paint, scan, judge; or a real scan instead."""

import time

from trabecula.validate.acquire import acquire
from trabecula.validate.condition import Case
from trabecula.validate.host import paint
from trabecula.validate.implants import judge_implants
from trabecula.validate.journal import Row
from trabecula.validate.judging import judged
from trabecula.validate.real import judge_real
from trabecula.validate.truth import truth_of


def judge_case(case: Case) -> Row:
    """Run one case; a failure is a row as well, with its cause."""
    begun = time.perf_counter()
    try:
        rows = _simulated(case) if case.simulated else _real(case)
        outcome: Row = {"status": "done", "scans": rows}
    except Exception as failure:  # one failing case must not end the run
        outcome = {"status": "failed", "cause": cause_of(failure), "scans": []}
    return {
        **case.facts,
        **outcome,
        "seconds": round(time.perf_counter() - begun, 2),
    }


def cause_of(failure: BaseException) -> str:
    """Kind of error and the line of ours it came from; no text of any input."""
    trace, place = failure.__traceback__, ""
    while trace is not None:
        name = trace.tb_frame.f_globals.get("__name__", "")
        if str(name).startswith("trabecula"):
            place = f"{name}.{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(failure).__name__} in {place}"


def _simulated(case: Case) -> list[Row]:
    patient = paint(case)
    rows: list[Row] = []
    for condition in case.conditions:
        scan = acquire(patient, condition, margin_mm=case.margin_mm)
        truths = truth_of(patient, scan, condition)
        for anatomy in (scan.anatomy, None) if case.both else (scan.anatomy,):
            rows.append(judged(scan.volume, scan.bodies, truths, condition, anatomy))
    return rows


def _real(case: Case) -> list[Row]:
    return judge_implants(case) if case.suite == "implants" else judge_real(case)
