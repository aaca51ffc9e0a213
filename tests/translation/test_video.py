"""Reading of videos: their frames, and every kind of damage."""

import os

import pytest
from clips import (
    move_index_to_the_start,
    read_clip,
    read_frames,
    smooth_frames,
    write_clip,
    write_jpeg_clip,
)
from tiny import random_image, write_image

from pyimagesearch.translation import video
from pyimagesearch.translation.video import (
    VideoError,
    VideoReader,
    find_container,
    is_video,
)

KINDS = (".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm")


@pytest.mark.parametrize("extension", KINDS)
def test_a_video_is_known_by_its_content(tmp_path, extension):
    clip = write_clip(tmp_path / f"clip{extension}", smooth_frames(2))
    assert find_container(clip) == extension
    renamed = clip.rename(tmp_path / "photo.jpg")
    assert find_container(renamed) == extension
    assert is_video(renamed)


def test_images_and_other_files_are_no_videos(tmp_path):
    for name in ("a.png", "a.jpg", "a.bmp", "a.webp", "a.tif"):
        path = write_image(tmp_path / name, random_image(0, 8, 8))
        assert not is_video(path), name
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(40))
    assert not is_video(tmp_path / "a.heic")
    os.mkfifo(tmp_path / "pipe")  # is not opened, which would never end
    assert not is_video(tmp_path / "pipe")


def fail(path, **kwargs):
    with pytest.raises(VideoError) as error, video.quiet_opencv():
        VideoReader(path, **kwargs)
    return str(error.value).removeprefix(f"{path} ")


def test_a_playlist_never_reaches_ffmpeg(tmp_path, monkeypatch):
    monkeypatch.setattr(video, "open_capture", None)
    path = tmp_path / "clip.mp4"
    path.write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/x.ts\n")
    assert fail(path) == (
        "cannot be read: it is no MP4, MOV, AVI, Matroska or WebM file, or was cut "
        "short"
    )


def test_a_codec_that_opencv_lacks_is_named(tmp_path, capfd):
    path = write_clip(tmp_path / "clip.avi", smooth_frames(3))
    path.write_bytes(path.read_bytes().replace(b"MJPG", b"ZQXY"))
    assert fail(path) == (
        "cannot be read: its codec is ZQXY, which this OpenCV lacks: convert it to "
        "H.264 in an MP4 file"
    )
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("extension", [".mp4", ".avi", ".mkv"])
def test_a_video_without_frames(tmp_path, extension, capfd):
    # OpenCV writes no index for no frames, so the writer's check is left out.
    path = tmp_path / f"clip{extension}"
    writer = video.cv2.VideoWriter(
        str(path), video.cv2.CAP_FFMPEG, 0x7634706D, 25, (32, 32)
    )
    writer.release()
    capfd.readouterr()
    assert "it has no frame" in fail(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("extension", [".avi", ".mkv", ".mov"])
def test_frames_of_several_sizes(tmp_path, extension):
    frames = smooth_frames(3) + smooth_frames(2, 64, 40)
    path = write_jpeg_clip(tmp_path / f"clip{extension}", frames)
    assert fail(path) == (
        "cannot be read: its frames have 32x48 pixels, and 64x40 from frame 4 on: cut "
        "it into files of one size each"
    )


def test_frames_of_too_many_pixels(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", smooth_frames(2))
    with VideoReader(path, max_pixels=32 * 48):
        pass
    assert fail(path, max_pixels=32 * 48 - 1) == (
        "cannot be read: its frames have 32x48 pixels, and at most 1,535 pixels are "
        "accepted: check the file, or set a higher --max-pixels"
    )


def test_a_name_that_is_not_utf_8(tmp_path):
    path = tmp_path / os.fsdecode(b"clip-\xff.mp4")
    write_clip(tmp_path / "clip.mp4", smooth_frames(2)).rename(path)
    assert "its path has bytes that are not UTF-8" in fail(path)


def test_a_pipe_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "clip.mp4")
    assert fail(tmp_path / "clip.mp4") == "is a named pipe, not a regular file"


def cut(path, share=0.6):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])


@pytest.mark.parametrize("extension", [".avi", ".mkv", ".webm", ".mp4"])
def test_a_video_that_was_cut_short_gives_what_it_has(tmp_path, extension, capsys):
    frames = smooth_frames(40)
    path = write_clip(tmp_path / f"clip{extension}", frames)
    if extension == ".mp4":
        move_index_to_the_start(path)
        assert len(read_clip(path)[1]) == 40
    cut(path)
    with video.quiet_opencv(), VideoReader(path) as reader:
        found = read_frames(reader)
        reader.warn()
    assert 5 < len(found) < 35
    for frame, original in zip(found, frames, strict=False):
        assert abs(frame.astype(int) - original).mean() < 8
    assert capsys.readouterr().err == (
        f"[WARNING] {path} has {len(found)} frames of the 40 that it should have: it "
        f"was cut short, or is damaged\n"
    )


def test_a_complete_video_has_no_warning(tmp_path, capfd):
    for extension in KINDS:
        path = write_clip(tmp_path / f"c{extension}", smooth_frames(30), 30000 / 1001)
        with video.quiet_opencv(), VideoReader(path) as reader:
            assert reader.expected == len(read_frames(reader)) == 30
            reader.warn()
    assert capfd.readouterr() == ("", "")


class FakeCapture:
    """Frames at given times, in a container that says some rate."""

    def __init__(self, times, rate):
        self.times, self.rate, self.number = times, rate, 0

    def isOpened(self):
        return True

    def grab(self):
        return False

    def read(self):
        if self.number == len(self.times):
            return False, None
        self.number += 1
        return True, smooth_frames(1)[0]

    def get(self, name):
        return {
            video.cv2.CAP_PROP_FPS: self.rate,
            video.cv2.CAP_PROP_FRAME_COUNT: len(self.times),
            video.cv2.CAP_PROP_POS_MSEC: 1000 * self.times[max(self.number - 1, 0)],
        }.get(name, 0)

    def release(self):
        pass


@pytest.mark.parametrize(
    ("times", "rate", "warned"),
    [
        ([5 + n / 25 for n in range(50)], 25, None),
        (
            [n / 50 for n in range(25)] + [1 + n / 10 for n in range(25)],
            14.7,
            "has frames of varying duration: the result shows them at 14.7 frames per "
            "second, their average",
        ),
        (
            [n / 25 for n in range(50)],
            0,
            "says no frame rate: 25 frames per second are assumed",
        ),
    ],
)
def test_rates_that_change_are_said(tmp_path, monkeypatch, capsys, times, rate, warned):
    path = write_clip(tmp_path / "clip.mp4", smooth_frames(1))
    monkeypatch.setattr(video, "open_capture", lambda *_: FakeCapture(times, rate))
    with VideoReader(path) as reader:
        assert len(read_frames(reader)) == 50
        reader.warn()
    said = capsys.readouterr().err
    assert said == (f"[WARNING] {path} {warned}\n" if warned else "")
