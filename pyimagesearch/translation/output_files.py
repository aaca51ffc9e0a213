"""Choose the file format of the results, and write them."""

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from pyimagesearch.atomic import write_atomic
from pyimagesearch.datasets.image_decoding import INSTALL_TIFF
from pyimagesearch.datasets.palettes import VOID, Palette
from pyimagesearch.datasets.side_formats import SideFormat
from pyimagesearch.errors import UserError
from pyimagesearch.metrics.segmentation import classify_predictions
from pyimagesearch.visualization import save_image

EXTENSIONS = {"png": ".png", "tiff": ".tif", "npy": ".npy"}  # by the value of --format
PNG_DTYPES = ("uint8", "uint16")
PNG_CHANNELS = (1, 3, 4)
TIFF_DTYPES = (*PNG_DTYPES, "int8", "int16", "int32", "float32", "float64")
# Much faster than OpenCV's default, for files of about the same size.
PNG_OPTIONS = [
    *(cv2.IMWRITE_PNG_COMPRESSION, 1),
    *(cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE),
]


class OutputFormat(NamedTuple):
    """How results are written."""

    extension: str = ".png"
    palette: Palette | None = None  # to write class indices instead of colors


PNG = OutputFormat()


def choose_output_format(
    side_format: SideFormat,
    name: str | None = None,
    as_classes: bool = False,
    side_by_side: bool = False,
) -> OutputFormat:
    """Choose the file format of the results.

    Args:
        side_format: SideFormat of the results.
        name: str, the value of `--format`; None for PNG if it can store the results,
            else `.npy`.
        as_classes: bool, whether to write the class index of every pixel.
        side_by_side: bool, whether the results are joined to the inputs, as 8-bit RGB.

    Raises:
        UserError: if the file format cannot store the results, or there are no
            classes.
    """
    if side_by_side:
        if as_classes:
            raise UserError("--as-classes and --side-by-side exclude each other")
        side_format = SideFormat()
    if as_classes:
        return _choose_index_format(side_format, name)
    dtype, channels = side_format.dtype, side_format.channels
    fits_png = dtype in PNG_DTYPES and channels in PNG_CHANNELS
    name = name or ("png" if fits_png else "npy")
    if name == "png" and not fits_png:
        raise UserError(
            f"--format png stores 1, 3 or 4 channels of 8 or 16 bits, and the results "
            f"are of {side_format.describe()}: use --format npy"
        )
    if name == "tiff" and dtype not in TIFF_DTYPES:
        raise UserError(f"--format tiff stores no {dtype} values: use --format npy")
    if name == "tiff" and channels not in PNG_CHANNELS:
        _import_tifffile()
    return OutputFormat(EXTENSIONS[name])


def _choose_index_format(side_format: SideFormat, name: str | None) -> OutputFormat:
    if side_format.palette is None:
        raise UserError(
            "--as-classes needs the colors of the classes: pass them with --palette"
        )
    if side_format.channels != 3 or side_format.value_range:
        raise UserError(
            f"--as-classes needs results in RGB colors, and these are of "
            f"{side_format._replace(palette=None).describe()}"
        )
    if len(side_format.palette.classes) > VOID:
        raise UserError(
            f"--as-classes writes indices of 8 bits, and the palette has "
            f"{len(side_format.palette.classes)} classes"
        )
    return OutputFormat(EXTENSIONS[name or "png"], side_format.palette)


def write_result(path: Path, image: np.ndarray, output: OutputFormat) -> None:
    """Write a result atomically.

    Args:
        path: Path, the file, with the extension of the format.
        image: array (H, W, C) in the units of the targets.
        output: OutputFormat.
    """
    if output.palette:
        if image.dtype == np.uint16:
            image = np.rint(image / 257).astype(np.uint8)  # as the palette's colors
        classes = np.asarray(classify_predictions(output.palette, image))
        image = classes.astype(np.uint8)[..., None]
    if path.suffix == ".npy":
        array = image[..., 0] if image.shape[2] == 1 else image
        with write_atomic(path) as temporary:
            np.save(temporary, array)
    elif path.suffix == ".tif" and image.shape[2] not in PNG_CHANNELS:
        with write_atomic(path) as temporary:
            _import_tifffile().imwrite(temporary, image, planarconfig="contig")
    else:
        save_image(path, image, PNG_OPTIONS if path.suffix == ".png" else ())


def _import_tifffile():
    try:
        import tifffile
    except ImportError as error:
        raise UserError(
            f"--format tiff takes the package tifffile for these channels: "
            f"{INSTALL_TIFF}"
        ) from error
    return tifffile
