"""Draws what a trained generator makes of the first test pictures, or of any image."""

from pathlib import Path

from pyimagesearch import config  # first: it turns TensorFlow's start-up noise down

# isort: split
from pyimagesearch.command_line import (
    FAILED,
    Parser,
    positive_int,
    run,
    source_of,
    whole_number,
    writable_folder,
)
from pyimagesearch.console import info, warning
from pyimagesearch.data_preprocess import load_dataset
from pyimagesearch.errors import RunStoppedError
from pyimagesearch.results.generator_file import load_generator
from pyimagesearch.results.grid import save_grid
from pyimagesearch.results.run_flags import add_run_flags, parse_run_flags
from pyimagesearch.results.translate import Translator, listed, translate
from pyimagesearch.training.devices import prepare_devices


def main():
    settings = inference_settings()
    if settings.input:
        translate_images(settings)
    else:
        draw_grid(settings)


def draw_grid(settings):
    """The tutorial's inference: the first test pictures, with their targets."""
    generator = loaded_generator(settings)
    output = writable_folder(
        settings.output or Path(settings.run, config.IMAGES_FOLDER)
    )

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


def translate_images(settings):
    """Single images, whose targets nobody knows."""
    output = Path(settings.output or Path(settings.run, config.TRANSLATED_FOLDER))
    jobs = listed(settings.input, output)
    prepare_devices(deterministic=True)  # a picture is the same on every run
    generator = loaded_generator(settings)
    translator = Translator(generator, settings.batch_size, settings.tile)
    writable_folder(output)

    info(f"images to translate: {len(jobs)}")
    failures = translate(jobs, translator, settings.side_by_side)
    for failure in failures:
        warning(str(failure))
    info(f"pictures written to {output}: {len(jobs) - len(failures)}")
    if failures:
        raise RunStoppedError(
            f"{len(failures)} of {len(jobs)} images could not be read", FAILED
        )


def loaded_generator(settings):
    """The generator that --model or else --run names."""
    path = settings.model or Path(settings.run, config.GENERATOR_FILE)
    info(f"loading the generator from {path}...")
    return load_generator(path)


def inference_settings():
    """The flags; with --input, nothing but the generator is taken from the run."""
    parser = Parser(
        "python inference.py",
        "Draws what a trained generator makes of the test pictures; with --input, of "
        "any images.",
        "--input photos --output translated",
    )
    add_run_flags(parser)
    parser.add_argument(
        "--output",
        metavar="DIR",
        help=f"where the results go [{config.IMAGES_FOLDER}, with --input "
        f"{config.TRANSLATED_FOLDER}, in the folder of --run, also with --model]",
    )
    parser.add_argument(
        "--batch-size",
        type=positive_int,
        metavar="N",
        default=config.INFER_BATCH_SIZE,
        help="pictures in the grid; with --input, images at a time, fewer where they "
        f"are larger than {config.IMAGE_HEIGHT}x{config.IMAGE_WIDTH} pixels",
    )
    group = parser.add_argument_group("images without a target")
    group.add_argument(
        "--input",
        nargs="+",
        metavar="PATH",
        help="image files, folders and globs, of images of any size",
    )
    group.add_argument(
        "--tile",
        type=whole_number,
        metavar="N",
        default=config.TILE,
        help="pixels: a longer side is cut into overlapping tiles; 0: never",
    )
    group.add_argument(
        "--side-by-side",
        action="store_true",
        help="write the input and its picture together, in one image",
    )
    settings = parser.parse_args()
    if not settings.input:
        if settings.side_by_side:
            parser.error("--side-by-side is for --input")
        return parse_run_flags(parser)
    if settings.dataset or settings.data:
        parser.error("--input takes no pairs: leave out --dataset and --data")
    return settings


if __name__ == "__main__":
    run(main)
