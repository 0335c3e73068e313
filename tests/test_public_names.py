"""The package as a user meets it."""

import subprocess
import sys

import pytest

import trabecula
import trabecula.read
from trabecula.errors import InputError


def test_every_public_name_is_there():
    for name in trabecula.__all__:
        assert callable(getattr(trabecula, name))


def test_read_is_a_function_even_after_its_package_was_imported(tmp_path):
    with pytest.raises(InputError):
        trabecula.read(tmp_path)


def test_importing_the_package_loads_no_heavy_library():
    heavy = "{'numpy', 'scipy', 'pydicom', 'SimpleITK', 'PIL', 'jinja2', 'click'}"
    code = f"import sys, trabecula; print(sorted({heavy} & set(sys.modules)))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ours

    assert done.stdout.strip() == "[]"


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="analyse"):
        trabecula.analyse  # noqa: B018 - reading the name is the test
