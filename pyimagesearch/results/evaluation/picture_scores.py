"""L1, PSNR and SSIM of the pictures of a set."""

from collections import defaultdict

import numpy as np

from pyimagesearch.results.evaluation.scores import MODEL, entry_of_pictures, plain
from pyimagesearch.results.fixed_size import FixedSize
from pyimagesearch.results.metrics import l1, psnr, ssim

METRICS = {"l1": l1, "psnr": psnr, "ssim": ssim}


class PictureScores:
    """Gathers the three scores of every picture.

    Args:
        shape: of a full batch, (batch_size, H, W, 3).

    Raises:
        UserError: where H or W is smaller than SSIM's window.
    """

    def __init__(self, shape: tuple[int, ...]):
        def scored(target, prediction):
            return {
                name: metric(target, prediction) for name, metric in METRICS.items()
            }

        self._scored = FixedSize(scored, shape, batches=2)
        self._figures = defaultdict(list)

    def add(self, input_mask, target, outputs: dict[str, np.ndarray]) -> None:
        """Adds a batch.

        Args:
            input_mask: float32 (B, H, W, 3) in [-1, 1].
            target: likewise.
            outputs: likewise, by whose they are: `MODEL`'s and the baselines'.
        """
        for whose, pictures in outputs.items():
            for name, figures in self._scored(target, pictures).items():
                self._figures[name, whose].extend(figures.tolist())

    def scores(self) -> dict[str, dict]:
        """The set's, as `scores.entry` has them."""
        return {
            name: entry_of_pictures(
                name,
                lambda means: means,
                {
                    whose: np.array(figures)
                    for (metric, whose), figures in self._figures.items()
                    if metric == name
                },
            )
            for name in METRICS
        }

    def of_pictures(self) -> dict[str, list[float | None]]:
        """The model's, picture by picture."""
        return {
            name: [plain(figure) for figure in self._figures[name, MODEL]]
            for name in METRICS
        }
