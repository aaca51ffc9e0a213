"""Files that the page has received, and files that it offers."""

import shutil
import tempfile
from collections import deque
from pathlib import Path

import numpy as np

from pyimagesearch.datasets.image_files import NO_IMAGE, make_read_error
from pyimagesearch.datasets.image_headers import find_size
from pyimagesearch.datasets.pair_notes import PairNotes
from pyimagesearch.datasets.side_formats import SideFormat
from pyimagesearch.errors import UserError
from pyimagesearch.translation.input_files import Job
from pyimagesearch.translation.output_files import choose_output_format, write_result
from pyimagesearch.translation.translate import read_input


class Upload:
    """An image that somebody has uploaded.

    Args:
        path: Path, the file, in a folder of the server.
        side_format: SideFormat of the generator's inputs.
        max_pixels: int, the largest number of pixels to decode.

    Attributes:
        name: str, the name of the file.
        image: array (H, W, C), as the format stores it.
        notes: list of str, sentences about what the image lost when it was read.

    Raises:
        UserError: if it is no image, has too many pixels, or does not fit the format.
            The message names the file without its folder.
    """

    def __init__(self, path: Path, side_format: SideFormat, max_pixels: int):
        self.name = path.name
        notes = PairNotes()
        try:
            _check_pixels(path, max_pixels)
            # A result is written elsewhere.
            job = Job(path, path, max_pixels=max_pixels)
            self.image = read_input(job, side_format, notes)
        except UserError as error:
            raise UserError(str(error).replace(str(path), path.name)) from error
        self.notes = [f"{path.name} {message}" for message in notes.list_messages()]


def _check_pixels(path: Path, max_pixels: int) -> None:
    """Check the size of an upload: the limit of a page is lower than that of files."""
    with path.open("rb") as file:
        size = find_size(file, path)
    if size is None:
        raise make_read_error(path, NO_IMAGE)
    if size.height * size.width > max_pixels:
        raise UserError(
            f"{path} has {size.height}x{size.width} pixels, and this page accepts "
            f"{max_pixels:,}: reduce the image, or start the demo with a higher "
            f"--upload-pixels"
        )


class Downloads:
    """Results as files, in the format in which `inference.py` writes them.

    The page copies a file as soon as it offers it, so few are kept.

    Args:
        folder: Path, an empty folder.
        side_format: SideFormat of the results.
    """

    KEPT = 8

    def __init__(self, folder: Path, side_format: SideFormat):
        self._folder = folder
        self._output = choose_output_format(side_format)
        self._kept: deque[str] = deque()

    def write(self, image: np.ndarray, name: str) -> str:
        """Write a result.

        Args:
            image: array (H, W, D), in the units of the targets.
            name: str, the name of the input's file.

        Returns:
            str, the path of the file.
        """
        self._kept.append(tempfile.mkdtemp(dir=self._folder))
        path = Path(self._kept[-1], name).with_suffix(self._output.extension)
        write_result(path, image, self._output)
        while len(self._kept) > self.KEPT:
            shutil.rmtree(self._kept.popleft(), ignore_errors=True)
        return str(path)
