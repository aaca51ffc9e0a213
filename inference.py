"""Draw the predictions of a generator, or translate images, videos or a camera."""

from pyimagesearch.process import prepare_process

if __name__ == "__main__":
    prepare_process()  # before the imports, which take long

from pathlib import Path

from pyimagesearch import config
from pyimagesearch.cli import (
    DIR,
    FAILED,
    INTEGER,
    INTEGER_OR_ZERO,
    PATH,
    Parser,
    count,
    info,
    make_output_folder,
    run_command,
    warning,
)
from pyimagesearch.datasets.format_settings import PALETTE
from pyimagesearch.errors import RunStoppedError
from pyimagesearch.translation.run_settings import (
    add_run_flags,
    find_generator,
    parse_run_flags,
)


def main():
    settings = parse_inference_settings()
    if settings.camera is not None:
        show_camera(settings)
    elif settings.input:
        translate_inputs(settings)
    else:
        draw_grid(settings)


def draw_grid(settings):
    """Draw the first test images, their predictions and their targets."""
    # TensorFlow takes seconds to import: a wrong flag is answered before.
    from pyimagesearch.data_preprocess import load_dataset
    from pyimagesearch.datasets.sources import open_source_from_settings
    from pyimagesearch.translation.generator import (
        create_predictor,
        get_channels,
        load_generator,
    )
    from pyimagesearch.translation.run_settings import find_formats
    from pyimagesearch.visualization import save_grid

    modelPath = find_generator(settings)
    info(f"loading the generator from {modelPath}...")
    generator = load_generator(modelPath)
    formats = find_formats(settings, modelPath, get_channels(generator))
    output = make_output_folder(
        settings.output or Path(settings.run, config.IMAGES_FOLDER)
    )

    source = open_source_from_settings(settings)
    info(f"reading the first test images from {source.folder}...")
    _, height, width, _ = generator.input_shape
    testDs = load_dataset(
        path=source.pairs,
        batchSize=settings.batch_size,
        height=height,
        width=width,
        direction=source.direction,
        labelSide=source.label_side,
        cache="none",
        formats=formats,
    )
    inputMask, realImage = next(iter(testDs))

    info("making the predictions...")
    predict = create_predictor(generator, settings.batch_size)
    gridPath = output / config.GRID_IMAGE_PATH.name
    save_grid(
        gridPath,
        {
            formats.input.title("Input Image"): inputMask,
            formats.target.title("pix2pix prediction"): predict(inputMask.numpy()),
            formats.target.title("Target label"): realImage,
        },
    )
    info(f"saved the grid to {gridPath}")


def translate_inputs(settings):
    """Translate images that have no target, and videos."""
    from pyimagesearch.translation.input_files import complete_targets, list_jobs
    from pyimagesearch.translation.translate import translate_files
    from pyimagesearch.translation.translate_video import translate_videos

    output = get_output(settings)
    jobs = list_jobs(settings.input, output, settings.max_pixels)
    translator, outputFormat = load_translator(settings, settings.batch_size)
    jobs = complete_targets(jobs, outputFormat.extension, settings.samples)
    make_output_folder(output)

    kinds = {"images": [], "videos": []}
    for job in jobs:
        kinds["videos" if job.is_video else "images"].append(job)
    failures = []
    for kind, translate in (("images", translate_files), ("videos", translate_videos)):
        if not kinds[kind]:
            continue
        info(f"{kind} to translate: {len(kinds[kind])}{describe_kind(kind, settings)}")
        failed = translate(kinds[kind], translator, settings.side_by_side, outputFormat)
        for failure in failed:
            warning(str(failure))
        written = len(kinds[kind]) - len(failed)
        if kind == "images":
            written *= settings.samples or 1
        info(f"{kind} written to {output}: {written}")
        failures += failed
    if failures:
        names = " and ".join(kind for kind in kinds if kinds[kind])
        raise RunStoppedError(
            f"{len(failures)} of {len(jobs)} {names} could not be translated", FAILED
        )


def describe_kind(kind, settings):
    if kind == "videos":
        return ", without their sound"
    if settings.samples is None:
        return ""
    return f", with dropout: {count(settings.samples, 'sample')} of each"


def show_camera(settings):
    """Translate what a camera sees, in a window."""
    from pyimagesearch.translation.camera import check_window, open_camera, run_camera

    check_window()
    camera = open_camera(settings.camera)
    try:
        # A batch is padded to its full size, and a camera gives one frame at a time.
        translator, outputFormat = load_translator(settings, batchSize=1)
        output = make_output_folder(get_output(settings))
        run_camera(camera, translator, output, outputFormat)
    finally:
        camera.release()


def get_output(settings):
    """Return the folder for results that have no target."""
    return Path(settings.output or Path(settings.run, config.TRANSLATED_FOLDER))


def load_translator(settings, batchSize):
    """Load the generator, for images of any size, and choose the results' format."""
    from pyimagesearch.datasets.palettes import choose_palette
    from pyimagesearch.devices import configure_devices
    from pyimagesearch.translation.generator import get_channels, load_generator
    from pyimagesearch.translation.output_files import choose_output_format
    from pyimagesearch.translation.run_settings import find_formats
    from pyimagesearch.translation.translator import Translator

    configure_devices(deterministic=True)  # every run writes the same bytes
    modelPath = find_generator(settings)
    info(f"loading the generator from {modelPath}...")
    generator = load_generator(modelPath)
    formats = find_formats(settings, modelPath, get_channels(generator))
    if formats.input.parts:
        warning(
            f"the inputs of the training were stacked from several files: --input "
            f"expects .npy files of their {formats.input.channels} channels, scaled to "
            f"[-1, 1]"
        )
    palette = choose_palette(settings.palette, None) or formats.target.palette
    outputFormat = choose_output_format(
        formats.target._replace(palette=palette),
        settings.format,
        settings.as_classes,
        settings.side_by_side,
    )
    translator = Translator(generator, batchSize, settings.tile, formats, settings.seed)
    return translator, outputFormat


def parse_inference_settings():
    """Parse the flags. With --input, nothing but the generator is read from the run."""
    parser = Parser(
        "python inference.py",
        "Draw the predictions of a trained generator for the first test images. With "
        "--input, translate any images and videos instead, and with --camera what a "
        "camera sees.",
        "--input photos --output translated",
    )
    add_run_flags(parser)
    text = (
        f"the folder for the results [{config.IMAGES_FOLDER}, with --input and "
        f"--camera {config.TRANSLATED_FOLDER}, both in the folder of --run]"
    )
    parser.add_argument("--output", **DIR, help=text)
    size = config.INFER_BATCH_SIZE
    text = (
        "images in the grid; with --input, images or frames per batch, fewer if larger "
        f"than {config.IMAGE_HEIGHT}x{config.IMAGE_WIDTH} pixels"
    )
    parser.add_argument("--batch-size", **INTEGER, default=size, help=text)
    add_input_flags(parser)
    settings = parser.parse_args()
    if settings.samples is None and settings.seed is not None:
        parser.error("--seed requires --samples")
    if settings.samples is not None and settings.seed is None:
        settings.seed = config.SEED
    has_camera = settings.camera is not None
    if settings.input and has_camera:
        parser.error("--input and --camera exclude each other")
    if has_camera and (settings.side_by_side or settings.samples):
        parser.error("--camera excludes --side-by-side and --samples")
    if not settings.input and not has_camera:
        for name in ("side_by_side", "as_classes", "format", "palette", "samples"):
            if getattr(settings, name):
                parser.error(f"--{name.replace('_', '-')} requires --input")
        return parse_run_flags(parser)
    if settings.dataset or settings.data:
        flag = "--camera" if has_camera else "--input"
        parser.error(f"{flag} reads no dataset: leave out --dataset and --data")
    return settings


def add_input_flags(parser):
    """Add the flags for images without a target."""
    add = parser.add_argument_group("images without a target").add_argument
    text = "image and video files, folders and globs; images of any size"
    add("--input", nargs="+", **PATH, help=text)
    text = "show what camera N, from 0 on, sees, and its translation, in a window"
    add("--camera", **INTEGER_OR_ZERO, help=text)
    text = (
        "cut images with a side of more than N pixels into overlapping tiles; 0 never "
        "does"
    )
    add("--tile", **INTEGER_OR_ZERO, default=config.TILE, help=text)
    text = "write the input and its translation into one image or video, as 8-bit RGB"
    add("--side-by-side", action="store_true", help=text)
    text = "file format of the images [png; npy for floats and other than 1, 3 or 4 "
    text += "channels]; videos stay videos"
    add("--format", choices=("png", "tiff", "npy"), help=text)
    text = "write label maps as class indices: of the class with the nearest color"
    add("--as-classes", action="store_true", help=text)
    text = "the class colors for --as-classes, a name or a CSV file [the training's]"
    add("--palette", **PALETTE, help=text)
    text = (
        "draw N results for every image, with the training's dropout as the noise, and "
        "write them to NAME-1, NAME-2, ..."
    )
    add("--samples", **INTEGER, help=text)
    text = f"random seed of the --samples [{config.SEED}]"
    add("--seed", **INTEGER_OR_ZERO, help=text)


if __name__ == "__main__":
    run_command(main)
