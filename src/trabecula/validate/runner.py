"""Cases side by side in processes of their own, in any order, with the same result."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from trabecula.validate.cases import judge_case
from trabecula.validate.condition import Case
from trabecula.validate.journal import Journal, Row

CASES_PER_WORKER = 25
"""A worker is replaced after so many cases, which gives its memory back."""

WATCH_S = 2.0
"""How often a worker looks whether its parent is there, seconds."""

AHEAD = 2
"""Cases handed out beyond those being worked on."""

Progress = Callable[[str, float], None]


def run_cases(
    cases: Sequence[Case], journal: Journal, *, jobs: int | None, progress: Progress
) -> list[Row]:
    """Run the cases that the journal does not hold yet, and return the rows of all.

    Parameters
    ----------
    jobs
        Processes; as many as cores unless told. 1 runs in this process.
    """
    missing = [case for case in cases if case.key not in journal.rows]
    count = len(cases)
    workers = min(jobs or os.cpu_count() or 1, max(len(missing), 1))

    def ended(row: Row) -> None:
        journal.add(row)
        done = sum(case.key in journal.rows for case in cases)
        failed = sum(one["status"] == "failed" for one in journal.rows.values())
        tail = f", {failed} failed" if failed else ""
        progress(f"{done} of {count} cases{tail}", done / count)

    if missing:
        progress(f"{count - len(missing)} of {count} cases", 1.0 - len(missing) / count)
    if workers == 1:
        for case in missing:
            ended(judge_case(case))
    elif missing:
        _in_processes(missing, workers, ended)
    return [journal.rows[case.key] for case in cases]


def _in_processes(cases: Sequence[Case], workers: int, ended: Callable[[Row], None]) -> None:
    """Keep every worker busy; begin anew with the rest where one was killed."""
    left = list(cases)
    while left:
        running: dict[Future[Row], Case] = {}
        with _pool(workers) as pool:
            try:
                while left or running:
                    while left and len(running) < workers + AHEAD:
                        case = left.pop(0)
                        running[pool.submit(judge_case, case)] = case
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        row = future.result()
                        del running[future]
                        ended(row)
            except BrokenProcessPool:
                # Which of them it was cannot be told: each runs once more, by itself.
                for case in running.values():
                    ended(_alone(case))
            except KeyboardInterrupt:
                # What is running is run again next time; nobody wants to wait for it now.
                pool.shutdown(wait=False, cancel_futures=True)
                for worker in multiprocessing.active_children():
                    worker.terminate()
                raise


def _alone(case: Case) -> Row:
    """Run a case that may kill its worker."""
    with _pool(1) as pool:
        try:
            return pool.submit(judge_case, case).result()
        except BrokenProcessPool:
            return {
                **case.facts,
                "status": "failed",
                "cause": "the worker was killed (out of memory?)",
                "scans": [],
                "seconds": 0.0,
            }


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_quietly,
        initargs=(os.getpid(),),
        max_tasks_per_child=CASES_PER_WORKER,
    )


def _quietly(parent: int) -> None:
    """Leave Ctrl-C to the parent, and end when the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_outlive_nobody, args=(parent,), daemon=True).start()


def _outlive_nobody(parent: int) -> None:
    """End this worker at once when its parent was killed."""
    while os.getppid() == parent:
        time.sleep(WATCH_S)
    os._exit(1)
