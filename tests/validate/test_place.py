"""The judge's lesions lie where they are meant to."""

import numpy as np
import pytest

from trabecula.simulate import Figure
from trabecula.validate.build import Build
from trabecula.validate.draw import CALCIFYING, CONTACTS, OSSIFYING, Mix, draw_lesions
from trabecula.validate.place import Extent, Placed, Window, place
from trabecula.validate.region import REGIONS
from trabecula.validate.terrain import bone_distance, terrain

SEED = 17
PELVIS = Build("pelvis", Figure(size=1.0))


def placed(contact: str, extent: Extent, *, stream: int, build: Build = PELVIS) -> Placed | None:
    return place(contact, extent, Window(*build.corners), ground=terrain(build),
                 random=np.random.default_rng(stream), seed=SEED)  # fmt: skip


pytestmark = pytest.mark.slow


def test_free_places_are_clear_of_bone_and_skin() -> None:
    extent = Extent(30.0, 5.0)
    found = placed("free", extent, stream=1)

    assert found is not None
    assert terrain(PELVIS).fits(found.points, bone_mm=9.0, skin_mm=7.0)


@pytest.mark.parametrize(("contact", "low", "high"), [("touching", 4.0, 7.0), ("fused", 0.0, 4.2)])
def test_places_on_bone_are_as_far_from_it_as_the_contact_asks(
    contact: str, low: float, high: float
) -> None:
    extent = Extent(20.0, 5.0)
    found = placed(contact, extent, stream=4)
    assert found is not None
    lattice, distance = bone_distance(PELVIS, np.asarray(found.site.centre), seed=SEED)

    middle = tuple(n // 2 for n in distance.shape)

    assert low < float(distance[middle]) < high
    assert lattice.shape == distance.shape


def test_a_bridge_ends_in_two_bones() -> None:
    found = placed("bridging", Extent(55.0, 6.0), stream=2)

    assert found is not None
    assert len(set(found.site.hosts)) == 2
    ends = np.asarray(found.site.path)[[0, -1]]
    near = [
        min(float(terrain(PELVIS).look_up(terrain(PELVIS).to_bone_mm[name], end[None])[0])
            for name in found.site.hosts)
        for end in ends
    ]  # fmt: skip
    assert max(near) < 6.0


def test_a_place_that_does_not_exist_is_not_found() -> None:
    assert placed("free", Extent(300.0, 60.0), stream=3) is None


@pytest.mark.parametrize("region", REGIONS)
def test_every_region_has_room_for_a_free_lesion_and_one_on_a_bone(region: str) -> None:
    build = Build(region, Figure(size=1.0))

    for contact in ("free", "fused"):
        found = placed(contact, Extent(20.0, 4.0), stream=5, build=build)

        assert found is not None
        low, high = build.corners
        assert ((found.points > low) & (found.points < high)).all()


def test_every_model_of_the_catalogue_is_drawn_but_what_is_set_aside() -> None:
    from trabecula.simulate.growths import catalogue

    drawn = {draw.model for draw in (*OSSIFYING, *CALCIFYING)}

    assert drawn == set(catalogue()) - {"phlebolith", "artery_wall"}


def test_contacts_are_drawn_that_some_model_can_have() -> None:
    for kind, draws in (("ossification", OSSIFYING), ("calcification", CALCIFYING)):
        for contact, _ in CONTACTS[kind]:
            assert any(contact in draw.contacts for draw in draws)


def test_kinds_are_balanced() -> None:
    kinds = [
        lesion.mineral
        for seed in range(6)
        for lesion in draw_lesions(
            np.random.default_rng(seed),
            Window(*PELVIS.corners),
            Mix(4, "train"),
            ground=terrain(PELVIS),
            seed=SEED,
        )
    ]

    assert 0.3 < kinds.count("ossification") / len(kinds) < 0.7
