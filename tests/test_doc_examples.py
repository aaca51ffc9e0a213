"""The Python examples of the README and of docs/library.md, executed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tiny import random_image, write_image

REPOSITORY = Path(__file__).parents[1]
PAGES = ("README.md", "docs/library.md")
FENCE = re.compile(r"```python\n(.*?)```", re.DOTALL)


def join_examples(page):
    """All Python blocks of a page, which run from top to bottom."""
    return "\n".join(FENCE.findall((REPOSITORY / page).read_text(encoding="utf-8")))


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_the_examples_run(page, tmp_path):
    for number in range(6):
        split = "train" if number < 4 else "val"
        path = tmp_path / "my_pairs" / split / f"{number}.png"
        write_image(path, random_image(number, 64, 128))
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", join_examples(page)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    written = {path.name for path in tmp_path.rglob("*.*") if path.is_file()}
    if page == "docs/library.md":
        assert {"generator.keras", "000.png", "001.png"} <= written
