"""Which networks the settings choose."""

import pytest

from pyimagesearch.datasets.palettes import Palette
from pyimagesearch.datasets.side_formats import PairFormat, SideFormat
from pyimagesearch.errors import UserError
from pyimagesearch.networks.paper_networks import PaperNetworks
from pyimagesearch.networks.residual_networks import ResidualNetworks
from pyimagesearch.Pix2PixGAN import Pix2Pix
from pyimagesearch.training.model_building import choose_networks
from pyimagesearch.training.training_settings import (
    NETWORK_OPTIONS,
    parse_training_settings,
)


def choose(*flags):
    return choose_networks(parse_training_settings(["--image-size", "32x64", *flags]))


def test_the_default_is_the_tutorials_networks():
    networks = choose()
    assert type(networks) is Pix2Pix
    assert vars(networks) == {
        **{"imageHeight": 32, "imageWidth": 64},
        **{"inputChannels": 3, "outputChannels": 3},
    }


@pytest.mark.parametrize("network", NETWORK_OPTIONS)
def test_the_formats_give_the_channels(network):
    formats = PairFormat(SideFormat(5), SideFormat(1))
    settings = parse_training_settings(["--image-size", "32", "--network", network])
    networks = choose_networks(settings, formats)
    generator, discriminator = networks.generator(), networks.discriminator()
    assert generator.input_shape == (None, 32, 32, 5)
    assert generator.output_shape == (None, 32, 32, 1)
    shapes = [tensor.shape for tensor in discriminator.inputs]
    assert shapes == [(None, 32, 32, 5), (None, 32, 32, 1)]


def test_every_option_reaches_the_papers_networks():
    networks = choose("--network", "paper")
    assert type(networks) is PaperNetworks
    size = {"image_height": 32, "image_width": 64}
    size |= {"input_channels": 3, "output_channels": 3}
    default = {"width": 64, "patch": 70, "norm": "instance", "upsample": "transpose"}
    assert vars(networks) == size | default
    flags = ("--width", "24", "--patch", "16", "--norm", "batch")
    other = {"width": 24, "patch": 16, "norm": "batch", "upsample": "resize"}
    assert vars(choose("--network", "paper", *flags, "--upsample", "resize")) == (
        size | other
    )


def test_every_option_reaches_the_residual_networks():
    networks = choose("--network", "residual")
    assert type(networks) is ResidualNetworks
    size = {"image_height": 32, "image_width": 64}
    size |= {"input_channels": 3, "output_channels": 3}
    size |= {"class_colors": ()}
    assert vars(networks) == size | {"width": 32, "patch": 70}
    flags = ("--width", "8", "--patch", "16")
    networks = choose("--network", "residual", *flags)
    assert vars(networks) == size | {"width": 8, "patch": 16}


def test_the_residual_networks_know_the_classes_of_label_maps():
    palette = Palette({"road": (128, 64, 128), "sky": (70, 130, 180)})
    labels = SideFormat(palette=palette)
    settings = parse_training_settings(["--network", "residual"])
    networks = choose_networks(settings, PairFormat(labels, SideFormat()))
    assert networks.class_colors == ((128, 64, 128), (70, 130, 180))
    networks = choose_networks(settings, PairFormat(SideFormat(), labels))
    assert networks.class_colors == ()


def test_unsupported_image_size_is_refused():
    with pytest.raises(UserError, match="--image-size takes multiples of 16 from 96"):
        choose("--network", "paper", "--patch", "286")
