"""What a run finds out before it starts, and what it leaves alone."""

import sys

import pytest
from tiny import random_image, write_image

import train_pix2pix
from pyimagesearch.atomic import TEMPORARY_PREFIX
from pyimagesearch.datasets import examination
from pyimagesearch.datasets.folders import open_pair_list
from pyimagesearch.datasets.palettes import PALETTES
from pyimagesearch.datasets.sources import Source
from pyimagesearch.errors import UserError
from pyimagesearch.training import run
from pyimagesearch.training.run_lock import LOCK_FILE, OWNER_FILE
from pyimagesearch.training.training_settings import parse_training_settings


@pytest.mark.parametrize(
    ("dataset", "direction", "label_side", "palette"),
    [
        ("streets", "AtoB", "B", PALETTES["streets"]),
        ("facades", "AtoB", "B", PALETTES["facades"]),
        ("streets", "BtoA", "B", None),  # the targets are photos
        ("streets", "AtoB", None, None),
        ("maps", "AtoB", "B", None),  # its colours are not known
    ],
)
def test_label_maps_with_known_colours_get_a_palette(
    tmp_path, pairs_folder, monkeypatch, dataset, direction, label_side, palette
):
    pairs = open_pair_list(pairs_folder)
    source = Source(pairs_folder, direction, label_side, pairs)
    monkeypatch.setattr(
        examination, "open_source_from_settings", lambda settings: source
    )
    flags = ["--dataset", dataset, "--output", str(tmp_path / "run")]
    formats = run.Run(parse_training_settings(flags)).data.formats
    assert formats.target.palette == palette


def test_custom_dataset_gets_no_palette(tmp_path, pairs_folder):
    flags = ["--data", str(pairs_folder), "--direction", "AtoB", "--label-side", "B"]
    flags += ["--output", str(tmp_path / "run")]
    formats = run.Run(parse_training_settings(flags)).data.formats
    assert formats.target.palette is None


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--data", "gone"], "gone is not a folder"),
        (["--data", "one"], "is the only image"),
        (["--data", "pairs", "--strategy", "mirrored"], "requires two or more GPUs"),
        (["--data", "pairs", "--precision", "mixed_float16"], "requires a GPU"),
        (["--data", "broken"], "cannot be read"),  # found when images are cached
        (["--data", "pairs", "--output", "pairs/train/0.png/run"], "cannot write to"),
        (["--data", "gone", "--resume"], "gone is not a folder"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_refused_start_leaves_no_folder(
    tmp_path, pairs_folder, monkeypatch, flags, message
):
    monkeypatch.chdir(tmp_path)
    write_image(tmp_path / "one" / "train" / "0.png", random_image(0))
    write_image(tmp_path / "broken" / "val" / "0.png", random_image(0))
    (tmp_path / "broken" / "train").mkdir()
    (tmp_path / "broken" / "train" / "1.png").write_bytes(b"no image")
    before = set(tmp_path.rglob("*"))
    output = [] if "--output" in flags else ["--output", "below/run"]
    size = ["--image-size", "32", "--batch-size", "2"]
    monkeypatch.setattr(sys, "argv", ["train", *flags, *output, *size])
    with pytest.raises(UserError, match=message):
        train_pix2pix.main()
    assert set(tmp_path.rglob("*")) == before


def test_refused_start_does_not_archive_the_previous_run(tmp_path, pairs_folder):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_text("{}")
    flags = ["--data", str(pairs_folder), "--output", str(tmp_path / "run")]
    run.Run(parse_training_settings(flags))
    left = {path.name for path in (tmp_path / "run").iterdir()}
    assert left - {LOCK_FILE} == {"run.json"}


def test_the_folder_is_locked_as_soon_as_it_exists(tmp_path, pairs_folder):
    folder = tmp_path / "run"
    flags = ["--data", str(pairs_folder), "--output", str(folder)]
    first = run.Run(parse_training_settings(flags))
    assert not folder.exists()
    with first.lock:
        first.start(model=None)
        assert (folder / OWNER_FILE).exists()
    assert not (folder / OWNER_FILE).exists()
    second = run.Run(parse_training_settings(flags))
    assert (folder / OWNER_FILE).exists()
    second.start(model=None)
    moved = folder / "previous" / "001"
    assert [path.name for path in moved.iterdir()] == ["run.json"]


def test_only_the_folders_of_a_run_are_cleaned(tmp_path, pairs_folder):
    for folder in (".", "images", "logs/below", "photos", "previous/001/images"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / f"{TEMPORARY_PREFIX}x").touch()
    flags = ["--data", str(pairs_folder), "--output", str(tmp_path)]
    run.Run(parse_training_settings(flags)).start(model=None)
    left = {path.parent for path in tmp_path.rglob(f"{TEMPORARY_PREFIX}*")}
    assert left == {tmp_path / "photos", tmp_path / "previous" / "001" / "images"}
