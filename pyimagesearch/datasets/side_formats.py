"""What the values of one side of the pairs are, and how they map to [-1, 1]."""

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pyimagesearch.cli import count
from pyimagesearch.datasets.augmentation import scale_array
from pyimagesearch.datasets.image_decoding import StoredImage, convert_channels
from pyimagesearch.datasets.palettes import Palette, color_indices
from pyimagesearch.errors import UserError
from pyimagesearch.schemas import (
    Integer,
    Items,
    Nullable,
    Number,
    Record,
    SchemaError,
    Text,
    create_error,
)

MAX_CHANNELS = 128  # of an array that OpenCV 5 resizes
_DTYPES = "u?int(8|16|32|64)|float(16|32|64)"
_LARGEST = 1e38  # value of a range, as a float32
_FLOAT_LEVELS = 2**24  # of the 24 bits of a float32's significand


class SideFormat(NamedTuple):
    """The channels, dtype and range of the images of one side.

    Attributes:
        channels: int, of the arrays that the networks read or generate.
        dtype: str, the NumPy dtype of the values in the files.
        value_range: tuple of float (low, high), the values that map to -1 and 1; None
            for the full range of a uint8 or uint16.
        palette: Palette or None, the classes of label maps. The networks read or
            generate their colors, and files of one channel contain class indices.
        parts: tuple of SideFormat, the formats of the files of one pair whose channels
            are stacked; empty for one file. The stack is a float32 in [-1, 1].
    """

    channels: int = 3
    dtype: str = "uint8"
    value_range: tuple[float, float] | None = None
    palette: Palette | None = None
    parts: tuple["SideFormat", ...] = ()

    @property
    def storage(self) -> np.dtype:
        """Dtype of the arrays in memory: uint8, uint16 or float32."""
        is_small = self.dtype in ("uint8", "uint16")
        return np.dtype(self.dtype if is_small else "float32")

    @property
    def limits(self) -> tuple[float, float]:
        """The values that map to -1 and 1."""
        return self.value_range or get_full_range(self.dtype)

    @property
    def levels(self) -> float:
        """How many steps of the dtype the range has."""
        low, high = self.limits
        return _FLOAT_LEVELS if self.dtype.startswith("float") else high - low

    @property
    def has_units(self) -> bool:
        """Whether the values are other than those of usual 8-bit images."""
        return (self.dtype, self.value_range) != ("uint8", None)

    def match_depth(self, dtype: str) -> "SideFormat":
        """Return this format for a file of a dtype: a full range may have 16 bits."""
        if (self.dtype, self.value_range, dtype) == ("uint8", None, "uint16"):
            return self._replace(dtype=dtype)
        return self

    @property
    def caption(self) -> str:
        """What a reader of an image must know to understand it; "" for 8-bit RGB."""
        parts = []
        if self.channels not in (1, 3):
            shown = "1 to 3" if self.channels > 3 else "1"
            parts.append(f"channels {shown} of {self.channels}")
        if self.has_units:
            parts.append(format_range(self.limits))
        return ", ".join(parts)

    def title(self, text: str) -> str:
        """Return the title of a column of images, with `caption` as a second line."""
        return f"{text}\n{self.caption}" if self.caption else text

    def store(self, stored: StoredImage, path: Path | str) -> np.ndarray:
        """Convert an image of a file to the channels and dtype of `storage`.

        Args:
            stored: StoredImage.
            path: Path or str, its file, for messages.

        Returns:
            Array (H, W, channels) of `storage`.

        Raises:
            UserError: if the image has other channels, or a type of values or class
                indices that do not fit.
        """
        if self.palette and stored.channels == 1:
            colors = color_indices(stored.pixels[..., 0], self.palette, path)
            stored = StoredImage(colors, has_alpha=False)
        image = convert_channels(stored, self.channels, path)
        if image.dtype == self.storage:
            return image
        if (image.dtype.kind == "f") != self.dtype.startswith("float"):
            raise UserError(
                f"{path} has {image.dtype} values, and {self.dtype} are expected: all "
                f"images of a side must be either integers or floats"
            )
        if self.value_range is None and image.dtype == np.uint8:
            return widen_to_uint16(image)
        if self.storage.kind == "u" and not np.can_cast(image.dtype, self.storage):
            raise UserError(
                f"{path} has {image.dtype} values, and its side has {self.dtype}: save "
                f"all images of a side with the same type of values"
            )
        return image.astype(self.storage)

    def scale(self, image: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Scale an image from `limits` to [-1, 1]; values outside are clipped.

        Args:
            image: array of `storage`, of any shape.
            out: float32 array of the same shape to write to, or None for a new one.

        Returns:
            float32 array of the same shape: `out` if it is given.
        """
        if self.value_range is None:
            return scale_array(image, out)
        low, high = self.value_range
        out = np.subtract(
            image, np.float32(low), out=out, dtype=np.float32, casting="unsafe"
        )
        out *= np.float32(2 / (high - low))
        out -= 1
        return np.clip(out, -1, 1, out=out)

    def restore(self, images: np.ndarray) -> np.ndarray:
        """Convert images from [-1, 1] to the dtype and units of the files.

        Integers are rounded to the nearest level. Values out of range, or of the dtype,
        are clipped.

        Args:
            images: float array of any shape, in [-1, 1].

        Returns:
            Array of `dtype`, of the same shape.
        """
        low, high = self.limits
        precision = np.float32 if self.dtype == "uint8" else np.float64
        values = (np.asarray(images, precision) + 1) * ((high - low) / 2) + low
        dtype = np.dtype(self.dtype)
        # A range may be wider than the dtype.
        smallest, largest = _get_storable_range(dtype)
        values = values.clip(max(low, smallest), min(high, largest))
        return (np.rint(values) if dtype.kind in "ui" else values).astype(dtype)

    def count_clipped(self, image: np.ndarray) -> int:
        """Count the values of an array of `storage` that lie outside of `limits`."""
        if self.value_range is None:
            return 0
        low, high = np.float32(self.value_range)
        return int(np.count_nonzero((image < low) | (image > high)))

    def describe(self) -> str:
        """Describe the format in a few words: "1 channel, uint16, 0 to 1400"."""
        if self.palette:
            return f"{len(self.palette.classes)} classes, drawn in RGB colors"
        if self.parts:
            return " and ".join(part.describe() for part in self.parts)
        channels = count(self.channels, "channel")
        return f"{channels}, {self.dtype}, {format_range(self.limits)}"

    def to_record(self) -> dict:
        """Return the format as a dict for JSON; `parse_pair_format` reads it."""
        palette = self.palette
        parts = [part.to_record() for part in self.parts]
        return {
            "channels": self.channels,
            "dtype": self.dtype,
            "range": list(self.limits),
            "palette": palette
            and {
                "classes": {name: list(rgb) for name, rgb in palette.classes.items()},
                "unlabelled": [list(rgb) for rgb in palette.unlabelled],
            },
            **({"parts": parts} if parts else {}),
        }


class PairFormat(NamedTuple):
    """The formats of both sides of the pairs."""

    input: SideFormat = SideFormat()
    target: SideFormat = SideFormat()

    def order_sides(self, direction: str) -> tuple[SideFormat, SideFormat]:
        """Return the formats of sides A and B."""
        return tuple(self) if direction == "AtoB" else tuple(self)[::-1]

    def to_record(self) -> dict:
        """Return both formats as a dict for JSON."""
        return {name: side.to_record() for name, side in self._asdict().items()}


RGB = PairFormat()

_COLOR = Items(Integer(0, 255), length=3)
_PALETTE = Record({"classes": Record(rest=_COLOR), "unlabelled": Items(_COLOR)})
_FILE = Record(  # a side, or one of the files that are stacked
    {
        "channels": Integer(1, MAX_CHANNELS),
        "dtype": Text(_DTYPES, "a dtype of images"),
        "range": Items(Number(-_LARGEST, _LARGEST), length=2),
        "palette": Nullable(_PALETTE),
    },
)
_SIDE = Record(optional={"parts": Items(Record())})
_SIDES = Record(dict.fromkeys(PairFormat._fields, _SIDE))


def get_full_range(dtype: str | np.dtype) -> tuple[float, float]:
    """Return the smallest and the largest value of an integer dtype."""
    limits = np.iinfo(dtype)
    return float(limits.min), float(limits.max)


def _get_storable_range(dtype: np.dtype) -> tuple[float, float]:
    """Return the smallest and the largest float64 that a dtype can store."""
    if dtype.kind == "f":
        return float(np.finfo(dtype).min), float(np.finfo(dtype).max)
    low, high = get_full_range(dtype)
    # The largest integer of 64 bits lies between two floats.
    return low, high if int(high) <= np.iinfo(dtype).max else math.nextafter(high, 0)


def is_range(low: float, high: float) -> bool:
    """Return whether values can be scaled from a range to [-1, 1] as float32."""
    # The comparison is false for NaN.
    if not max(abs(low), abs(high)) <= _LARGEST or math.isnan(low + high):
        return False
    return float(np.float32(high)) - float(np.float32(low)) > 1 / _LARGEST


def create_side_format(
    channels: int,
    dtype: str,
    value_range: tuple[float, float] | None = None,
    palette: Palette | None = None,
) -> SideFormat:
    """Create a format; no range means the full range of an integer dtype."""
    full = None if dtype.startswith("float") else get_full_range(dtype)
    value_range = value_range or full
    if dtype in ("uint8", "uint16") and tuple(value_range) == full:
        value_range = None
    return SideFormat(channels, dtype, value_range, palette)


def stack_formats(parts: list[SideFormat]) -> SideFormat:
    """Return the format of the stacked channels of several files."""
    if len(parts) == 1:
        return parts[0]
    channels = sum(part.channels for part in parts)
    return SideFormat(channels, "float32", (-1.0, 1.0), parts=tuple(parts))


def parse_pair_format(record: dict, path: Path | str) -> PairFormat:
    """Parse what `PairFormat.to_record` returns.

    Args:
        record: dict, from a file that may have been edited.
        path: Path or str, that file, for messages.

    Raises:
        UserError: if an entry has another form.
    """
    try:
        _SIDES.check(record, "sides")
        return PairFormat(
            *(_parse_side(record[name], f"sides.{name}") for name in PairFormat._fields)
        )
    except SchemaError as error:
        raise UserError(
            f'{path} does not describe the images in its entry "sides": {error}. '
            f"Correct it, or restore it from a copy"
        ) from error


def _parse_side(record: dict, entry: str) -> SideFormat:
    parts = record.get("parts")
    if not parts:
        return _parse_file(record, entry)
    return stack_formats(
        [
            _parse_file(part, f"{entry}.parts[{place}]")
            for place, part in enumerate(parts)
        ]
    )


def _parse_file(record: dict, entry: str) -> SideFormat:
    _FILE.check(record, entry)
    low, high = map(float, record["range"])
    if not is_range(low, high):
        raise create_error(f"{entry}.range", record["range"], "a range")
    palette = record["palette"]
    if palette is not None:
        palette = Palette(
            {name: tuple(rgb) for name, rgb in palette["classes"].items()},
            tuple(map(tuple, palette["unlabelled"])),
        )
        if len(palette.classes) < 2 or record["channels"] != 3:
            allowed = "a palette of two classes or more, of images of 3 channels"
            raise create_error(f"{entry}.palette", record["palette"], allowed)
    return create_side_format(record["channels"], record["dtype"], (low, high), palette)


def format_range(limits: tuple[float, float]) -> str:
    """Format a range of values, such as "0 to 255"."""
    return "{:.7g} to {:.7g}".format(*limits)


def widen_to_uint16(image: np.ndarray) -> np.ndarray:
    """Scale a uint8 array from [0, 255] to uint16 in [0, 65535]."""
    return image.astype(np.uint16) * 257
