import numpy as np
import pytest

from trabecula.errors import GeometryError
from trabecula.read import list_series, read


def corner(z, y=-23.5):
    return (-27.5, y, z)


def body(volume):
    """Voxels well inside the formula's body, where it is smooth."""
    k, j, i = np.indices(volume.hu.shape)
    x, y, _ = np.moveaxis(volume.grid.to_lps_mm(np.stack([k, j, i], axis=-1)), -1, 0)
    return (np.hypot(x / 22, y / 17) < 0.85) & (volume.hu > -900)


def test_missing_slice_is_refused_and_the_gap_named(series, tmp_path):
    heights = [0, 1.5, 3.0, 6.0, 7.5, 9.0]

    with pytest.raises(GeometryError, match=r"1 slice between z = 3\.0 and 6\.0 mm") as refusal:
        read(series(origins=[corner(z) for z in heights]).write(tmp_path))

    assert refusal.value.remedy == "Send the complete series."


def test_several_gaps_are_counted(series, tmp_path):
    heights = [0, 1.5, 6.0, 7.5, 9.0, 15.0, 16.5, 18.0, 19.5]

    with pytest.raises(GeometryError, match=r"2 slices between z = 1\.5.*3 slices between z = 9"):
        read(series(origins=[corner(z) for z in heights]).write(tmp_path))


def test_missing_slice_of_thick_overlapping_slices_is_refused_too(series, tmp_path):
    heights = [0, 1, 2, 4, 5, 6]

    with pytest.raises(GeometryError, match="Slices are missing"):
        read(series(origins=[corner(z) for z in heights], thickness=5.0).write(tmp_path))


def test_two_different_slices_at_one_position_are_refused(series, tmp_path):
    heights = [0, 1.5, 1.5, 3.0, 4.5]

    with pytest.raises(GeometryError, match=r"1 positions hold more than one slice.*z = 1\.5"):
        read(series(origins=[corner(z) for z in heights]).write(tmp_path))


def test_byte_identical_copies_count_once(series, truth, tmp_path):
    folder = series().write(tmp_path)
    for path in list(folder.iterdir())[:3]:
        (folder / f"copy of {path.name}").write_bytes(path.read_bytes())
    volume = read(folder)

    assert np.array_equal(volume.hu, truth(volume))
    assert [note.check for note in volume.notes] == ["copies"]


@pytest.mark.parametrize("degrees", [-18.5, 12.0])
def test_gantry_tilt_is_resampled_to_the_true_place(series, truth, tmp_path, degrees):
    angle = np.radians(degrees)
    column = (0, np.cos(angle), np.sin(angle))
    tilted = series(column=column, origins=[corner(2.0 * k) for k in range(10)])
    volume = read(tilted.write(tmp_path))
    inside = body(volume)

    assert volume.spacing_kji_mm[0] == pytest.approx(2.0 * np.cos(angle))
    assert volume.hu.shape[1] > 48
    assert np.abs(volume.hu - truth(volume))[inside].max() <= 6
    assert inside.sum() > 5000
    note = next(n for n in volume.notes if n.check == "gantry_tilt")
    assert f"{abs(degrees):.1f} degrees" in note.text


def test_tilt_cuts_nothing_off(series, tmp_path):
    angle = np.radians(20)
    tilted = series(
        column=(0, np.cos(angle), np.sin(angle)), origins=[corner(3.0 * k) for k in range(10)]
    )
    volume = read(tilted.write(tmp_path))
    highest = max(int(np.rint(tilted.values(tilted.points(n))).max()) for n in range(10))

    assert volume.hu.max() >= highest - 15


def test_uneven_spacing_is_resampled_with_a_warning(series, truth, tmp_path):
    heights = [*np.arange(0, 6, 2.0), *np.arange(6, 12.1, 1.5)]
    uneven = series(origins=[corner(z) for z in heights], thickness=2.0)
    volume = read(uneven.write(tmp_path))

    assert volume.spacing_kji_mm[0] == pytest.approx(1.5)
    assert np.abs(volume.hu - truth(volume))[body(volume)].max() <= 60
    note = next(n for n in volume.notes if n.check == "uneven_spacing")
    assert "1.50 to 2.00 mm" in note.text
    assert note.consequence


def test_block_of_thicker_slices_is_no_gap(series, tmp_path):
    heights = [0, 1.5, 3.0, 4.5, 7.5, 10.5, 13.5]
    planned = series(
        origins=[corner(z) for z in heights], thickness=[1.5, 1.5, 1.5, 3.0, 3.0, 3.0, 3.0]
    )
    volume = read(planned.write(tmp_path))

    assert {"uneven_spacing", "mixed_thickness"} <= {note.check for note in volume.notes}
    assert volume.acquisition.slice_thickness_mm == 3.0


def test_positions_rounded_to_a_hundredth_are_even(series, tmp_path):
    volume = read(series(origins=[corner(round(k * 0.6254, 2)) for k in range(12)]).write(tmp_path))

    assert volume.spacing_kji_mm[0] == pytest.approx(0.6254, abs=1e-3)
    assert volume.notes == ()


def test_spacing_comes_from_positions_not_from_thickness(series, tmp_path):
    volume = read(series(thickness=5.0).write(tmp_path))

    assert volume.spacing_kji_mm[0] == pytest.approx(1.5)
    assert volume.acquisition.slice_thickness_mm == 5.0


def test_slices_far_apart_are_read_with_a_warning(series, tmp_path):
    volume = read(series(thickness=0.5).write(tmp_path))

    assert [note.check for note in volume.notes] == ["slices_apart"]


def test_slices_without_position_are_refused(series, tmp_path):
    def lose(n, ds):
        if n == 4:
            del ds.ImagePositionPatient

    with pytest.raises(GeometryError, match="do not say where they lie"):
        read(series(each=lose).write(tmp_path))


def test_skewed_directions_are_refused(series, tmp_path):
    with pytest.raises(GeometryError, match="perpendicular"):
        read(series(column=(0.1, 0.995, 0)).write(tmp_path))


def test_coronal_reformat_is_refused(series, tmp_path):
    coronal = series(column=(0, 0, -1), origins=[(-27.5, 1.5 * k, 20.0) for k in range(8)])

    with pytest.raises(GeometryError, match="not axial"):
        read(coronal.write(tmp_path))


def test_listing_says_why_a_series_cannot_be_used(series, tmp_path):
    series(origins=[corner(z) for z in (0, 1.5, 3.0, 6.0, 7.5)]).write(tmp_path)
    (summary,) = list_series(tmp_path)

    assert not summary.usable
    assert "missing" in summary.reason
    assert summary.slices == 5
