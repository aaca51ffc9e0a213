"""`python -m pyimagesearch.notebook.look`: the device and the pairs, before a run."""

from pyimagesearch import config  # first: it turns TensorFlow's start-up noise down

# isort: split
import keras
import numpy as np
import tensorflow as tf

from pyimagesearch.cli import (
    Parser,
    info,
    make_output_folder,
    parse_positive_int,
    run_command,
)
from pyimagesearch.data_preprocess import make_batches
from pyimagesearch.datasets.augmentation import scale_array
from pyimagesearch.datasets.folders import Pair, list_pairs
from pyimagesearch.datasets.image_files import read_image
from pyimagesearch.datasets.pairs import PairFiles, split_halves
from pyimagesearch.datasets.sources import add_dataset_flags, open_source_from_settings
from pyimagesearch.datasets.stream import OrderedPass
from pyimagesearch.devices import get_device_name
from pyimagesearch.visualization import save_grid, save_image, to_uint8

PAIRS_FILE = "pairs.png"
INPUT_FILE = "input.png"


def main() -> None:
    """Says what the training will run on, and draws what it will see."""
    settings = look_parser().parse_args()
    info(f"device: {get_device_name()}")
    info(f"TensorFlow {tf.__version__}, Keras {keras.__version__}")
    source = open_source_from_settings(settings)
    train, val = (
        list_pairs(source.folder, split, settings.val_fraction)
        for split in ("train", "val")
    )
    info(f"pairs: {len(train)} to train on, {len(val)} to validate on")
    folder = make_output_folder(settings.output)

    size = (config.IMAGE_HEIGHT, config.IMAGE_WIDTH)
    files = PairFiles(train[: settings.count], *size, source.label_side)
    pairs = make_batches(OrderedPass(files, len(files)), source.direction)
    input_mask, real_image = next(iter(pairs))
    path = folder / PAIRS_FILE
    save_grid(path, {"Input Image": input_mask, "Target Label": real_image})
    save_image(folder / INPUT_FILE, _input_of(val[0], source.direction))
    info(f"drew pairs to train on: {path}")


def _input_of(pair: Pair, direction: str) -> np.ndarray:
    """The input side of a pair at its own size, uint8 (H, W, 3)."""
    if pair.right is None:
        sides = split_halves(read_image(pair.left), pair.left)
    else:
        sides = read_image(pair.left), read_image(pair.right)
    image = sides["AB".index(direction[0])]
    return to_uint8(scale_array(image))


def look_parser() -> Parser:
    """The flags."""
    parser = Parser(
        "python -m pyimagesearch.notebook.look",
        "Says which device there is, finds the pairs, and draws some of them.",
        "--dataset streets --output outputs/notebook",
    )
    add_dataset_flags(parser)
    parser.add_argument(
        "--count", type=parse_positive_int, metavar="N", default=3, help="pairs to draw"
    )
    parser.add_argument(
        "--output",
        metavar="DIR",
        default=f"{config.BASE_OUTPUT_PATH}/notebook",
        help=f"where {PAIRS_FILE} and {INPUT_FILE}, a first validation input, go",
    )
    return parser


if __name__ == "__main__":
    run_command(main)
