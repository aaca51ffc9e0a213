"""What an earlier run left in the output folder is kept."""

from pathlib import Path

from pyimagesearch import config

# All that the commands write into a run's folder. run.json, which makes it one, goes
# last: whatever stops the move, the next run takes it up.
PARTS = (
    *("checkpoints", "models", "images", "logs", "report", "export"),
    config.RUN_FILE,
)
KEPT = ".gitkeep"


def set_aside(run: Path) -> Path | None:
    """Moves an earlier run's files into `run`/previous/NNN/, NNN counted from 001.

    Args:
        run: the folder of the run to come.

    Returns:
        Where they are now; None where there was no run.
    """
    if not (run / config.RUN_FILE).exists():
        return None
    previous = run / config.PREVIOUS_FOLDER
    numbers = [
        int(folder.name) for folder in previous.glob("*") if folder.name.isdigit()
    ]
    target = previous / f"{max(numbers, default=0) + 1:03d}"
    for part in PARTS:
        for path in _files(run / part):
            place = target / path.relative_to(run)
            place.parent.mkdir(parents=True, exist_ok=True)
            path.rename(place)
    return target


def _files(part: Path) -> list[Path]:
    if part.is_file():
        return [part]
    return [path for path in part.rglob("*") if path.is_file() and path.name != KEPT]
