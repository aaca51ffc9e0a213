"""Write video files with OpenCV.

OpenCV's packages contain no encoder of H.264. MPEG-4 takes the least time of those that
they contain, and most programs play it; WebM files have VP8, since browsers play that.
OpenCV cuts odd heights and widths to even ones, but not if it is given JPEG images.
"""

import contextlib
import errno
import functools
import math
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from pyimagesearch.atomic import write_atomic
from pyimagesearch.process import silence_libraries
from pyimagesearch.translation.video import (
    VideoError,
    is_encodable,
    open_capture,
    quiet_opencv,
)

JPEG = "MJPG"
CODECS = {  # by extension
    ".mp4": "mp4v",
    ".m4v": "mp4v",
    ".mov": "mp4v",
    ".mkv": "mp4v",
    ".avi": JPEG,
    ".webm": "VP80",
}
JPEG_EXTENSIONS = {".mp4", ".mov", ".mkv", ".avi"}
FALLBACK = ".mp4"
JPEG_QUALITY = 95

_MAX_RESOLUTION = 65535  # of time in a second, in MPEG-4 (ISO 14496-2, section 6.2.3)
_MAX_DECIMALS = 3  # of a rate that OpenCV writes
_PROBE_SIZE = (64, 64)
_FULL = 1 << 20  # free bytes of a disk that is full


def choose_extension(extension: str, size: tuple[int, int] = _PROBE_SIZE) -> str:
    """Choose the extension of a result, and with it the container.

    Args:
        extension: str, that of the input, one of `VIDEO_EXTENSIONS` in any case.
        size: tuple of int, (height, width) of the result in pixels.

    Returns:
        str, the same extension, or ".mp4" if OpenCV cannot write such a file.
    """
    kind = extension.lower()
    is_possible = kind in JPEG_EXTENSIONS if _is_odd(size) else _is_writable(kind)
    return extension if is_possible else FALLBACK


@functools.cache
def _is_writable(extension: str) -> bool:
    """Try whether OpenCV writes such a file: builds of it differ in their encoders."""
    with tempfile.TemporaryDirectory() as folder, quiet_opencv():
        path = Path(folder, f"probe{extension}")
        writer = _open_writer(path, CODECS[extension], _PROBE_SIZE, rate=25.0)
        is_open = writer.isOpened()
        writer.release()
    return is_open


def _is_odd(size: tuple[int, int]) -> bool:
    return any(length % 2 for length in size)


def _open_writer(
    path: Path, codec: str, size: tuple[int, int], rate: float
) -> cv2.VideoWriter:
    options = [cv2.VIDEOWRITER_PROP_RAW_VIDEO, 1] if codec == JPEG else []
    # OpenCV prints that it changes "MJPG" or "VP80" to what the container calls it.
    with silence_libraries():
        return cv2.VideoWriter(
            os.path.abspath(path),
            cv2.CAP_FFMPEG,
            cv2.VideoWriter_fourcc(*codec),
            rate,
            size[::-1],
            options,
        )


def round_rate(rate: float) -> float:
    """Round frames per second to a rate that MPEG-4 and OpenCV can write.

    Args:
        rate: float, frames per second.

    Returns:
        float, with three decimals, and fewer above 65.
    """
    decimals = math.floor(math.log10(_MAX_RESOLUTION / rate))
    lowest = 10.0**-_MAX_DECIMALS
    return max(round(rate, min(max(decimals, 0), _MAX_DECIMALS)), lowest)


class VideoWriter:
    """Writes frames to a video file.

    Args:
        path: Path, the file, whose extension chooses the container.
        name: Path, the name of the file for messages.
        size: tuple of int, (height, width) of the frames in pixels.
        rate: float, frames per second.

    Raises:
        VideoError: if OpenCV cannot write such a video.
    """

    def __init__(self, path: Path, name: Path, size: tuple[int, int], rate: float):
        self._path, self._name = path, name
        self._codec = JPEG if _is_odd(size) else CODECS[path.suffix.lower()]
        self._number = 0
        if not is_encodable(path):
            raise VideoError(
                f"{name} cannot be written: its folder has bytes that are not UTF-8, "
                f"for OpenCV: choose another one with --output"
            )
        self._writer = _open_writer(path, self._codec, size, round_rate(rate))
        if not self._writer.isOpened():
            raise VideoError(
                f"{name} cannot be written: this OpenCV has no encoder for "
                f"{path.suffix} files of {size[0]}x{size[1]} pixels at {rate:g} frames "
                f"per second"
            )

    def write(self, frame: np.ndarray) -> None:
        """Write a frame, uint8 (H, W, 3), RGB."""
        frame = cv2.cvtColor(frame, cv2.COLOR_RGB2BGR)
        if self._codec == JPEG:
            options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
            frame = cv2.imencode(".jpg", frame, options)[1].reshape(1, -1)
        self._writer.write(frame)
        self._number += 1

    def close(self) -> None:
        """Write what is left, and close the file."""
        self._writer.release()

    def check(self) -> None:
        """Check that the closed file has all frames: OpenCV reports no failed write.

        Raises:
            OSError: if it has not.
        """
        capture = open_capture(self._path)
        found = capture.get(cv2.CAP_PROP_FRAME_COUNT) if capture.isOpened() else 0
        capture.release()
        # The number in a Matroska file is an estimate by its duration.
        if abs(found - self._number) > 1 + self._number / 1000:
            is_full = shutil.disk_usage(self._path.parent).free < _FULL
            number = errno.ENOSPC if is_full else errno.EIO
            raise OSError(number, os.strerror(number), str(self._name))


@contextlib.contextmanager
def write_video(
    path: Path, size: tuple[int, int], rate: float
) -> Iterator[VideoWriter]:
    """Write a video atomically.

    Args:
        path: Path, the file to create or replace.
        size: tuple of int, (height, width) of the frames in pixels.
        rate: float, frames per second.

    Yields:
        VideoWriter, for the frames. If the block raises, there is no file.

    Raises:
        VideoError: if OpenCV cannot write such a video.
        OSError: if the file cannot be written.
    """
    with write_atomic(path) as temporary:
        writer = VideoWriter(temporary, path, size, rate)
        try:
            yield writer
        finally:
            writer.close()
        writer.check()
