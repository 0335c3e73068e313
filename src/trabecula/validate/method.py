"""What the validation page says of how it is measured, and how trainer and judge are apart."""

from trabecula.validate.build import BONE_DENSITY, CHILD_YEARS, FAT_MM, STRETCH, SWAY_MM
from trabecula.validate.condition import JUDGE_SEEDS_FROM
from trabecula.validate.draw import CALM_SIZES_MM
from trabecula.validate.region import REGIONS

APART = f"""\
Trainer and judge are apart:

- **Generator.** Lesions come in two variants that share no shape code and no texture code:
  `train` bends simple bodies with smooth noise, `judge` grows them bead by bead and fills bone
  with a net of plates and rods. This page uses `judge` alone.
- **Seeds.** The judge's begin at {JUDGE_SEEDS_FROM:,}; the command refuses other seeds with the
  judge's variant and the judge's with `--variant train`. A test reads every script that fits
  something and fails where it finds either.
- **Scanner.** The judge scans with a scanner of its own (point spread, slice profile, noise
  spectrum, overshoot), not with the simulator's, on which the verdict is fitted. With
  `--variant train` it scans the trainer's patients too, to look at and to check by.
- **Places, sizes, label maps.** Drawn by the judge's own code. Label maps are coarsened to 1.5 mm,
  as a network gives them; they are right otherwise, which a network's are not always.
- **Bodies.** What is fitted sees bodies in the proportions that the plans are drawn with. The
  judge's never have them: width, depth and height are each stretched or shrunk on their own, by
  {100 * STRETCH[0]:.0f} to {100 * STRETCH[1]:.0f} %, and sway over centimetres by
  {SWAY_MM[0]:g} to {SWAY_MM[1]:g} mm. Children of {CHILD_YEARS[0]:g} to {CHILD_YEARS[1]:g} years
  are among them, fat of {FAT_MM[0]:g} to {FAT_MM[1]:g} mm more than a slim body's, bone of
  {BONE_DENSITY[0]:g} to {BONE_DENSITY[1]:g} times a young adult's density.
- What is *not* apart: which bones and muscles there are and how they are drawn is one for both; and
  both generators were written by the same project.
"""

METHOD = f"""\
- Simulated patients show one part of the body each, cropped to some 16 cm, in turn:
  {", ".join(REGIONS)}. Those of the sweep bear free lesions
  of {CALM_SIZES_MM[0]:g} to {CALM_SIZES_MM[1]:g} mm alone, so that the scan is judged and not the
  place.
- A true lesion is **found** when one found lesion shares a Dice of 0.1 or more with it; pairs are
  made from the best down, each lesion once. What lies on a true body without being its pair is a
  fragment; what lies on none is a false alarm.
- **Edits**: where the embedded anatomy does not outline a fused lesion of 1 ml or more (Dice below
  0.80), a simulated reader toggles the offered part that covers it (Dice 0.5 and more), else marks
  it at its thickest point and the bone under its bases, then what is most wrong: five edits *a
  lesion* at most, 2.5 mm off on average. All edits of a scan count together.
- **Size** is the diameter of the sphere of the true volume; the true volume is counted on the
  finely painted patient, outer surface, marrow included, native bone not.
- **Below the resolution floor**: thinner in the slice than three point spreads, or lower than two
  slices.
- **Balanced accuracy** is taken over what was called; what was not is counted as abstention.
- Intervals are 95 %: Wilson for shares, exact Poisson for alarms, else a bootstrap over patients.
- Clouds, speckles, arcs, fluid above its calcium and veils of young bone have no mineral at parts
  of their planned border, so their outer volume is a matter of definition: they have a row of their
  own, and the interval's cover leaves them out. Volume and Dice leave out lesions that are several
  separate bodies in the scan, each of which is rightly outlined by itself.
- A phlebolith or an arterial wall that is listed as a lesion is a false lesion, also where its
  signs name it rightly.
- Rows say *label map* or *embedded* for the anatomy used. Verdict, volume and signs are those with
  a label map.
"""
