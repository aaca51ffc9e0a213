"""Which trainings a study has, and what sets them apart."""

import pytest

from pyimagesearch.studies.plan import (
    LENGTH,
    SEEDS,
    SETS,
    VARIANTS,
    Cell,
    cells,
    kind,
    settings_of,
)

SIZE = (64, 64)


def test_the_recipes_come_first_and_with_every_seed():
    variants = ["best, rate 2e-4", "tutorial", "best"]
    assert cells(["streets"], variants) == [
        Cell("streets", "tutorial", 42),
        Cell("streets", "best", 42),
        Cell("streets", "tutorial", 43),
        Cell("streets", "best", 43),
        Cell("streets", "best, rate 2e-4", 42),
    ]


def test_every_training_has_a_folder_of_its_own():
    everything = cells(list(SETS), list(VARIANTS))
    assert len(everything) == 2 * (3 * len(SEEDS) + len(VARIANTS) - 3)
    assert len({cell.folder for cell in everything}) == len(everything)
    assert Cell("facades", "tutorial, paper's networks", 42).folder == (
        "cells/facades/tutorial-paper-s-networks-42"
    )


@pytest.mark.parametrize(
    "variant", [variant for variant in VARIANTS if ", " in variant]
)
def test_a_variant_is_one_change_of_its_recipe(variant):
    recipe = vars(settings_of(variant.split(", ")[0], SIZE))
    changed = {
        name: value
        for name, value in vars(settings_of(variant, SIZE)).items()
        if value != recipe[name]
    }
    if variant == "tutorial, paper's networks":
        assert changed.pop("network") == "paper"
        changed = {"its parts": tuple(changed)}
    assert len(changed) == 1


def test_steps_alike_are_of_one_kind():
    def kind_of(variant):
        return kind(settings_of(variant, SIZE))

    assert kind_of("tutorial") == kind_of("tutorial, lambda 100")
    assert kind_of("tutorial") == kind_of("tutorial, beta_1 0.5")
    assert kind_of("best") == kind_of("best, rate 2e-4")
    others = ["best, width 64", "best, no average", "tutorial, batch 1", "paper"]
    kinds = [kind_of(variant) for variant in ("tutorial", "best", *others)]
    assert len(set(kinds)) == len(kinds)
    assert not set(LENGTH) & {part.split()[0] for part in kinds[0].split(", ")}
