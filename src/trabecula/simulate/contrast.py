"""Contrast in vessels, kidneys, organs and bowel."""

from collections.abc import Mapping

import numpy as np

from trabecula.model import Tissue
from trabecula.simulate.canvas import Canvas
from trabecula.simulate.growths.catalogue import known_or_refused
from trabecula.simulate.tissue import AIR

CONTRASTS = ("none", "intravenous", "oral", "both")
INTRAVENOUS_HU: Mapping[Tissue, float] = {
    Tissue.VESSEL: 150.0,
    Tissue.KIDNEY: 140.0,
    Tissue.ORGAN: 60.0,
    Tissue.MUSCLE: 12.0,
}
"""Added in the portal venous phase."""
ORAL_HU = 260.0
"""Added to what fills the bowel."""
GAS_HU = -300.0
"""Below this the bowel holds gas, which takes no contrast."""


def enhance(canvas: Canvas, contrast: str) -> None:
    """Raise the HU of what takes up contrast; gas and bone stay as they are."""
    from trabecula.simulate.render import tissue_of

    known_or_refused(contrast, CONTRASTS, what="contrast")
    if contrast == "none":
        return
    added = np.zeros(256, dtype=np.float32)
    for name, label in canvas.names.items():
        tissue = tissue_of(name)
        if contrast in ("intravenous", "both"):
            added[label] = INTRAVENOUS_HU.get(tissue, 0.0)
        if contrast in ("oral", "both") and tissue is Tissue.BOWEL:
            added[label] = ORAL_HU
    raised = added[canvas.labels]
    raised[canvas.hu < max(GAS_HU, AIR)] = 0.0
    canvas.hu[:] += raised
