"""A benchmark, run as a command."""

import json
import sys

import pytest

from pyimagesearch.benchmark import __main__ as benchmark


@pytest.fixture
def run_benchmark(tmp_path, monkeypatch):
    """Runs the command, and returns the figures that it writes."""

    def run(*flags):
        file = tmp_path / "figures.json"
        words = ["benchmark", *map(str, flags), "--json", str(file)]
        monkeypatch.setattr(sys, "argv", words)
        benchmark.main()
        return json.loads(file.read_text())

    return run
