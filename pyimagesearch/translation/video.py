"""Read video files frame by frame with OpenCV."""

import contextlib
import math
import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from pyimagesearch import config
from pyimagesearch.cli import count, warning
from pyimagesearch.errors import UserError
from pyimagesearch.process import silence_libraries
from pyimagesearch.regular_files import find_irregularity
from pyimagesearch.translation.frame_sizes import find_size_change

VIDEO_EXTENSIONS = {".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm"}
DEFAULT_RATE = 25.0  # frames per second of a video that names none
DECODABLE = "convert it to H.264 in an MP4 file"

_SIGNATURE_BYTES = 64  # with the document type of a Matroska file
_EBML = b"\x1a\x45\xdf\xa3"
_ATOMS = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")  # of old MOV files
_STILL_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis")
_LEAST_DRIFT = 0.1  # seconds
_LOG_LEVEL = "OPENCV_FFMPEG_LOGLEVEL"  # environment variable
_QUIET = "-8"  # AV_LOG_QUIET of FFmpeg
_SILENT = 0  # LOG_LEVEL_SILENT of OpenCV


class VideoError(UserError):
    """A video that cannot be translated; the other files can."""


def find_container(path: Path) -> str | None:
    """Find the kind of a video file by its first bytes.

    Nothing else reaches OpenCV: FFmpeg would take a text file for a playlist, and open
    what it names.

    Args:
        path: Path, a file of any kind.

    Returns:
        str, the extension of that kind, one of `VIDEO_EXTENSIONS`; None if it is no
        such video or cannot be read.
    """
    if find_irregularity(path):
        return None
    try:
        with path.open("rb") as file:
            start = file.read(_SIGNATURE_BYTES)
    except OSError:
        return None
    if start.startswith(_EBML):
        return ".webm" if b"webm" in start else ".mkv"
    if start.startswith(b"RIFF") and start[8:12] == b"AVI ":
        return ".avi"
    if start[4:8] == b"ftyp" and start[8:12] not in _STILL_BRANDS:
        return {b"qt  ": ".mov", b"M4V ": ".m4v"}.get(start[8:12], ".mp4")
    return ".mov" if start[4:8] in _ATOMS else None


def is_video(path: Path) -> bool:
    """Return whether a file is a video by its content, or at least by its name."""
    return path.suffix.lower() in VIDEO_EXTENSIONS or find_container(path) is not None


@contextlib.contextmanager
def quiet_opencv() -> Iterator[None]:
    """Let OpenCV and FFmpeg print nothing about damaged videos: the caller does."""
    os.environ.setdefault(_LOG_LEVEL, _QUIET)  # read when a file is opened
    log = getattr(cv2.utils, "logging", cv2)  # OpenCV 5, and 4
    before = log.getLogLevel()
    log.setLogLevel(_SILENT)
    try:
        yield
    finally:
        log.setLogLevel(before)


def open_capture(path: Path, parameters: tuple[int, ...] = ()) -> cv2.VideoCapture:
    """Open a video file; `isOpened` of the result says whether that succeeded.

    Args:
        path: Path, of characters that UTF-8 has: OpenCV crashes on others.
        parameters: tuple of int, those of `cv2.VideoCapture`.
    """
    # An absolute path: FFmpeg takes the start of `a:b.mp4` for a protocol.
    with silence_libraries():
        return cv2.VideoCapture(os.path.abspath(path), cv2.CAP_FFMPEG, parameters)


def is_encodable(path: Path) -> bool:
    """Return whether OpenCV can be given a path: on others, it crashes."""
    try:
        os.path.abspath(path).encode()
    except UnicodeEncodeError:
        return False
    return True


class VideoReader:
    """Reads the frames of a video file one after another.

    Args:
        path: Path, the file.
        max_pixels: int, the largest number of pixels of a frame.

    Attributes:
        size: tuple of int, (height, width) of the frames in pixels.
        rate: float, frames per second.
        expected: int, how many frames the file says that it has; 0 if it does not.
        number: int, how many frames have been read.

    Raises:
        VideoError: if the file is no video, has no frame that OpenCV can decode, or
            frames of several sizes, or of more pixels.
    """

    def __init__(self, path: Path, max_pixels: int = config.MAX_PIXELS):
        self._path = path
        self._container = _check_file(path)
        self._capture = open_capture(path)
        try:
            self._first = self._read_first(max_pixels)
        except VideoError:
            self.close()
            raise
        self.size = self._first.shape[:2]
        expected = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self.expected = int(expected) if 0 < expected < 2**31 else 0
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self._has_rate = math.isfinite(rate) and rate > 0
        self.rate = rate if self._has_rate else DEFAULT_RATE
        self.number = 0
        self._drift = 0.0  # seconds between a frame and its place at a steady rate
        self._start = self._get_seconds()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._capture.release()

    def read(self) -> np.ndarray | None:
        """Read the next frame, uint8 (H, W, 3), RGB; None after the last one."""
        frame, self._first = self._first, None
        if frame is None:
            frame = self._decode()
        if frame is not None:
            place = self._start + self.number / self.rate
            self._drift = max(self._drift, abs(self._get_seconds() - place))
            self.number += 1
        return frame

    def warn(self) -> None:
        """Warn about what the frames that were read lack, after the last one."""
        if self.expected - self.number > self._get_tolerance():
            warning(
                f"{self._path} has {count(self.number, 'frame')} of the "
                f"{self.expected} that it should have: it was cut short, or is damaged"
            )
        if not self._has_rate:
            warning(
                f"{self._path} says no frame rate: {self.rate:g} frames per second are "
                f"assumed"
            )
        elif self._drift > max(_LEAST_DRIFT, 2 / self.rate):
            warning(
                f"{self._path} has frames of varying duration: the result shows them "
                f"at {format_rate(self.rate)} frames per second, their average"
            )

    def _get_tolerance(self) -> float:
        """How many frames may be missing in a file that is complete."""
        if self._container not in (".mkv", ".webm"):
            return 0
        # OpenCV knows the duration only, and the sound may be longer.
        return min(self.rate / 2, self.expected / 10)

    def _read_first(self, max_pixels: int) -> np.ndarray:
        """Read the first frame after the size of all frames was checked."""
        if not self._capture.isOpened():
            codec = _find_codec(self._path)
            if codec:
                raise _make_error(
                    self._path,
                    f"its codec is {codec}, which this OpenCV lacks: {DECODABLE}",
                )
            raise _make_error(
                self._path,
                f"it has no frame, was cut short, or has a codec that this OpenCV "
                f"lacks: check the file, or {DECODABLE}",
            )
        height = int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        width = int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH))
        if height * width > max_pixels:
            raise _make_error(
                self._path,
                f"its frames have {height}x{width} pixels, and at most {max_pixels:,} "
                f"pixels are accepted: check the file, or set a higher --max-pixels",
            )
        frame = self._decode()
        if frame is None:
            raise _make_error(self._path, "it has no frame that OpenCV can decode")
        self._check_sizes()
        return frame

    def _check_sizes(self) -> None:
        packets = open_capture(self._path, (cv2.CAP_PROP_FORMAT, -1))
        change = find_size_change(packets, _decode_fourcc(self._capture))
        if change:
            before, after = (f"{height}x{width}" for height, width in change[:2])
            raise _make_error(
                self._path,
                f"its frames have {before} pixels, and {after} from frame "
                f"{change.frame} on: cut it into files of one size each",
            )

    def _decode(self) -> np.ndarray | None:
        try:
            is_read, frame = self._capture.read()
        except cv2.error as error:
            raise _make_error(self._path, error.err) from error
        return cv2.cvtColor(frame, cv2.COLOR_BGR2RGB, dst=frame) if is_read else None

    def _get_seconds(self) -> float:
        return self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000


def _check_file(path: Path) -> str:
    """Check a file before OpenCV opens it, and return the kind of its container."""
    irregularity = find_irregularity(path)
    if irregularity:
        raise VideoError(f"{path} {irregularity}")
    try:
        path.open("rb").close()
    except OSError as error:
        raise _make_error(path, error.strerror or str(error)) from error
    container = find_container(path)
    if container is None:
        raise _make_error(
            path, "it is no MP4, MOV, AVI, Matroska or WebM file, or was cut short"
        )
    if not is_encodable(path):
        raise _make_error(
            path, "its path has bytes that are not UTF-8, for OpenCV: rename it"
        )
    return container


def _make_error(path: Path, reason: str) -> VideoError:
    return VideoError(f"{path} cannot be read: {reason}")


def _find_codec(path: Path) -> str | None:
    """Find the codec of a video that OpenCV opens only without a decoder."""
    capture = open_capture(path, (cv2.CAP_PROP_FORMAT, -1))
    try:
        if not capture.isOpened() or not capture.get(cv2.CAP_PROP_FRAME_WIDTH):
            return None
        codec = _decode_fourcc(capture)
        return codec if codec.isascii() and codec.isprintable() else None
    finally:
        capture.release()


def _decode_fourcc(capture: cv2.VideoCapture) -> str:
    number = int(capture.get(cv2.CAP_PROP_FOURCC)) & 0xFFFFFFFF
    return number.to_bytes(4, "little").decode("latin-1")


def format_rate(rate: float) -> str:
    """Format frames per second, such as "29.97"."""
    return f"{rate:.3f}".rstrip("0").rstrip(".")
