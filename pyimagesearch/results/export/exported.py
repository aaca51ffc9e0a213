"""One export: written, loaded back, compared, and only then moved to its place."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pyimagesearch.command_line import FAILED
from pyimagesearch.errors import RunStoppedError
from pyimagesearch.files import folder_written_whole, written_whole
from pyimagesearch.results.export.comparison import (
    LEVELS,
    Speed,
    largest_difference,
    measured_speed,
)
from pyimagesearch.results.export.formats import Format
from pyimagesearch.results.export.network import Network


class Exported(NamedTuple):
    """A file that holds a network.

    Attributes:
        path: the file or folder.
        size: bytes.
        difference: the largest from Keras, on [-1, 1].
        speed: under its own runtime, one image at a time.
    """

    path: Path
    size: int
    difference: float
    speed: Speed


def exported(
    kind: Format,
    network: Network,
    path: Path,
    batches: list[np.ndarray],
    expected: list[np.ndarray],
    bound: float | None = None,
) -> Exported:
    """Writes one file, or one folder, if what it makes is what Keras makes.

    Args:
        kind: the format.
        network: what it is to hold.
        path: where the file goes; what is told about it is beside it or in it.
        batches: float32 (B, h, w, 3) in [-1, 1]; the first image is timed.
        expected: what Keras makes of each.
        bound: the largest difference from `expected` to accept; None: the format's.

    Raises:
        RunStoppedError: where the difference is larger; the file is not left behind.
        OSError: where it cannot be written.
    """
    bound = bound or kind.bound
    whole = written_whole if "." in kind.suffix else folder_written_whole
    with whole(path) as temporary:
        kind.write(network.model, temporary)
        if kind.describe:
            kind.describe(temporary, network.facts())
        function = kind.load(temporary)
        difference = largest_difference(function, batches, expected)
        if not difference <= bound:  # nor is NaN
            raise RunStoppedError(
                f"{path.name} was not kept: its pictures differ from Keras's by "
                f"{difference:.2g} ({difference * LEVELS:.2g} levels of 8 bits), the "
                f"bound is {bound:.2g}; --bound sets another",
                FAILED,
            )
        speed = measured_speed(function, batches[0][:1])
        size = sum(file.stat().st_size for file in _files(temporary))
    if not kind.describe:
        text = json.dumps({"file": path.name, **network.facts()}, indent=2)
        with written_whole(path.with_name(f"{path.name}.json")) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")
    return Exported(path, size, difference, speed)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return [file for file in path.rglob("*") if file.is_file()]


def table(rows: list[Exported]) -> str:
    """The exports for the screen."""
    width = max(len(row.path.name) for row in rows)
    lines = [
        f"{'file':<{width}}{'MB':>9}{'largest difference':>20}{'levels':>10}"
        f"{'images/s':>10}  quartiles"
    ]
    for path, size, difference, speed in rows:
        lines.append(
            f"{path.name:<{width}}{size / 1e6:>9.2f}{difference:>20.1e}"
            f"{difference * LEVELS:>10.2g}{speed.median:>10.3g}  "
            f"{speed.low:.3g} to {speed.high:.3g}"
        )
    return "\n".join(lines)
