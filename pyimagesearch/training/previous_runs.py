"""Archive the previous run in a folder before a new one starts there."""

import re
from pathlib import Path

from pyimagesearch import config

FOLDERS = ("checkpoints", "models", "images", "logs", "report", "export")
# What an archived run consists of. run.json is moved last: as long as it is there, an
# interrupted move is continued by the next run.
PARTS = (*FOLDERS, config.PALETTE_FILE, config.RUN_FILE)
NOT_ARCHIVED = ".gitkeep"
NUMBER = re.compile("[0-9]+")  # str.isdigit() accepts digits that int() does not


def archive_previous_run(run: Path) -> Path | None:
    """Move the files of a previous run to `run`/previous/NNN/, numbered from 001.

    Returns:
        Path, that folder, or None if there is no previous run.
    """
    if not (run / config.RUN_FILE).exists():
        return None
    previous = run / config.PREVIOUS_FOLDER
    names = [path.name for path in previous.glob("*")]
    numbers = [int(name) for name in names if NUMBER.fullmatch(name)]
    target = previous / f"{max(numbers, default=0) + 1:03d}"
    for part in PARTS:
        for path in _list_files(run / part):
            destination = target / path.relative_to(run)
            destination.parent.mkdir(parents=True, exist_ok=True)
            path.rename(destination)
    return target


def _list_files(part: Path) -> list[Path]:
    if part.is_file():
        return [part]
    paths = part.rglob("*")
    return [path for path in paths if path.is_file() and path.name != NOT_ARCHIVED]
