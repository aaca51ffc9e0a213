"""What is trained: every variant on every set, with every seed."""

import re
from argparse import Namespace
from typing import NamedTuple

from pyimagesearch.training.resume import format_value
from pyimagesearch.training.training_settings import parse_training_settings

BASELINE = "tutorial"  # the recipe that the others are held against
BEST = "best"
RECIPES = (BASELINE, "paper", BEST)
POINTS = 8  # of a curve: an epoch each
SEEDS = (42, 43)

SETS = {
    "facades": ("--dataset", "facades"),  # labels -> photo
    "streets": ("--dataset", "streets", "--direction", "AtoB"),  # photo -> labels
}
VARIANTS = {
    **{recipe: ("--recipe", recipe) for recipe in RECIPES},
    # What the paper's recipe changes of the tutorial's, one at a time.
    "tutorial, lambda 100": ("--l1-weight", "100"),
    "tutorial, beta_1 0.5": ("--beta-1", "0.5"),
    "tutorial, crop": ("--augment", "crop"),
    "tutorial, batch 1": ("--batch-size", "1"),
    "tutorial, paper's networks": ("--network", "paper"),
    # And what `best` changes of the paper's, taken back one at a time.
    "best, width 64": ("--recipe", BEST, "--width", "64"),
    "best, lambda 100": ("--recipe", BEST, "--l1-weight", "100"),
    "best, rate 2e-4": ("--recipe", BEST, "--learning-rate", "2e-4"),
    "best, no average": ("--recipe", BEST, "--no-average-weights"),
}
LENGTH = ("epochs", "steps_per_epoch", "validation_steps", "monitor_interval")
UNTIMED = (  # settings that a step takes as long with
    *("seed", "l1_weight", "d_loss_weight", "beta_1", "learning_rate", "lr_decay"),
    *("recipe", "dataset", "direction", "augment", *LENGTH),
)


class Cell(NamedTuple):
    """One training of the study.

    Attributes:
        set: one of `SETS`.
        variant: one of `VARIANTS`.
        seed: of the training.
    """

    set: str
    variant: str
    seed: int

    @property
    def folder(self) -> str:
        """Where its run goes, within the study's folder."""
        name = re.sub(r"[^a-z0-9.]+", "-", self.variant)
        return f"cells/{self.set}/{name}-{self.seed}"


def cells(sets: list[str], variants: list[str]) -> list[Cell]:
    """The trainings in their order: the recipes with every seed, the rest with one.

    Args:
        sets: of `SETS`.
        variants: of `VARIANTS`.
    """
    return [
        Cell(name, variant, seed)
        for whole in (True, False)
        for seed in (SEEDS if whole else SEEDS[:1])
        for variant in variants
        if (variant in RECIPES) == whole
        for name in sets
    ]


def settings_of(variant: str, image_size: tuple[int, int]) -> Namespace:
    """The settings of a variant, whatever the set and the seed."""
    flags = ["--image-size", format_value(image_size), *VARIANTS[variant]]
    return parse_training_settings(flags)


def kind(settings: Namespace) -> str:
    """What a step takes its time from: the same for variants that step alike."""
    timed = {name: s for name, s in vars(settings).items() if name not in UNTIMED}
    return ", ".join(f"{name} {value}" for name, value in timed.items())
