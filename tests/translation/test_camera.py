"""The camera, with a fake one and a fake window."""

import sys

import cv2
import numpy as np
import pytest
from tiny import random_image, write_image

import inference
from pyimagesearch.datasets.image_decoding import read_image
from pyimagesearch.datasets.side_formats import PairFormat, SideFormat
from pyimagesearch.errors import RunStoppedError, UserError
from pyimagesearch.translation import camera
from pyimagesearch.translation.generator import save_generator
from pyimagesearch.translation.input_files import list_jobs
from pyimagesearch.translation.output_files import PNG, OutputFormat
from pyimagesearch.translation.translate import translate_files
from pyimagesearch.translation.translator import Translator


class FakeCamera:
    """Gives frames, BGR as OpenCV does, and remembers that it was released."""

    def __init__(self, frames):
        self.frames = [frame[..., ::-1] for frame in frames]
        self.is_released = False

    def isOpened(self):
        return True

    def read(self):
        if not self.frames:
            return False, None
        return True, np.ascontiguousarray(self.frames.pop(0))

    def set(self, name, value):
        assert (name, value) == (cv2.CAP_PROP_BUFFERSIZE, 1)

    def release(self):
        self.is_released = True


class FakeWindow:
    """Takes what is shown, and presses one key after each image."""

    def __init__(self, monkeypatch, keys, closed_after=None):
        self.shown, self.keys, self.is_open = [], list(keys), False
        self.closed_after = closed_after
        for name in ("namedWindow", "imshow", "waitKey", "getWindowProperty"):
            monkeypatch.setattr(cv2, name, getattr(self, name))
        monkeypatch.setattr(cv2, "destroyAllWindows", self.close)

    def namedWindow(self, title, flags):
        assert title == camera.WINDOW
        self.is_open = True

    def imshow(self, title, image):
        assert title == camera.WINDOW
        self.shown.append(image[..., ::-1])

    def waitKey(self, milliseconds):
        assert milliseconds > 0  # 0 waits forever
        return ord(self.keys.pop(0)) if self.keys else -1

    def getWindowProperty(self, title, name):
        assert (title, name) == (camera.WINDOW, cv2.WND_PROP_VISIBLE)
        return 0.0 if len(self.shown) == self.closed_after else 1.0

    def close(self):
        self.is_open = False


FRAMES = [random_image(seed, 45, 70) for seed in range(4)]
TEXT = 40  # pixels at the top, in which the rate stands


def test_input_and_output_are_shown_until_q(tmp_path, monkeypatch, identity, capsys):
    window, fake = FakeWindow(monkeypatch, "xyq"), FakeCamera(FRAMES)
    camera.run_camera(fake, Translator(identity, 1, 0), tmp_path, PNG)
    assert len(window.shown) == 3 and len(fake.frames) == 1
    assert not window.is_open
    for frame, shown in zip(FRAMES, window.shown, strict=False):
        assert shown.shape == (45, 140, 3)
        np.testing.assert_array_equal(shown[TEXT:], np.hstack([frame, frame])[TEXT:])
        assert (shown[:TEXT] != np.hstack([frame, frame])[:TEXT]).any()
    assert not list(tmp_path.iterdir())
    assert "press q in the window to end" in capsys.readouterr().out


def test_s_saves_both_images_as_files_are_translated(
    tmp_path, monkeypatch, networks, capsys
):
    FakeWindow(monkeypatch, "sssq")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "camera-002-input.png").touch()
    translator = Translator(networks[0], 1, 32)
    camera.run_camera(FakeCamera(FRAMES), translator, tmp_path / "out", PNG)
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == [
        *("camera-001-input.png", "camera-001-output.png", "camera-002-input.png"),
        *("camera-003-input.png", "camera-003-output.png"),
        *("camera-004-input.png", "camera-004-output.png"),
    ]
    frame = write_image(tmp_path / "frame.png", FRAMES[1])
    jobs = list_jobs([str(frame)], tmp_path / "again")
    assert not translate_files(jobs, Translator(networks[0], 1, 32))
    for name, path in (
        ("input", frame),
        ("output", tmp_path / "again" / "frame.png"),
    ):
        saved = read_image(tmp_path / "out" / f"camera-003-{name}.png")
        np.testing.assert_array_equal(saved, read_image(path))
    assert "saved camera-003-input.png and camera-003-output.png" in (
        capsys.readouterr().out
    )


def test_the_button_of_the_window_ends(tmp_path, monkeypatch, identity):
    window = FakeWindow(monkeypatch, "", closed_after=2)
    camera.run_camera(FakeCamera(FRAMES), Translator(identity, 1, 0), tmp_path, PNG)
    assert len(window.shown) == 2


def test_results_of_16_bits_are_shown_and_saved(tmp_path, monkeypatch, identity):
    formats = PairFormat(target=SideFormat(dtype="uint16"))
    window = FakeWindow(monkeypatch, "sq")
    translator = Translator(identity, 1, 0, formats)
    camera.run_camera(FakeCamera(FRAMES), translator, tmp_path, OutputFormat(".npy"))
    expected = np.hstack([FRAMES[0], FRAMES[0]])
    np.testing.assert_array_equal(window.shown[0][TEXT:], expected[TEXT:])
    saved = np.load(tmp_path / "camera-001-output.npy")
    np.testing.assert_array_equal(saved, FRAMES[0] * np.uint16(257))


def test_a_generator_of_other_channels(tmp_path, monkeypatch, identity):
    window = FakeWindow(monkeypatch, "q")
    translator = Translator(identity, 1, 0, PairFormat(SideFormat(4)))
    with pytest.raises(UserError, match="the camera's frame has 3 channels, and 4"):
        camera.run_camera(FakeCamera(FRAMES), translator, tmp_path, PNG)
    assert not window.is_open


def test_a_camera_that_is_unplugged(tmp_path, monkeypatch, identity):
    window = FakeWindow(monkeypatch, "")
    with pytest.raises(RunStoppedError, match="gives no more frames"):
        camera.run_camera(FakeCamera(FRAMES), Translator(identity, 1, 0), tmp_path, PNG)
    assert len(window.shown) == 4 and not window.is_open


def test_no_camera(capfd):
    with pytest.raises(UserError, match="--camera 97: there is no such camera"):
        camera.open_camera(97)
    assert capfd.readouterr() == ("", "")


def test_a_camera_without_frames(monkeypatch):
    fake = FakeCamera([])
    monkeypatch.setattr(cv2, "VideoCapture", lambda number: fake)
    with pytest.raises(UserError, match="--camera 3: .*another program uses it"):
        camera.open_camera(3)
    assert fake.is_released


@pytest.mark.skipif(sys.platform != "linux", reason="others have a display")
def test_no_display(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UserError, match="--camera needs a display"):
        camera.check_window()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("raise SystemExit('error: The function is not implemented. Rebuild')", "none"),
        ("import os; os.abort()", "needs a display"),
        ("import time; time.sleep(60)", "needs a display"),
    ],
)
def test_builds_of_opencv_that_open_no_window(monkeypatch, code, message):
    monkeypatch.setattr(camera, "_PROBE", code)
    monkeypatch.setattr(camera, "_PROBE_SECONDS", 1)
    with pytest.raises(UserError, match=f"--camera .*{message}"):
        camera.check_window()


def test_the_command(tmp_path, monkeypatch, identity, capsys):
    save_generator(identity, tmp_path / "generator.keras")
    window, fake = FakeWindow(monkeypatch, "sq"), FakeCamera(FRAMES)
    monkeypatch.setattr(camera, "_PROBE", "")
    monkeypatch.setattr(cv2, "VideoCapture", lambda number: fake)
    words = ["inference.py", "--camera", "0", "--model", tmp_path / "generator.keras"]
    words += ["--output", tmp_path / "out"]
    monkeypatch.setattr(sys, "argv", list(map(str, words)))
    inference.main()
    assert fake.is_released and len(window.shown) == 2
    np.testing.assert_array_equal(
        read_image(tmp_path / "out" / "camera-001-input.png"), FRAMES[1]
    )  # the first one showed that the camera works


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--samples", "2"), "--camera excludes --side-by-side and --samples"),
        (("--side-by-side",), "--camera excludes --side-by-side and --samples"),
        (("--dataset", "streets"), "--camera reads no dataset"),
    ],
)
def test_flags_that_exclude_the_camera(monkeypatch, flags, message):
    monkeypatch.setattr(sys, "argv", ["inference.py", "--camera", "0", *flags])
    with pytest.raises(UserError, match=message):
        inference.main()
