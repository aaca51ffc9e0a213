"""An evaluation of four pairs, three of which have images, and its report."""

import numpy as np
import pytest

from pyimagesearch.evaluation.report import save_images, write_page

HEIGHT, WIDTH = 32, 48
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>&\"'"
COLOURS = {"input": (255, 0, 0), "prediction": (0, 255, 0), "target": (0, 0, 255)}


@pytest.fixture
def score():
    """Return a function that makes one of an evaluation's scores."""

    def make(mean=0.25, better="lower", interval=(0.2, 0.3), **baselines):
        baselines = {k.replace("_", " "): v for k, v in baselines.items()}
        low, high = interval or (None, None)
        return {
            "title": "L1",
            "unit": "",
            "better": better,
            "mean": mean,
            "low": low,
            "high": high,
            "baselines": baselines,
            "differences": {
                name: [low - value, high - value]
                for name, value in baselines.items()
                if interval and value is not None
            },
        }

    return make


@pytest.fixture(scope="session")
def evaluation():
    """Return the content of `metrics.json`. Tests must not change it."""
    baselines = {"copy the input": 0.9, "mean picture": 0.31234}
    l1 = {"title": "L1", "unit": "", "better": "lower", "baselines": baselines}
    l1["differences"] = {"copy the input": [-0.7, -0.6], "mean picture": [-0.1, -0.05]}
    baselines = {"copy the input": 6.5, "mean picture": 13.4}
    psnr = {"title": "PSNR", "unit": "dB", "better": "higher", "baselines": baselines}
    psnr["differences"] = {"copy the input": [6.5, 7.5], "mean picture": [-0.3, 0.5]}
    sharpness = {"title": "sharpness", "unit": "", "better": "closer to 1"}
    sharpness |= {"baselines": {"copy the input": 0.8}}
    sharpness |= {"differences": {"copy the input": [0.1, 0.3]}}
    fid = {"title": "FID", "unit": "", "better": "lower", "baselines": {}}
    fid["differences"] = {}
    keys = ("l1", "psnr", "sharpness")
    values = {
        "val/10": (0.3, 12.0, 0.5),
        "val/9": (0.1, 15.0, 1.5),
        HOSTILE: (0.2, None, 1.0),
    }
    return {
        "model": "outputs/models/generator.keras",
        "segmenter": None,
        "folder": "/data/facades",
        "split": "val",
        "pairs": 4,
        "direction": "BtoA",
        "image_size": [HEIGHT, WIDTH],
        "scores": {
            "l1": l1 | {"mean": 0.23456, "low": 0.2, "high": 0.26789},
            "psnr": psnr | {"mean": 13.5, "low": 13.0, "high": 14.0},
            "sharpness": sharpness | {"mean": 0.6, "low": 0.5, "high": 0.7},
            "fid": fid | {"mean": 213.44, "low": None, "high": None},
        },
        "classes": [
            {
                "name": "road",
                "color": [128, 64, 128],
                "share": 0.75,
                "accuracy": 0.5,
                "iou": 0.3333,
            },
            {
                "name": f"class {HOSTILE}",
                "color": [0, 0, 142],
                "share": 0.0,
                "accuracy": None,
                "iou": float("nan"),
            },
        ],
        "images": [
            {"name": name, "scores": dict(zip(keys, row, strict=True))}
            for name, row in values.items()
        ]
        + [{"name": "val/without", "scores": {"l1": 0.5, "psnr": 1.0}}],
    }


@pytest.fixture(scope="session")
def record():
    """Return the content of `run.json`. Tests must not change it."""
    return {
        "settings": {"dataset": "facades", "learning_rate": 0.0002, "data": None},
        "versions": {"keras": "3.15.1"},
        "device": f"GPU {HOSTILE}",
        "results": {"validation": {"psnr": 13.633668899536133}},
        "of a later version": [1, [2, "three"], True],
    }


@pytest.fixture(scope="session")
def history():
    """Return three epochs, of which the second has no validation."""
    return [
        {"epoch": 0, "l1Loss": 0.5, "val_l1Loss": 0.6, "ganLoss": 1.0},
        {"epoch": 1, "l1Loss": 0.3, "val_l1Loss": float("nan"), "ganLoss": 2.0},
        {"epoch": 2, "l1Loss": 0.2, "val_l1Loss": 0.4, "ganLoss": 1.5},
    ]


@pytest.fixture(scope="session")
def report(tmp_path_factory, evaluation, record, history):
    """Write a report with red inputs, green predictions and blue targets."""
    folder = tmp_path_factory.mktemp("report")
    for number in (1, 2, 3):
        save_images(folder, number, *map(fill, COLOURS.values()))
    write_page(folder, evaluation, record, history)
    return folder


def fill(colour):
    return np.full((HEIGHT, WIDTH, 3), colour, np.uint8)
