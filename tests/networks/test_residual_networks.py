"""The residual U-Net: its layers, its size, and images without a grid."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from tiny import SIZE

from pyimagesearch.errors import UserError
from pyimagesearch.networks.image_sizes import compute_total_stride, make_resizable
from pyimagesearch.networks.paper_networks import PaperNetworks
from pyimagesearch.networks.residual_networks import ResidualNetworks
from pyimagesearch.Pix2PixTraining import Pix2PixTraining
from pyimagesearch.translation.generator import load_generator, save_generator


def images(side, number=2, channels=3):
    shape = (number, side, side, channels)
    return tf.random.stateless_uniform(shape, (1, 2), -1, 1)


def select(network, *classes):
    return [layer for layer in network.layers if isinstance(layer, classes)]


def test_the_layers_of_the_generator():
    generator = ResidualNetworks(128, 128).generator()
    assert generator.count_params() == 2_748_707
    assert generator.input_shape == generator.output_shape == (None, 128, 128, 3)
    convolutions = [
        (layer.output.shape[1], layer.filters, layer.kernel_size[0], layer.strides[0])
        for layer in select(generator, layers.Conv2D)
    ]
    assert convolutions == [
        *[(128, 16, 3, 1), (64, 32, 3, 2)],
        *[(32, 64, 3, 2), (32, 64, 3, 1), (32, 64, 3, 1)],
        *[(16, 128, 3, 2), (16, 128, 3, 1), (16, 128, 3, 1)],
        *[(8, 256, 3, 2), (8, 256, 3, 1), (8, 256, 3, 1)],
        *[(8, 128, 1, 1), (16, 128, 3, 1), (16, 128, 3, 1), (16, 128, 3, 1)],
        *[(16, 64, 1, 1), (32, 64, 3, 1), (32, 64, 3, 1), (32, 64, 3, 1)],
        *[(32, 32, 1, 1), (64, 32, 3, 1), (64, 16, 1, 1), (128, 16, 3, 1)],
        (128, 3, 3, 1),
    ]
    # The last one alone has no normalization, which would cancel a bias.
    biases = [layer.use_bias for layer in select(generator, layers.Conv2D)]
    assert biases == [False] * (len(convolutions) - 1) + [True]
    norms = select(generator, layers.GroupNormalization)
    assert len(norms) == len(convolutions) - 5  # not after 1x1 and the last one
    assert all(norm.groups == norm.output.shape[-1] for norm in norms)
    upsamplings = select(generator, layers.UpSampling2D)
    assert {layer.interpolation for layer in upsamplings} == {"bilinear"}
    assert not select(generator, layers.Conv2DTranspose, layers.Dropout)


def test_residual_blocks_begin_as_the_identity():
    generator = ResidualNetworks(SIZE, SIZE, width=4).generator()
    additions = select(generator, layers.Add)
    ends = [layer.input[0] for layer in additions] + [x.output for x in additions]
    *values, output = keras.Model(generator.input, [*ends, generator.output])(
        images(SIZE)
    )
    assert len(additions) == 5
    for before, after in zip(values[:5], values[5:], strict=True):
        assert np.std(before) > 0.1
        np.testing.assert_array_equal(before, after)
    assert np.abs(output).max() < 0.9  # far from the ends of tanh


def make_center(networks, side):
    """The middle of the generated image for an input of one color."""
    generator = make_resizable(networks.generator())
    middle = slice(side // 2 - 16, side // 2 + 16)
    return generator(tf.fill((1, side, side, 3), 0.3))[0, middle, middle].numpy()


def test_an_input_of_one_color_leaves_no_grid():
    keras.utils.set_random_seed(0)
    center = make_center(ResidualNetworks(64, 64, width=8), 512)
    assert np.abs(center).max() > 0.01
    assert np.ptp(center, axis=(0, 1)).max() < 1e-5
    # The paper's transposed convolutions leave one.
    center = make_center(PaperNetworks(64, 64, width=4), 512)
    assert np.ptp(center, axis=(0, 1)).max() > 0.01


def test_the_discriminator_is_the_papers_at_half_of_its_width():
    discriminator = ResidualNetworks(64, 64).discriminator()
    paper = PaperNetworks(64, 64, width=32).discriminator()
    assert discriminator.count_params() == paper.count_params() == 696_225
    discriminator.set_weights(paper.get_weights())
    pair = [images(64), images(64)[::-1]]
    np.testing.assert_array_equal(discriminator(pair), paper(pair))


def test_other_channels_and_sizes():
    networks = ResidualNetworks(32, 48, input_channels=5, output_channels=1, width=4)
    generator = networks.generator()
    assert generator.input_shape == (None, 32, 48, 5)
    assert generator.output_shape == (None, 32, 48, 1)
    assert compute_total_stride(generator) == 16
    output = make_resizable(generator)(images(64, channels=5))
    assert output.shape == (2, 64, 64, 1)
    assert np.isfinite(output).all()
    shapes = [tensor.shape for tensor in networks.discriminator().inputs]
    assert shapes == [(None, 32, 48, 5), (None, 32, 48, 1)]


def test_images_of_other_sizes_are_translated_in_a_graph():
    generator = ResidualNetworks(SIZE, SIZE, width=4).generator()
    resizable = make_resizable(generator)
    signature = tf.TensorSpec((1, None, None, 3))
    translate = tf.function(resizable, input_signature=[signature])
    for side in (SIZE, 2 * SIZE):
        batch = images(side, number=1)
        output = translate(batch)
        assert output.shape == (1, side, side, 3)
        np.testing.assert_allclose(output, resizable(batch), atol=1e-5)
    expected = generator(images(SIZE, number=1))
    np.testing.assert_allclose(translate(images(SIZE, number=1)), expected, atol=1e-5)


def test_a_saved_generator_gives_the_same_images(tmp_path):
    generator = ResidualNetworks(SIZE, SIZE, width=4).generator()
    save_generator(generator, tmp_path / "generator.keras")
    loaded = load_generator(tmp_path / "generator.keras")
    batch = images(SIZE)
    np.testing.assert_array_equal(loaded(batch), generator(batch))


COLORS = [(0, 0, 0), (255, 255, 255), (70, 130, 180), (70, 130, 160)]


def test_the_class_of_each_pixel_is_read():
    networks = ResidualNetworks(SIZE, SIZE, width=4, class_colors=COLORS)
    generator = networks.generator()
    (softmax,) = select(generator, layers.Softmax)
    batch = images(SIZE).numpy()
    batch[0, 0, : len(COLORS)] = np.array(COLORS) / 127.5 - 1
    found = keras.Model(generator.input, softmax.output)(batch).numpy()
    centers = np.array(COLORS) / 127.5 - 1
    distances = np.square(batch[..., None, :] - centers).sum(-1)
    expected = np.exp(-30 * distances)
    expected /= expected.sum(-1, keepdims=True)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert found[0, 0, range(4), range(4)].min() > 0.67  # two of them are close
    first, second = select(generator, layers.Conv2D)[:2]
    assert not first.trainable
    assert second.kernel.shape == (3, 3, 3 + len(COLORS), 2)


def test_the_class_colors_are_not_trained():
    networks = ResidualNetworks(SIZE, SIZE, width=4, patch=16, class_colors=COLORS)
    model = Pix2PixTraining(networks.generator(), networks.discriminator())
    model.compile("adam", "adam", "bce", "mae", averageWeights=True)
    before = model.generator.get_weights()
    pair = [images(SIZE).numpy(), images(SIZE)[::-1].numpy()]
    model.fit(*pair, epochs=2, batch_size=2, verbose=0)
    for network in (model.generator, model.ema.network):
        fixed, bias, kernel, *_ = network.get_weights()
        np.testing.assert_array_equal(fixed, before[0])
        np.testing.assert_array_equal(bias, before[1])
        assert (kernel != before[2]).any()


def test_every_layer_has_its_own_initial_weights():
    generator = ResidualNetworks(SIZE, SIZE).generator()
    kernels = [layer.kernel.numpy() for layer in select(generator, layers.Conv2D)]
    assert len({kernel.tobytes() for kernel in kernels}) == len(kernels)
    # He normal: variance 2 / fan in, before a truncation that keeps it.
    for kernel in kernels[1:-1]:
        fan_in = np.prod(kernel.shape[:3])
        assert np.std(kernel) == pytest.approx((2 / fan_in) ** 0.5, rel=0.15)


@pytest.mark.parametrize(("size", "patch"), [((40, 32), 70), ((64, 64), 286)])
def test_unsupported_image_sizes_are_refused(size, patch):
    with pytest.raises(UserError, match="do not accept images of"):
        ResidualNetworks(*size, patch=patch)


def test_an_odd_width_is_refused():
    with pytest.raises(UserError, match="--width 7: .* must be even"):
        ResidualNetworks(64, 64, width=7)
    first = ResidualNetworks(64, 64, width=2).generator().layers[1]
    assert first.filters == 1
