"""U-Nets of the authors' PyTorch code, held against their forward pass."""

import re

import numpy as np
import pytest
from keras import layers
from torch_weights import FORMS, random_unet, translate, write_legacy, write_zip

from pyimagesearch.errors import UserError
from pyimagesearch.networks.torch_unet import load_torch_generator
from pyimagesearch.translation.generator import load_generator, save_generator


def to_levels(images):
    return np.rint((np.asarray(images) + 1) * 127.5).astype(int)


@pytest.mark.parametrize("norm", ["instance", "batch"])
@pytest.mark.parametrize(
    ("depth", "width", "channels"),
    [(5, 4, (3, 3)), (6, 2, (1, 2)), (7, 2, (4, 1)), (8, 2, (3, 3))],
)
def test_the_images_are_those_of_the_pytorch_network(
    tmp_path, depth, width, channels, norm
):
    state = random_unet(depth, width, channels)
    path = FORMS[depth % 2](tmp_path / "latest_net_G.pth", state)
    generator = load_torch_generator(path, norm)
    side = 2**depth
    assert generator.input_shape == (None, side, side, channels[0])
    images = np.random.default_rng(1).uniform(-1, 1, (2, channels[0], side, side))
    expected = translate(state, images, norm)
    assert expected.std() > 0.2
    found = np.moveaxis(generator(np.moveaxis(images, 1, 3)).numpy(), 3, 1)
    np.testing.assert_allclose(found, expected, atol=5e-5)
    assert np.abs(to_levels(found) - to_levels(expected)).max() <= 1


def test_saved_and_loaded_it_is_the_same_generator(tmp_path):
    path = write_zip(tmp_path / "w.pth", random_unet())
    generator = load_torch_generator(path)
    save_generator(generator, tmp_path / "generator.keras")
    images = np.random.default_rng(1).uniform(-1, 1, (1, 32, 32, 3))
    loaded = load_generator(tmp_path / "generator.keras")
    np.testing.assert_array_equal(loaded(images), generator(images))


def test_kernels_statistics_and_missing_biases(tmp_path):
    state = random_unet(depth=5, width=2)
    generator = load_torch_generator(write_legacy(tmp_path / "w.pth", state), "batch")
    first = next(x for x in generator.layers if isinstance(x, layers.Conv2D))
    kernel = state["model.model.0.weight"]
    assert first.kernel[1, 2, 0, 1] == kernel[1, 0, 1, 2]
    assert not np.any(first.bias)
    last = generator.layers[-1]
    kernel = state["model.model.3.weight"]  # of [skip, up], two channels each
    assert last.kernel[3, 1, 2, 0] == kernel[2, 2, 3, 1]
    assert last.kernel[3, 1, 2, 3] == kernel[1, 2, 3, 1]
    norms = [x for x in generator.layers if isinstance(x, layers.BatchNormalization)]
    prefix = "model.model.1.model.2"
    np.testing.assert_array_equal(norms[0].gamma, state[f"{prefix}.weight"])
    variance = state[f"{prefix}.running_var"]
    np.testing.assert_array_equal(norms[0].moving_variance, variance)


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_other_precisions_and_dataparallel(tmp_path, dtype):
    state = random_unet()
    wrapped = {f"module.{name}": value.astype(dtype) for name, value in state.items()}
    path = write_zip(tmp_path / "w.pth", {"state_dict": wrapped})
    kernel = load_torch_generator(path).layers[-1].kernel
    assert kernel.dtype == "float32"
    expected = state["model.model.3.weight"].astype(dtype).astype("float32")
    assert kernel[0, 0, 0, 2] == expected[0, 0, 0, 0]


def discriminator():
    return {
        "model.0.weight": np.zeros((64, 6, 4, 4), np.float32),
        "model.0.bias": np.zeros(64, np.float32),
    }


def resnet():
    return {"model.1.weight": np.zeros((64, 3, 7, 7), np.float32)}


def without(name):
    state = random_unet()
    del state[name]
    return state


def replaced(name, shape):
    return {**random_unet(), name: np.zeros(shape, np.float32)}


def with_biases():
    """As of `--norm instance`: no norm has weights, and convolutions have biases."""
    state = {k: v for k, v in random_unet().items() if v.ndim == 4}
    biases = ("model.model.0.bias", "model.model.1.model.1.bias")
    return {**state, **{name: np.zeros(2, np.float32) for name in biases}}


def deeper():
    """As `unet_512` would be: nine blocks."""
    state = random_unet(8, 1)
    prefix = "model.model.1.model" + 6 * ".3.model"
    kernel = state.pop(f"{prefix}.3.weight")
    return {
        **{k: v for k, v in state.items() if not k.startswith(f"{prefix}.4")},
        f"{prefix}.3.model.1.weight": kernel,
        f"{prefix}.5.weight": np.concatenate([kernel, kernel]),
    }


INNERMOST = "model.model.1.model.3.model.3.model.3.model"
REFUSED = {
    "a discriminator": (discriminator, "the entry model.model.0.weight is missing"),
    "a ResNet": (resnet, "the entry model.model.0.weight is missing"),
    "nine blocks": (deeper, f"{INNERMOST}.3.model.3.model.3.model.3.weight is missing"),
    "four blocks": (lambda: random_unet(4), f"{INNERMOST}.1.weight is missing"),
    "no bias at the end": (lambda: without("model.model.3.bias"), "3.bias is missing"),
    "no statistics": (
        lambda: without(f"{INNERMOST}.4.running_var"),
        f"{INNERMOST}.4.running_var is missing",
    ),
    "another kernel": (
        lambda: replaced("model.model.1.model.1.weight", (4, 2, 3, 3)),
        "its entry model.model.1.model.1.weight is 4x2x3x3, not 4x2x4x4",
    ),
    "an unusual first kernel": (
        lambda: replaced("model.model.0.weight", (2, 3, 7, 7)),
        "its entry model.model.0.weight is 2x3x7x7, not NxNx4x4",
    ),
    "no filters": (
        lambda: replaced("model.model.0.weight", (0, 3, 4, 4)),
        "its entry model.model.0.weight is 0x3x4x4, not NxNx4x4",
    ),
    "a number": (
        lambda: replaced("model.model.3.weight", ()),
        "its entry model.model.3.weight is a number, not NxNx4x4",
    ),
    "a further layer": (
        lambda: replaced("attention.weight", (3,)),
        "it has the entry attention.weight, which a U-Net of 5 blocks does not have",
    ),
    "instance norm": (with_biases, "PyTorch has trained with `--norm instance`: only"),
}


@pytest.mark.parametrize(("state", "sentence"), REFUSED.values(), ids=REFUSED)
def test_other_networks_are_refused_by_the_first_entry(tmp_path, state, sentence):
    path = write_zip(tmp_path / "w.pth", state())
    with pytest.raises(UserError, match=f"^{re.escape(str(path))} ") as raised:
        load_torch_generator(path)
    assert sentence in str(raised.value)
