"""The sizes in encoded frames."""

import cv2
import pytest
from clips import smooth_frames, write_clip

from pyimagesearch.translation import frame_sizes
from pyimagesearch.translation.frame_sizes import SizeChange, find_size_change
from pyimagesearch.translation.video import open_capture
from pyimagesearch.translation.video_writer import CODECS


def read_packets(path):
    capture = open_capture(path, (cv2.CAP_PROP_FORMAT, -1))
    packets = []
    while capture.grab():
        packets.append(capture.retrieve()[1].tobytes())
    return packets


@pytest.mark.parametrize(
    ("codec", "find"),
    [("VP80", frame_sizes._find_vp8_size), ("VP90", frame_sizes._find_vp9_size)],
)
def test_key_frames_of_browsers_have_their_size(tmp_path, monkeypatch, codec, find):
    monkeypatch.setitem(CODECS, ".webm", codec)
    for size in ((32, 48), (70, 34)):
        path = write_clip(tmp_path / "clip.webm", smooth_frames(4, *size))
        sizes = list(map(find, read_packets(path)))
        assert sizes[0] == size
        assert set(sizes[1:]) <= {None, size}
    assert find(b"") is None
    assert find(b"\xff" * 40) is None


class FakeCapture:
    def __init__(self, packets):
        self.packets, self.is_released = list(packets), False

    def grab(self):
        return bool(self.packets)

    def retrieve(self):
        return True, memoryview(self.packets.pop(0))

    def release(self):
        self.is_released = True


def vp8(height, width):
    return (
        b"\0\0\0\x9d\x01\x2a"
        + width.to_bytes(2, "little")
        + (height.to_bytes(2, "little"))
    )


INTER = b"\x01" + bytes(20)


def test_the_first_frame_of_another_size_is_found():
    packets = [vp8(48, 64), INTER, vp8(48, 64), INTER, vp8(24, 32), vp8(1, 1)]
    capture = FakeCapture(packets)
    assert find_size_change(capture, "VP80") == SizeChange((48, 64), (24, 32), 5)
    assert capture.is_released
    assert find_size_change(FakeCapture(packets[:4]), "VP80") is None
    capture = FakeCapture(packets)
    assert find_size_change(capture, "h264") is None
    assert len(capture.packets) == len(packets)  # not read
    assert capture.is_released
