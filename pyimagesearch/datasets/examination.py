"""Examine the pairs of a training: print an account of them, and choose formats."""

import os
from argparse import Namespace
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pyimagesearch import config
from pyimagesearch.cli import count, info, warning
from pyimagesearch.datasets.format_settings import AUTO
from pyimagesearch.datasets.image_decoding import StoredImage, read_stored_image
from pyimagesearch.datasets.pair_notes import TO_GREY, PairNotes
from pyimagesearch.datasets.pairs import read_stored_pair
from pyimagesearch.datasets.palettes import (
    VOID,
    Palette,
    choose_palette,
    generate_palette,
)
from pyimagesearch.datasets.side_formats import (
    MAX_CHANNELS,
    RGB,
    PairFormat,
    SideFormat,
    create_side_format,
    format_range,
    is_range,
    parse_pair_format,
    stack_formats,
)
from pyimagesearch.datasets.sources import (
    Source,
    is_available,
    open_source_from_settings,
)
from pyimagesearch.datasets.splits import Pair
from pyimagesearch.datasets.survey import (
    MANY_CLASSES,
    SideSurvey,
    Survey,
    list_values,
    survey_pairs,
)
from pyimagesearch.errors import UserError
from pyimagesearch.run_record import read_run_record

USED_SHARE = 1 / 8  # a side that uses less of its range is warned about
READ_AHEAD = 100  # pairs, while all images of a side are read
SIDES = PairFormat._fields
HELD_OUT = {
    "val": "",
    "test": ", which are the test pairs",
    "hash": ", held out of the training pairs by a hash of their names",
}


class Data(NamedTuple):
    """The pairs of a training, and what they are.

    Attributes:
        source: Source.
        formats: PairFormat, of the inputs and the targets.
        notes: PairNotes, what has been reported about the pairs.
    """

    source: Source
    formats: PairFormat
    notes: PairNotes


def examine_data(settings: Namespace) -> Data:
    """Open the dataset, choose the formats of its images, and print an account.

    A run that is resumed keeps the formats in its record.

    Args:
        settings: Namespace, as returned by `parse_training_settings`.

    Returns:
        Data.

    Raises:
        UserError: if the dataset cannot be opened, a file cannot be read, or the
            images of a side do not fit each other or the flags.
    """
    source = open_source_from_settings(settings)
    pairs = {split: source.pairs.list_pairs(split) for split in ("train", "val")}
    info(
        f"data: {source.folder}, {source.pairs.layout}; "
        f"{count(len(pairs['train']), 'training pair')}, "
        f"{count(len(pairs['val']), 'validation pair')}"
        f"{HELD_OUT[source.pairs.held_out]}"
    )
    survey = survey_pairs([*pairs["train"], *pairs["val"]], source.direction)
    letters = source.direction.split("to")
    for name, letter, side in zip(SIDES, letters, survey.files, strict=True):
        found = "; stacked on ".join(file.describe() for file in reversed(side))
        info(f"{name}, side {letter}: {found} in {survey.examined} examined pairs")
    if pairs["train"][0].right is None:
        _warn_of_squares(source, survey.sides[0])
    run = Path(settings.output)
    if settings.resume and (run / config.CHECKPOINT_FILE).exists():
        formats = _read_recorded_formats(run, survey)
    else:
        formats = choose_formats(survey, settings, pairs, source)
        for side, side_format in zip(survey.sides, formats, strict=True):
            if side_format.channels == 1 and any(n == 3 for n, _ in side.channels):
                survey.notes.mark_said(TO_GREY)  # by `choose_formats`
    for name, side_format in zip(SIDES, formats, strict=True):
        if side_format != SideFormat():
            info(f"{name}: read as {side_format.describe()}")
    survey.notes.warn(survey.examined)
    return Data(source, formats, survey.notes)


def describe_data(settings: Namespace) -> PairFormat:
    """Print the account of a training that is not started, and return the formats.

    Nothing is downloaded or rendered: without a dataset, there is no account, and RGB
    images are assumed.
    """
    if is_available(settings):
        return examine_data(settings).formats
    info(f"the dataset {settings.dataset} is not on this machine yet: no account of it")
    return RGB


def _warn_of_squares(source: Source, side: SideSurvey) -> None:
    """Warn if side-by-side images look like single images."""
    if all(height == 2 * width for height, width in side.sizes):
        warning(
            f"the images in {source.folder} are square, and every one is cut in two "
            f"halves, input and target: if an image is only one side, arrange the "
            f"sides as train/A and train/B"
        )


def _read_recorded_formats(run: Path, survey: Survey) -> PairFormat:
    """Read the formats in the record of a run that is resumed."""
    record = read_run_record(run) or {}
    path = run / config.RUN_FILE
    if "sides" in record:
        formats = parse_pair_format(record["sides"], path)
        for name, side, files in zip(SIDES, formats, survey.files, strict=True):
            if len(side.parts or (side,)) != len(files):
                raise UserError(
                    f"{path} describes {count(len(side.parts or (side,)), 'file')} in "
                    f'its entry "sides.{name}", and the {name} of a pair has '
                    f"{len(files)}: restore it from a copy"
                )
        return formats
    # Earlier versions read everything as RGB, and both sides with the same depth.
    is_deep = any("uint16" in side.dtypes for side in survey.sides)
    side_format = SideFormat(dtype="uint16" if is_deep else "uint8")
    return PairFormat(side_format, side_format)


def choose_formats(
    survey: Survey, settings: Namespace, pairs: dict[str, list[Pair]], source: Source
) -> PairFormat:
    """Choose the channels, the dtypes, the ranges and the palette of both sides.

    Args:
        survey: Survey of the pairs.
        settings: Namespace with the flags of `add_format_flags`, and "data".
        pairs: dict, the list of Pair of "train" and "val": what is to be known of all
            images is read from their files.
        source: Source, whose label side may contain class indices.

    Returns:
        PairFormat.

    Raises:
        UserError: if the images of a side do not fit each other or the flags.
    """
    if settings.palette and source.label_side is None:
        raise UserError(
            f"--palette {settings.palette} is for label maps: name their side with "
            f"--label-side"
        )
    formats = []
    for name, files, letter in zip(
        SIDES, survey.files, source.direction.split("to"), strict=True
    ):
        number = "AB".index(letter)
        palette = None
        if letter == source.label_side and len(files) == 1:
            images = _read_all(pairs["train"] + pairs["val"], number)
            palette = _choose_palette(name, files[0], settings, images)
        if palette:
            dtype = "uint8"
            if (1, True) in files[0].channels:
                info(f"{name}: the alpha of class indices is ignored")
            if not files[0].is_grey:
                _choose_channels(name, files[0], settings, 3)  # refuses, and says alpha
                dtype = _choose_dtype(name, files[0])
            formats.append(SideFormat(dtype=dtype, palette=palette))
            continue
        channels, ranges = _get_asked(name, settings, len(files))
        parts = [
            _choose_format(
                name,
                file,
                _choose_channels(name, file, settings, channels),
                value_range,
                _read_all(pairs["train"], number, place),
            )
            for place, (file, value_range) in enumerate(zip(files, ranges, strict=True))
        ]
        formats.append(stack_formats(parts))
    return PairFormat(*formats)


def _choose_format(
    name: str,
    side: SideSurvey,
    channels: int,
    value_range: tuple[float, float] | str | None,
    images: Iterator[StoredImage],
) -> SideFormat:
    dtype = _choose_dtype(name, side)
    if value_range == AUTO:
        value_range = _measure_range(name, images)
    if value_range is None and dtype.startswith("float"):
        raise UserError(
            f"the {name} images have {dtype} values, from "
            f"{format_range((side.low, side.high))} in the examined images: set the "
            f"values that become black and white with --{name}-range LOW HIGH, or "
            f"--{name}-range auto for those of the training images"
        )
    side_format = create_side_format(channels, dtype, value_range)
    low, high = side_format.limits
    if side.low < low or side.high > high:
        info(
            f"{name}: values outside of {format_range((low, high))} are clipped; the "
            f"examined ones go from {format_range((side.low, side.high))}"
        )
    _warn_of_unused_range(name, side, side_format)
    return side_format


def _get_asked(name: str, settings: Namespace, files: int) -> tuple[int | str, list]:
    """Get the channels that the flags ask for, and the range of each stacked file."""
    channels = getattr(settings, f"{name}_channels")
    ranges = getattr(settings, f"{name}_range")
    if files > 1 and channels != AUTO:
        raise UserError(
            f"--{name}-channels {channels}: every pair has {files} {name} files, whose "
            f"channels are stacked: leave out the flag"
        )
    if ranges in (None, AUTO):
        return channels, [ranges] * files
    if len(ranges) != 2 * files:
        raise UserError(
            f"--{name}-range has {len(ranges)} numbers, and the {name} of a pair has "
            f"{count(files, 'file')}: pass a lower and a higher number for each"
        )
    return channels, list(zip(ranges[::2], ranges[1::2], strict=True))


def _choose_channels(
    name: str, side: SideSurvey, settings: Namespace, asked: int | str
) -> int:
    """Choose the number of channels that the networks read or generate."""
    found = {channels for channels, _ in side.channels}
    if asked == AUTO:
        asked = 3 if settings.data is None or found == {1, 3} else max(found)
    for (channels, has_alpha), path in side.channels.items():
        is_accepted = asked in (channels, channels + has_alpha)
        if not is_accepted and {asked, channels} != {1, 3}:
            others = " and ".join(map(str, sorted(found)))
            raise UserError(
                f"{path} has {channels} channels{' and alpha' * has_alpha}, and "
                f"{asked} are expected: the {name} images have {others} channels, and "
                f"all must have the same number; --{name}-channels sets it"
            )
    if asked > MAX_CHANNELS:
        raise UserError(
            f"the {name} images have {asked} channels, and at most {MAX_CHANNELS} are "
            f"supported: save fewer, such as their principal components"
        )
    _say_conversions(name, side, asked)
    return asked


def _say_conversions(name: str, side: SideSurvey, asked: int) -> None:
    for (channels, has_alpha), path in side.channels.items():
        if has_alpha and asked != channels + 1:
            info(
                f"{name}: the alpha of images such as {path} is composed on white; "
                f"--{name}-channels {channels + 1} reads it as a channel"
            )
        if (channels, asked) == (1, 3):
            info(f"{name}: grey images such as {path} get three equal channels")
        if (channels, asked) == (3, 1):
            info(f"{name}: RGB images such as {path} are converted to grey")


def _choose_dtype(name: str, side: SideSurvey) -> str:
    """Choose the dtype of all images of a side."""
    dtypes = sorted(side.dtypes)
    kinds = {np.dtype(dtype).kind == "f" for dtype in dtypes}
    if len(kinds) > 1:
        files = " and ".join(f"{side.dtypes[dtype]} has {dtype}" for dtype in dtypes)
        raise UserError(
            f"the {name} images have different types of values: {files}; save all "
            f"images of a side either as integers or as floats"
        )
    dtype = np.result_type(*dtypes).name
    if len(dtypes) > 1:
        info(f"{name}: images of {' and '.join(dtypes)} are read as {dtype}")
    return dtype


def _measure_range(name: str, images: Iterator[StoredImage]) -> tuple[float, float]:
    """Find the lowest and the highest value of all images of a side."""
    info(f"{name}: finding the range of the values of all training images...")
    low, high = np.inf, -np.inf
    for pixels, _ in images:
        low, high = min(low, float(pixels.min())), max(high, float(pixels.max()))
    if not is_range(low, high):
        raise UserError(
            f"--{name}-range auto: the values of the {name} images, {low:.9g} to "
            f"{high:.9g}, are too close to each other, or too large, to be scaled"
        )
    info(f"{name}: --{name}-range {low:.9g} {high:.9g}")
    return low, high


def _warn_of_unused_range(name: str, side: SideSurvey, side_format: SideFormat) -> None:
    low, high = side_format.limits
    if (side.high - side.low) >= USED_SHARE * (high - low):
        return
    hint = ""
    if side.has_class_indices():
        hint = "; if they are class indices, name their side with --label-side"
    warning(
        f"the {name} images use only the values {format_range((side.low, side.high))} "
        f"of the range {format_range((low, high))}, less than an eighth of it: set "
        f"the range with --{name}-range LOW HIGH{hint}"
    )


def _choose_palette(
    name: str, side: SideSurvey, settings: Namespace, images: Iterator[StoredImage]
) -> Palette | None:
    """Choose the colors of the classes of label maps; None if they are not known."""
    palette = choose_palette(settings.palette, settings.dataset)
    if palette is None and not side.has_class_indices():
        if side.is_grey:
            info(
                f"{name}: the label maps are read as grey values: class indices are "
                f"few integers from 0 to {MANY_CLASSES - 1}, and {VOID} for no class"
            )
        return None
    _refuse_value_flags(name, settings)
    if palette:
        if side.is_grey:
            info(f"{name}: class indices, in the colors of {settings.palette}")
        return palette
    indices: set[int] = set()
    for image in images:
        indices |= list_values(image)
    if max(indices) > VOID:
        raise UserError(
            f"the {name} images have class indices up to {max(indices)}, and only "
            f"those up to {VOID} are supported"
        )
    classes = max(indices - {VOID}) + 1
    info(
        f"{name}: {classes} class indices, from 0 to {classes - 1}, in generated "
        f"colors; --palette sets others"
    )
    return generate_palette(classes)


def _refuse_value_flags(name: str, settings: Namespace) -> None:
    """Refuse flags for values on the side of label maps with known colors."""
    channels = getattr(settings, f"{name}_channels")
    if getattr(settings, f"{name}_range") or channels not in (AUTO, 3):
        raise UserError(
            f"the {name} images are label maps, which the networks read as RGB colors: "
            f"leave out --{name}-range and --{name}-channels, or set --label-side none"
        )


def _read_all(pairs: list[Pair], number: int, place: int = 0) -> Iterator[StoredImage]:
    """Read the images of side A (0) or B (1), as they are stored.

    If a side has several files, `place` is the index of one.
    """

    def read(pair: Pair) -> StoredImage:
        if pair.right is None:
            return read_stored_pair(pair)[number][place]
        path = pair.get_files(number)[place]
        return read_stored_image(path, max_pixels=pair.max_pixels)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(pairs), READ_AHEAD):
            yield from pool.map(read, pairs[start : start + READ_AHEAD])
