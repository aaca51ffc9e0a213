"""Every kind of bad input, and the one sentence that it gets.

No two rows of a table end in the same check, but for the image that is found only when
it is needed. A row is what prepares the input in an empty folder and gives the flags,
and a part of the sentence.
"""

import hashlib
import io
import json
import shutil
import sys
import tarfile
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest
import tensorflow as tf
from edits import GONE, edit, nest
from tiny import random_image, write_image

import inference
import train_pix2pix
from pyimagesearch import evaluate
from pyimagesearch.cli import run_command
from pyimagesearch.datasets import archives, transfer
from pyimagesearch.evaluation import evaluation_pass

TINY = ("--image-size", "32", "--batch-size", "2", "--epochs", "1")
TINY += ("--steps-per-epoch", "2")


def flags(*given):
    """Nothing to prepare."""
    return lambda _folder: given


def images(*names, height=32, width=64, and_flags=()):
    """A folder of own pairs."""

    def prepare(folder):
        for seed, name in enumerate(names):
            write_image(folder / name, random_image(seed, height, width))
        return "--data", folder, *TINY, *and_flags

    return prepare


def broken(prepare, name, content=b"no image"):
    """Those pairs, with one file that is none."""

    def break_one(folder):
        given = prepare(folder)
        (folder / name).write_bytes(content)
        return given

    return break_one


def empty_train(folder):
    (folder / "train").mkdir()
    return "--data", folder


def files(*names, data="."):
    """Files without content, and the path of --data below their folder."""

    def prepare(folder):
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).touch()
        return "--data", folder / data

    return prepare


def manifest(text):
    """A manifest beside two images."""

    def prepare(folder):
        given = files("1.png", "2.png", data="pairs.csv")(folder)
        (folder / "pairs.csv").write_bytes(text)
        return given

    return prepare


def archive_of(*names, kind=tarfile.REGTYPE, and_flags=(), cut=None):
    """A local archive of one-byte files."""

    def prepare(folder):
        content = io.BytesIO()
        with tarfile.open(fileobj=content, mode="w:gz") as tar:
            for name in names:
                member = tarfile.TarInfo(name)
                member.type, member.size = kind, int(kind == tarfile.REGTYPE)
                tar.addfile(member, io.BytesIO(b"."))
        path = folder / "facades.tar.gz"
        path.write_bytes(content.getvalue()[:cut])
        return "--dataset", "facades", "--dataset-url", path, *and_flags

    return prepare


GOOD_ARCHIVE = ("facades/train/1.jpg", "facades/val/1.jpg")


def in_cache(record=None, and_flags=()):
    """A folder in the cache, with or without a record of where it is from."""

    def prepare(folder):
        cached = folder / "keras" / "datasets" / "facades"
        for name in GOOD_ARCHIVE:
            write_image(cached.parent / name, random_image(0))
        if record:
            (cached / "dataset.json").write_text(json.dumps(record))
        return "--dataset", "facades", *and_flags

    return prepare


def output_in_a_file(folder):
    (folder / "file").touch()
    return "--output", folder / "file" / "outputs"


def free_bytes(*numbers):
    """Stands in for `get_free_bytes`: another number at every call."""
    rest = iter(numbers)
    return lambda folder: next(rest)


def with_setting(prepare, module, name, value):
    """Another limit than the real one, which no test can reach."""

    def prepared(folder):
        with_setting.monkeypatch.setattr(module, name, value)
        return prepare(folder)

    return prepared


def arrays(*given, and_flags=()):
    """A folder of pairs whose inputs are .npy files: some of training, one of val."""

    def prepare(folder):
        for number, array in enumerate(given):
            split = "val" if number == len(given) - 1 else "train"
            path = folder / split / "A" / f"{number}.npy"
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, array, allow_pickle=array.dtype.hasobject)
            write_image(folder / split / "B" / f"{number}.png", random_image(0, 32, 32))
        return "--data", folder, "--direction", "AtoB", *TINY, *and_flags

    return prepare


def with_palette_of_two(*indices, and_flags=()):
    """Label maps of class indices, and a palette of two classes."""

    def prepare(folder):
        (folder / "two.csv").write_text("sky,1,2,3\nroad,4,5,6\n")
        maps = [np.full((32, 32), index, np.uint8) for index in indices]
        palette = ("--label-side", "A", "--palette", folder / "two.csv")
        return arrays(*maps, and_flags=(*palette, *and_flags))(folder)

    return prepare


def several_pages(folder):
    given = arrays(*GREY)(folder)
    pages = [random_image(seed, 32, 32, 1) for seed in (0, 1)]
    assert cv2.imwritemulti(str(folder / "train" / "A" / "0.tif"), pages)
    (folder / "train" / "A" / "0.npy").unlink()
    return given


PREVIOUS_RUN = Path(__file__).parent / "data" / "previous_run"


def previous_run(name, place, new, is_resumed=True):
    """A run with an edited file, and its pairs."""

    def prepare(folder):
        run = shutil.copytree(PREVIOUS_RUN, folder / "run")
        if name == "run.json":
            record = json.loads((run / name).read_text())
            (run / name).write_text(json.dumps(edit(record, place, new)))
        else:
            progress = edit({"epochs": 1, "steps": 3, "history": []}, place, new)
            np.savez(run / name, progress=json.dumps(progress))
        if not is_resumed:
            return "--run", run
        return *images(*PAIR)(folder)[:2], "--output", run, "--resume"

    return prepare


NUL = "has a NUL character, which no file name can have"


def nul(*names):
    """A path with a NUL character for each flag: the caller's shell cannot pass one."""
    return {
        f"NUL in {name}": (flags(name, "a\0b"), f"{name}: a\\x00b {NUL}")
        for name in names
    }


GREY = [np.full((32, 32), 9, np.uint8)] * 3
FLOATS = [array.astype(np.float32) for array in GREY]
NOT_FINITE = [np.where(np.eye(32, dtype=bool), np.nan, array) for array in FLOATS]
RANGE = ("--input-range", "0", "9")
OTHER_SHA256 = hashlib.sha256(b"other").hexdigest()
PAIR = ("train/1.png", "val/2.png")
SPLIT = ("trainA/1.png", "trainB/1.png")

TRAINING = {
    **nul("--data", "--output", "--init-from", "--palette", "--dataset-url"),
    "an endless name": (
        flags("--output", "n" * 300),
        "n is too long for the file system",
    ),
    "unknown flag": (flags("--dataest", "maps"), "unrecognized arguments: --dataest"),
    "unknown recipe": (flags("--recipe", "slow"), "--recipe slow is not one of tut"),
    "unknown dataset": (flags("--dataset", "facade"), "--dataset facade is not one"),
    "unknown direction": (flags("--direction", "up"), "--direction: invalid choice"),
    "two sources": (flags("--dataset", "maps", "--data", "x"), "not allowed with"),
    "own pairs from a server": (
        flags("--data", "x", "--dataset-url", "y"),
        "--dataset-url and --dataset-sha256 cannot be combined with --data",
    ),
    "streets from a server": (
        flags("--dataset", "streets", "--dataset-url", "y"),
        "--dataset streets is rendered on this machine: leave out --dataset-url",
    ),
    "no batch": (flags("--batch-size", "0"), "--batch-size: 0 is not an integer"),
    "a huge seed": (
        flags("--seed", "4294967296"),
        "4294967296 is more than 4294967295",
    ),
    "no rate": (flags("--learning-rate", "-1"), "--learning-rate: -1 is not a number"),
    "all held out": (flags("--val-fraction", "2"), "2 is not a number between 0 and 1"),
    "no size": (flags("--image-size", "2by2"), "2by2 is neither N nor HxW"),
    "size not divisible": (
        flags("--image-size", "250"),
        "multiples of 16 from 32 on, such as 240 or 256",
    ),
    "output not writable": (output_in_a_file, "choose another folder with --output"),
    "no folder": (flags("--data", "gone"), "gone is not a folder: --data requires one"),
    "no train": (images("val/1.png"), "has no train/ folder"),
    "no image": (empty_train, "train has no image in it"),
    "nothing to validate on": (images("train/1.png"), "1.png is the only image"),
    "no side B": (images("trainA/1.png"), "trainB is missing"),
    "no partner": (images(*SPLIT, "trainB/7.png"), "7 is in only one of"),
    "two of a name": (images("train/1.png", "train/1.jpg"), "have the same name"),
    "no pair": (images(*PAIR, width=63), "is 63 pixels wide"),
    "no image file": (
        broken(images(*PAIR), PAIR[0]),
        "1.png cannot be read: it is not an image",
    ),
    "too many pixels": (
        images(*PAIR, and_flags=("--max-pixels", "2047")),
        "its header says 32x64 pixels, and at most 2,047 pixels are accepted: check",
    ),
    "no image file, found late": (
        broken(images(*PAIR, and_flags=("--cache", "none")), PAIR[0]),
        "1.png cannot be read: it is not an image",
    ),
    "values that are not finite": (
        arrays(*NOT_FINITE, and_flags=RANGE),
        "0.npy cannot be read: it contains NaN or infinite values",
    ),
    "values that are not finite, found late": (
        arrays(*FLOATS, *NOT_FINITE, and_flags=(*RANGE, "--cache", "none")),
        "npy cannot be read: it contains NaN or infinite values",
    ),
    "floats without a range": (
        arrays(*FLOATS),
        "the input images have float32 values, from 9 to 9 in the examined images: set",
    ),
    "floats without a range to find": (
        arrays(*FLOATS, and_flags=("--input-range", "auto")),
        "the values of the input images, 9 to 9, are too close to each other",
    ),
    "floats among integers": (
        arrays(*GREY, *FLOATS),
        "images have different types of values",
    ),
    "another number of channels": (
        arrays(*GREY, np.zeros((32, 32, 5), np.uint8)),
        "0.npy has 1 channels, and 5 are expected: the input images have 1 and 5",
    ),
    "too many channels": (
        arrays(*[np.zeros((32, 32, 129), np.uint8)] * 2),
        "the input images have 129 channels, and at most 128 are supported",
    ),
    "no channels": (flags("--input-channels", "0"), "0 is not an integer"),
    "a range from high to low": (
        flags("--input-range", "9", "0"),
        "--input-range 9 0 is not a range: pass two numbers, the lower one first",
    ),
    "half a range": (flags("--target-range", "9"), "--target-range 9 is not a range"),
    "an index above the palette": (
        with_palette_of_two(0, 1, 2),
        "2.npy has the class index 2, and the palette has 2 classes, from 0 to 1",
    ),
    "a palette without a label side": (
        with_palette_of_two(0, 1, and_flags=("--label-side", "none")),
        "two.csv is for label maps: name their side with --label-side",
    ),
    "several pages": (several_pages, "0.tif cannot be read: it has several pages"),
    "objects": (
        arrays(*GREY, np.full((32, 32), None)),
        "3.npy cannot be read: its dtype is object: an image has real numbers",
    ),
    "channels first": (
        arrays(*[np.zeros((5, 32, 32))] * 2),
        "its shape is (5, 32, 32), not (H, W) or (H, W, C): np.moveaxis moves",
    ),
    "two layouts": (
        files("trainA/1.png", "trainB/1.png", "train/1.png"),
        "two layouts at once (train: 1 image, trainA: 1 image, trainB: 1 image)",
    ),
    "two val": (files("train/1.png", "val/1.png", "valid/2.png"), "val/ and valid/"),
    "images beside the sides": (
        files("train/A/1.png", "train/B/1.png", "train/2.png"),
        "train has images beside the folders of its two sides",
    ),
    "scans": (files("train/1.dcm"), "1 .dcm: convert DICOM (.dcm) and NIfTI (.nii)"),
    "a text file": (files("pairs.txt", data="pairs.txt"), "or a manifest, a .csv file"),
    "manifest: no columns": (
        manifest(b"a;b\n"),
        "line 1 names the columns a;b: it must",
    ),
    "manifest: no pairs": (manifest(b"input,target\n"), "pairs.csv lists no pairs"),
    "manifest: no file": (
        manifest(b"input,target\n1.png,gone.png\n"),
        "line 2 names gone.png, which cannot be found (No such file or directory)",
    ),
    "manifest: NUL": (
        manifest(b"input,target\n1.png\0,2.png\n"),
        "line 2 has a NUL character",
    ),
    "manifest: endless columns": (
        manifest(b"input" + b"," * 1_000_000 + b"target\n"),
        "line 1 has 1000001 columns: a manifest has at most 1000",
    ),
    "a run without steps": (
        previous_run("run.json", ("settings", "steps_per_epoch"), 0),
        'run.json is not the record of a run: in its entry "settings.steps_per_epoch", '
        "0 is not an integer of 1 or more. Correct it",
    ),
    "a run of an unknown kind": (
        previous_run("run.json", ("settings", "augment"), "zz"),
        'in its entry "settings.augment", zz is not one of resize, crop',
    ),
    "a checkpoint without epochs": (
        previous_run("checkpoints/last.npz", ("epochs",), GONE),
        'last.npz is not a checkpoint (its entry "progress.epochs" is missing)',
    ),
    "unknown protocol": (
        flags("--dataset", "maps", "--dataset-url", "ftp://host/maps.tar.gz"),
        "it must be a path, or start with http://, https:// or file://",
    ),
    "no server": (
        with_setting(
            flags("--dataset", "maps", "--dataset-url", "http://127.0.0.1:1/maps"),
            transfer,
            "PAUSES",
            (),
        ),
        "the host is unknown or does not answer: check the network",
    ),
    "no archive there": (
        flags("--dataset", "maps", "--dataset-url", "gone.tar.gz"),
        "gone.tar.gz is not a file",
    ),
    "no archive": (archive_of(cut=0), "is not a tar archive, or is damaged"),
    "another archive": (
        archive_of(*GOOD_ARCHIVE, and_flags=("--dataset-sha256", OTHER_SHA256)),
        f"not the {OTHER_SHA256} of --dataset-sha256",
    ),
    "an archive of something else": (archive_of("README"), "it contains no images"),
    "a way out of the folder": (
        archive_of("../train/1.jpg"),
        "points outside its folder",
    ),
    "a link": (archive_of("train", kind=tarfile.SYMTYPE), "is a link or a device"),
    "endless members": (
        with_setting(archive_of(*GOOD_ARCHIVE), archives, "MAX_MEMBERS", 1),
        "it has more than 1 members",
    ),
    "a full disk": (
        with_setting(archive_of(*GOOD_ARCHIVE), archives, "SPARE_BYTES", 1 << 60),
        "set KERAS_HOME to a folder on a larger disk",
    ),
    "a bomb": (
        with_setting(
            archive_of(*GOOD_ARCHIVE),
            archives,
            "get_free_bytes",  # enough for the archive, too little for its images
            free_bytes(10**9, 1),
        ),
        "unpacked, it would fill the disk",
    ),
    "half a dataset in the cache": (in_cache(), "and has no valid dataset.json"),
    "another dataset in the cache": (
        in_cache(
            {"url": "u", "sha256": "12"}, and_flags=("--dataset-sha256", OTHER_SHA256)
        ),
        "facades is 12, not the",
    ),
    "another origin in the cache": (
        in_cache(
            {"url": "u", "sha256": "12"}, and_flags=("--dataset-url", "http://host/f")
        ),
        "was made from u, not from --dataset-url http://host/f",
    ),
}


def no_run(folder):
    return ("--run", folder)


def foreign_model(folder):
    (folder / "foreign.keras").write_bytes(b"no model")
    return "--model", folder / "foreign.keras"


def foreign_record(folder):
    (folder / "run.json").write_text("[1, 2]")
    return "--run", folder


def input_image(folder):
    return write_image(folder / "1.png", random_image(0))


def empty_input(folder):
    (folder / "train").mkdir()
    return with_layer("--input", "IN/train")(folder)


def two_inputs(folder):
    input_image(folder / "other")
    return with_layer("--input", "IN/1.png", "IN/other/1.png")(folder)


def input_without_model(folder):
    return "--input", input_image(folder), "--run", folder


def input_into_a_file(folder):
    generator = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(3, 1)])
    generator.save(folder / "generator.keras")
    return (
        *("--input", input_image(folder), "--model", folder / "generator.keras"),
        *output_in_a_file(folder),
    )


def with_layer(*given):
    """An image, and a generator of one layer."""

    def prepare(folder):
        input_image(folder)
        save_layer(folder / "layer.keras", (32, 32))
        flags = ("--model", folder / "layer.keras", *given)
        return [str(flag).replace("IN/", f"{folder}/") for flag in flags]

    return prepare


def diverged_generator(folder):
    """Pairs, and a generator whose weights are not finite."""
    for seed, name in enumerate(("train/1.png", "val/2.png")):
        write_image(folder / "pairs" / name, random_image(seed))
    weights = keras.initializers.Constant(np.nan)
    layer = keras.layers.Conv2D(3, 1, kernel_initializer=weights)
    model = keras.Sequential([keras.Input((32, 32, 3)), layer])
    model.save(folder / "diverged.keras")
    model = ("--model", folder / "diverged.keras", "--output", folder / "grids")
    return "--data", folder / "pairs", *model


def pairs_and_layer(*and_flags):
    """Pairs, and a generator of one layer."""

    def prepare(folder):
        save_layer(folder / "layer.keras", (32, 32))
        model = ("--model", folder / "layer.keras", "--output", folder / "grids")
        return images(*PAIR)(folder)[:2] + model + and_flags

    return prepare


INFERENCE = {
    **nul("--input", "--model", "--output", "--run"),
    "a diverged generator": (
        diverged_generator,
        "the generator outputs NaN or infinite values: its training has diverged",
    ),
    "no generator": (no_run, "train one with `python train_pix2pix.py`"),
    "no run": (flags("--run", "gone"), "the run folder gone does not exist: pass"),
    "no model": (foreign_model, "is not a model that Keras can load"),
    "no record": (foreign_record, "run.json is not the record of a run"),
    "a run of no side": (
        previous_run("run.json", ("settings", "label_side"), "Q", is_resumed=False),
        'in its entry "settings.label_side", Q is not one of A, B, none',
    ),
    "side by side with what": (
        flags("--side-by-side"),
        "--side-by-side requires --inp",
    ),
    "classes of what": (flags("--as-classes"), "--as-classes requires --input"),
    "samples of what": (flags("--samples", "2"), "--samples requires --input"),
    "no sample": (flags("--samples", "0"), "--samples: 0 is not an integer of 1 or"),
    "the seed of what": (
        flags("--input", "x.png", "--seed", "0"),
        "--seed requires --samples",
    ),
    "no dropout": (
        with_layer("--input", "IN/1.png", "--samples", "2"),
        "--samples needs a generator with dropout, and this one has none: all samples",
    ),
    "the best of a file": (
        with_layer("--input", "IN/1.png", "--run", "IN/", "--best"),
        "--best: not allowed with argument --model",
    ),
    "a range to find": (
        with_layer("--input", "IN/1.png", "--input-range", "auto"),
        "--input-range auto is for a training: pass two numbers, or none for the",
    ),
    "the camera and what": (
        flags("--input", "x.png", "--camera", "0"),
        "--input and --camera exclude each other",
    ),
    "no classes": (
        with_layer("--input", "IN/1.png", "--as-classes"),
        "--as-classes needs the colors of the classes: pass them with --palette",
    ),
    "too many pixels": (
        pairs_and_layer("--max-pixels", "2047"),
        "its header says 32x64 pixels, and at most 2,047 pixels are accepted: check",
    ),
    "no batch": (flags("--batch-size", "0"), "--batch-size: 0 is not an integer"),
    "no tile": (flags("--tile", "-1"), "--tile: -1 is not an integer of 0 or more"),
    "nothing to translate": (flags("--input"), "--input: expected at least one arg"),
    "pairs to translate": (
        flags("--input", "x.png", "--data", "y"),
        "--input reads no dataset: leave out --dataset and --data",
    ),
    "no input": (
        with_layer("--input", "gone"),
        "--input gone matches no file and no folder",
    ),
    "no image in the input": (empty_input, "train holds no image; the supported"),
    "two inputs of one name": (two_inputs, "would both be written to"),
    "an input in the output": (
        with_layer("--input", "IN/1.png", "--output", "IN/"),
        "1.png: choose another folder with --output",
    ),
    "no model to translate with": (
        input_without_model,
        "there is no trained generator",
    ),
    "no folder for the results": (
        input_into_a_file,
        "choose another folder with --output",
    ),
}


def with_run(*and_flags, size=(32, 32), direction="BtoA", files=(), pairs=PAIR):
    """Prepare pairs, a run with a generator of one layer, and other text files."""

    def prepare(folder):
        save_layer(folder / "models" / "generator.keras", size)
        for name, content in files:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(content)
        given = images(*pairs)(folder)[:2]
        given += ("--run", folder, "--direction", direction)
        return *given, *(flag.replace("IN/", f"{folder}/") for flag in and_flags)

    return prepare


def save_layer(path, size):
    path.parent.mkdir(parents=True, exist_ok=True)
    layers = [keras.Input((*size, 3)), keras.layers.Conv2D(3, 1)]
    keras.Sequential(layers).save(path)


READ_BACK = ("--segmenter", "IN/models/generator.keras", "--label-side", "B")


def segmenter_of_another_size(folder):
    save_layer(folder / "large.keras", (64, 32))
    flags = ("--palette", "streets", "--segmenter", "IN/large.keras")
    return with_run(*flags, "--label-side", "B")(folder)


RECORD = '{"settings": {"dataset": "streets"}, "source": {"direction": "BtoA"}}'


def with_palette(text):
    flags = ("--palette", "IN/mine.csv", "--label-side", "B", "--direction", "AtoB")
    return with_run(*flags, files=[("mine.csv", text)])


def black_label_maps(folder):
    given = with_palette("red,255,0,0\nblue,0,0,255\nunlabelled,0,0,0\n")(folder)
    for name in PAIR:
        write_image(folder / name, np.zeros((32, 64, 3), np.uint8))
    return given


def no_download(**_):
    raise Exception("URL fetch failure on https://host/weights.h5")


EVALUATION = {
    **nul("--run", "--output", "--segmenter", "--data"),
    "no generator": (no_run, "train one with `python train_pix2pix.py`"),
    "no run": (flags("--run", "gone"), "the run folder gone does not exist: pass"),
    "no model": (foreign_model, "is not a model that Keras can load"),
    "no record": (foreign_record, "run.json is not the record of a run"),
    "a run to nowhere": (
        previous_run("run.json", ("settings", "direction"), "up", is_resumed=False),
        'in its entry "settings.direction", up is not one of AtoB, BtoA',
    ),
    "a deep run": (
        previous_run("run.json", ("newer",), nest(900), is_resumed=False),
        "it has more than 32 lists and objects in each other",
    ),
    "a huge cell": (
        with_run(files=[("logs/history.csv", f"epoch\n{'0' * 200_000}\n")]),
        "history.csv is not the history of a training: field larger than field limit",
    ),
    "no history": (
        with_run(files=[("logs/history.csv", "epoch,l1Loss\n0,low\n")]),
        "history.csv is not the history of a training",
    ),
    "too many pixels": (
        with_run("--max-pixels", "2047"),
        "its header says 32x64 pixels, and at most 2,047 pixels are accepted: check",
    ),
    "unknown split": (flags("--split", "train"), "--split: invalid choice"),
    "no test": (with_run("--split", "test"), "has no test/ folder: use --split val"),
    "images too small": (with_run(size=(8, 32)), "of at least 11x11 pixels, and these"),
    "images of any size": (
        with_run(size=(None, None)),
        "accepts images of any size, and scores need a fixed size",
    ),
    "no palette": (
        with_run("--palette", "IN/gone", "--label-side", "B"),
        "gone cannot be read: use a CSV file of lines name,r,g,b, or one of city",
    ),
    "no colour": (with_palette("road,1,2,3\nsky,4,5\n"), "line 2: sky,4,5 is not name"),
    "no level": (with_palette("road,1,2,256\n"), "line 1: road,1,2,256 is not name"),
    "one colour twice": (
        with_palette("road,1,2,3\nsky,1,2,3\n"),
        "line 2: sky,1,2,3 repeats the name or the colour of an earlier line",
    ),
    "one class": (with_palette("road,1,2,3\nunlabelled,0,0,0\n"), "fewer than two"),
    "nothing labelled": (
        # Before any prediction.
        with_setting(black_label_maps, evaluation_pass, "create_predictor", None),
        "no pixel of the label maps has the color of a class",
    ),
    "a palette of photos": (
        with_run("--palette", "streets"),
        "--palette streets is for label maps, and neither side of the pairs is one",
    ),
    "a segmenter without a palette": (
        with_run(*READ_BACK),
        "it requires --palette, and --label-side must name the input side",
    ),
    "a segmenter of label maps": (
        with_run(*READ_BACK, "--palette", "streets", direction="AtoB"),
        "--segmenter translates generated photos back into label maps",
    ),
    "a segmenter of another size": (
        segmenter_of_another_size,
        "large.keras takes images of 64x32 pixels, but the generator outputs 32x32",
    ),
    "a segmenter of the same direction": (
        with_run(*READ_BACK, "--palette", "streets", files=[("run.json", RECORD)]),
        "generator.keras was trained BtoA, like the generator",
    ),
    "no weights": (
        with_setting(
            with_run("--fid", pairs=(*PAIR, "val/3.png")),
            keras.applications,
            "InceptionV3",
            no_download,
        ),
        "their download failed (URL fetch failure on https://host/weights.h5)",
    ),
    "one pair for FID": (
        with_setting(with_run("--fid"), keras.applications, "InceptionV3", no_download),
        "--fid cannot be computed from 1 pair",
    ),
}


def rows(script, table):
    return [pytest.param(script, *row, id=name) for name, row in table.items()]


@pytest.mark.parametrize(
    ("script", "prepare", "sentence"),
    rows(train_pix2pix, TRAINING)
    + rows(inference, INFERENCE)
    + rows(evaluate, EVALUATION),
)
def test_it_ends_with_one_sentence_and_leaves_nothing(
    tmp_path, monkeypatch, capsys, script, prepare, sentence
):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "in" / "keras"))
    monkeypatch.setattr(with_setting, "monkeypatch", monkeypatch, raising=False)
    # It cannot be turned off again, and is not for the tests that come after.
    monkeypatch.setattr(tf.config.experimental, "enable_op_determinism", lambda: None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    given = prepare(tmp_path / "in")
    before = {path for path in tmp_path.rglob("*") if path.is_file()}

    monkeypatch.setattr(sys, "argv", ["script", *map(str, given)])
    with pytest.raises(SystemExit) as ended:
        run_command(script.main)

    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert sentence in said
    assert said.startswith("[ERROR] ")
    assert said.count("\n") == 1
    left = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    expected = {".facades.lock", ".maps.lock", "run.json"}
    if "--resume" in given:  # the lock of a run that exists
        expected |= {".lock", ".lock-owner"}
    assert {path.name for path in left} <= expected
