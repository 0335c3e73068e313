"""The answer in two sentences."""

from dataclasses import replace

from trabecula.model import Kind, Region, SetAside, Side, Verdict
from trabecula.report import summary


def only(answer, *lesions):
    return replace(answer, lesions=lesions)


def test_bridging_ossification_names_the_bones_it_joins(answer):
    finding, meaning = summary(answer)

    assert finding.startswith("Heterotopic ossification at the right hip")
    assert "bridging the right hip bone and right femur" in finding
    assert meaning.startswith("Most likely Condition A, congenital (71 %), then Condition B")


def test_indeterminate_lesion_is_not_called_either(answer):
    finding, meaning = summary(only(answer, answer.lesions[2]))

    assert "cannot be told as calcium or bone" in finding
    assert "ossification" not in finding
    assert "stays open" in meaning


def test_no_lesion_says_what_was_looked_past(nothing_found):
    finding, meaning = summary(nothing_found)

    assert finding == (
        "No lesion of mineral was found outside the native skeleton; set aside: vessel wall."
    )
    assert "fused to the skeleton cannot be excluded" in meaning
    assert "this field of view wholly shows only the" in meaning


def test_no_lesion_brings_no_diagnosis(nothing_found):
    assert "Condition" not in " ".join(summary(nothing_found))


def test_weak_leader_is_not_called_most_likely(answer):
    weak = tuple(
        replace(one, probability=p)
        for one, p in zip(answer.differential, (0.31, 0.25, 0.24, 0.2), strict=True)
    )
    reasoning = replace(answer.reasoning, differential=weak)

    assert summary(replace(answer, reasoning=reasoning))[1].startswith("No condition stands out")


def test_other_in_the_lead_is_not_a_diagnosis(answer):
    first = replace(answer.differential[-1], probability=0.8)
    second = replace(answer.differential[0], probability=0.2)
    reasoning = replace(answer.reasoning, differential=(first, second))
    meaning = summary(replace(answer, reasoning=reasoning))[1]

    assert meaning.startswith("None of the listed conditions fits well")


def test_several_lesions_are_told_together(answer):
    bone = answer.lesions[0]
    other = replace(answer.lesions[1], verdict=Verdict.OSSIFICATION, probability_ossification=0.9)
    finding, _ = summary(only(answer, bone, other))

    assert finding.startswith("2 heterotopic ossifications (")
    assert "right hip and left hip" in finding
    assert "one bridging the right hip bone" in finding


def test_words_alone_are_told_as_given(imageless):
    assert summary(imageless)[0] == "Given, without an image: ossification and bridging."


def test_what_could_not_be_judged_is_told_when_nothing_was_found(nothing_found):
    seen = nothing_found.seen
    doubt = SetAside(Kind.UNCERTAIN, "around metal", Region.HIP, Side.LEFT, (0, 0, 0), 48.0)
    _, meaning = summary(replace(nothing_found, seen=replace(seen, set_aside=(doubt,))))

    assert "what lies at the left hip (48 ml) could not be judged" in meaning


def test_scan_that_shows_no_region_whole_says_so(nothing_found):
    nowhere = replace(nothing_found.seen, evaluable=dict.fromkeys(Region, False))

    assert "the whole of any body region" in summary(replace(nothing_found, seen=nowhere))[1]


def test_few_hidden_regions_are_named_rather_than_the_shown_ones(nothing_found):
    evaluable = dict.fromkeys(Region, True) | {Region.HAND: False}
    seen = replace(nothing_found.seen, evaluable=evaluable)

    _, meaning = summary(replace(nothing_found, seen=seen))

    assert "does not show all of hand" in meaning
