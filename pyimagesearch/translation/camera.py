"""Show what a camera sees beside its translation, in a window."""

import subprocess
import sys
import time
from collections import deque
from pathlib import Path

import cv2
import numpy as np

from pyimagesearch.cli import FAILED, info
from pyimagesearch.datasets.image_decoding import StoredImage
from pyimagesearch.errors import RunStoppedError, UserError
from pyimagesearch.process import silence_libraries
from pyimagesearch.translation.output_files import OutputFormat, write_result
from pyimagesearch.translation.tiling import pad_to_multiple
from pyimagesearch.translation.translate import join_sides
from pyimagesearch.translation.translator import Translator
from pyimagesearch.translation.video import quiet_opencv
from pyimagesearch.visualization import save_image

WINDOW = "pix2pix"  # the title
QUIT, SAVE = ord("q"), ord("s")
RATE_FRAMES = 10  # over which the frames per second are averaged

_PROBE = "import cv2; cv2.namedWindow('probe')"
_PROBE_SECONDS = 60
_NO_WINDOWS = "not implemented"  # what a build of OpenCV without windows says
_LABEL = (160, 28)  # pixels, width and height
_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)


def check_window() -> None:
    """Check that OpenCV can open a window.

    Another process tries it: without a display, some builds of OpenCV end theirs.

    Raises:
        UserError: if it cannot.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PROBE],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PROBE_SECONDS,
            check=False,
        )
        status, said = done.returncode, done.stderr
    except subprocess.TimeoutExpired:
        status, said = 1, ""
    if status and _NO_WINDOWS in said:
        raise UserError(
            "--camera needs windows, and this build of OpenCV has none: pip uninstall "
            "opencv-python-headless opencv-contrib-python-headless, then pip install "
            "--force-reinstall opencv-contrib-python"
        )
    if status:
        raise UserError(
            "--camera needs a display, and OpenCV can open no window on this one: run "
            "it in a desktop session, or record a video and translate it with --input"
        )


def open_camera(number: int) -> cv2.VideoCapture:
    """Open a camera.

    Args:
        number: int, the camera, from 0 on.

    Returns:
        cv2.VideoCapture, whose `read` gives frames.

    Raises:
        UserError: if there is no such camera, or it gives no frame.
    """
    with quiet_opencv(), silence_libraries():
        camera = cv2.VideoCapture(number)
        is_ready = camera.isOpened() and camera.read()[0]
    if not is_ready:
        camera.release()
        raise UserError(
            f"--camera {number}: there is no such camera, another program uses it, or "
            f"you may not read it"
        )
    camera.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # the newest frame, not one that waited
    return camera


def run_camera(
    camera: cv2.VideoCapture,
    translator: Translator,
    folder: Path,
    output: OutputFormat,
) -> None:
    """Translate the frames of a camera until `q` is pressed or the window is closed.

    `s` saves the frame that is shown and its result.

    Args:
        camera: cv2.VideoCapture, open.
        translator: Translator, the network.
        folder: Path, for the files that are saved.
        output: OutputFormat, how to write results.

    Raises:
        UserError: if the generator's inputs are no such frames.
        RunStoppedError: if the camera gives no more frames.
    """
    info(f"camera: press q in the window to end, s to save both images to {folder}")
    times = deque(maxlen=RATE_FRAMES + 1)
    cv2.namedWindow(WINDOW, cv2.WINDOW_AUTOSIZE)
    try:
        while True:
            is_read, frame = camera.read()
            if not is_read:
                raise RunStoppedError("the camera gives no more frames", FAILED)
            frame = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
            image, result = translate_frame(frame, translator)
            times.append(time.perf_counter())
            both = join_sides(image, result, translator.formats)
            _show(both, _compute_rate(times))
            key = cv2.waitKey(1) & 0xFF
            if key == SAVE:
                _save(folder, frame, result, output)
            if key == QUIT or _is_closed():
                return
    finally:
        cv2.destroyAllWindows()


def translate_frame(
    frame: np.ndarray, translator: Translator
) -> tuple[np.ndarray, np.ndarray]:
    """Translate one frame as an image file of the same pixels is translated.

    Args:
        frame: uint8 array (H, W, 3), RGB.
        translator: Translator.

    Returns:
        tuple of arrays (image, result), (H, W, C) as the format of the inputs stores
        the frame, and (H, W, D) in the units of the targets.

    Raises:
        UserError: if the generator's inputs are no such frames.
    """
    height, width = frame.shape[:2]
    side_format = translator.formats.input.match_depth("uint8")
    image = side_format.store(StoredImage(frame, has_alpha=False), "the camera's frame")
    padded = pad_to_multiple(image, translator.stride)
    if translator.is_tiled(padded):
        result = translator.translate_tiled(padded)
    else:
        (values,) = translator.translate([padded])
        result = translator.formats.target.restore(values)
    return image, result[:height, :width]


def _compute_rate(times: deque) -> float:
    """Return frames per second over the last frames; 0 before the second one."""
    seconds = times[-1] - times[0]
    return (len(times) - 1) / seconds if seconds else 0.0


def _show(image: np.ndarray, rate: float) -> None:
    shown = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    cv2.rectangle(shown, (0, 0), _LABEL, _BLACK, cv2.FILLED)
    cv2.putText(
        shown,
        f"{rate:.1f} frames/s",
        (8, _LABEL[1] - 8),
        cv2.FONT_HERSHEY_SIMPLEX,
        0.6,
        _WHITE,
        lineType=cv2.LINE_AA,
    )
    cv2.imshow(WINDOW, shown)


def _is_closed() -> bool:
    return cv2.getWindowProperty(WINDOW, cv2.WND_PROP_VISIBLE) < 1


def _save(
    folder: Path, frame: np.ndarray, result: np.ndarray, output: OutputFormat
) -> None:
    """Save a frame and its result under the next free number."""
    number = 1
    while list(folder.glob(f"camera-{number:03d}-*")):
        number += 1
    start = f"camera-{number:03d}"
    save_image(folder / f"{start}-input.png", frame)
    target = folder / f"{start}-output{output.extension}"
    write_result(target, result, output)
    info(f"saved {start}-input.png and {target.name} to {folder}")
