"""`python fuzz_files.py KIND NUMBER SEED FOLDER`: read NUMBER damaged files of a kind.

Reading may succeed or raise a `UserError`. Anything else is a defect. Prints both
counts and the defects as JSON.
"""

import json
import random
import resource
import shutil
import sys
import tarfile
import traceback
from collections import Counter
from pathlib import Path

import cv2
import keras
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from tiny import random_image
from torch_weights import write_legacy, write_zip

from pyimagesearch import config
from pyimagesearch.datasets.archives import unpack_archive
from pyimagesearch.datasets.folders import open_pair_list
from pyimagesearch.datasets.image_decoding import read_header, read_stored_image
from pyimagesearch.datasets.palettes import read_palette
from pyimagesearch.datasets.side_formats import parse_pair_format
from pyimagesearch.errors import UserError
from pyimagesearch.networks.torch_file import read_state_dict
from pyimagesearch.run_record import read_history, read_run_record
from pyimagesearch.training.checkpoint import (
    Checkpoint,
    read_checkpoint,
    write_checkpoint,
)
from pyimagesearch.training.training_settings import (
    parse_training_settings,
    read_recorded_settings,
)
from pyimagesearch.translation.generator import load_generator

MEMORY = 1 << 30  # bytes that reading may take, beyond those of the libraries
MAX_PIXELS = 10_000_000
MAX_DEFECTS = 3  # that are printed, of each kind
TOKENS = (b"0", b"-1", b"1e999", b"null", b"[]", b"{}", b'""')
TOKENS += (b"[" * 99, b"9" * 50, b"\0")


def write_images(folder):
    """Small images, the files of which have all that a larger one's have."""
    rng = np.random.default_rng(0)
    paths = []
    for name, dtype, channels, options in (
        ("a.png", np.uint8, 3, []),
        ("b.png", np.uint16, 4, []),
        ("c.jpg", np.uint8, 3, []),
        ("d.jpg", np.uint8, 3, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]),
        ("e.webp", np.uint8, 3, []),
        ("f.webp", np.uint8, 4, [cv2.IMWRITE_WEBP_QUALITY, 101]),
        ("g.tif", np.uint16, 3, []),
        ("h.bmp", np.uint8, 3, []),
    ):
        image = random_image(0, 20, 24, channels, dtype)
        assert cv2.imwrite(str(folder / name), image, options)
        paths.append(folder / name)
    np.save(folder / "i.npy", rng.normal(size=(8, 8, 2)).astype(np.float32))
    return [*paths, folder / "i.npy"]


def write_generator(folder):
    inputs = keras.Input((8, 8, 3))
    outputs = keras.layers.Conv2D(3, 1, activation="tanh")(inputs)
    keras.Model(inputs, outputs).save(folder / "generator.keras")
    return [folder / "generator.keras"]


def write_record(folder):
    settings = vars(parse_training_settings([]))
    side = {"channels": 3, "dtype": "uint8", "range": [0, 255], "palette": None}
    record = {
        "settings": settings,
        "source": {"folder": "x", "direction": "AtoB", "label_side": None},
        "sides": {"input": side, "target": side},
        "pairs": dict.fromkeys(("train", "val"), {"count": 1, "sha256": "0"}),
        "versions": {"keras": "3"},
        "changes": [],
        "results": None,
    }
    (folder / config.RUN_FILE).write_text(json.dumps(record, indent=1))
    return [folder / config.RUN_FILE]


def write_history(folder):
    path = folder / "history.csv"
    rows = "\n".join(f"{epoch},1.5,20.0,0.{epoch}" for epoch in range(9))
    path.write_text(f"epoch,seconds,images_per_second,l1Loss\n{rows}\n")
    return [path]


def write_training(folder):
    path = folder / "last.npz"
    rows = [{"epoch": epoch, "seconds": 1.0, "l1Loss": 0.5} for epoch in range(2)]
    variables = {
        "generator/000": np.ones((3, 3), np.float32),
        "generator/001": np.zeros(2, np.uint32),
        "gOptimizer/000": np.array(4),
    }
    write_checkpoint(path, Checkpoint(2, 4, rows, variables, pairs=8))
    return [path]


def write_archives(folder):
    images = write_images(folder)
    paths = []
    for mode, name in (("w", "a.tar"), ("w:gz", "b.tar.gz"), ("w:xz", "c.tar.xz")):
        with tarfile.open(folder / name, mode, format=tarfile.PAX_FORMAT) as archive:
            for split in ("train", "val"):
                archive.add(images[0], f"set/{split}/{'n' * 120}é.png")
                archive.add(images[2], f"set/{split}/1.jpg")
        paths.append(folder / name)
    return paths


def write_weights(folder):
    state = {"a.weight": np.ones((2, 3), np.float32), "b": np.zeros(4, np.int64)}
    return [write_zip(folder / "a.pth", state), write_legacy(folder / "b.pth", state)]


def write_tables(folder):
    for name in ("1.png", "2.png"):
        (folder / name).touch()
    manifest, palette = folder / "pairs.csv", folder / "palette.csv"
    manifest.write_text("input,target,split\n1.png,2.png,train\n2.png,1.png,val\n")
    palette.write_text("road,128,64,128\ncar,0,0,142\nunlabelled,0,0,0\n")
    return [manifest, palette]


def read_image(path):
    read_header(path)
    read_stored_image(path, max_pixels=MAX_PIXELS)


def read_record(path):
    record = read_run_record(path.parent)
    parse_pair_format(record.get("sides", {}), path)
    read_recorded_settings(path.parent)


def read_archive(path):
    folder = path.parent / "unpacked"
    folder.mkdir()
    try:
        unpack_archive(path, folder, path.name)
    finally:
        shutil.rmtree(folder)


def read_table(path):
    if path.name.startswith("pairs"):
        for split in ("train", "val"):
            open_pair_list(path).list_pairs(split)
    else:
        read_palette(path)


KINDS = {
    "images": (write_images, read_image),
    "generator": (write_generator, load_generator),
    "record": (write_record, read_record),
    "history": (write_history, read_history),
    "checkpoint": (write_training, read_checkpoint),
    "archives": (write_archives, read_archive),
    "pytorch": (write_weights, read_state_dict),
    "tables": (write_tables, read_table),
}


def damage(data, other, rng):
    """Change some bytes, cut, insert or repeat some, or take some of another file."""
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        start = rng.randrange(len(data)) if data else 0
        # Headers are short, and most of what can go wrong is there.
        start = min(start, rng.choice((64, 1024, len(data))))
        length = rng.choice((1, 2, 4, 16, len(data) // 4))
        change = rng.randrange(7)
        if change == 0 and start < len(data):
            data[start] ^= 1 << rng.randrange(8)
        elif change == 1:
            data[start : start + length] = rng.randbytes(length)
        elif change == 2:
            del data[start:]
        elif change == 3:
            del data[start : start + length]
        elif change == 4:
            data[start:start] = data[start : start + length]
        elif change == 5:
            data[start : start + length] = rng.choice(TOKENS)
        elif change == 6:
            place = rng.randrange(len(other))
            data[start : start + length] = other[place : place + length]
    return bytes(data)


def read_damaged(kind, number, seed, folder):
    write, read = KINDS[kind]
    samples = [(path, path.read_bytes()) for path in write(folder)]
    for path, _ in samples:
        read(path)  # whole, it can be read
    with open("/proc/self/statm", encoding="ascii") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY,) * 2)

    counts, defects = Counter(), Counter()
    for n in range(number):
        rng = random.Random(f"{kind} {seed} {n}")
        path, data = rng.choice(samples)
        path.write_bytes(damage(data, rng.choice(samples)[1], rng))
        try:
            read(path)
            counts["read"] += 1
        except UserError as error:
            assert str(error).isprintable() or "\n" not in str(error)
            counts["refused"] += 1
        except BaseException:
            defects[traceback.format_exc(limit=-4)] += 1
        path.write_bytes(data)
    return {**counts, "defects": defects.most_common(MAX_DEFECTS)}


if __name__ == "__main__":
    kind, number, seed, folder = sys.argv[1:]
    print(json.dumps(read_damaged(kind, int(number), seed, Path(folder))))
