"""The paper's networks, compared with the paper and its authors' code."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from tiny import SIZE

from pyimagesearch import config
from pyimagesearch.errors import UserError
from pyimagesearch.networks.image_sizes import compute_total_stride, make_resizable
from pyimagesearch.networks.paper_networks import PaperNetworks
from pyimagesearch.networks.patch_gan import PATCH_FILTERS
from pyimagesearch.Pix2PixTraining import Pix2PixTraining
from pyimagesearch.translation.generator import load_generator, save_generator

NORMS = (layers.GroupNormalization, layers.BatchNormalization)


def test_every_patch_in_the_config_has_its_filters():
    assert tuple(PATCH_FILTERS) == config.PATCHES


@pytest.fixture(scope="module")
def networks_256():
    networks = PaperNetworks(256, 256)
    return networks.generator(), networks.discriminator()


@pytest.fixture(scope="module")
def small_networks():
    networks = PaperNetworks(SIZE, SIZE)
    return networks.generator(), networks.discriminator()


def images(number=2, height=SIZE, width=SIZE, seed=1):
    shape = (number, height, width, 3)
    return tf.random.stateless_uniform(shape, (seed, 2), -1, 1)


def describe_blocks(network):
    """Describe a network as the paper does: C64, C64n with a norm, CD512n.

    A block is a convolution with the layers that follow it up to the next one.
    """
    blocks = []
    for layer in network.layers:
        if isinstance(layer, (layers.Conv2D, layers.Conv2DTranspose)):
            blocks.append(["C", str(layer.filters), ""])
        elif isinstance(layer, NORMS):
            blocks[-1][2] = "n"
        elif isinstance(layer, layers.Dropout):
            assert layer.rate == 0.5
            blocks[-1][0] = "CD"
    return " ".join("".join(block) for block in blocks)


def test_the_blocks_of_the_generator_at_256(networks_256):
    generator, _ = networks_256
    assert generator.count_params() == 54_414_531
    assert generator.input_shape == generator.output_shape == (None, 256, 256, 3)
    assert describe_blocks(generator) == (
        "C64 C128n C256n C512n C512n C512n C512n C512 "
        "CD512n CD512n CD512n C512n C256n C128n C64n C3"
    )
    halved = [x for x in generator.layers if isinstance(x, layers.Conv2D)]
    doubled = [x for x in generator.layers if isinstance(x, layers.Conv2DTranspose)]
    sides = [layer.output.shape[1] for layer in halved]
    assert sides == [128, 64, 32, 16, 8, 4, 2, 1]
    assert [layer.output.shape[1] for layer in doubled] == [2 * x for x in sides[::-1]]
    for layer in (*halved, *doubled):
        assert layer.kernel_size == (4, 4)
        assert layer.strides == (2, 2)


def test_the_generators_activations(networks_256):
    generator, _ = networks_256
    leaky = [x for x in generator.layers if isinstance(x, layers.LeakyReLU)]
    assert [layer.negative_slope for layer in leaky] == [pytest.approx(0.2)] * 7
    assert sum(isinstance(layer, layers.ReLU) for layer in generator.layers) == 8
    assert generator.layers[-1].activation is keras.activations.tanh


def test_skip_connections_join_equal_levels(networks_256):
    generator, _ = networks_256
    joins = [x for x in generator.layers if isinstance(x, layers.Concatenate)]
    leaky = [x for x in generator.layers if isinstance(x, layers.LeakyReLU)]
    for join, activation in zip(joins, leaky[::-1], strict=True):
        assert join.input[1] is activation.input
    assert [join.output.shape[-1] for join in joins] == [
        *(1024, 1024, 1024, 1024, 512, 256, 128)
    ]


def randomize(generator):
    """Gives every weight a random value, and returns the values in order."""
    rng = np.random.default_rng(2)
    values = []
    for weight in generator.weights:
        scale = 1 / np.sqrt(np.prod(weight.shape[:3])) if weight.ndim == 4 else 0.3
        value = rng.normal(weight.name == "gamma", scale, weight.shape)
        values.append(value.astype(np.float32))
    generator.set_weights(values)
    return values


def translate_as_the_authors(values, image, depth):
    """The forward pass of the authors' U-Net with instance norm, written down."""
    values = iter(values)
    pads = [[0, 0], [1, 1], [1, 1], [0, 0]]

    def normalize(x):
        mean, variance = tf.nn.moments(x, (1, 2), keepdims=True)
        return next(values) * (x - mean) / tf.sqrt(variance + 1e-5) + next(values)

    def double(x):
        kernel = next(values)
        shape = [len(x), 2 * x.shape[1], 2 * x.shape[2], kernel.shape[2]]
        return tf.nn.conv2d_transpose(x, kernel, shape, 2, pads)

    encoded = [tf.nn.conv2d(image, next(values), 2, pads) + next(values)]
    for _ in range(depth - 2):
        x = tf.nn.leaky_relu(encoded[-1], 0.2)
        encoded.append(normalize(tf.nn.conv2d(x, next(values), 2, pads)))
    x = tf.nn.leaky_relu(encoded[-1], 0.2)
    x = tf.nn.conv2d(x, next(values), 2, pads) + next(values)
    for skip in reversed(encoded):
        x = normalize(double(tf.nn.relu(x)))
        x = tf.concat([x, skip], -1)
    return tf.tanh(double(tf.nn.relu(x)) + next(values))


@pytest.mark.parametrize(
    ("height", "width", "depth"), [(32, 32, 5), (48, 80, 4), (256, 256, 8)]
)
def test_the_graph_is_the_authors(height, width, depth):
    generator = PaperNetworks(height, width, width=2).generator()
    values = randomize(generator)
    batch = images(2, height, width)
    expected = translate_as_the_authors(values, batch, depth)
    assert np.std(expected) > 0.1
    np.testing.assert_allclose(generator(batch), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("patch", "blocks", "parameters", "side"),
    [
        (1, "C64 C128n C1", 9_025, 256),
        (16, "C64 C128n C1", 139_585, 126),
        (70, "C64 C128n C256n C512n C1", 2_768_705, 30),
        (286, "C64 C128n C256n C512n C512n C512n C1", 11_159_361, 6),
    ],
)
def test_the_blocks_of_the_discriminators_at_256(patch, blocks, parameters, side):
    discriminator = PaperNetworks(256, 256, patch=patch).discriminator()
    assert describe_blocks(discriminator) == blocks
    assert discriminator.count_params() == parameters
    assert discriminator.output_shape == (None, side, side, 1)
    assert [x.name for x in discriminator.inputs] == ["input_image", "target_image"]


def test_width_scales_all_filters():
    networks = PaperNetworks(SIZE, SIZE, width=24)
    assert describe_blocks(networks.generator()) == (
        "C24 C48n C96n C192n C192 CD192n C96n C48n C24n C3"
    )
    assert describe_blocks(networks.discriminator()) == "C24 C48n C96n C192n C1"


@pytest.mark.parametrize(
    ("patch", "side", "logit"), [(1, 32, 5), (16, 32, 3), (70, 96, 3), (286, 320, 3)]
)
def test_a_logit_depends_on_its_patch_only(patch, side, logit):
    # The statistics of instance normalization depend on the whole image.
    networks = PaperNetworks(side, side, patch=patch, norm="batch")
    discriminator = networks.discriminator()
    pair = [images(1, side, side, seed) for seed in (1, 2)]
    with tf.GradientTape() as tape:
        tape.watch(pair)
        output = discriminator(pair)[0, logit, logit, 0]
    for gradient in tape.gradient(output, pair):
        seen = np.any(gradient[0] != 0, axis=-1)
        rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
        assert len(rows) == len(columns) == patch
        assert rows[-1] - rows[0] == columns[-1] - columns[0] == patch - 1


def test_initial_weights_are_normal_with_a_deviation_of_002(small_networks):
    for layer in (layer for network in small_networks for layer in network.layers):
        if isinstance(layer, NORMS):
            assert layer.epsilon == 1e-5
            assert np.mean(layer.gamma) == pytest.approx(1, abs=0.01)
            assert np.std(layer.gamma) == pytest.approx(0.02, rel=0.3)
            assert not np.any(layer.beta)
        elif layer.weights:
            kernel = np.asarray(layer.kernel)
            error = 0.02 / np.sqrt(kernel.size)
            assert abs(kernel.mean()) < 4 * error
            assert abs(kernel.std() - 0.02) < 4 * error
            assert not layer.use_bias or not np.any(layer.bias)


def test_no_two_kernels_start_equal(small_networks):
    kernels = [
        x.numpy() for network in small_networks for x in network.weights if x.ndim == 4
    ]
    for one, other in itertools.combinations(kernels, 2):
        assert one.shape != other.shape or np.any(one != other)


def test_with_instance_norm_an_output_does_not_depend_on_its_batch(small_networks):
    generator, discriminator = small_networks
    batch = images(3)
    alone = generator(batch[:1])
    np.testing.assert_allclose(generator(batch)[:1], alone, atol=1e-5)
    pair = [batch, generator(batch)]
    together = discriminator(pair, training=True)
    alone = discriminator([image[:1] for image in pair], training=True)
    np.testing.assert_allclose(together[:1], alone, atol=1e-5)
    np.testing.assert_array_equal(discriminator(pair), together)


def test_with_batch_norm_an_output_depends_on_its_batch():
    discriminator = PaperNetworks(SIZE, SIZE, norm="batch").discriminator()
    pair = [images(3, seed=1), images(3, seed=2)]
    together = discriminator(pair, training=True)
    alone = discriminator([image[:1] for image in pair], training=True)
    assert np.abs(together[:1] - alone).max() > 1e-3
    norms = [
        x for x in discriminator.layers if isinstance(x, layers.BatchNormalization)
    ]
    assert [norm.momentum for norm in norms] == [0.9] * 3
    assert all(np.any(norm.moving_mean) for norm in norms)


@pytest.mark.parametrize(
    ("size", "patch"), [((32, 32), 70), ((48, 32), 16), ((96, 96), 286)]
)
def test_no_1x1_map_is_normalized(size, patch):
    networks = PaperNetworks(*size, patch=patch)
    for network in networks.generator(), networks.discriminator():
        for layer in network.layers:
            if isinstance(layer, NORMS):
                assert np.prod(layer.output.shape[1:3]) > 1
        assert 0 not in network.output_shape


def test_the_bottleneck_has_an_effect_on_the_output(small_networks):
    generator, _ = small_networks
    bottleneck = next(x for x in generator.layers if x.output.shape[1:3] == (1, 1))
    deep = keras.Model(generator.input, bottleneck.output)(images(2))
    assert np.abs(deep[0] - deep[1]).max() > 1e-2
    before = generator(images(1)).numpy()
    kernel = bottleneck.kernel.numpy()
    bottleneck.kernel.assign(2 * kernel)
    after = generator(images(1))
    bottleneck.kernel.assign(kernel)
    assert np.abs(after - before).max() > 1e-4


@pytest.mark.parametrize(
    ("height", "width", "depth"),
    [(48, 80, 4), (32, 96, 5), (128, 64, 6), (512, 512, 8)],
)
def test_depth_is_how_many_times_both_sides_can_be_halved(height, width, depth):
    assert PaperNetworks(height, width).depth == depth


@pytest.mark.parametrize(
    ("size", "patch", "sentence"),
    [
        ((250, 256), 70, "multiples of 16 from 32 on, such as 240 or 256"),
        ((256, 16), 70, "multiples of 16 from 32 on, such as 32 or 48"),
        ((80, 96), 286, "--patch 286: --image-size takes multiples of 16 from 96"),
    ],
)
def test_sizes_that_the_networks_do_not_accept_are_refused(size, patch, sentence):
    with pytest.raises(UserError, match=sentence):
        PaperNetworks(*size, patch=patch)


@pytest.mark.parametrize("upsample", ["transpose", "resize"])
def test_a_non_square_generator_can_be_saved_and_made_resizable(tmp_path, upsample):
    generator = PaperNetworks(32, 48, upsample=upsample).generator()
    kinds = {type(layer).__name__ for layer in generator.layers}
    assert ("UpSampling2D" in kinds) == (upsample == "resize")
    assert ("Conv2DTranspose" in kinds) == (upsample == "transpose")

    save_generator(generator, tmp_path / "generator.keras")
    loaded = load_generator(tmp_path / "generator.keras")
    batch = images(2, 32, 48)
    outputs = generator(batch)
    assert outputs.shape == (2, 32, 48, 3)
    np.testing.assert_array_equal(loaded(batch), outputs)

    resizable = make_resizable(loaded)
    assert compute_total_stride(generator) == 16
    np.testing.assert_array_equal(resizable(batch), outputs)
    assert resizable(images(1, 64, 16)).shape == (1, 64, 16, 3)


@pytest.mark.parametrize(
    ("patch", "norm", "upsample"),
    [(70, "instance", "transpose"), (16, "batch", "resize"), (1, "instance", "resize")],
)
def test_a_step_changes_every_variable_of_both_networks(patch, norm, upsample):
    keras.utils.set_random_seed(1)
    networks = PaperNetworks(SIZE, SIZE, patch=patch, norm=norm, upsample=upsample)
    model = Pix2PixTraining(networks.generator(), networks.discriminator())
    model.compile(
        keras.optimizers.Adam(2e-4, beta_1=0.5),
        keras.optimizers.Adam(2e-4, beta_1=0.5),
        keras.losses.BinaryCrossentropy(from_logits=True),
        keras.losses.MeanAbsoluteError(),
        l1Weight=100.0,
        dWeight=0.5,
    )
    variables = model.generator.trainable_variables
    variables = variables + model.discriminator.trainable_variables
    before = [variable.numpy() for variable in variables]
    logged = model.train_step((images(1, seed=3), images(1, seed=4)))
    assert all(np.isfinite(value) for value in logged.values())
    for variable, value in zip(variables, before, strict=True):
        assert np.any(variable != value), variable.path


def test_statistics_are_float32_in_mixed_precision(precision):
    precision("mixed_bfloat16")
    norm = next(
        layer
        for layer in PaperNetworks(SIZE, SIZE).discriminator().layers
        if isinstance(layer, NORMS)
    )
    features = 100 + tf.random.stateless_normal((1, 8, 8, 128), (1, 2))
    features = tf.cast(features, "bfloat16")
    exact = tf.cast(features, "float32")
    mean, variance = tf.nn.moments(exact, (1, 2), keepdims=True)
    exact = norm.gamma * (exact - mean) / tf.sqrt(variance + 1e-5)
    assert norm(features).dtype == "bfloat16"
    np.testing.assert_allclose(tf.cast(norm(features), "float32"), exact, atol=0.02)


@pytest.mark.parametrize("network", ["generator", "discriminator"])
def test_outputs_are_float32_in_mixed_precision(precision, network):
    precision("mixed_bfloat16")
    built = getattr(PaperNetworks(SIZE, SIZE), network)()
    assert built.output.dtype == "float32"
    assert {weight.dtype for weight in built.weights} == {"float32"}
