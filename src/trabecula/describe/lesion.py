"""One lesion, from its voxels to its signs and its verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from trabecula.describe.evidence import evidence_of
from trabecula.describe.level import fluid_level_of
from trabecula.describe.observation import Observations, not_assessed, stated
from trabecula.describe.patch import Patch, patch_of, tight
from trabecula.describe.pattern import amorphous_of, pattern_of, shape_of
from trabecula.describe.plane import plane_of
from trabecula.describe.relation import hosts_of, relation_of, without_tube
from trabecula.describe.rim import rim_of, without_lobules, without_unresolved
from trabecula.describe.shell import Fitting, Shell, fit_shell
from trabecula.describe.surface import Surface, surface_of
from trabecula.describe.texture import texture_of
from trabecula.describe.verdict import Judgement, judge
from trabecula.describe.volume import hounsfield_of, volume_of
from trabecula.model import DescribedLesion, Lesion, Presence, Seen, Sign, Verdict, Volume


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """What was measured of one lesion before it is judged."""

    patch: Patch
    surface: Surface
    shell: Shell
    observations: Observations
    evidence: Mapping[str, float]


def observe_lesion(lesion: Lesion, seen: Seen, volume: Volume) -> Observed:
    """Look for every sign of one lesion, and measure what the verdict weighs.

    Parameters
    ----------
    lesion
        One of ``seen.lesions``.
    seen
        Anatomy and noise of the scan.
    volume
        The scan.
    """
    patch = patch_of(lesion, seen, volume)
    surface = surface_of(patch)
    fitting = Fitting(surface)
    shell = fit_shell(patch, fitting)
    close = tight(patch)
    shape = shape_of(close)
    hosts = hosts_of(patch, seen, volume)
    texture = texture_of(patch, shell)
    textured = texture.presence("trabeculated") is Presence.PRESENT
    observed = rim_of(patch, shell, fitting, textured=textured).observations.joined(texture)
    observed = without_unresolved(patch, observed).joined(pattern_of(close, shape))
    observed = without_lobules(observed)
    level = fluid_level_of(close, shell, volume.acquisition.patient_position)
    observed = observed.joined(Observations((level,)))
    observed = observed.joined(relation_of(patch, hosts, seen, volume))
    observed = without_tube(observed).joined(plane_of(patch, hosts, seen, volume))
    observed = observed.joined(Observations((amorphous_of(patch, observed),)))
    return Observed(patch, surface, shell, observed, evidence_of(patch, observed, shell))


def describe_lesion(lesion: Lesion, seen: Seen, volume: Volume) -> DescribedLesion:
    """Measure one lesion and judge it; parameters as of :func:`observe_lesion`."""
    measured = observe_lesion(lesion, seen, volume)
    observed = measured.observations
    size, sizes = volume_of(measured.patch, measured.shell, measured.surface)
    judgement = judge(observed, measured.evidence)
    signs = (*mineral_signs(judgement), *observed.signs, *maturity_signs(judgement, observed))
    return DescribedLesion(
        lesion=lesion,
        verdict=judgement.verdict,
        probability_ossification=judgement.probability_ossification,
        weights=judgement.weights,
        volume=size,
        hu=hounsfield_of(measured.patch),
        signs=tuple(replace(sign, lesion_ids=(lesion.id,)) for sign in signs),
        figures={**sizes.figures, **observed.figures},
        mineral_mass_mg=None,
    )


def mineral_signs(judgement: Judgement) -> tuple[Sign, Sign]:
    """Ossification and calcification as signs, from the verdict."""
    probability = judgement.probability_ossification
    text = f"verdict {judgement.verdict.value}, probability of ossification {probability:.2f}"
    match judgement.verdict:
        case Verdict.OSSIFICATION | Verdict.CALCIFICATION:
            bone = judgement.verdict is Verdict.OSSIFICATION
            sure = max(probability, 1.0 - probability)
            return stated("ossification", bone, text, certainty=sure), stated(
                "calcification", not bone, text, certainty=sure
            )
        case Verdict.MIXED:
            return stated("ossification", True, text, certainty=0.7), stated(
                "calcification", True, text, certainty=0.7
            )
    ossification, calcification = not_assessed(
        f"{text}: calcium and bone cannot be told apart", "ossification", "calcification"
    )
    return ossification, calcification


def maturity_signs(judgement: Judgement, observed: Observations) -> tuple[Sign, ...]:
    """Mature bone has cortex and marrow; immature bone has neither yet."""
    if judgement.verdict not in (Verdict.OSSIFICATION, Verdict.MIXED):
        return not_assessed(
            "maturity is a property of bone, and this was not called bone", "mature", "immature"
        )
    rim, core = observed.presence("cortical_rim"), observed.presence("marrow_core")
    inner = core is Presence.PRESENT or observed.presence("trabeculated") is Presence.PRESENT
    if Presence.NOT_ASSESSED in (rim, core):
        return not_assessed("rim and core could not be assessed", "mature", "immature")
    formed = rim is Presence.PRESENT and inner
    unformed = rim is not Presence.PRESENT and core is not Presence.PRESENT
    text = f"cortical rim {rim.value}, marrow-like core {core.value}"
    return (
        stated("mature", formed, text, certainty=0.85),
        stated("immature", unformed, text, certainty=0.8 if formed or unformed else 0.6),
    )
