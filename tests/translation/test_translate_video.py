"""Translation of videos: frames as of images, and what videos cannot have."""

import os
from pathlib import Path

import keras
import numpy as np
import pytest
from clips import (
    move_index_to_the_start,
    read_clip,
    smooth_frames,
    write_clip,
    write_jpeg_clip,
)
from keras import layers
from tiny import random_image, write_image

from pyimagesearch.datasets.image_decoding import read_image
from pyimagesearch.datasets.palettes import Palette
from pyimagesearch.datasets.side_formats import PairFormat, SideFormat
from pyimagesearch.errors import UserError
from pyimagesearch.translation import translate, translate_video, video_writer
from pyimagesearch.translation.input_files import complete_targets, list_jobs
from pyimagesearch.translation.output_files import OutputFormat
from pyimagesearch.translation.translate import translate_files
from pyimagesearch.translation.translate_video import translate_videos
from pyimagesearch.translation.translator import Translator


@pytest.fixture
def written(monkeypatch):
    """The frames of results before the codec changes them, by the name of the file."""
    frames = {}
    write = video_writer.VideoWriter.write

    def record(writer, frame):
        if writer._name.parent.name == "out":
            frames.setdefault(writer._name.name, []).append(frame.copy())
        write(writer, frame)

    monkeypatch.setattr(video_writer.VideoWriter, "write", record)
    return frames


def translate_clips(paths, network, folder, tile=1024, formats=None, **options):
    translator = Translator(network, 4, tile, formats or PairFormat())
    jobs = list_jobs(list(map(str, paths)), folder)
    jobs = complete_targets(jobs, ".png", options.pop("samples", None))
    return list(map(str, translate_videos(jobs, translator, **options)))


@pytest.mark.parametrize("tile", [32, 1024])
def test_frames_are_translated_as_images_are(tmp_path, networks, written, tile):
    clip = write_clip(tmp_path / "clip.mp4", smooth_frames(10, 42, 70))
    _, frames = read_clip(clip)
    for number, frame in enumerate(frames):
        write_image(tmp_path / "frames" / f"{number}.png", frame)
    jobs = list_jobs([str(tmp_path / "frames")], tmp_path / "images")
    assert not translate_files(jobs, Translator(networks[0], 4, tile))

    assert not translate_clips([clip], networks[0], tmp_path / "out", tile)
    assert len(written["clip.mp4"]) == 10
    for number, frame in enumerate(written["clip.mp4"]):
        image = read_image(tmp_path / "images" / f"{number}.png")
        np.testing.assert_array_equal(frame, image)
    _, translated = read_clip(tmp_path / "out" / "clip.mp4")
    assert np.shape(translated) == (10, 42, 70, 3)


FIVE = {
    "a.mp4": (30000 / 1001, (32, 48)),
    "b.avi": (25.0, (33, 47)),
    "c.mov": (24000 / 1001, (40, 64)),
    "d.mkv": (15.015, (48, 32)),
    "e.webm": (60.0, (32, 64)),
}


def test_five_containers_keep_size_number_and_rate(tmp_path, identity, capfd):
    for name, (rate, size) in FIVE.items():
        (tmp_path / "in").mkdir(exist_ok=True)
        write_clip(tmp_path / "in" / name, smooth_frames(20, *size), rate)
    assert not translate_clips([tmp_path / "in"], identity, tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == FIVE.keys()
    for name, (rate, size) in FIVE.items():
        found_rate, frames = read_clip(tmp_path / "out" / name)
        assert found_rate == pytest.approx(rate, abs=1e-3)
        assert np.shape(frames) == (20, *size, 3)
    said = capfd.readouterr()
    assert "a.mp4: 20 frames of 32x48 px, 29.97 per second\n" in said.out
    assert said.out.count("20/20") == 5 and "frames/s: " in said.out
    assert said.err == ""


def test_side_by_side(tmp_path, written):
    inputs = keras.Input((8, 8, 3))
    negative = keras.Model(inputs, layers.Rescaling(-1.0)(inputs))
    clip = write_clip(tmp_path / "clip.mp4", smooth_frames(3))
    _, frames = read_clip(clip)
    assert not translate_clips([clip], negative, tmp_path / "out", side_by_side=True)
    for frame, original in zip(written["clip.mp4"], frames, strict=True):
        np.testing.assert_array_equal(frame, np.hstack([original, 255 - original]))
    assert read_clip(tmp_path / "out" / "clip.mp4")[1][0].shape == (32, 96, 3)


def test_grey_results_become_grey_frames(tmp_path, written):
    inputs = keras.Input((8, 8, 1))
    network = keras.Model(inputs, layers.Rescaling(1.0)(inputs))
    formats = PairFormat(SideFormat(1), SideFormat(1))
    clip = write_clip(tmp_path / "clip.mp4", smooth_frames(3))
    assert not translate_clips([clip], network, tmp_path / "out", formats=formats)
    for frame in written["clip.mp4"]:
        assert frame.shape == (32, 48, 3)
        assert (frame == frame[..., :1]).all()


def test_a_bad_video_does_not_stop_the_others(tmp_path, identity, capfd):
    folder = tmp_path / "in"
    folder.mkdir()
    write_clip(folder / "a.mp4", smooth_frames(3))
    (folder / "b.mp4").write_bytes((folder / "a.mp4").read_bytes()[:200])
    write_jpeg_clip(folder / "c.avi", smooth_frames(3) + smooth_frames(1, 8, 8))
    cut = move_index_to_the_start(write_clip(folder / "d.mp4", smooth_frames(40)))
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size * 7 // 10])
    failures = translate_clips([folder], identity, tmp_path / "out")
    assert [failure.split(" cannot be read: ")[0] for failure in failures] == [
        *(str(folder / "b.mp4"), str(folder / "c.avi"))
    ]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"a.mp4", "d.mp4"}
    frames = len(read_clip(tmp_path / "out" / "d.mp4")[1])
    assert 0 < frames < 40
    said = capfd.readouterr()
    assert said.err == (
        f"[WARNING] {cut} has {frames} frames of the 40 that it should have: it was "
        f"cut short, or is damaged\n"
    )
    assert f"{frames}/40" in said.out  # the bar ends


def test_a_video_is_found_among_images_by_its_content(tmp_path, identity, capsys):
    folder = tmp_path / "in"
    write_image(folder / "1.png", random_image(0, 8, 8))
    write_clip(folder / "2.mkv", smooth_frames(2)).rename(folder / "2.png")
    write_clip(folder / "3.MP4", smooth_frames(2))
    (folder / "4.gif").touch()
    jobs = list_jobs([str(folder)], tmp_path / "out")
    assert [(job.target.name, job.is_video) for job in jobs] == [
        *(("1.png", False), ("2.mkv", True), ("3.MP4", True))
    ]
    assert f"passed over in {folder}: 1 .gif" in capsys.readouterr().out
    assert not translate_videos(jobs[1:], Translator(identity, 2, 0))
    assert "2.png is a video, and is translated to 2.mkv" in capsys.readouterr().out
    assert len(read_clip(tmp_path / "out" / "3.MP4")[1]) == 2


def test_odd_sizes_in_webm_become_mp4(tmp_path, identity, capsys):
    folder = tmp_path / "in"
    folder.mkdir()
    write_jpeg_clip(folder / "a.mkv", smooth_frames(2, 31, 48))
    (folder / "a.mkv").rename(folder / "a.webm")
    assert not translate_clips([folder], identity, tmp_path / "out")
    assert "is translated to a.mp4: this OpenCV writes no .webm file of 31x48 px" in (
        capsys.readouterr().out
    )
    assert read_clip(tmp_path / "out" / "a.mp4")[1][0].shape == (31, 48, 3)
    write_clip(folder / "a.mp4", smooth_frames(2))
    (failure,) = translate_clips([folder], identity, tmp_path / "again")
    assert "which is the name of another file: translate it separately" in failure


DEEP = PairFormat(target=SideFormat(dtype="uint16"))
PALETTE = Palette({"a": (0, 0, 0), "b": (255, 0, 0)}, ())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"samples": 2}, "is a video, and --samples is for images only"),
        (
            {"output": OutputFormat(".png", PALETTE)},
            "is a video, and --as-classes is for images only: the codec of a video "
            "would change the class indices",
        ),
        (
            {"formats": DEEP},
            "is a video, which stores 1 or 3 channels of 8 bits, and the results are "
            "of 3 channels, uint16, 0 to 65535: translate its frames as images, or use "
            "--side-by-side",
        ),
        (
            {"formats": PairFormat(SideFormat(4))},
            "has 3 channels, and 4 are expected: all images of a side must have the "
            "same number, which a training sets with --input-channels and "
            "--target-channels",
        ),
    ],
)
def test_what_videos_cannot_have_is_refused(tmp_path, identity, options, message):
    clip = write_clip(tmp_path / "clip.mp4", smooth_frames(2))
    failures = translate_clips([clip], identity, tmp_path / "out", **options)
    assert failures == [f"{clip} {message}"]
    assert not list(tmp_path.glob("out/*"))


def test_16_bit_results_are_shown_side_by_side(tmp_path, identity, written):
    clip = write_clip(tmp_path / "clip.mp4", smooth_frames(2))
    assert not translate_clips(
        [clip], identity, tmp_path / "out", formats=DEEP, side_by_side=True
    )
    for frame in written["clip.mp4"]:
        np.testing.assert_array_equal(*np.split(frame, 2, axis=1))


def test_nan_output_writes_nothing(tmp_path):
    inputs = keras.Input((8, 8, 3))
    diverged = keras.Model(inputs, layers.Rescaling(float("nan"))(inputs))
    clip = write_clip(tmp_path / "clip.mp4", smooth_frames(2))
    with pytest.raises(UserError, match="outputs NaN or infinite values"):
        translate_clips([clip], diverged, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_a_result_does_not_overwrite_its_input(tmp_path, identity):
    clip = write_clip(tmp_path / "clip.mp4", smooth_frames(2))
    with pytest.raises(UserError, match="would overwrite the input"):
        translate_clips([clip], identity, tmp_path)


def test_frames_share_batches_and_few_are_decoded_ahead(
    tmp_path, identity, monkeypatch
):
    batches, decoded = [], []
    translator = Translator(identity, 4, 0)
    create = translator._get_predictor
    read = translate_video.VideoReader.read

    def get_predictor(number):
        def predict(batch):
            batches.append(len(batch))
            ahead.append(len(decoded) - sum(batches))
            return create(number)(batch)

        return predict

    def count_frames(reader):
        frame = read(reader)
        decoded.append(frame)
        return frame

    ahead = []
    translator._get_predictor = get_predictor
    monkeypatch.setattr(translate_video.VideoReader, "read", count_frames)
    monkeypatch.setattr(translate_video, "MAX_AHEAD_BYTES", 32 * 48 * 9 * 6)
    clip = write_clip(tmp_path / "clip.avi", smooth_frames(90))
    translate_videos(list_jobs([str(clip)], tmp_path / "out"), translator)
    assert batches == [4] * 22 + [2]
    assert max(ahead) <= 7  # six, and the one that is decoded meanwhile


def test_an_error_of_the_disk_ends_the_command(tmp_path, identity, monkeypatch):
    clip = write_clip(tmp_path / "clip.mp4", smooth_frames(2))

    def fail(writer):
        raise OSError(28, os.strerror(28), str(writer._name))

    monkeypatch.setattr(video_writer.VideoWriter, "check", fail)
    with pytest.raises(OSError) as error:
        translate_clips([clip], identity, tmp_path / "out")
    assert Path(error.value.filename) == tmp_path / "out" / "clip.mp4"
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("expected", "ends"),
    [(0, ["3/3"]), (2, ["2/2", "3/3"]), (3, ["3/3"]), (4, ["3/4"])],
)
def test_the_progress_ends_however_many_there_are(capsys, expected, ends):
    progress = translate.RateProgress(expected, "frame")
    for _ in range(3):
        progress.add(1)
    progress.finish()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" - ")[0] for line in lines] == ends
