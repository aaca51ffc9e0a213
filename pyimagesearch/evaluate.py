"""`python -m pyimagesearch.evaluate`: score a trained generator on a whole dataset."""

from pyimagesearch.process import prepare_process

if __name__ == "__main__":
    prepare_process()  # before the imports, which take long

from pyimagesearch.cli import run_command
from pyimagesearch.evaluation.evaluation_settings import parse_evaluation_settings


def main() -> None:
    settings = parse_evaluation_settings()

    # TensorFlow takes seconds to import: a wrong flag is answered before.
    from pyimagesearch.evaluation.evaluation_pass import evaluate_run

    evaluate_run(settings)


if __name__ == "__main__":
    run_command(main)
