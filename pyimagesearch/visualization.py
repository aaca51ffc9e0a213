"""Images for people: image files, grids and training curves."""

import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pyimagesearch.atomic import write_atomic

GRID_DPI = 150
GRID_GAP = 8  # pixels between images and around them
GRID_TITLE = 44  # pixels above the images
GRID_CELL = 256  # pixels; smaller images are enlarged to about this width
GRID_MAX_WIDTH = 1600  # pixels
GRID_MAX_HEIGHT = 16000  # pixels

CURVE_DPI = 110
CURVE_WIDTH, CURVE_HEIGHT = 4.0, 3.4  # inches, of one panel
CURVE_LEFT, CURVE_RIGHT = 0.6, 0.15  # inches of margin in a panel
CURVE_BOTTOM, CURVE_TOP = 0.55, 0.4
CURVE_MARKERS = 30  # epochs, from which on the curves have no markers
PANELS = {  # title: label of each curve, by the name that the value is logged under
    "Discriminator": {"realDiscLoss": "on real", "generatedLoss": "on generated"},
    "Adversarial": {"ganLoss": "generator"},
    "L1": {"l1Loss": "training", "val_l1Loss": "validation"},
    "Learning rate": {"learning_rate": "both optimizers"},
    "Validation PSNR [dB]": {"val_psnr": "validation"},
    "Validation SSIM": {"val_ssim": "validation"},
    "Validation label scores": {
        "val_pixel_accuracy": "pixel accuracy",
        "val_class_accuracy": "class accuracy",
        "val_class_iou": "class IoU",
    },
}


def to_uint8(images) -> np.ndarray:
    """Convert images from [-1, 1] to 8 bits.

    Values are rounded to the nearest level. Values out of range are clipped.

    Args:
        images: array of float, of any shape, in [-1, 1].

    Returns:
        uint8 array of the same shape, in [0, 255].
    """
    images = (np.asarray(images, np.float32) + 1) * 127.5
    return np.rint(images.clip(0, 255)).astype(np.uint8)


def to_display(images) -> np.ndarray:
    """Convert images with any number of channels to 8-bit RGB, to look at them.

    Grey stays grey. Of two channels, the first is shown as grey; of more than three,
    the first three are shown as RGB.

    Args:
        images: array of float (..., C) in [-1, 1].

    Returns:
        uint8 array (..., 3) in [0, 255].
    """
    images = np.asarray(images)
    if images.shape[-1] < 3:
        return np.repeat(to_uint8(images[..., :1]), 3, axis=-1)
    return to_uint8(images[..., :3])


def save_image(path: Path, image: np.ndarray, options: Sequence[int] = ()) -> None:
    """Save an image atomically.

    Args:
        path: Path, the file; its extension selects the format.
        image: array (H, W, C) with 1, 3 or 4 channels, grey, RGB or RGB and alpha, of
            a dtype that the format stores.
        options: sequence of int, the `params` of `cv2.imencode`.
    """
    order = [0] if image.shape[2] == 1 else [2, 1, 0, 3][: image.shape[2]]
    _, data = cv2.imencode(path.suffix, image[..., order], options)
    with write_atomic(path) as temporary:
        temporary.write_bytes(data)


def save_grid(path: Path | str, columns: dict[str, Sequence]) -> None:
    """Draw images in titled columns, one row per example, and save a PNG.

    Pixels are repeated an integer number of times, without interpolation. Only a grid
    that would exceed `GRID_MAX_WIDTH` or `GRID_MAX_HEIGHT` is resampled.

    Args:
        path: Path or str, the PNG file.
        columns: dict, the images of each column by its title: float (n, H, W, C) in
            [-1, 1]. n is at least 1, and all columns have the same n, H and W. A title
            may have two lines.
    """
    batches = [to_display(images) for images in columns.values()]
    rows, height, width, _ = batches[0].shape
    height, width = _compute_cell_size(height, width, len(batches), rows)

    stride_x, stride_y = width + GRID_GAP, height + GRID_GAP
    shape = (GRID_TITLE + rows * stride_y, GRID_GAP + len(batches) * stride_x, 3)
    canvas = np.full(shape, 255, np.uint8)
    for column, batch in enumerate(batches):
        left = GRID_GAP + column * stride_x
        for row, image in enumerate(batch):
            top = GRID_TITLE + row * stride_y
            canvas[top : top + height, left : left + width] = _resize_cell(
                image, height, width
            )

    figure = _create_figure(shape[1] / GRID_DPI, shape[0] / GRID_DPI, GRID_DPI)
    figure.figimage(canvas)
    for column, title in enumerate(columns):
        figure.text(
            (GRID_GAP + column * stride_x + width / 2) / shape[1],
            1 - GRID_TITLE / 2 / shape[0],
            title,
            fontsize=_choose_font_size(title, width),
            ha="center",
            va="center",
        )
    with write_atomic(path) as temporary:
        figure.savefig(temporary, dpi=GRID_DPI, pil_kwargs={"compress_level": 1})


def _compute_cell_size(height, width, columns, rows):
    """Return the (height, width) in pixels at which to draw an image."""
    zoom = max(1, round(GRID_CELL / width))
    max_width = (GRID_MAX_WIDTH - GRID_GAP) // columns - GRID_GAP
    max_height = (GRID_MAX_HEIGHT - GRID_TITLE) // rows - GRID_GAP
    if zoom * width > max_width or zoom * height > max_height:
        zoom = min(max_width / width, max_height / height)
        zoom = int(zoom) if zoom >= 1 else zoom
    return max(1, int(height * zoom)), max(1, int(width * zoom))


def _choose_font_size(title, width):
    """Return the size in points at which a title fits a column of `width` pixels."""
    lines = title.split("\n")
    largest = 10.0 if len(lines) == 1 else 8.0
    return min(largest, width / max(22, *map(len, lines)))


def _resize_cell(image, height, width):
    is_reduced = height < image.shape[0]
    method = cv2.INTER_AREA if is_reduced else cv2.INTER_NEAREST
    return cv2.resize(image, (width, height), interpolation=method)


def _create_figure(width: float, height: float, dpi: int) -> Figure:
    """Create a figure in inches; without pyplot, it needs no display or backend."""
    figure = Figure(figsize=(width, height), dpi=dpi)
    FigureCanvasAgg(figure)
    return figure


def save_curves(path: Path, rows: list[dict[str, float]]) -> None:
    """Draw the logged values over the epochs, and save a PNG.

    Args:
        path: Path, the PNG file.
        rows: list of dict, one for each epoch: "epoch" and the values by the names in
            `PANELS`. A panel without values is left out, and a curve has a gap where
            an epoch has no value.
    """
    panels = {
        title: {
            name: label
            for name, label in curves.items()
            if any(name in row for row in rows)
        }
        for title, curves in PANELS.items()
    }
    panels = {title: curves for title, curves in panels.items() if curves}
    figure = _create_panels(len(panels))
    epochs = [row["epoch"] for row in rows]
    marker = "." if len(rows) < CURVE_MARKERS else ""
    for axes, (title, curves) in zip(figure.axes, panels.items(), strict=True):
        for name, label in curves.items():
            values = [row.get(name, math.nan) for row in rows]
            axes.plot(epochs, values, marker=marker, label=label)
        axes.set_title(title)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        # Longer tick labels would not fit the margin.
        axes.ticklabel_format(axis="y", scilimits=(-2, 4))
        axes.grid(alpha=0.3)
        if len(curves) > 1:
            axes.legend()
    with write_atomic(path) as temporary:
        figure.savefig(temporary)


def _create_panels(count: int) -> Figure:
    """Create a row of empty panels; fixed margins save the time of a layout pass."""
    width = CURVE_WIDTH * count
    figure = _create_figure(width, CURVE_HEIGHT, CURVE_DPI)
    figure.subplots(1, count)
    margins = CURVE_LEFT + CURVE_RIGHT
    figure.subplots_adjust(
        left=CURVE_LEFT / width,
        right=1 - CURVE_RIGHT / width,
        bottom=CURVE_BOTTOM / CURVE_HEIGHT,
        top=1 - CURVE_TOP / CURVE_HEIGHT,
        wspace=margins / (CURVE_WIDTH - margins),
    )
    return figure
