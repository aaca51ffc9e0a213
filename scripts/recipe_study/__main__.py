"""`python scripts/recipe_study`: train the recipes and compare their scores."""

import sys
from pathlib import Path

# A checkout is not installed: the root has `pyimagesearch`, `scripts` this package.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from pyimagesearch.cli import run_command
from recipe_study.study import main

if __name__ == "__main__":
    run_command(main)
