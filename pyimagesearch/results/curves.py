"""The curves of a training."""

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pyimagesearch.files import written_whole

DPI = 110
PANELS = {  # title: what is drawn in it, by the name it is logged under
    "Discriminator": {"realDiscLoss": "on real", "generatedLoss": "on generated"},
    "Adversarial": {"ganLoss": "generator"},
    "L1": {"l1Loss": "training", "val_l1Loss": "validation"},
    "Validation PSNR [dB]": {"val_psnr": "validation"},
    "Validation SSIM": {"val_ssim": "validation"},
}


def save_curves(path: Path, rows: list[dict[str, float]]) -> None:
    """Draws what was logged over the epochs, and saves a PNG.

    Args:
        path: the PNG file to write.
        rows: one for each epoch, with "epoch" and what `PANELS` names; panels of
            which there is nothing are left out.
    """
    panels = {
        title: {name: label for name, label in curves.items() if name in rows[0]}
        for title, curves in PANELS.items()
    }
    panels = {title: curves for title, curves in panels.items() if curves}
    figure = Figure(figsize=(4 * len(panels), 3.4), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    epochs = [row["epoch"] for row in rows]
    for axes, (title, curves) in zip(
        figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
    ):
        for name, label in curves.items():
            values = [row[name] for row in rows]
            axes.plot(epochs, values, marker="." * (len(rows) < 30), label=label)
        axes.set_title(title)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        if len(curves) > 1:
            axes.legend()
    with written_whole(path) as temporary:
        figure.savefig(temporary)
