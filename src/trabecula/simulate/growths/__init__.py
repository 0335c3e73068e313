"""Lesion models: what a recipe can name, how each is shaped and filled, by two generators."""

from trabecula.simulate.growths.catalogue import Entry, Parameter, catalogue, entry_of
from trabecula.simulate.growths.generators import GENERATORS, Beaded, Generator, Waved
from trabecula.simulate.growths.growth import Facts, Growth, Substance
from trabecula.simulate.growths.plan import Plan, Site

__all__ = [
    "GENERATORS",
    "Beaded",
    "Entry",
    "Facts",
    "Generator",
    "Growth",
    "Parameter",
    "Plan",
    "Site",
    "Substance",
    "Waved",
    "catalogue",
    "entry_of",
]
