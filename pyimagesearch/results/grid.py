"""The picture grid of the monitor and of inference."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pyimagesearch.files import written_whole

DPI = 150
GAP = 8  # pixels between pictures and around them
TITLE = 44  # pixels above the pictures
CELL = 256  # pixels: smaller pictures are enlarged to about this width
WIDEST = 1600  # pixels, the whole grid
TALLEST = 16000  # pixels, likewise


def save_grid(path: Path | str, columns: dict[str, Sequence]) -> None:
    """Draws pictures in titled columns, one row a batch member, and saves a PNG.

    A picture's pixels are shown as they are: enlarged by a whole number or not at
    all, unless the grid would be too large.

    Args:
        path: the PNG file to write.
        columns: title: pictures float (n, H, W, 3) in [-1, 1], n >= 1 and one shape
            for all columns.
    """
    batches = [to_bytes(pictures) for pictures in columns.values()]
    rows, height, width, _ = batches[0].shape
    height, width = _cell_size(height, width, len(batches), rows)

    stride_x, stride_y = width + GAP, height + GAP
    canvas = np.full(
        (TITLE + rows * stride_y, GAP + len(batches) * stride_x, 3), 255, np.uint8
    )
    for column, batch in enumerate(batches):
        left = GAP + column * stride_x
        for row, picture in enumerate(batch):
            top = TITLE + row * stride_y
            canvas[top : top + height, left : left + width] = _fitted(
                picture, height, width
            )

    # A figure of its own, without pyplot, needs no display and no backend.
    figure = Figure(figsize=(canvas.shape[1] / DPI, canvas.shape[0] / DPI), dpi=DPI)
    FigureCanvasAgg(figure)
    figure.figimage(canvas)
    for column, title in enumerate(columns):
        middle = (GAP + column * stride_x + width / 2) / canvas.shape[1]
        figure.text(
            middle,
            1 - TITLE / 2 / canvas.shape[0],
            title,
            fontsize=_font_size(width),
            ha="center",
            va="center",
        )
    with written_whole(path) as temporary:
        figure.savefig(temporary, dpi=DPI, pil_kwargs={"compress_level": 1})


def to_bytes(pictures) -> np.ndarray:
    """Brings pictures in [-1, 1] to uint8 in [0, 255]: the nearest, not stretched."""
    pictures = (np.asarray(pictures, np.float32) + 1) * 127.5
    return np.rint(pictures.clip(0, 255)).astype(np.uint8)


def _cell_size(height, width, columns, rows):
    """The size to show a picture at, in pixels."""
    zoom = max(1, round(CELL / width))
    widest = (WIDEST - GAP) // columns - GAP
    tallest = (TALLEST - TITLE) // rows - GAP
    if zoom * width > widest or zoom * height > tallest:
        zoom = min(widest / width, tallest / height)
        zoom = int(zoom) if zoom >= 1 else zoom
    return max(1, int(height * zoom)), max(1, int(width * zoom))


def _fitted(picture, height, width):
    smaller = height < picture.shape[0]
    method = cv2.INTER_AREA if smaller else cv2.INTER_NEAREST
    return cv2.resize(picture, (width, height), interpolation=method)


def _font_size(width):
    return min(10.0, width / 22)  # "Pix2Pix Prediction" stays within its column
