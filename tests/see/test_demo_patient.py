"""The simulated patient whose lesions are known, with and without names of bones."""

import numpy as np
import pytest

from trabecula.model import Border, Kind, Seen
from trabecula.see import see
from trabecula.simulate import Patient, demo_patient

pytestmark = pytest.mark.slow

SPACING_KJI_MM = (2.0, 1.3, 1.3)


@pytest.fixture(scope="module")
def patient() -> Patient:
    return demo_patient(seed=0, spacing_kji_mm=SPACING_KJI_MM)


@pytest.fixture(scope="module")
def named(patient: Patient) -> Seen:
    return see(patient.volume, anatomy=patient.anatomy)


@pytest.fixture(scope="module")
def embedded(patient: Patient) -> Seen:
    return see(patient.volume)


def best_dice(seen: Seen, patient: Patient, number: int) -> float:
    truth = patient.lesion_mask(number)
    best = 0.0
    for lesion in seen.lesions:
        found = np.zeros(truth.shape, dtype=bool)
        found[lesion.box] = lesion.mask
        best = max(best, 2.0 * float((found & truth).sum()) / float(found.sum() + truth.sum()))
    return best


def test_every_ossification_is_outlined_with_a_label_map(named: Seen, patient: Patient) -> None:
    dices = {
        lesion.name: best_dice(named, patient, lesion.id)
        for lesion in patient.truth
        if lesion.mineral == "ossification"
    }

    assert min(dices.values()) >= 0.9, dices


def test_the_bridge_joins_hip_and_femur(named: Seen, patient: Patient) -> None:
    (bridge,) = (lesion for lesion in named.lesions if lesion.id == 1)

    assert bridge.border is Border.FUSED_NOT_CERTAIN
    assert {"hip_right", "femur_right"} <= set(bridge.touches)


def test_free_ossification_is_outlined_without_names_too(embedded: Seen, patient: Patient) -> None:
    dices = {
        lesion.name: best_dice(embedded, patient, lesion.id)
        for lesion in patient.truth
        if lesion.mineral == "ossification" and lesion.contact == "free"
    }

    assert min(dices.values()) >= 0.9, dices


def test_calcified_arteries_are_vessel_wall_either_way(
    named: Seen, embedded: Seen, patient: Patient
) -> None:
    arteries = [lesion for lesion in patient.truth if "arterial" in lesion.name]
    assert arteries

    for seen in (named, embedded):
        walls = [one for one in seen.set_aside if one.kind is Kind.VESSEL_WALL]
        for artery in arteries:
            apart = [np.subtract(one.centroid_lps_mm, artery.centroid_lps_mm) for one in walls]
            assert min(float(np.linalg.norm(vector)) for vector in apart) < 6.0


def test_the_same_patient_without_lesions_has_none() -> None:
    patient = demo_patient(seed=1, spacing_kji_mm=SPACING_KJI_MM, lesions=())

    assert see(patient.volume, anatomy=patient.anatomy).lesions == ()
    assert see(patient.volume).lesions == ()
