"""The curves of a training."""

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pyimagesearch.files import written_whole

DPI = 110
WIDTH, HEIGHT = 4.0, 3.4  # inches, of a panel
LEFT, RIGHT, BOTTOM, TOP = 0.6, 0.15, 0.55, 0.4  # inches around its axes
PANELS = {  # title: what is drawn in it, by the name it is logged under
    "Discriminator": {"realDiscLoss": "on real", "generatedLoss": "on generated"},
    "Adversarial": {"ganLoss": "generator"},
    "L1": {"l1Loss": "training", "val_l1Loss": "validation"},
    "Validation PSNR [dB]": {"val_psnr": "validation"},
    "Validation SSIM": {"val_ssim": "validation"},
    "Validation label scores": {
        "val_pixel_accuracy": "pixel accuracy",
        "val_class_accuracy": "class accuracy",
        "val_class_iou": "class IoU",
    },
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
    figure = _figure(len(panels))
    epochs = [row["epoch"] for row in rows]
    for axes, (title, curves) in zip(figure.axes, panels.items(), strict=True):
        for name, label in curves.items():
            values = [row[name] for row in rows]
            axes.plot(epochs, values, marker="." * (len(rows) < 30), label=label)
        axes.set_title(title)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.ticklabel_format(axis="y", scilimits=(-2, 4))  # short ones fit the margin
        axes.grid(alpha=0.3)
        if len(curves) > 1:
            axes.legend()
    with written_whole(path) as temporary:
        figure.savefig(temporary)


def _figure(panels: int) -> Figure:
    """A row of empty panels. To have the margins found would take as long again."""
    width = WIDTH * panels
    figure = Figure(figsize=(width, HEIGHT), dpi=DPI)
    FigureCanvasAgg(figure)
    figure.subplots(1, panels)
    figure.subplots_adjust(
        left=LEFT / width,
        right=1 - RIGHT / width,
        bottom=BOTTOM / HEIGHT,
        top=1 - TOP / HEIGHT,
        wspace=(LEFT + RIGHT) / (WIDTH - LEFT - RIGHT),
    )
    return figure
