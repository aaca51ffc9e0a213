"""The tutorial's names, signatures, values and layers do not change."""

import inspect
from pathlib import Path

import keras
import pytest

from pyimagesearch import config
from pyimagesearch.data_preprocess import (
    ReadTestExample,
    ReadTrainExample,
    load_dataset,
    load_image,
    random_jitter,
)
from pyimagesearch.Pix2PixGAN import Pix2Pix
from pyimagesearch.Pix2PixTraining import Pix2PixTraining
from pyimagesearch.train_monitor import get_train_monitor


def test_config_has_the_tutorials_values():
    tutorial = {
        "DATASET": "cityscapes",
        "DATASET_URL": "http://efrosgans.eecs.berkeley.edu/pix2pix/datasets/"
        "cityscapes.tar.gz",
        "TRAIN_BATCH_SIZE": 32,
        "INFER_BATCH_SIZE": 8,
        "IMAGE_WIDTH": 256,
        "IMAGE_HEIGHT": 256,
        "IMAGE_CHANNELS": 3,
        "LEARNING_RATE": 2e-4,
        "EPOCHS": 150,
        "STEPS_PER_EPOCH": 100,
        "BASE_OUTPUT_PATH": "outputs",
        "GENERATOR_MODEL": Path("outputs/models/generator.keras"),
        "BASE_IMAGES_PATH": Path("outputs/images"),
        "GRID_IMAGE_PATH": Path("outputs/images/grid.png"),
    }
    assert {name: getattr(config, name) for name in tutorial} == tutorial


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (load_image, ["imageFile"]),
        (random_jitter, ["inputMask", "realImage", "height", "width"]),
        (ReadTrainExample, ["imageHeight", "imageWidth"]),
        (ReadTrainExample.__call__, ["self", "imageFile"]),
        (ReadTestExample, ["imageHeight", "imageWidth"]),
        (ReadTestExample.__call__, ["self", "imageFile"]),
        (load_dataset, ["path", "batchSize", "height", "width", "train"]),
        (Pix2Pix, ["imageHeight", "imageWidth"]),
        (Pix2Pix.generator, ["self"]),
        (Pix2Pix.discriminator, ["self"]),
        (Pix2PixTraining, ["generator", "discriminator"]),
        (
            Pix2PixTraining.compile,
            ["self", "gOptimizer", "dOptimizer", "bceLoss", "maeLoss"],
        ),
        (Pix2PixTraining.train_step, ["self", "inputs"]),
        (get_train_monitor, ["testDs", "imagePath", "batchSize", "epochInterval"]),
    ],
    ids=lambda value: getattr(value, "__qualname__", ""),
)
def test_signatures_are_the_tutorials(function, parameters):
    positional = [
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    ]
    assert positional == parameters


def test_only_train_has_a_default():
    parameters = inspect.signature(load_dataset).parameters
    assert parameters["train"].default is False
    assert parameters["height"].default is inspect.Parameter.empty


def layer_table(model):
    """List the kind, output shape and settings of the layers, in order of creation."""
    kept = ("filters", "kernel_size", "strides", "padding", "activation", "rate")
    return [
        (
            type(layer).__name__,
            tuple(layer.output.shape[1:]),
            *(layer.get_config()[name] for name in kept if name in layer.get_config()),
        )
        for layer in model.layers
        if not isinstance(layer, keras.layers.InputLayer)
    ]


def convolution(side, filters, activation="relu", kernel=3):
    return (
        "Conv2D",
        (side, side, filters),
        filters,
        (kernel, kernel),
        (1, 1),
        "valid" if kernel == 1 else "same",
        activation,
    )


def pooling(side, filters):
    return "MaxPooling2D", (side, side, filters), (2, 2), "valid"


def up(side, filters, joined, dropout=()):
    return [
        (
            "Conv2DTranspose",
            (side, side, filters),
            filters,
            (2, 2),
            (2, 2),
            "valid",
            "linear",
        ),
        ("Concatenate", (side, side, joined)),
        *dropout,
        convolution(side, 128),
    ]


def test_the_generator_is_the_tutorials():
    generator = Pix2Pix(256, 256).generator()
    assert generator.count_params() == 1_393_315
    assert generator.input_shape == (None, 256, 256, 3)
    assert layer_table(generator) == [
        convolution(256, 32),
        ("Dropout", (256, 256, 32), 0.1),
        pooling(128, 32),
        convolution(128, 64),
        pooling(64, 64),
        convolution(64, 96),
        pooling(32, 96),
        convolution(32, 96),
        pooling(16, 96),
        convolution(16, 96),
        ("Dropout", (16, 16, 96), 0.3),
        convolution(16, 256),
        *up(32, 128, 128 + 96),
        *up(64, 96, 96 + 96),
        *up(128, 64, 64 + 64),
        *up(256, 32, 32 + 32, dropout=[("Dropout", (256, 256, 64), 0.1)]),
        convolution(256, 3, "tanh", kernel=1),
    ]


def test_the_generator_concatenates_the_upsampled_map_first():
    generator = Pix2Pix(32, 32).generator()
    joined = [
        [tensor._keras_history.operation.name for tensor in layer.input]
        for layer in generator.layers
        if isinstance(layer, keras.layers.Concatenate)
    ]
    ups = [x.name for x in generator.layers if "Transpose" in type(x).__name__]
    convolutions = [x.name for x in generator.layers if type(x).__name__ == "Conv2D"]
    dropout = next(x.name for x in generator.layers if "dropout" in x.name)
    skips = [convolutions[3], convolutions[2], convolutions[1], dropout]
    assert joined == [list(pair) for pair in zip(ups, skips, strict=True)]


def test_the_discriminator_is_the_tutorials():
    discriminator = Pix2Pix(256, 256).discriminator()
    assert discriminator.count_params() == 2_766_273
    assert [x.name for x in discriminator.inputs] == ["input_image", "target_image"]
    assert discriminator.output_shape == (None, 30, 30, 1)
    strided = [
        ("Conv2D", (side, side, filters), filters, (4, 4), (2, 2), "same", "linear")
        for side, filters in ((128, 64), (64, 128), (32, 256))
    ]
    table = layer_table(discriminator)
    assert table == [
        ("Concatenate", (256, 256, 6)),
        strided[0],
        ("LeakyReLU", (128, 128, 64)),
        strided[1],
        ("LeakyReLU", (64, 64, 128)),
        strided[2],
        ("LeakyReLU", (32, 32, 256)),
        ("Conv2D", (32, 32, 512), 512, (4, 4), (1, 1), "same", "linear"),
        ("BatchNormalization", (32, 32, 512)),
        ("LeakyReLU", (32, 32, 512)),
        ("Conv2D", (30, 30, 1), 1, (3, 3), (1, 1), "valid", "linear"),
    ]
    slopes = {
        layer.negative_slope
        for layer in discriminator.layers
        if isinstance(layer, keras.layers.LeakyReLU)
    }
    assert slopes == {0.3}  # Keras's default


@pytest.mark.parametrize("size", [(250, 256), (256, 8), (16, 16), (100, 100)])
def test_sizes_that_the_networks_do_not_accept_are_refused(size):
    with pytest.raises(ValueError, match=r"multiples of 16 from 32 on, such as \d+"):
        Pix2Pix(*size)


def test_non_square_networks():
    pix2pix = Pix2Pix(imageHeight=32, imageWidth=64)
    assert pix2pix.generator().output_shape == (None, 32, 64, 3)
    assert pix2pix.discriminator().output_shape == (None, 2, 6, 1)
