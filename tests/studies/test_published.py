"""The tables of the page are those of the figures that lie beside it."""

import json
from pathlib import Path

from pyimagesearch import studies
from pyimagesearch.studies.plan import SETS
from pyimagesearch.studies.tables import tables

DOCS = Path(studies.__file__).parents[2] / "docs"


def test_the_pages_tables_are_made_by_the_command():
    study = json.loads((DOCS / "study.json").read_text())
    page = (DOCS / "results.md").read_text(encoding="utf-8")
    made = tables(study)
    assert list(made) == list(SETS)
    for name, table in made.items():
        assert f"{table}\n" in page
        for picture in ("curves", "pictures"):
            assert f"study-{name}-{picture}.png" in page
            assert (DOCS / f"study-{name}-{picture}.png").exists()
