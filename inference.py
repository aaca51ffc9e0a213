"""Draws what a trained generator makes of the first test pictures."""

from pathlib import Path

from pyimagesearch import config  # first: it turns TensorFlow's start-up noise down

# isort: split
from pyimagesearch.command_line import (
    DATASET_FLAGS,
    Parser,
    add_dataset_flags,
    positive_int,
    run,
    source_of,
    writable_folder,
)
from pyimagesearch.console import info
from pyimagesearch.data_preprocess import load_dataset
from pyimagesearch.results.generator_file import load_generator
from pyimagesearch.results.grid import save_grid
from pyimagesearch.training.record import read_record


def main():
    settings = inference_settings()
    runPath = Path(settings.run)
    modelPath = settings.model or runPath / config.GENERATOR_FILE
    info(f"loading the generator from {modelPath}...")
    generator = load_generator(modelPath)
    output = writable_folder(settings.output or runPath / config.IMAGES_FOLDER)

    source = source_of(settings)
    info(f"reading the first test pictures from {source.folder}...")
    _, height, width, _ = generator.input_shape
    testDs = load_dataset(
        path=source.folder,
        batchSize=settings.batch_size,
        height=height,
        width=width,
        direction=source.direction,
        labelSide=source.label_side,
        cache="none",
        valFraction=settings.val_fraction,
    )
    inputMask, realImage = next(iter(testDs))

    info("making the predictions...")
    gridPath = output / config.GRID_IMAGE_PATH.name
    save_grid(
        gridPath,
        {
            "Input Image": inputMask,
            "pix2pix prediction": generator(inputMask, training=False),
            "Target label": realImage,
        },
    )
    info(f"saved the grid to {gridPath}")


def inference_settings():
    """The flags; the pairs are the run's own unless the flags name others."""
    parser = Parser(
        "python inference.py",
        "Draws what a trained generator makes of the test pictures.",
        "--run outputs --batch-size 4",
    )
    parser.add_argument(
        "--run",
        metavar="DIR",
        default=config.BASE_OUTPUT_PATH,
        help="the folder of a training",
    )
    parser.add_argument(
        "--model", metavar="FILE", help="another generator than the run's"
    )
    parser.add_argument(
        "--output", metavar="DIR", help="where the grid goes, not into the run"
    )
    parser.add_argument(
        "--batch-size",
        type=positive_int,
        metavar="N",
        default=config.INFER_BATCH_SIZE,
        help="pictures in the grid",
    )
    add_dataset_flags(parser)
    parser.set_defaults(dataset=None)
    settings = parser.parse_args()
    if not (settings.dataset or settings.data):
        record = read_record(Path(settings.run))
        recorded = record["settings"] if record else {"dataset": config.DATASET}
        parser.set_defaults(**{flag: recorded.get(flag) for flag in DATASET_FLAGS})
        settings = parser.parse_args()
    return settings


if __name__ == "__main__":
    run(main)
