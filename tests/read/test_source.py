import gzip
import zipfile

import numpy as np
import pytest

from trabecula.errors import InputError
from trabecula.read import list_series, read
from trabecula.read import members as members_module


def zipped(folder, target, *, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(target, "w", method) as archive:
        for path in folder.rglob("*"):
            archive.write(path, f"study/{path.name}")
        archive.writestr("study/LICENSE", "words")
    return target


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_zip_gives_the_same_volume_as_its_folder(series, tmp_path, method):
    folder = series().write(tmp_path / "folder")
    plain = read(folder)
    packed = read(zipped(folder, tmp_path / "study.zip", method=method))

    assert np.array_equal(plain.hu, packed.hu)
    assert plain.acquisition == packed.acquisition


def test_zip_writes_no_file(series, tmp_path):
    folder = series().write(tmp_path / "folder")
    archive = zipped(folder, tmp_path / "study.zip")
    before = sorted(p.name for p in tmp_path.rglob("*"))
    read(archive)

    assert sorted(p.name for p in tmp_path.rglob("*")) == before


def test_damaged_zip_member_is_refused(series, tmp_path):
    archive = zipped(series().write(tmp_path / "folder"), tmp_path / "study.zip")
    content = bytearray(archive.read_bytes())
    with zipfile.ZipFile(archive) as opened:
        info = opened.infolist()[2]
    start = info.header_offset + 30 + len(info.filename)
    content[start + 1500 : start + 1600] = bytes(100)
    archive.write_bytes(content)

    with pytest.raises(InputError, match="damaged"):
        read(archive)


def test_zip_cut_short_is_refused(series, tmp_path):
    archive = zipped(series().write(tmp_path / "folder"), tmp_path / "study.zip")
    archive.write_bytes(archive.read_bytes()[:-5000])

    with pytest.raises(InputError):
        read(archive)


def test_zip_bomb_is_refused_before_it_unpacks(tmp_path, monkeypatch):
    monkeypatch.setattr(members_module, "MAX_ZIP_BYTES", 10_000)
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.dcm", bytes(20_000))

    with pytest.raises(InputError, match="would unpack to"):
        read(bomb)


def test_locked_zip_is_refused(series, tmp_path):
    archive = zipped(series().write(tmp_path / "folder"), tmp_path / "study.zip")
    content = bytearray(archive.read_bytes())
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := content.find(signature, start)) >= 0:
            content[start + place] |= 1
            start += 4
    archive.write_bytes(content)

    with pytest.raises(InputError, match="password"):
        read(archive)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.dcm", b"", "empty"),
        ("a.nii", b"hello" * 200, "no image"),
        ("a.dcm", b"hello" * 200, "no image"),
        ("a.nii.gz", b"\x1f\x8b" + b"nonsense" * 50, "gzip file is damaged"),
        ("a.nii.gz", gzip.compress(b"x" * 5000, mtime=0)[:12], "gzip file is damaged"),
        ("a.zip", b"PK\x03\x04" + bytes(100), "no image"),
        ("a.pdf", b"%PDF-1.7" + bytes(2000), "no image"),
    ],
)
def test_a_file_that_is_no_image_is_refused_without_its_name(tmp_path, name, content, words):
    place = tmp_path / f"Doe_Jane_{name}"
    place.write_bytes(content)

    with pytest.raises(InputError, match=words) as refusal:
        read(place)

    assert "Doe" not in str(refusal.value)
    assert refusal.value.remedy


def test_missing_path_is_refused_without_naming_it(tmp_path):
    with pytest.raises(InputError, match="no such file") as refusal:
        read(tmp_path / "Doe_Jane")

    assert "Doe" not in str(refusal.value)


def test_empty_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no file"):
        read(tmp_path)


def test_folder_without_dicom_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text("words")

    with pytest.raises(InputError, match="None of 1 files"):
        list_series(tmp_path)


def test_file_that_cannot_be_opened_is_refused_without_its_name(tmp_path, monkeypatch):
    from pathlib import Path

    def denied(self, *_, **__):
        raise PermissionError(13, "Permission denied", str(self))

    (tmp_path / "Doe.nii").write_bytes(b"x" * 400)
    monkeypatch.setattr(Path, "open", denied)

    with pytest.raises(InputError, match="cannot be opened") as refusal:
        read(tmp_path / "Doe.nii")

    assert "Doe" not in str(refusal.value)
