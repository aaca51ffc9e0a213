"""Validation pairs as examples, and what the inputs of a generator are."""

import numpy as np
import pytest

from pyimagesearch.datasets.palettes import PALETTES, write_palette
from pyimagesearch.datasets.side_formats import RGB, PairFormat, SideFormat
from pyimagesearch.demo.examples import find_input_kind, open_validation, read_examples

PALETTE = PALETTES["streets"]


@pytest.fixture
def flags(run_folder, streets):
    return "--model", run_folder / "models/generator.keras", "--data", streets


def test_examples_are_the_first_validation_pairs(parse, flags):
    source = open_validation(parse(*flags, "--label-side", "B"))
    examples = read_examples(source, RGB, (32, 48), number=2)
    assert [example.name for example in examples] == ["000.jpg", "001.jpg"]
    for example in examples:
        assert example.input.shape == example.target.shape == (32, 48, 3)
        # Resized by nearest neighbour: the input is the label map, in few colors.
        colors = [np.unique(side.reshape(-1, 3), axis=0) for side in example[1:]]
        assert len(colors[0]) < len(colors[1])


def test_the_other_direction_has_the_photo_as_its_input(parse, flags):
    examples = [
        read_examples(open_validation(parse(*flags, *more)), RGB, (64, 64))[0]
        for more in ((), ("--direction", "AtoB"))
    ]
    np.testing.assert_array_equal(examples[0].input, examples[1].target)
    np.testing.assert_array_equal(examples[0].target, examples[1].input)


def test_a_dataset_that_is_not_here_is_neither_downloaded_nor_rendered(
    parse, flags, capsys, monkeypatch, tmp_path
):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    for dataset in ("facades", "streets"):
        settings = parse(*flags[:2], "--dataset", dataset)
        assert open_validation(settings) is None
        expected = f"the dataset {dataset} is not on this machine: the page has no"
        assert expected in capsys.readouterr().out
        assert find_input_kind(settings, None, RGB) == (True, PALETTES[dataset])
    assert not (tmp_path / "datasets").exists()


def test_a_folder_that_is_gone_leaves_the_page_without_examples(parse, flags, capsys):
    settings = parse(*flags[:2], "--data", "gone")
    assert open_validation(settings) is None
    assert "the page has no examples: " in capsys.readouterr().out
    assert read_examples(None, RGB, (32, 32)) == []
    assert find_input_kind(settings, None, RGB) == (False, None)


def test_the_palette_is_that_of_the_flag_of_the_record_or_of_the_dataset(
    parse, flags, tmp_path
):
    settings = parse(*flags, "--label-side", "B")
    source = open_validation(settings)
    assert find_input_kind(settings, source, RGB) == (True, None)
    formats = PairFormat(SideFormat(palette=PALETTE), SideFormat())
    assert find_input_kind(settings, source, formats) == (True, PALETTE)
    write_palette(tmp_path / "palette.csv", PALETTE)
    settings = parse(*flags, "--palette", tmp_path / "palette.csv")
    assert find_input_kind(settings, open_validation(settings), RGB) == (True, PALETTE)


def test_photos_have_no_palette(parse, flags):
    settings = parse(*flags, "--label-side", "B", "--direction", "AtoB")
    assert find_input_kind(settings, open_validation(settings), RGB) == (False, None)
