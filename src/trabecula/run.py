"""The whole way, as one readable function: volume in, answer out."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

from trabecula.model import (
    Anatomy,
    Answer,
    Context,
    Edits,
    Level,
    Note,
    Presence,
    Sign,
    Volume,
    sign_definitions,
)

if TYPE_CHECKING:
    from trabecula.read.case import Case

Progress = Callable[[str, float], None]
"""Called with the stage's name and the fraction of the whole that is done, 0 to 1."""

STAGE_SHARE = {"see": 0.6, "describe": 0.95, "reason": 1.0}
"""Fraction of the work done when a stage ends, as the benchmark of the thorax scan shows it."""


class _Stopwatch:
    """Seconds by stage, and progress scaled to the whole."""

    def __init__(self, progress: Progress | None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress
        self._done = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[Progress]:
        """Time a stage; what it reports is scaled to the stage's share of the whole."""
        start, share = self._done, STAGE_SHARE[name] - self._done

        def scaled(text: str, fraction: float) -> None:
            if self._progress is not None:
                self._progress(text, start + share * fraction)

        scaled(name, 0.0)
        begun = perf_counter()
        yield scaled
        self.seconds[name] = perf_counter() - begun
        self._done = STAGE_SHARE[name]


def analyze(
    volume: Volume,
    anatomy: Anatomy | None = None,
    context: Context | None = None,
    *,
    report: str | None = None,
    edits: Edits | None = None,
    progress: Progress | None = None,
) -> Answer:
    """Find the mineral in a CT, tell calcium from bone, and say what it may mean.

    Parameters
    ----------
    volume
        From :func:`trabecula.read`.
    anatomy
        From :func:`trabecula.read.read_anatomy`; without one the embedded anatomy is used,
        which offers what may have fused to the skeleton as parts, and calls only what is sure.
    context
        Age, sex, history and laboratory signs. Age and sex of the scan's header fill what it
        leaves open.
    report
        Text of the radiology report; what it says is weighed with what the image shows.
    edits
        What a reader says of parts, points and lesions, from :func:`trabecula.read.read_edits`.
    progress
        Called with a stage's name and the fraction done.

    Returns
    -------
    Answer
        Lesions with verdicts and signs, everything set aside, the differential, cautions and
        questions.
    """
    from trabecula.describe import case_signs, describe
    from trabecula.reason import reason
    from trabecula.see import see

    watch = _Stopwatch(progress)
    case = _case(report, complete(context or Context(), volume))
    context = replace(case.context, signs=(*case.context.signs, *case.signs))
    with watch.stage("see") as tell:
        seen = see(volume, anatomy=anatomy, edits=edits, progress=tell)
    with watch.stage("describe") as tell:
        lesions = describe(seen, volume, progress=tell)
        signs = case_signs(lesions, seen, volume)
    with watch.stage("reason"):
        reasoning = reason(signs, context)
    return Answer(
        notes=tuple(
            dict.fromkeys(
                (
                    *volume.notes,
                    *seen.anatomy.notes,
                    *seen.notes,
                    *case.notes,
                    *_contradictions(signs, context.signs),
                )
            )
        ),
        signs=(*signs, *context.signs),
        reasoning=reasoning,
        context=context,
        lesions=lesions,
        volume=volume,
        seen=seen,
        report_text=case.text,
        not_understood=case.not_understood,
        timings_s=watch.seconds,
    )


def _case(report: str | None, context: Context) -> "Case":
    """Join the context with what a report says; without one it stays as it is."""
    from trabecula.read.case import Case, case_of_report

    return Case("", None, context) if report is None else case_of_report(report, context)


def _contradictions(image: Iterable[Sign], told: Iterable[Sign]) -> Iterator[Note]:
    """Say where image and words disagree; both are weighed."""
    seen = {s.name: s.presence for s in image if s.presence is not Presence.NOT_ASSESSED}
    for sign in told:
        here = seen.get(sign.name, Presence.NOT_ASSESSED)
        if Presence.NOT_ASSESSED not in (here, sign.presence) and here is not sign.presence:
            title = sign_definitions()[sign.name].title
            yield Note(
                Level.WARNING,
                "image_and_words",
                f"'{title}' is {here.value} on the image and {sign.presence.value} "
                f"in the {sign.origin.value}.",
                "The surer statement was weighed; equally sure ones cancel.",
            )


def diagnose(source: "str | Case | Iterable[Sign]", context: Context | None = None) -> Answer:
    """Rank what a report's words, a case or signs may mean, without an image.

    Parameters
    ----------
    source
        The text of a report, a case of :func:`trabecula.read.read_cases`, or signs.
    context
        Age, sex and further signs; where it contradicts a report's text it goes first, and a
        note tells so.

    Returns
    -------
    Answer
        Without lesions. The differential is empty where nothing about mineral was said.
    """
    from trabecula.read.case import Case, case_of_report
    from trabecula.reason import reason

    begun = perf_counter()
    if isinstance(source, str):
        source = case_of_report(source, context)
    if not isinstance(source, Case):
        source = Case("", None, context or Context(), tuple(source))
    reading = perf_counter() - begun
    reasoning = reason(source.signs, source.context)
    return Answer(
        notes=source.notes,
        signs=(*source.signs, *source.context.signs),
        reasoning=reasoning,
        context=source.context,
        report_text=source.text,
        not_understood=source.not_understood,
        timings_s={"read": reading, "reason": perf_counter() - begun - reading},
    )


def complete(context: Context, volume: Volume) -> Context:
    """Fill age and sex from the scan's header where the context leaves them open."""
    header = volume.acquisition
    age = header.age_years if context.age_years is None else context.age_years
    return Context(age_years=age, sex=context.sex or header.sex, signs=context.signs)
