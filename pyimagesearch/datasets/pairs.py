"""Read pairs at the working size: one by one, or all of them into memory."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import psutil

from pyimagesearch import config
from pyimagesearch.cli import info, progbar_verbose
from pyimagesearch.datasets.image_decoding import (
    StoredImage,
    read_header,
    read_stored_image,
)
from pyimagesearch.datasets.pair_notes import PairNotes, note_losses
from pyimagesearch.datasets.side_formats import RGB, SideFormat
from pyimagesearch.datasets.splits import Pair
from pyimagesearch.errors import UserError

SideFormats = tuple[SideFormat, SideFormat]  # of sides A and B
RGB_FORMATS = tuple(RGB)
AREA_CHANNELS = 4  # that cv2.INTER_AREA accepts
MAX_DISTORTION = 0.02  # relative difference of aspect ratios that needs no warning


class PairFiles:
    """Pairs that are read from their files when they are indexed.

    Side A is the left half of a pair, side B the right half. Images of another size
    are resized: label maps by nearest neighbour, photos with antialiasing.

    Args:
        pairs: list of Pair.
        height, width: int, the working size of one side in pixels.
        label_side: "A" or "B" if that side is a map of flat colours, else None.
        formats: tuple of two SideFormat, of sides A and B.
        notes: PairNotes or None, what has been reported already.

    Attributes:
        shapes: tuple of two tuples (height, width, channels), of sides A and B.
    """

    def __init__(
        self,
        pairs: list[Pair],
        height: int,
        width: int,
        label_side: str | None = None,
        formats: SideFormats = RGB_FORMATS,
        notes: PairNotes | None = None,
    ):
        self.pairs = pairs
        self.formats = formats
        self.label_side = label_side
        self.shapes = tuple((height, width, side.channels) for side in formats)
        self.notes = notes or PairNotes()

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Read sides A and B, arrays of `shapes` and of the formats' storage."""
        pair = self.read(index)
        self.notes.warn()
        return pair

    def read(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Read a pair as indexing does, and leave the warnings to the caller."""
        height, width, _ = self.shapes[0]
        pair = self.pairs[index]
        return read_pair(pair, height, width, self.label_side, self.formats, self.notes)


class PairArrays:
    """Pairs in memory.

    Args:
        sides: tuple of two arrays (pairs, H, W, C) of the formats' storage.
        formats: tuple of two SideFormat, of sides A and B.
    """

    def __init__(
        self,
        sides: tuple[np.ndarray, np.ndarray],
        formats: SideFormats = RGB_FORMATS,
    ):
        self.sides = sides
        self.formats = formats
        self.shapes = tuple(side.shape[1:] for side in sides)

    def __len__(self) -> int:
        return len(self.sides[0])

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return sides A and B of a pair, (H, W, C)."""
        side_a, side_b = self.sides
        return side_a[index], side_b[index]

    @property
    def nbytes(self) -> int:
        """Size of both arrays in bytes."""
        return sum(side.nbytes for side in self.sides)


def match_depth(pairs: list[Pair], formats: SideFormats) -> SideFormats:
    """Widen 8-bit formats to 16 bits for a side that has a 16-bit file.

    Formats of another range or dtype do not change. Only files of types that can have
    16 bits are opened.

    Raises:
        UserError: if a file cannot be read.
    """
    widened = [side_format.match_depth("uint16") for side_format in formats]
    return tuple(
        wide
        if wide != side_format
        and any(
            header and header.dtype == "uint16"
            for pair in pairs
            for header in map(read_header, pair.get_files(number))
        )
        else side_format
        for number, (side_format, wide) in enumerate(zip(formats, widened, strict=True))
    )


def read_pair(
    pair: Pair,
    height: int,
    width: int,
    label_side: str | None = None,
    formats: SideFormats = RGB_FORMATS,
    notes: PairNotes | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Read a pair at the working size.

    Args:
        pair: Pair.
        height, width, label_side, formats: see `PairFiles`.
        notes: PairNotes or None, counts pairs that are distorted or clipped.

    Returns:
        tuple of two arrays (height, width, channels), sides A and B, of the dtypes
        that the formats store.

    Raises:
        UserError: if a file cannot be read or has another format, or if the width of a
            side-by-side image is odd.
    """
    stored = read_stored_pair(pair, notes)
    sides = []
    for number, side_format in enumerate(formats):
        image = _store(stored[number], side_format, pair.get_files(number), notes)
        labels = label_side == "AB"[number]
        sides.append(resize_image(image, height, width, labels=labels))
    return tuple(sides)


def read_stored_pair(
    pair: Pair, notes: PairNotes | None = None
) -> tuple[list[StoredImage], list[StoredImage]]:
    """Read the images of sides A and B as their files store them.

    If the aspect ratios of two files agree only without their EXIF orientations,
    these are ignored.

    Args:
        pair: Pair.
        notes: PairNotes or None, counts pairs whose aspect ratios differ and pairs
            whose orientation is ignored.

    Returns:
        tuple of two lists of StoredImage: one image per file.

    Raises:
        UserError: if a file cannot be read, or if the width of a side-by-side image is
            odd.
    """
    if pair.right is None:
        stored = read_stored_image(pair.left, max_pixels=pair.max_pixels)
        halves = split_halves(stored.pixels, pair.left)
        return tuple([stored._replace(pixels=half)] for half in halves)
    sides = _read_files(pair)
    if _is_similar(sides):
        return sides
    notes = notes or PairNotes()
    as_stored = _read_files(pair, apply_orientation=False)
    if _is_similar(as_stored):
        notes.add(
            "orientation",
            pair.left,
            f"and {pair.right}: the EXIF orientation is ignored, because the two sides "
            f"fit each other only without it",
        )
        return as_stored
    shapes = ["{}x{}".format(*side[0].pixels.shape[:2]) for side in sides]
    notes.add(
        "aspect",
        pair.left,
        f"has {shapes[0]} pixels and {pair.right} {shapes[1]}: sides with different "
        f"aspect ratios are distorted differently when they are resized",
    )
    return sides


def _read_files(pair: Pair, apply_orientation: bool = True) -> tuple[list, list]:
    return tuple(
        [
            read_stored_image(path, apply_orientation, pair.max_pixels)
            for path in pair.get_files(number)
        ]
        for number in (0, 1)
    )


def _is_similar(sides: tuple[list[StoredImage], list[StoredImage]]) -> bool:
    """Return whether the aspect ratios of both sides are nearly the same."""
    (height_a, width_a), (height_b, width_b) = (
        side[0].pixels.shape[:2] for side in sides
    )
    ratio = width_a * height_b / (height_a * width_b)
    return max(ratio, 1 / ratio) <= 1 + MAX_DISTORTION


def _store(
    images: list[StoredImage],
    side_format: SideFormat,
    files: tuple[Path, ...],
    notes: PairNotes | None,
) -> np.ndarray:
    """Convert the images of one side to its format; several ones are stacked."""
    parts = side_format.parts or (side_format,)
    if len(parts) != len(images):
        raise UserError(
            f"{files[0]} has {len(images) - 1} other inputs that are stacked on it, "
            f"and {len(parts) - 1} are expected"
        )
    arrays = []
    for image, part, path in zip(images, parts, files, strict=True):
        arrays.append(part.store(image, path))
        if notes:
            note_losses(notes, image, arrays[-1], part, path)
    if len(arrays) == 1:
        return arrays[0]
    sizes = dict.fromkeys("{}x{}".format(*array.shape[:2]) for array in arrays)
    if len(sizes) > 1:
        raise UserError(
            f"{files[0]} and the other inputs of its pair have different sizes "
            f"({', '.join(sizes)} pixels): stacked inputs need the same size"
        )
    scaled = (part.scale(array) for part, array in zip(parts, arrays, strict=True))
    return np.concatenate(list(scaled), axis=2)


def split_halves(image: np.ndarray, path: Path | str) -> tuple[np.ndarray, np.ndarray]:
    """Split a side-by-side image at half its width.

    Args:
        image: array (H, 2W, C).
        path: Path or str, its file, for the message.

    Returns:
        tuple of two arrays (H, W, C), the left and the right half.

    Raises:
        UserError: if the width is odd.
    """
    width = image.shape[1]
    if width % 2:
        raise UserError(
            f"{path} is {width} pixels wide: a side-by-side image needs an even width, "
            "for two halves of the same size"
        )
    return image[:, : width // 2], image[:, width // 2 :]


def resize_image(
    image: np.ndarray, height: int, width: int, labels: bool
) -> np.ndarray:
    """Resize an image unless it has the new size already.

    Args:
        image: uint8, uint16 or float32 array (H, W, C).
        height, width: int, the new size in pixels.
        labels: bool, whether the image is a label map. A label map is resized by
            nearest neighbour, which creates no new colours, a photo with antialiasing.

    Returns:
        Array (height, width, C) of the dtype of `image`.
    """
    if image.shape[:2] == (height, width):
        return image
    if labels:
        method = cv2.INTER_NEAREST_EXACT
    elif height * width < image.shape[0] * image.shape[1]:
        method = cv2.INTER_AREA
    else:
        method = cv2.INTER_LINEAR
    channels = image.shape[2]
    if method != cv2.INTER_AREA or channels <= AREA_CHANNELS:
        resized = cv2.resize(image, (width, height), interpolation=method)
        return resized.reshape(height, width, channels)  # OpenCV drops a single one
    groups = np.array_split(image, -(-channels // AREA_CHANNELS), axis=2)
    size = width, height
    return np.dstack([cv2.resize(part, size, interpolation=method) for part in groups])


def load_into_memory(files: PairFiles) -> PairArrays:
    """Decode all pairs into memory, and show a progress bar.

    Raises:
        UserError: if a file cannot be read.
    """
    import keras  # it imports TensorFlow, which a survey of the files does not need

    sides = tuple(
        np.empty((len(files), *shape), side_format.storage)
        for shape, side_format in zip(files.shapes, files.formats, strict=True)
    )
    bar = keras.utils.Progbar(len(files), verbose=progbar_verbose(), unit_name="pair")

    def decode(index: int) -> None:
        for side, image in zip(sides, files.read(index), strict=True):
            side[index] = image

    with ThreadPoolExecutor() as pool:
        for _ in pool.map(decode, range(len(files))):
            bar.add(1)
    files.notes.warn(len(files))
    return PairArrays(sides, files.formats)


def open_pairs(files: PairFiles, cache: str = config.CACHE) -> PairFiles | PairArrays:
    """Decode the pairs into memory if they fit; print which was chosen.

    Args:
        files: PairFiles.
        cache: "memory", "none" or "auto". With "auto", the pairs are decoded into
            memory if they take at most `config.CACHE_SHARE` of the free memory.

    Returns:
        PairArrays, or `files` itself.

    Raises:
        UserError: if a file cannot be read, for pairs that are decoded into memory.
    """
    size = len(files) * sum(
        int(np.prod(shape)) * side_format.storage.itemsize
        for shape, side_format in zip(files.shapes, files.formats, strict=True)
    )
    free = psutil.virtual_memory().available
    fits = size <= config.CACHE_SHARE * free
    if cache == "none" or (cache == "auto" and not fits):
        info(f"decoding {len(files)} pairs from their files at every use")
        return files
    info(
        f"decoding {len(files)} pairs into {size / 1e9:.2f} GB of memory, "
        f"{size / free:.0%} of the free memory"
    )
    return load_into_memory(files)
