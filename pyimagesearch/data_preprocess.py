"""The input pipeline: from image files to batches of (inputMask, realImage)."""

import atexit
import gc
import os
import signal
import traceback
from types import TracebackType

import numpy as np
import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.datasets.augmentation import JITTER_MARGIN
from pyimagesearch.datasets.folders import open_pair_list
from pyimagesearch.datasets.image_decoding import StoredImage, read_image
from pyimagesearch.datasets.pairs import (
    PairFiles,
    match_depth,
    open_pairs,
    read_pair,
    split_halves,
)
from pyimagesearch.datasets.side_formats import RGB, SideFormat
from pyimagesearch.datasets.splits import Pair, PairList
from pyimagesearch.datasets.stream import WHOLE, OrderedPass, Shard, TrainStream

SIXTEEN_BITS = SideFormat(dtype="uint16")  # RGB; 8 bits are converted


def load_image(imageFile):
    """Load one side-by-side image; its right half is the input mask.

    Args:
        imageFile: path-like or scalar string tensor, the image file.

    Returns:
        tuple of two float32 tensors (H, W/2, 3) in [-1, 1], (inputMask, realImage).

    Raises:
        UserError: if the file cannot be read or its width is odd. In a `tf.data`
            pipeline, it is a `tf.errors.OpError` that contains the same message.
    """

    def read(path):
        halves = split_halves(read_image(path), path)
        return tuple(
            SIXTEEN_BITS.store(StoredImage(half, has_alpha=False), path)
            for half in halves
        )

    realImage, inputMask = _read_in_python(read, imageFile, (tf.uint16, tf.uint16))
    for image in (inputMask, realImage):
        image.set_shape((None, None, config.IMAGE_CHANNELS))
    return scale_images(inputMask), scale_images(realImage)


def _read_in_python(read, imageFile, dtypes):
    """Call read(path), in eager code or in a graph."""
    if not tf.is_tensor(imageFile):
        imageFile = tf.constant(os.fsencode(imageFile))

    def read_tensor(path):  # bytes in a graph, an array of bytes in eager code
        return read(os.fsdecode(np.asarray(path).item()))

    return tf.numpy_function(read_tensor, [imageFile], dtypes, stateful=False)


def random_jitter(inputMask, realImage, height, width):
    """Resize both images by nearest neighbour.

    Nothing here is random: the tutorial gives this function its name. For the random
    jitter of the paper (section 6.2), use `load_dataset` with `augment="crop"`.

    Args:
        inputMask: array or tensor (H, W, 3).
        realImage: array or tensor (H, W, 3).
        height: int, the new height in pixels.
        width: int, the new width in pixels.

    Returns:
        tuple of two tensors (height, width, 3) of the dtypes of the arguments.
    """
    return (
        tf.image.resize(inputMask, (height, width), "nearest"),
        tf.image.resize(realImage, (height, width), "nearest"),
    )


class ReadTestExample:
    """Reader of one side-by-side image at the working size.

    Args:
        imageHeight: int, the working height in pixels.
        imageWidth: int, the working width of one half in pixels.
        direction: "BtoA", to use the right half as the input mask, or "AtoB".
        labelSide: "A" or "B" if that half is a map of flat colours, else None. Label
            maps are resized by nearest neighbour, photos with antialiasing.
    """

    def __init__(self, imageHeight, imageWidth, *, direction="BtoA", labelSide=None):
        self.imageHeight = imageHeight
        self.imageWidth = imageWidth
        self.direction = direction
        self.labelSide = labelSide

    def __call__(self, imageFile):
        """Read one image.

        Args:
            imageFile: path-like or scalar string tensor, the image file.

        Returns:
            tuple of two float32 tensors (imageHeight, imageWidth, 3) in [-1, 1],
            (inputMask, realImage).

        Raises:
            UserError: if the file cannot be read or its width is odd; see
                `load_image`.
        """

        def read(path):
            pair, size = Pair(path, left=path), (self.imageHeight, self.imageWidth)
            return read_pair(pair, *size, self.labelSide, (SIXTEEN_BITS,) * 2)

        sides = _read_in_python(read, imageFile, (tf.uint16, tf.uint16))
        for side in sides:
            side.set_shape((self.imageHeight, self.imageWidth, config.IMAGE_CHANNELS))
        return _order_sides(list(map(scale_images, sides)), self.direction)


class ReadTrainExample(ReadTestExample):
    """Reader of one side-by-side image with the tutorial's jitter.

    The images are enlarged by 30 pixels with `random_jitter` and resized back
    bilinearly. Arguments and return values are those of `ReadTestExample`.
    """

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
    startPair=0,
    cache=config.CACHE,
    valFraction=config.VAL_FRACTION,
    scale=True,
    formats=None,
    notes=None,
    inputContext=None,
):
    """Make the pipeline of one split.

    Args:
        path: Path or str, the folder of the pairs or a manifest; see
            `datasets.folders.open_pair_list`, whose result is accepted too.
        batchSize: int, pairs per batch.
        height: int, the working height in pixels.
        width: int, the working width of one side in pixels.
        train: bool. If True, the pipeline returns the training pairs, shuffled as a
            whole, augmented and endless. If False, it returns the validation pairs
            once, in order.
        direction: "BtoA", to use side B (the right half) as the input mask, or "AtoB".
        labelSide: "A" or "B" if that side is a map of flat colours, else None.
        augment: "resize", the tutorial's jitter, or "crop", the paper's random jitter
            (section 6.2).
        seed: int, not negative, for the order and the crops of the training pairs.
        startPair: int, how many training pairs to skip. The batches are those that a
            pipeline of the same seed returns after so many pairs.
        cache: "auto", "memory" or "none"; see `datasets.pairs.open_pairs`.
        valFraction: float in (0, 1), the share of the training pairs to validate on if
            the folder has no `val` and no `test`.
        scale: bool. If False, the batches contain the stored integers, for
            `Pix2PixTraining` to scale on the device, unless `augment` is "resize" or
            a side has a range or a dtype of its own.
        formats: PairFormat or None, the channels, dtypes and ranges of both sides;
            None for RGB images of 8 or 16 bits. `datasets.examination` chooses them.
        notes: PairNotes or None, what has been reported about the pairs already. None
            if they were not examined: then a side has 16 bits if any file has.
        inputContext: tf.distribute.InputContext or None. The batches then are the parts
            of this process, for `Strategy.distribute_datasets_from_function`: one for
            each of its replicas, of `batchSize / num_replicas_in_sync` pairs, or one
            more or less.

    Returns:
        `tf.data.Dataset` of (inputMask, realImage) batches, float32
        (batchSize, height, width, C) in [-1, 1]. The last validation batch may be
        smaller.

    Raises:
        UserError: if the folder has no pairs for the split, or if an image cannot be
            read while the pairs are decoded into memory. If they are decoded later,
            the iteration raises a `tf.errors.OpError` that contains the message.
    """
    pairList = path if isinstance(path, PairList) else open_pair_list(path, valFraction)
    pairs = pairList.list_pairs("train" if train else "val")
    sides = (formats or RGB).order_sides(direction)
    if notes is None:
        sides = match_depth(pairs, sides)
    files = PairFiles(pairs, height, width, labelSide, sides, notes)
    images = open_pairs(files, cache)
    options = {"scale": scale, "shard": _get_shard(inputContext)}
    if not train:
        return make_batches(OrderedPass(images, batchSize, **options), direction)
    stream = TrainStream(
        images, batchSize, seed, augment, labelSide, start=startPair, **options
    )
    return make_batches(stream, direction)


def _get_shard(context):
    if context is None:
        return WHOLE
    count = context.num_replicas_in_sync // context.num_input_pipelines
    first = context.input_pipeline_id * count
    return Shard(first, count, context.num_replicas_in_sync)


def make_batches(stream, direction="BtoA"):
    """Make a pipeline from a stream of batches.

    Args:
        stream: OrderedPass or TrainStream.
        direction: "BtoA", to use side B as the input mask, or "AtoB".

    Returns:
        `tf.data.Dataset` of (inputMask, realImage) batches (B, H, W, C) of
        `stream.dtypes`.
    """

    def make_batch(step):
        sides = tf.numpy_function(
            stream.make_batch, [step], stream.dtypes, stateful=False
        )
        for side, shape in zip(sides, stream.images.shapes, strict=True):
            side.set_shape((stream.fixed_size, *shape))
        return _order_sides(sides, direction)

    return (
        tf.data.Dataset.range(stream.steps)
        .map(make_batch, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        .prefetch(tf.data.AUTOTUNE)
    )


@atexit.register
def stop_pipelines():
    """Stop all `tf.data` iterators of this process, and wait for their threads.

    The threads call Python, to make batches. One that does so while the interpreter
    finalizes aborts the process, and its exit status is lost. An iterator's destructor
    cancels its threads and waits for them. But an exception, a reference cycle or a
    global variable can keep the iterator beyond the start of the finalization, so that
    this function empties all of them at exit, before it.
    """
    # A KeyboardInterrupt would leave some running. This ends the process at once, as
    # the handler of a command does (see `process`).
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    for thing in gc.get_objects():
        # Not isinstance(): it calls code of proxies, and fails for dead ones.
        bases = type(thing).__mro__
        if TracebackType in bases:  # its frames can hold an iterator's resource
            traceback.clear_frames(thing)
        elif tf.data.Iterator in bases or tf.distribute.DistributedIterator in bases:
            vars(thing).clear()
    gc.collect()


def scale_images(images):
    """Scale unsigned integers to [-1, 1].

    Args:
        images: array or tensor of any shape: uint8, uint16, or floats, which are
            returned unchanged.

    Returns:
        float32 tensor of the same shape.
    """
    images = tf.convert_to_tensor(images)
    if images.dtype.is_floating:
        return images
    return tf.cast(images, tf.float32) / (images.dtype.max / 2) - 1.0


def _order_sides(sides, direction):
    """Return (inputMask, realImage) from sides A and B."""
    sideA, sideB = sides
    return (sideB, sideA) if direction == "BtoA" else (sideA, sideB)
