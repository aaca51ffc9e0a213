"""A benchmark, run as a command."""

import json
import sys

import pytest

from pyimagesearch import benchmark


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """Runs the command, and gives the figures that it writes."""

    def measure(*flags):
        file = tmp_path / "figures.json"
        words = ["benchmark", *map(str, flags), "--json", str(file)]
        monkeypatch.setattr(sys, "argv", words)
        benchmark.main()
        return json.loads(file.read_text())

    return measure
