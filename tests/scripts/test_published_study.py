"""The tables in docs/recipes.md are those of docs/study.json."""

import json
from pathlib import Path

from recipe_study.experiments import TASKS
from recipe_study.tables import create_tables

DOCS = Path(__file__).parents[2] / "docs"


def test_the_tables_of_the_page_are_made_by_the_command():
    study = json.loads((DOCS / "study.json").read_text())
    page = (DOCS / "recipes.md").read_text(encoding="utf-8")
    tables = create_tables(study)
    assert set(tables) == set(TASKS)
    for name, table in tables.items():
        assert f"{table}\n" in page
        for figure in (f"study-{name}-curves.png", f"study-{name}-images.jpg"):
            assert figure in page
            assert (DOCS / figure).exists()


def test_the_trainings_took_equal_seconds():
    study = json.loads((DOCS / "study.json").read_text())
    for experiment in study["experiments"]:
        seconds = experiment["training"]["seconds"]
        assert abs(seconds / study["seconds"] - 1) <= 0.02
