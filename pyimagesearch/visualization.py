"""Images for people: grids, curves and image files."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pyimagesearch.atomic import write_atomic


def save_image(path: Path, picture: np.ndarray, options: Sequence[int] = ()) -> None:
    """Writes a picture, which appears whole.

    Args:
        path: the file, whose extension says the format.
        picture: uint8 (H, W, 3), RGB.
        options: of `cv2.imencode`.
    """
    bgr = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(path.suffix, bgr, options)
    with write_atomic(path) as temporary:
        temporary.write_bytes(data)


GRID_DPI = 150
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
    batches = [to_uint8(pictures) for pictures in columns.values()]
    rows, height, width, _ = batches[0].shape
    height, width = _compute_cell_size(height, width, len(batches), rows)

    stride_x, stride_y = width + GAP, height + GAP
    canvas = np.full(
        (TITLE + rows * stride_y, GAP + len(batches) * stride_x, 3), 255, np.uint8
    )
    for column, batch in enumerate(batches):
        left = GAP + column * stride_x
        for row, picture in enumerate(batch):
            top = TITLE + row * stride_y
            canvas[top : top + height, left : left + width] = _resize_cell(
                picture, height, width
            )

    # A figure of its own, without pyplot, needs no display and no backend.
    figure = Figure(
        figsize=(canvas.shape[1] / GRID_DPI, canvas.shape[0] / GRID_DPI), dpi=GRID_DPI
    )
    FigureCanvasAgg(figure)
    figure.figimage(canvas)
    for column, title in enumerate(columns):
        middle = (GAP + column * stride_x + width / 2) / canvas.shape[1]
        figure.text(
            middle,
            1 - TITLE / 2 / canvas.shape[0],
            title,
            fontsize=_compute_font_size(width),
            ha="center",
            va="center",
        )
    with write_atomic(path) as temporary:
        figure.savefig(temporary, dpi=GRID_DPI, pil_kwargs={"compress_level": 1})


def to_uint8(pictures) -> np.ndarray:
    """Brings pictures in [-1, 1] to uint8 in [0, 255]: the nearest, not stretched."""
    pictures = (np.asarray(pictures, np.float32) + 1) * 127.5
    return np.rint(pictures.clip(0, 255)).astype(np.uint8)


def _compute_cell_size(height, width, columns, rows):
    """The size to show a picture at, in pixels."""
    zoom = max(1, round(CELL / width))
    widest = (WIDEST - GAP) // columns - GAP
    tallest = (TALLEST - TITLE) // rows - GAP
    if zoom * width > widest or zoom * height > tallest:
        zoom = min(widest / width, tallest / height)
        zoom = int(zoom) if zoom >= 1 else zoom
    return max(1, int(height * zoom)), max(1, int(width * zoom))


def _resize_cell(picture, height, width):
    smaller = height < picture.shape[0]
    method = cv2.INTER_AREA if smaller else cv2.INTER_NEAREST
    return cv2.resize(picture, (width, height), interpolation=method)


def _compute_font_size(width):
    return min(10.0, width / 22)  # "Pix2Pix Prediction" stays within its column


CURVE_DPI = 110
PANEL_WIDTH, PANEL_HEIGHT = 4.0, 3.4  # inches, of a panel
LEFT, RIGHT, BOTTOM, TOP = 0.6, 0.15, 0.55, 0.4  # inches around its axes
PANELS = {  # title: what is drawn in it, by the name it is logged under
    "Discriminator": {"realDiscLoss": "on real", "generatedLoss": "on generated"},
    "Adversarial": {"ganLoss": "generator"},
    "L1": {"l1Loss": "training", "val_l1Loss": "validation"},
    "Validation PSNR [dB]": {"val_psnr": "validation"},
    "Validation SSIM": {"val_ssim": "validation"},
    "Validation label scores": {
        "val_pixel_accuracy": "pixel accuracy",
        "val_class_accuracy": "class accuracy",
        "val_class_iou": "class IoU",
    },
}


def save_curves(path: Path, rows: list[dict[str, float]]) -> None:
    """Draws what was logged over the epochs, and saves a PNG.

    Args:
        path: the PNG file to write.
        rows: one for each epoch, with "epoch" and what `PANELS` names; panels of
            which there is nothing are left out.
    """
    panels = {
        title: {name: label for name, label in curves.items() if name in rows[0]}
        for title, curves in PANELS.items()
    }
    panels = {title: curves for title, curves in panels.items() if curves}
    figure = _create_figure(len(panels))
    epochs = [row["epoch"] for row in rows]
    for axes, (title, curves) in zip(figure.axes, panels.items(), strict=True):
        for name, label in curves.items():
            values = [row[name] for row in rows]
            axes.plot(epochs, values, marker="." * (len(rows) < 30), label=label)
        axes.set_title(title)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.ticklabel_format(axis="y", scilimits=(-2, 4))  # short ones fit the margin
        axes.grid(alpha=0.3)
        if len(curves) > 1:
            axes.legend()
    with write_atomic(path) as temporary:
        figure.savefig(temporary)


def _create_figure(panels: int) -> Figure:
    """A row of empty panels. To have the margins found would take as long again."""
    width = PANEL_WIDTH * panels
    figure = Figure(figsize=(width, PANEL_HEIGHT), dpi=CURVE_DPI)
    FigureCanvasAgg(figure)
    figure.subplots(1, panels)
    figure.subplots_adjust(
        left=LEFT / width,
        right=1 - RIGHT / width,
        bottom=BOTTOM / PANEL_HEIGHT,
        top=1 - TOP / PANEL_HEIGHT,
        wspace=(LEFT + RIGHT) / (PANEL_WIDTH - LEFT - RIGHT),
    )
    return figure
