"""One condition as a page that a radiologist would read."""

from collections.abc import Callable, Iterator
from textwrap import fill

from trabecula.model import sign_definitions
from trabecula.reason.knowledge import Condition, Gamut, Line
from trabecula.reason.weighing import column_of, table_of

Cite = Callable[[tuple[str, ...]], str]
"""Numbers sources in the order they are first cited."""

WIDTH = 100
"""Letters a line."""

NEUTRAL = 0.05
"""A ratio this near to 1 is printed as a dash."""

MINERAL_WORDS = {
    "ossification": "makes bone",
    "calcification": "calcifies, makes no bone",
    "both": "may calcify or make bone",
    "none": "makes no mineral",
}


def condition_page(gamut: Gamut, key: str) -> str:
    """All that is known of one condition, as text with numbered sources.

    Parameters
    ----------
    gamut
        From :func:`load_gamut`.
    key
        Id of the condition.
    """
    condition = gamut.condition(key)
    sources: dict[str, int] = {}

    def cite(cited: tuple[str, ...]) -> str:
        numbers = [sources.setdefault(text, len(sources) + 1) for text in cited]
        return f" [{', '.join(map(str, numbers))}]" if numbers else ""

    parts = [
        *_head(condition, cite),
        *_signs(gamut, condition, cite),
        *_advice(condition, cite),
        *_facts(condition, cite),
    ]
    parts.append("\nSOURCES")
    parts += [_item(f"{number}. {text}") for text, number in sources.items()]
    return "\n".join(parts)


def _item(text: str) -> str:
    return fill(
        text,
        WIDTH,
        initial_indent="  ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _head(condition: Condition, cite: Cite) -> Iterator[str]:
    yield f"{condition.name}  ({condition.id}; {MINERAL_WORDS[condition.mineral]})"
    if condition.synonyms:
        yield _item("Also: " + "; ".join(condition.synonyms))
    if condition.codes:
        yield _item("Codes: " + ", ".join(condition.codes))
    rarity = condition.rarity.replace("_", " ")
    yield _item(f"How often: {rarity}. {condition.context}{cite(condition.base_source)}")
    if condition.age:
        total = sum(condition.age.values())
        shares = ", ".join(
            f"{band.replace('_', ' ')} {100 * share / total:.0f} %"
            for band, share in condition.age.items()
        )
        yield _item(f"Age when seen: {shares}{cite(condition.age_source)}")
    if condition.male is not None:
        yield _item(f"Men: {100 * condition.male:.0f} %{cite(condition.sex_source)}")
    yield _item(f"Warns from a probability of {100 * condition.threshold:.0f} %")


def _signs(gamut: Gamut, condition: Condition, cite: Cite) -> Iterator[str]:
    """Signs by heading, with what presence and absence each do to the odds."""
    if not condition.lines:
        return
    known, table = sign_definitions(), table_of(gamut)
    column = column_of(gamut, condition.id)
    yield "\nSIGNS                                        how often       if present   if absent"
    for kind in dict.fromkeys(definition.kind for definition in known.values()):
        lines = [line for line in condition.lines if known[line.sign].kind == kind]
        for line in sorted(lines, key=lambda line: (-line.probability, line.sign)):
            row = table.index[line.sign]
            p, p0 = table.probability[row, column], table.background[row]
            yield (
                f"  {known[line.sign].title[:42]:43}{line.words[:15]:16}"
                f"{_times(p / p0):>10}{_times((1 - p) / (1 - p0)):>12}{cite(line.source)}"
            )
            yield from _remarks(line)
    if condition.incompatible:
        titles = ", ".join(known[name].title for name in condition.incompatible)
        yield _item(f"Does not go with: {titles}")


def _times(ratio: float) -> str:
    """Write a likelihood ratio as a reader takes it."""
    if abs(ratio - 1) < NEUTRAL:
        return "–"
    return f"× {ratio:.2g}" if ratio >= 1 else f"÷ {1 / ratio:.2g}"


def _remarks(line: Line) -> Iterator[str]:
    given = f"counted among {line.given}" if line.given else ""
    text = "; ".join(part for part in (line.note, given) if part)
    if text:
        yield fill(text, WIDTH, initial_indent="      ", subsequent_indent="      ")


def _advice(condition: Condition, cite: Cite) -> Iterator[str]:
    if condition.avoid:
        yield "\nMUST NOT"
        yield from (_item(f"- {avoid.text}{cite(avoid.source)}") for avoid in condition.avoid)
    if condition.ask:
        yield "\nASK NEXT"
        yield from (_item(f"- {ask.text}{cite(ask.source)}") for ask in condition.ask)


def _facts(condition: Condition, cite: Cite) -> Iterator[str]:
    if condition.facts:
        yield "\nFIGURES THAT WEIGH NOTHING BY THEMSELVES"
        for fact in condition.facts:
            yield _item(f"- {fact.text} ({fact.kind.replace('_', ' ')}){cite(fact.source)}")
    if condition.contradictions:
        yield "\nSOURCES DISAGREE"
        yield from (_item(f"- {fact.text}{cite(fact.source)}") for fact in condition.contradictions)
