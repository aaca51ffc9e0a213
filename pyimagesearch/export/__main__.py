"""`python -m pyimagesearch.export`: a trained generator for other runtimes."""

from pyimagesearch.process import prepare_process

if __name__ == "__main__":
    prepare_process()  # before the imports, which take long

from pyimagesearch.cli import run_command
from pyimagesearch.export.export_settings import parse_export_settings


def main() -> None:
    settings = parse_export_settings()

    # TensorFlow takes seconds to import: a wrong flag is answered before.
    from pyimagesearch.export.exporter import export_run

    export_run(settings)


if __name__ == "__main__":
    run_command(main)
