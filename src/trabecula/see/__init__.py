"""Seeing: from a volume to its anatomy, its lesions, and everything set aside."""

from trabecula.see.embedded import Embedded
from trabecula.see.noise import measure_noise
from trabecula.see.seeing import Segmenter, see

__all__ = ["Embedded", "Segmenter", "measure_noise", "see"]
