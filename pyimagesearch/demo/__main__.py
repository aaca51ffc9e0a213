"""`python -m pyimagesearch.demo`: paint and see, on a local page."""

from pyimagesearch.process import prepare_process

if __name__ == "__main__":
    prepare_process()  # before the imports, which take long

from pyimagesearch.cli import run_command
from pyimagesearch.demo.demo_settings import parse_demo_settings


def main() -> None:
    settings = parse_demo_settings()

    # TensorFlow takes seconds to import: a wrong flag is answered before.
    from pyimagesearch.demo.server import serve_demo

    serve_demo(settings)


if __name__ == "__main__":
    run_command(main)
