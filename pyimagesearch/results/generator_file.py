"""The trained generator on disk."""

from pathlib import Path

import keras

from pyimagesearch import config
from pyimagesearch.errors import UserError
from pyimagesearch.files import written_whole


def save_generator(generator: keras.Model, path: Path | str) -> None:
    """Saves a generator as a `.keras` file, which appears whole."""
    with written_whole(path) as temporary:
        generator.save(temporary)


def load_generator(path: Path | str) -> keras.Model:
    """Loads a generator.

    Args:
        path: a `.keras` file.

    Returns:
        A model from (B, H, W, 3) to (B, H, W, 3).

    Raises:
        UserError: where there is no file, or it holds no such model.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(
            f"there is no trained generator at {path}: `python train_pix2pix.py` makes "
            f"{config.GENERATOR_MODEL}, on a machine without a GPU `python "
            f"train_pix2pix.py --dataset streets --recipe quick`"
        )
    try:
        generator = keras.saving.load_model(path, compile=False)
    except (ValueError, TypeError, OSError, KeyError) as error:
        raise UserError(f"{path} is not a model that Keras can load") from error
    ends = generator.inputs[0].shape, generator.outputs[0].shape
    if len(generator.inputs) != 1 or ends[0] != ends[1] or ends[0][-1] != 3:
        raise UserError(
            f"{path} is not a generator of images from images: it makes {ends[1]} of "
            f"{ends[0]}"
        )
    return generator
