"""The networks of a training: their flags, and which of them the flags name."""

from argparse import Namespace

from pyimagesearch import config
from pyimagesearch.command_line import Parser, positive_int
from pyimagesearch.errors import UserError
from pyimagesearch.paper_networks import PATCHES, PaperNetworks
from pyimagesearch.Pix2PixGAN import Pix2Pix

OF_THE_PAPER = {
    "width": config.WIDTH,
    "patch": config.PATCH,
    "norm": config.NORM,
    "upsample": config.UPSAMPLE,
}


def add_network_flags(parser: Parser) -> None:
    """Adds `--network` and what only the paper's have."""
    group = parser.add_argument_group("the networks")
    group.add_argument(
        "--network",
        choices=("tutorial", "paper"),
        default=config.NETWORK,
        help="the generator and the discriminator",
    )
    group.add_argument(
        "--width",
        type=positive_int,
        metavar="N",
        help="of the paper's networks: filters of the first layers; the others have "
        f"multiples of it [{config.WIDTH}]",
    )
    group.add_argument(
        "--patch",
        type=int,
        choices=tuple(PATCHES),
        help="of the paper's discriminator: pixels that one logit looks at "
        f"[{config.PATCH}]",
    )
    group.add_argument(
        "--norm",
        choices=("instance", "batch"),
        help="of the paper's networks: by each picture's own statistics or by the "
        f"batch's [{config.NORM}]",
    )
    group.add_argument(
        "--upsample",
        choices=("transpose", "resize"),
        help="of the paper's generator: transposed convolutions, or against "
        f"checkerboards nearest neighbour and a convolution [{config.UPSAMPLE}]",
    )


def complete_network_settings(settings: Namespace) -> None:
    """Gives the paper's networks what no flag has said of them.

    Args:
        settings: what only the paper's networks have stays None for the tutorial's.

    Raises:
        UserError: where a flag says something of the paper's for the tutorial's.
    """
    for name, default in OF_THE_PAPER.items():
        value = getattr(settings, name)
        if settings.network == "paper":
            setattr(settings, name, default if value is None else value)
        elif value is not None:
            raise UserError(
                f"--{name} {value} is of the paper's networks: add --network paper"
            )


def chosen_networks(settings: Namespace) -> Pix2Pix | PaperNetworks:
    """What builds the networks, with a `generator()` and a `discriminator()`.

    Args:
        settings: complete.

    Raises:
        UserError: where the image size does not go through them.
    """
    if settings.network == "tutorial":
        return Pix2Pix(*settings.image_size)
    parts = {name: getattr(settings, name) for name in OF_THE_PAPER}
    return PaperNetworks(*settings.image_size, **parts)
