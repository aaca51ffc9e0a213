"""Small videos for tests, and what OpenCV reads of them."""

import struct

import cv2
import numpy as np

from pyimagesearch.translation.video import VideoReader, quiet_opencv
from pyimagesearch.translation.video_writer import write_video


def smooth_frames(number, height=32, width=48):
    """Frames of smooth colors, each one another, which a codec changes little."""
    y, x = np.mgrid[:height, :width]
    return [
        np.stack([x * 4 + 3 * n, y * 5 + n, np.full_like(x, 200 - 2 * n)], -1)
        .clip(0, 255)
        .astype(np.uint8)
        for n in range(number)
    ]


def write_clip(path, frames, rate=25.0):
    """Writes RGB frames as a video."""
    with quiet_opencv(), write_video(path, frames[0].shape[:2], rate) as writer:
        for frame in frames:
            writer.write(frame)
    return path


def write_jpeg_clip(path, frames, rate=25.0):
    """Writes RGB frames, also of several sizes, as Motion JPEG."""
    jpegs = [cv2.imencode(".jpg", frame[..., ::-1])[1] for frame in frames]
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(
        str(path),
        cv2.CAP_FFMPEG,
        cv2.VideoWriter_fourcc(*"MJPG"),
        rate,
        (width, height),
        [cv2.VIDEOWRITER_PROP_RAW_VIDEO, 1],
    )
    for jpeg in jpegs:
        writer.write(jpeg.reshape(1, -1))
    writer.release()
    return path


def read_clip(path):
    """Returns the rate and all frames, RGB."""
    with quiet_opencv(), VideoReader(path) as reader:
        return reader.rate, read_frames(reader)


def read_frames(reader):
    """Returns the frames that an open video still has."""
    frames = []
    while (frame := reader.read()) is not None:
        frames.append(frame)
    return frames


def move_index_to_the_start(path):
    """Rearranges an MP4 file of OpenCV as for the web: its index comes first."""
    data = path.read_bytes()
    index = data.index(b"moov") - 4
    start = data.index(b"free") - 4
    moov = bytearray(data[index:])
    place = moov.index(b"stco")
    (number,) = struct.unpack_from(">I", moov, place + 8)
    for entry in range(number):
        at = place + 12 + 4 * entry
        (offset,) = struct.unpack_from(">I", moov, at)
        struct.pack_into(">I", moov, at, offset + len(moov))
    path.write_bytes(data[:start] + moov + data[start:index])
    return path
