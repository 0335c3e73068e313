"""Patients with known truth, for the demonstration, the tests and validation.

>>> from trabecula.simulate import demo_context, demo_patient
>>> patient = demo_patient(seed=0)                                     # doctest: +SKIP
>>> patient.volume                                                     # doctest: +SKIP
>>> patient.anatomy.named("hip_right", "femur_right")                  # doctest: +SKIP
>>> for lesion in patient.truth:                                       # doctest: +SKIP
...     print(lesion.id, lesion.mineral, lesion.volume_ml, lesion.contact, lesion.bridged)
>>> patient.lesion_mask(1).sum()                                       # doctest: +SKIP

Anything else is asked for by a recipe, which is what ``trabecula simulate`` reads:

>>> from trabecula.simulate import cook, parse_recipe
>>> recipe = parse_recipe({"lesion": [{"model": "muscle_plate", "in": "iliopsoas_left"}]})
>>> cook(recipe).truth                                                 # doctest: +SKIP

``implant`` puts the same lesions into a real scan. ``demo_patient(lesions=())`` is the same patient
without lesions; ``whole_body()`` is one from feet to head, for speed and memory. Coordinates are
LPS with the origin midway between the femoral heads; arrays are ``(k, j, i)`` as everywhere.
"""

from trabecula.simulate.demo import demo_context, demo_lesions, demo_patient, pelvis_patient
from trabecula.simulate.figure import Figure
from trabecula.simulate.growths import GENERATORS, Growth, catalogue
from trabecula.simulate.host_recipe import cook_host, parse_host
from trabecula.simulate.implant import Host, Implanted, host_of, implant
from trabecula.simulate.label_map import LabelEntry, LabelMap, table_of
from trabecula.simulate.lesions import (
    AmorphousCalcification,
    HeterotopicBone,
    LesionModel,
    Phlebolith,
    TramTrack,
)
from trabecula.simulate.patient import Patient, TrueLesion
from trabecula.simulate.planting import LesionRequest
from trabecula.simulate.recipe import EXAMPLE, Recipe, cook, parse_recipe
from trabecula.simulate.scanner import Scanner, scanner_of
from trabecula.simulate.scenes import SCENES
from trabecula.simulate.whole_body import whole_body, whole_body_lesions

__all__ = [
    "EXAMPLE",
    "GENERATORS",
    "SCENES",
    "AmorphousCalcification",
    "Figure",
    "Growth",
    "HeterotopicBone",
    "Host",
    "Implanted",
    "LabelEntry",
    "LabelMap",
    "LesionModel",
    "LesionRequest",
    "Patient",
    "Phlebolith",
    "Recipe",
    "Scanner",
    "TramTrack",
    "TrueLesion",
    "catalogue",
    "cook",
    "cook_host",
    "demo_context",
    "demo_lesions",
    "demo_patient",
    "host_of",
    "implant",
    "parse_host",
    "parse_recipe",
    "pelvis_patient",
    "scanner_of",
    "table_of",
    "whole_body",
    "whole_body_lesions",
]
