"""Writing of videos: containers, sizes, rates and failures."""

import errno
import os

import numpy as np
import pytest
from clips import read_clip, smooth_frames, write_clip

from pyimagesearch.translation import video_writer
from pyimagesearch.translation.video import VideoError
from pyimagesearch.translation.video_writer import (
    CODECS,
    choose_extension,
    round_rate,
    write_video,
)


@pytest.mark.parametrize("extension", CODECS)
@pytest.mark.parametrize("rate", [30000 / 1001, 23.976, 15.015])
def test_frames_and_rates_are_read_back(tmp_path, extension, rate, capfd):
    frames = smooth_frames(12)
    path = write_clip(tmp_path / f"clip{extension}", frames, rate)
    found_rate, found = read_clip(path)
    assert found_rate == pytest.approx(rate, abs=1e-3)
    assert np.shape(found) == np.shape(frames)
    for frame, original in zip(found, frames, strict=True):
        assert abs(frame.astype(int) - original).mean() < 8  # and RGB, not BGR
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("extension", sorted(video_writer.JPEG_EXTENSIONS))
@pytest.mark.parametrize("size", [(31, 49), (31, 48), (32, 49)])
def test_odd_sizes_are_kept(tmp_path, extension, size, capfd):
    frames = smooth_frames(5, *size)
    path = write_clip(tmp_path / f"clip{extension}", frames, 30000 / 1001)
    rate, found = read_clip(path)
    assert rate == pytest.approx(29.97)
    assert np.shape(found) == (5, *size, 3)
    assert np.abs(np.subtract(found, frames, dtype=int)).mean() < 4
    assert capfd.readouterr() == ("", "")


def test_the_container_is_kept_if_opencv_writes_it(monkeypatch):
    for extension in (*CODECS, ".MP4", ".WebM"):
        assert choose_extension(extension) == extension
    assert choose_extension(".webm", (31, 48)) == ".mp4"
    assert choose_extension(".m4v", (31, 48)) == ".mp4"
    assert choose_extension(".mkv", (31, 48)) == ".mkv"
    monkeypatch.setitem(CODECS, ".webm", "ZQXY")
    video_writer._is_writable.cache_clear()
    try:
        assert choose_extension(".webm") == ".mp4"
    finally:
        video_writer._is_writable.cache_clear()


@pytest.mark.parametrize(
    ("rate", "rounded"),
    [
        (30000 / 1001, 29.97),
        (23.9760239, 23.976),
        (119.8734, 119.87),  # 119,873 / 1,000 is too fine for MPEG-4
        (100.001, 100),
        (1e-9, 0.001),
        (1000.25, 1000.2),
    ],
)
def test_rates_are_rounded_to_what_mpeg_4_stores(tmp_path, rate, rounded):
    assert round_rate(rate) == pytest.approx(rounded, abs=1e-9)
    if rate > 1:
        path = write_clip(tmp_path / "clip.mp4", smooth_frames(3), rate)
        assert read_clip(path)[0] == pytest.approx(rounded, abs=1e-3)


def test_a_size_that_no_codec_has(tmp_path):
    with (
        pytest.raises(VideoError, match="no encoder for .mp4 files of 32x70000"),
        write_video(tmp_path / "clip.mp4", (32, 70000), 25),
    ):
        pass
    assert not list(tmp_path.iterdir())


def test_a_folder_whose_name_is_not_utf_8(tmp_path):
    folder = tmp_path / os.fsdecode(b"out-\xff")
    with (
        pytest.raises(VideoError, match="choose another one with --output"),
        write_video(folder / "clip.mp4", (32, 32), 25),
    ):
        pass
    assert not list(folder.iterdir())


def test_an_error_leaves_the_old_file_and_no_other(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", smooth_frames(3))
    before = path.read_bytes()
    with (
        pytest.raises(KeyboardInterrupt),
        write_video(path, (32, 48), 25) as writer,
    ):
        writer.write(smooth_frames(1)[0])
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == before


def test_frames_that_the_disk_did_not_take_are_noticed(tmp_path, monkeypatch):
    path = tmp_path / "clip.mkv"
    close = video_writer.VideoWriter.close

    def lose_half(writer):
        close(writer)
        os.truncate(writer._path, os.path.getsize(writer._path) // 50)

    monkeypatch.setattr(video_writer.VideoWriter, "close", lose_half)
    with pytest.raises(OSError) as error:
        write_clip(path, smooth_frames(50))
    assert (error.value.errno, error.value.filename) == (errno.EIO, str(path))
    assert not list(tmp_path.iterdir())
