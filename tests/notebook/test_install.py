"""What is installed, and above all what is not."""

import sys

import pytest

pytest.importorskip("packaging", reason="pip install -r requirements-notebook.txt")

from pyimagesearch.notebook import install
from pyimagesearch.notebook.install import install_missing, missing

HERE = {"tensorflow": "2.18.0", "numpy": "1.0", "psutil": "5.9.1", "filelock": "3.1"}


@pytest.fixture
def requirements(tmp_path):
    path = tmp_path / "requirements.txt"
    path.write_text(
        "tensorflow>=2.19,<2.22\nnumpy>=1.26\n\n# two\npsutil>=5.9\n"
        "filelock>=3.12  # a lock\nno-such-package>=1\n"
    )
    return path


def test_only_what_is_missing_or_too_old_is_wanted(requirements):
    wanted = missing(requirements, HERE)
    assert wanted == ["filelock>=3.12", "no-such-package>=1"]


def test_keras_is_wanted_where_it_cannot_be_imported(tmp_path, monkeypatch):
    path = tmp_path / "requirements.txt"
    path.write_text("keras\n")
    assert missing(path, {}) == []  # it is here, under whatever name
    monkeypatch.setattr(install.importlib.util, "find_spec", lambda name: None)
    assert missing(path, {}) == ["keras"]


def test_pip_is_held_to_the_tensorflow_that_is_there(
    requirements, monkeypatch, tmp_path, capfd
):
    record = tmp_path / "pip.txt"
    fake = tmp_path / "python"
    fake.write_text(
        f'#!/bin/sh\nfor word; do last="$word"; done\n'
        f'echo "$@" > {record}\ncat "$last" >> {record}\n'
    )
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    monkeypatch.setattr(install, "installed", lambda names: HERE)
    install_missing(requirements)
    words, *pinned = record.read_text().splitlines()
    assert words.startswith(
        "-m pip install --quiet filelock>=3.12 no-such-package>=1 --constraint "
    )
    assert pinned == ["tensorflow==2.18.0", "numpy==1.0"]
    assert "installing filelock>=3.12, no-such-package>=1..." in capfd.readouterr().out


def test_nothing_is_called_where_nothing_is_missing(tmp_path, monkeypatch, capfd):
    path = tmp_path / "requirements.txt"
    path.write_text("numpy>=1\npytest\n")
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    install_missing(path)
    assert capfd.readouterr().out.endswith("[INFO] nothing is missing\n")
