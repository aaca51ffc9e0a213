"""Find videos whose frames change their size, in the encoded frames.

OpenCV scales all frames to the size of the first one, and does not say so. Encoded
frames of Motion JPEG have their size, and so have key frames of VP8 and VP9, which
browsers record at changing sizes.
"""

import io
from typing import NamedTuple

import cv2

from pyimagesearch.datasets.image_headers import parse_jpeg_frame

_VP8_START = b"\x9d\x01\x2a"  # RFC 6386, section 9.1
_VP9_SYNC = b"\x49\x83\x42"  # VP9 bitstream specification, section 7.2
_VP9_SRGB = 7  # color_space, section 7.2.2


class SizeChange(NamedTuple):
    """Two sizes (height, width) in pixels, and the frame that has the second one."""

    before: tuple[int, int]
    after: tuple[int, int]
    frame: int  # from 1


def find_size_change(capture: cv2.VideoCapture, codec: str) -> SizeChange | None:
    """Find the first frame that has another size than the first one.

    Args:
        capture: cv2.VideoCapture, opened with CAP_PROP_FORMAT = -1, which gives encoded
            frames. It is read and released.
        codec: str, the four characters of the codec.

    Returns:
        SizeChange; None if there is none, or if encoded frames of the codec are not
        understood, as those of H.264.
    """
    try:
        find_size = _FINDERS.get(codec)
        first = None
        number = 0
        while find_size and capture.grab():
            number += 1
            size = find_size(capture.retrieve()[1].tobytes())
            first = first or size
            if size != first and size:
                return SizeChange(first, size, number)
    finally:
        capture.release()
    return None


def _find_jpeg_size(data: bytes) -> tuple[int, int] | None:
    frame = parse_jpeg_frame(io.BytesIO(data))
    return (frame.height, frame.width) if frame else None


def _find_vp8_size(data: bytes) -> tuple[int, int] | None:
    """Find the size in a key frame (RFC 6386, section 9.1)."""
    is_key = len(data) >= 10 and not data[0] & 1
    if not is_key or data[3:6] != _VP8_START:
        return None
    width, height = (int.from_bytes(data[i : i + 2], "little") for i in (6, 8))
    return height & 0x3FFF, width & 0x3FFF  # without the bits for scaling


def _find_vp9_size(data: bytes) -> tuple[int, int] | None:
    """Find the size in a key frame (VP9 bitstream specification, section 6.2)."""
    header = data[:16].ljust(16, b"\0")
    bits = _Bits(header)
    if bits.read(2) != 2:
        return None
    profile = bits.read(1) + 2 * bits.read(1)
    bits.read(int(profile == 3))  # reserved
    shows_existing, is_inter = bits.read(1), bits.read(1)
    bits.read(2)  # show_frame, error_resilient_mode
    if shows_existing or is_inter or bits.read(24) != int.from_bytes(_VP9_SYNC, "big"):
        return None
    bits.read(int(profile >= 2))  # ten_or_twelve_bit
    is_srgb = bits.read(3) == _VP9_SRGB
    bits.read(0 if is_srgb else 1)  # color_range
    if profile in (1, 3):
        bits.read(1 if is_srgb else 3)  # subsampling, reserved
    width, height = bits.read(16) + 1, bits.read(16) + 1
    return height, width


class _Bits:
    """Reads bits, the highest of each byte first."""

    def __init__(self, data: bytes):
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def read(self, number: int) -> int:
        self._left -= number
        return self._value >> self._left & ((1 << number) - 1)


_FINDERS = {"MJPG": _find_jpeg_size, "VP80": _find_vp8_size, "VP90": _find_vp9_size}
