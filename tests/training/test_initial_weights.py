"""A training starts with the weights of another one."""

import keras
import numpy as np
import pytest
from tiny import SIZE
from torch_weights import random_unet, write_zip

from pyimagesearch import config
from pyimagesearch.errors import UserError
from pyimagesearch.networks.paper_networks import GRAPH, PaperNetworks
from pyimagesearch.networks.residual_networks import ResidualNetworks
from pyimagesearch.networks.torch_unet import load_torch_generator
from pyimagesearch.Pix2PixGAN import Pix2Pix
from pyimagesearch.Pix2PixTraining import Pix2PixTraining
from pyimagesearch.training.checkpoint import (
    Checkpoint,
    snapshot_variables,
    write_checkpoint,
)
from pyimagesearch.training.initial_weights import (
    initialize_model,
    read_initial_weights,
)
from pyimagesearch.translation.generator import save_generator


def compile_model(networks=None, averageWeights=False):
    networks = networks or Pix2Pix(SIZE, SIZE)
    model = Pix2PixTraining(networks.generator(), networks.discriminator())
    model.compile(
        keras.optimizers.Adam(1e-3),
        keras.optimizers.Adam(1e-3),
        keras.losses.BinaryCrossentropy(from_logits=True),
        keras.losses.MeanAbsoluteError(),
        averageWeights=averageWeights,
    )
    if averageWeights:  # unlike those of the generator
        for weight in model.ema.network.weights:
            weight.assign(weight + 1)
    return model


def write_run(folder, model, graph=GRAPH):
    checkpoint = Checkpoint(3, 6, [], snapshot_variables(model), 6, graph=graph)
    write_checkpoint(folder / config.CHECKPOINT_FILE, checkpoint)
    return folder


def assert_same_weights(network, expected):
    for weight, value in zip(network.weights, expected.weights, strict=True):
        np.testing.assert_array_equal(weight, value, err_msg=weight.path)


def get_seeds(network):
    return [v.numpy() for v in network.variables if "seed" in v.path]


@pytest.mark.parametrize("averageWeights", [False, True])
def test_a_run_gives_its_generator_its_discriminator_and_its_ema(
    tmp_path, averageWeights
):
    source = compile_model(averageWeights=averageWeights)
    source.gOptimizer.iterations.assign(7)
    model = compile_model(averageWeights=averageWeights)
    seeds = get_seeds(model.generator)
    initial = read_initial_weights(write_run(tmp_path, source), "tutorial")
    record = initialize_model(model, initial)
    assert_same_weights(model.generator, source.generator)
    assert_same_weights(model.discriminator, source.discriminator)
    if averageWeights:
        assert_same_weights(model.ema.network, source.ema.network)
    assert int(model.gOptimizer.iterations) == 0
    np.testing.assert_array_equal(get_seeds(model.generator), seeds)
    parts = ["generator", "discriminator", *(["average"] if averageWeights else [])]
    assert record == {"path": str(tmp_path), "parts": parts, "new_layers": []}


def test_a_new_ema_starts_with_the_generator(tmp_path):
    source = compile_model()
    model = compile_model(averageWeights=True)
    run = write_run(tmp_path, source)
    initialize_model(model, read_initial_weights(run, "tutorial"))
    assert_same_weights(model.ema.network, source.generator)


def test_without_an_ema_the_generator_starts_with_that_of_the_run(tmp_path, capsys):
    source, model = compile_model(averageWeights=True), compile_model()
    run = write_run(tmp_path, source)
    initialize_model(model, read_initial_weights(run, "tutorial"))
    assert_same_weights(model.generator, source.ema.network)
    assert "starts with the weights of the EMA" in capsys.readouterr().out


def test_a_file_gives_only_the_generator(tmp_path, capsys):
    source, model = compile_model(), compile_model(averageWeights=True)
    before = model.discriminator.get_weights()
    path = tmp_path / "generator.keras"
    save_generator(source.generator, path)
    record = initialize_model(model, read_initial_weights(path, "tutorial"))
    assert_same_weights(model.generator, source.generator)
    assert_same_weights(model.ema.network, source.generator)
    for weight, value in zip(model.discriminator.weights, before, strict=True):
        np.testing.assert_array_equal(weight, value)
    assert record["parts"] == ["generator"]
    assert "the discriminator starts with random weights" in capsys.readouterr().out


def test_a_run_without_a_checkpoint_gives_its_generator(tmp_path, capsys):
    source, model = compile_model(), compile_model()
    save_generator(source.generator, tmp_path / config.GENERATOR_FILE)
    initial = read_initial_weights(tmp_path, "tutorial")
    assert initialize_model(model, initial)["path"] == str(tmp_path)
    assert_same_weights(model.generator, source.generator)
    assert "has no checkpoint: only the weights of its" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("channels", "new"),
    [
        ((1, 3), {"generator": [0], "discriminator": [0]}),
        ((3, 1), {"generator": [-1], "discriminator": [0]}),
        ((5, 2), {"generator": [0, -1], "discriminator": [0]}),
    ],
    ids=str,
)
@pytest.mark.parametrize("network", ["tutorial", "paper"])
def test_layers_of_other_channels_start_anew(tmp_path, capsys, network, channels, new):
    def build(inputs, outputs):
        if network == "tutorial":
            return Pix2Pix(SIZE, SIZE, inputChannels=inputs, outputChannels=outputs)
        names = {"input_channels": inputs, "output_channels": outputs}
        return PaperNetworks(SIZE, SIZE, width=4, patch=16, **names)

    source = compile_model(build(3, 3), averageWeights=True)
    model = compile_model(build(*channels), averageWeights=True)
    networks = {"generator": model.generator, "discriminator": model.discriminator}
    before = {part: each.get_weights() for part, each in networks.items()}
    initial = read_initial_weights(write_run(tmp_path, source), network)
    record = initialize_model(model, initial)

    names = []
    for part, each in networks.items():
        layers = [layer for layer in each.layers if layer.weights]
        fresh = [layers[place] for place in new[part]]
        names += [f"{part} {layer.name}" for layer in fresh]
        kept = iter(before[part])
        taken = iter(getattr(source, part).get_weights())
        for layer in layers:
            for weight in layer.weights:
                values = next(kept), next(taken)
                expected = values[0 if layer in fresh else 1]
                np.testing.assert_array_equal(weight, expected, err_msg=weight.path)
    first = model.generator.get_weights()[0]
    average = model.ema.network.get_weights()[0]
    difference = 0 if 0 in new["generator"] else 1
    np.testing.assert_array_equal(average, first + difference)
    assert record["new_layers"] == names
    line = f"these layers start with random weights: {', '.join(names)}"
    assert line in capsys.readouterr().out


PAPER = {"width": 4, "patch": 16}


@pytest.mark.parametrize(
    ("source", "ours", "message"),
    [
        (
            Pix2Pix(SIZE, SIZE),
            PaperNetworks(SIZE, SIZE, **PAPER),
            r"the generator is another network.*: its weights have the shapes "
            r"\(3, 3, 3, 32\) \(32,\) there and \(4, 4, 3, 4\) \(4,\) here",
        ),
        (
            PaperNetworks(SIZE, SIZE, **PAPER),
            PaperNetworks(SIZE, SIZE, **PAPER | {"width": 8}),
            r"shapes \(4, 4, 3, 4\) \(4,\) there and \(4, 4, 3, 8\) \(8,\) here",
        ),
        (
            PaperNetworks(SIZE, SIZE, **PAPER),
            PaperNetworks(SIZE, SIZE, **PAPER, norm="batch"),
            r"differs is batch_normalization\w*: its weights have",
        ),
        (
            PaperNetworks(SIZE, SIZE, **PAPER),
            PaperNetworks(2 * SIZE, 2 * SIZE, **PAPER),
            r"the generator is another network",
        ),
        (
            PaperNetworks(SIZE, SIZE, **PAPER),
            PaperNetworks(3 * SIZE, 3 * SIZE, **PAPER | {"patch": 70}),
            r"the discriminator is another network.*or models/generator.keras in that",
        ),
        (
            PaperNetworks(SIZE, SIZE, **PAPER),
            PaperNetworks(SIZE, SIZE, **PAPER, upsample="resize"),
            r"shapes \(4, 4, 32, 32\) there and \(3, 3, 32, 32\) here",
        ),
    ],
    ids=["network", "width", "norm", "depth", "patch", "upsample"],
)
def test_another_network_is_refused(tmp_path, source, ours, message):
    run = write_run(tmp_path, compile_model(source))
    model = compile_model(ours)
    before = [w.numpy() for w in model.generator.weights + model.discriminator.weights]
    with pytest.raises(UserError, match=message):
        initialize_model(model, read_initial_weights(run, "paper"))
    after = model.generator.weights + model.discriminator.weights
    for weight, value in zip(after, before, strict=True):
        np.testing.assert_array_equal(weight, value)


def test_a_generator_with_the_same_weights_and_other_layers_is_refused(tmp_path):
    def build(activation):
        inputs = keras.Input((SIZE, SIZE, 3))
        x = keras.layers.Conv2D(4, 3, padding="same")(inputs)
        outputs = keras.layers.Conv2D(3, 1)(activation()(x))
        return keras.Model(inputs, outputs)

    path = tmp_path / "generator.keras"
    save_generator(build(keras.layers.LeakyReLU), path)
    model = compile_model()
    model.generator = build(keras.layers.ReLU)
    with pytest.raises(UserError, match="layer 3 is a LeakyReLU there and a ReLU here"):
        initialize_model(model, read_initial_weights(path, "tutorial"))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing", "there is no such file and no such folder of a run"),
        (".", r"neither checkpoints/last.npz nor models/generator.keras in this folde"),
        ("text.keras", "is not a model that Keras can load"),
        ("other.pth", "a .pth file has the paper's generator: add --network paper"),
    ],
)
def test_what_has_no_weights_is_refused(tmp_path, name, message):
    for file in ("text.keras", "other.pth"):
        (tmp_path / file).write_text("no weights")
    with pytest.raises(UserError, match=message):
        read_initial_weights(tmp_path / name, "tutorial")


THREE_CLASSES = [(0, 0, 0), (255, 0, 0), (9, 99, 199)]
FIVE_CLASSES = [*THREE_CLASSES, (255, 255, 255), (0, 255, 0)]


@pytest.mark.parametrize("kind", ["run", "file"])
@pytest.mark.parametrize(
    ("there", "here"),
    [(FIVE_CLASSES, THREE_CLASSES), (FIVE_CLASSES, ()), ((), FIVE_CLASSES)],
    ids=["other classes", "no classes here", "no classes there"],
)
def test_the_classes_of_the_inputs_may_differ(tmp_path, capsys, kind, there, here):
    def compile_residual(class_colors):
        parts = {"width": 4, "patch": 16, "class_colors": class_colors}
        return compile_model(ResidualNetworks(SIZE, SIZE, **parts))

    source, model = compile_residual(there), compile_residual(here)
    path = write_run(tmp_path, source)
    if kind == "file":
        path = tmp_path / config.GENERATOR_FILE
        save_generator(source.generator, path)
    before = model.generator.get_weights()
    record = initialize_model(model, read_initial_weights(path, "residual"))
    convolutions = [
        layer
        for layer in model.generator.layers
        if isinstance(layer, keras.layers.Conv2D) and layer.trainable
    ]
    assert record["new_layers"] == [f"generator {convolutions[0].name}"]
    kept = 3 if here else 1  # kernels and biases: of the classes, of the first layer
    after = model.generator.get_weights()
    for number, (value, old) in enumerate(zip(after, before, strict=True)):
        is_kernel = value.ndim == 4 and number < len(after) - 2
        if number < kept:
            np.testing.assert_array_equal(value, old)
        elif is_kernel:
            assert (value != old).any()
    taken = source.generator.get_weights()[3 if there else 1 :]
    for value, expected in zip(after[kept:], taken, strict=True):
        np.testing.assert_array_equal(value, expected)


def test_the_paper_network_of_version_1_is_refused(tmp_path):
    source = compile_model(PaperNetworks(SIZE, SIZE, **PAPER))
    run = write_run(tmp_path, source, graph=1)
    with pytest.raises(UserError, match="trained by version 1"):
        read_initial_weights(run, "paper")


@pytest.mark.parametrize("norm", ["instance", "batch"])
def test_weights_of_pytorch_are_those_of_the_imported_generator(tmp_path, norm):
    path = write_zip(tmp_path / "latest_net_G.pth", random_unet(depth=5, width=4))
    model = compile_model(PaperNetworks(SIZE, SIZE, **PAPER, norm=norm))
    record = initialize_model(model, read_initial_weights(path, "paper", norm))
    assert_same_weights(model.generator, load_torch_generator(path, norm))
    assert record == {"path": str(path), "parts": ["generator"], "new_layers": []}
