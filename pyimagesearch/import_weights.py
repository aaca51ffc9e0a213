"""`python -m pyimagesearch.import_weights`: a generator that PyTorch has trained."""

from pyimagesearch.process import prepare_process

if __name__ == "__main__":
    prepare_process()  # before the imports, which take long

import argparse
from pathlib import Path

from pyimagesearch.cli import Parser, check_path, info, run_command
from pyimagesearch.errors import UserError

STATISTICS = {
    "instance": "the norms use the statistics of each image, as the authors' test "
    "script does",
    "batch": "the norms use the moving averages in the file",
}


def main() -> None:
    settings = parse_import_settings()

    # TensorFlow takes seconds to import: a wrong flag is answered before.
    from pyimagesearch.networks.torch_unet import load_torch_generator
    from pyimagesearch.translation.generator import get_channels, save_generator

    info(f"reading the weights in {settings.weights}...")
    generator = load_torch_generator(settings.weights, settings.norm)
    size = generator.input_shape[1]
    channels, output_channels = get_channels(generator)
    # Each block halves the image, down to one pixel.
    info(
        f"a U-Net of {size.bit_length() - 1} blocks, {generator.layers[1].filters} "
        f"filters in the first: from {channels} to {output_channels} channels, for "
        f"images of {size}x{size} pixels"
    )
    info(STATISTICS[settings.norm])
    save_generator(generator, settings.output)
    info(
        f"saved the generator to {settings.output}; use it with `python inference.py "
        f"--model {settings.output} --input photos`"
    )


def parse_file(text: str) -> Path:
    """Parse the path of a file; an argparse type."""
    return Path(check_path(text))


def parse_import_settings() -> argparse.Namespace:
    """Parse the flags.

    Raises:
        UserError: if a flag is wrong, or `--output` is no `.keras` file.
    """
    parser = Parser(
        "python -m pyimagesearch.import_weights",
        "Import a U-Net that the PyTorch code of the paper's authors has trained, such "
        "as unet_256. PyTorch is not needed, and no code in the file is run.",
        "latest_net_G.pth --output models/generator.keras",
        usage="%(prog)s FILE --output FILE [FLAG ...]",
    )
    file = {"type": parse_file, "metavar": "FILE"}
    text = "the weights, as the training has saved them, such as latest_net_G.pth"
    parser.add_argument("weights", **file, help=text)
    text = "the .keras file to write"
    parser.add_argument("--output", **file, required=True, help=text)
    text = (
        "statistics of the norms: instance, those of each image, as in the authors' "
        "test script; batch, the moving averages in the file, as with its --eval"
    )
    parser.add_argument(
        "--norm", choices=tuple(STATISTICS), default="instance", help=text
    )
    settings = parser.parse_args()
    if settings.output.suffix != ".keras":
        raise UserError(
            f"--output {settings.output} does not end in .keras: pass the name of a "
            f"file such as generator.keras"
        )
    return settings


if __name__ == "__main__":
    run_command(main)
