"""What a run has drawn, at the size of a notebook's cell."""

import json
from pathlib import Path

import cv2
import numpy as np
from IPython.display import Image

from pyimagesearch import config
from pyimagesearch.visualization import GRID_TITLE

WIDTH = 640  # pixels, at most
QUALITY = 85  # of a JPEG
ROWS = 3  # of a grid
EPOCHS = 5  # whose pictures stand below each other


def shown(path: Path | str, width: int = WIDTH) -> Image:
    """A picture file at `width` pixels at most."""
    return _image(_read(path), width)


def newest_grid(run: Path) -> Image | None:
    """The first rows of the last epoch's grid; None where there is none yet."""
    grids = epoch_grids(run)
    return grid(run, grids[-1]) if grids else None


def grid(run: Path | str, path: Path | str, rows: int = ROWS) -> Image:
    """The first rows of a grid that was drawn of a run's validation pairs."""
    return _image(_first_rows(Path(run), _read(path), rows))


def progress(run: Path | str) -> Image:
    """One validation pair, epoch by epoch: a few of the grids' first rows."""
    run = Path(run)
    paths = epoch_grids(run)
    chosen = np.linspace(0, len(paths) - 1, min(EPOCHS, len(paths))).round()
    first = [_first_rows(run, _read(paths[int(number)]), 1) for number in chosen]
    rows = [first[0], *(picture[GRID_TITLE:] for picture in first[1:])]
    return _image(np.concatenate(rows))


def curves(run: Path | str) -> Image | None:
    """The losses and the scores so far; None where there are none yet."""
    path = Path(run, config.CURVES_FILE)
    return shown(path, width=1100) if path.exists() else None


def epoch_grids(run: Path) -> list[Path]:
    """The grids of the epochs, in their order."""
    paths = Path(run, config.IMAGES_FOLDER).glob("*.png")
    return sorted((p for p in paths if p.stem.isdigit()), key=lambda p: int(p.stem))


def _first_rows(run: Path, picture: np.ndarray, rows: int) -> np.ndarray:
    record = json.loads((run / config.RUN_FILE).read_text(encoding="utf-8"))
    count = min(config.INFER_BATCH_SIZE, record["pairs"]["val"]["count"])
    height = (picture.shape[0] - GRID_TITLE) // count
    return picture[: GRID_TITLE + min(rows, count) * height]


def _read(path: Path | str) -> np.ndarray:
    return cv2.imread(str(path), cv2.IMREAD_COLOR)


def _image(picture: np.ndarray, width: int = WIDTH) -> Image:
    height = round(picture.shape[0] * width / picture.shape[1])
    if width < picture.shape[1]:
        picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    data = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))[1]
    return Image(data.tobytes(), format="jpeg")
