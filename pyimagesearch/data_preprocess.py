"""The input pipeline: from image files to batches of (input mask, real image)."""

import os

import numpy as np
import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.datasets.augmentation import JITTER_MARGIN
from pyimagesearch.datasets.folders import Pair, list_pairs
from pyimagesearch.datasets.image_files import read_image
from pyimagesearch.datasets.pairs import (
    PairFiles,
    open_pairs,
    read_pair,
    split_halves,
    to_uint16,
)
from pyimagesearch.datasets.stream import OrderedPass, TrainStream


def load_image(imageFile):
    """Reads one side-by-side image: its right half is the input mask.

    Args:
        imageFile: the file's path, or a scalar string tensor.

    Returns:
        (inputMask, realImage), each float32 (H, W/2, 3) in [-1, 1].

    Raises:
        UserError: where the file cannot be read or its width is odd; inside a
            pipeline it comes as a `tf.errors.OpError` with the same sentence.
    """

    def read(path):
        left, right = split_halves(read_image(path), path)
        return to_uint16(left), to_uint16(right)

    realImage, inputMask = _read_in_python(read, imageFile, (tf.uint16, tf.uint16))
    for image in (inputMask, realImage):
        image.set_shape((None, None, config.IMAGE_CHANNELS))
    return scale_images(inputMask), scale_images(realImage)


def _read_in_python(read, imageFile, dtypes):
    """Calls read(path) wherever it stands, in eager code or in a graph."""
    if not tf.is_tensor(imageFile):
        imageFile = tf.constant(os.fspath(imageFile))

    def called(path):  # bytes in a graph, an array of bytes in eager code
        return read(os.fsdecode(np.asarray(path).item()))

    return tf.numpy_function(called, [imageFile], dtypes, stateful=False)


def random_jitter(inputMask, realImage, height, width):
    """Resizes both to (height, width, 3) by nearest neighbour, dtypes kept.

    Nothing about it is random: the name is the tutorial's. `augment="crop"` of
    `load_dataset` is the paper's random jitter (section 6.2).
    """
    return (
        tf.image.resize(inputMask, (height, width), "nearest"),
        tf.image.resize(realImage, (height, width), "nearest"),
    )


class ReadTestExample:
    """Reads one side-by-side image at the working size.

    Args:
        imageHeight: pixels.
        imageWidth: pixels, of one half.
        direction: "BtoA", from the right half to the left, or "AtoB".
        labelSide: "A" or "B" where that half is a map of flat colours, which is
            resized by nearest neighbour; a photo is resized with antialiasing.
    """

    def __init__(self, imageHeight, imageWidth, *, direction="BtoA", labelSide=None):
        self.imageHeight = imageHeight
        self.imageWidth = imageWidth
        self.direction = direction
        self.labelSide = labelSide

    def __call__(self, imageFile):
        """Reads `imageFile`, a path as in `load_image`, which says what is raised.

        Returns:
            (inputMask, realImage), each float32 (imageHeight, imageWidth, 3) in
            [-1, 1].
        """

        def read(path):
            pair = Pair(name=path, left=path)
            return to_uint16(
                read_pair(pair, self.imageHeight, self.imageWidth, self.labelSide)
            )

        pair = _read_in_python(read, imageFile, tf.uint16)
        pair.set_shape((self.imageHeight, 2 * self.imageWidth, config.IMAGE_CHANNELS))
        return _order_sides(tf.split(scale_images(pair), 2, axis=1), self.direction)


class ReadTrainExample(ReadTestExample):
    """Reads one side-by-side image and jitters it; see `ReadTestExample`."""

    def __call__(self, imageFile):
        inputMask, realImage = random_jitter(
            *super().__call__(imageFile),
            self.imageHeight + JITTER_MARGIN,
            self.imageWidth + JITTER_MARGIN,
        )
        size = self.imageHeight, self.imageWidth
        return tf.image.resize(inputMask, size), tf.image.resize(realImage, size)


def load_dataset(
    path,
    batchSize,
    height,
    width,
    train=False,
    *,
    direction="BtoA",
    labelSide=None,
    augment=config.AUGMENT,
    seed=config.SEED,
    startStep=0,
    cache=config.CACHE,
    valFraction=config.VAL_FRACTION,
    scale=True,
):
    """Makes the pipeline of one split.

    Args:
        path: the folder of the pairs; see `datasets.folders.list_pairs`.
        batchSize: pairs.
        height: pixels, to which other sizes are brought.
        width: pixels, of one side.
        train: True: the training pairs, shuffled over the whole set, augmented and
            endless. False: the validation pairs, once and in order.
        direction: "BtoA": the right half or side B is the input mask; or "AtoB".
        labelSide: "A" or "B" where that side is a map of flat colours, else None.
        augment: "resize", the tutorial's jitter, or "crop", the paper's.
        seed: of the training pairs' order and crops.
        startStep: the training step to start at: what comes is what would have come
            there anyway.
        cache: "auto", "memory" or "none"; see `datasets.pairs.opened`.
        valFraction: what is held out where the folder has no val.
        scale: False hands out the integers as they are stored, for
            `Pix2PixTraining` to scale on the device; the `resize` jitter hands out
            floats all the same.

    Returns:
        A `tf.data.Dataset` of (inputMask, realImage) batches, each float32
        (B, height, width, 3) in [-1, 1]; the last of the validation may be smaller.

    Raises:
        UserError: see `list_pairs`; and where an image cannot be read, if they are
            decoded into memory. Otherwise that is a `tf.errors.OpError` from the
            iteration, whose message holds the sentence.
    """
    pairs = list_pairs(path, "train" if train else "val", valFraction)
    images = open_pairs(PairFiles(pairs, height, width, labelSide), cache)
    if not train:
        return make_batches(OrderedPass(images, batchSize, scale=scale), direction)
    stream = TrainStream(images, batchSize, seed, augment, labelSide, scale=scale)
    return make_batches(stream, direction, startStep)


def make_batches(stream, direction="BtoA", startStep=0):
    """Makes a pipeline of a stream of batches.

    Args:
        stream: an `OrderedPass` or a `TrainStream`.
        direction: as of `load_dataset`.
        startStep: the first step.

    Returns:
        As `load_dataset`.
    """
    _, height, width, channels = stream.images.shape

    def batch(step):
        sides = tf.numpy_function(
            stream.batch, [step], (stream.dtype, stream.dtype), stateful=False
        )
        for side in sides:
            side.set_shape((stream.fixed_size, height, width // 2, channels))
        return _order_sides(sides, direction)

    return (
        tf.data.Dataset.range(startStep, stream.steps)
        .map(batch, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        .prefetch(tf.data.AUTOTUNE)
    )


def scale_images(images):
    """Brings unsigned integers to float32 in [-1, 1], and leaves floats alone."""
    images = tf.convert_to_tensor(images)
    if images.dtype.is_floating:
        return images
    return tf.cast(images, tf.float32) / (images.dtype.max / 2) - 1.0


def _order_sides(sides, direction):
    """(inputMask, realImage) of sides A and B."""
    sideA, sideB = sides
    return (sideB, sideA) if direction == "BtoA" else (sideA, sideB)
