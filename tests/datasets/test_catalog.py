"""The catalog of named datasets."""

import pytest

from pyimagesearch.datasets.catalog import CATALOG, get_dataset
from pyimagesearch.errors import UserError


@pytest.mark.parametrize(
    ("name", "counts", "direction", "label_side", "archive_bytes"),
    [
        ("cityscapes", {"train": 2975, "val": 500}, "BtoA", "B", 103441232),
        ("facades", {"train": 400, "val": 100, "test": 106}, "BtoA", "B", 30168306),
        ("maps", {"train": 1096, "val": 1098}, "BtoA", None, 250242400),
        ("edges2shoes", {"train": 49825, "val": 200}, "AtoB", None, None),
        ("edges2handbags", {"train": 138567, "val": 200}, "AtoB", None, None),
        ("night2day", {"train": 17823, "val": 10, "test": 2287}, "AtoB", None, None),
    ],
)
def test_datasets_with_an_archive(name, counts, direction, label_side, archive_bytes):
    dataset = get_dataset(name)

    assert dataset.counts == counts
    assert dataset.direction == direction
    assert dataset.label_side == label_side
    assert dataset.archive_bytes == archive_bytes
    assert dataset.archive_url == (
        f"http://efrosgans.eecs.berkeley.edu/pix2pix/datasets/{name}.tar.gz"
    )
    assert not dataset.rendered


def test_streets_is_rendered():
    dataset = get_dataset("streets")

    assert dataset.rendered
    assert dataset.archive_url is None
    assert dataset.counts == {"train": 400, "val": 100}
    assert (dataset.direction, dataset.label_side) == ("BtoA", "B")


def test_an_unknown_name_raises_with_the_known_names():
    with pytest.raises(UserError) as error:
        get_dataset("facade")

    assert str(error.value) == (
        "--dataset facade is not one of cityscapes, facades, maps, edges2shoes, "
        "edges2handbags, night2day, streets; to use your own pairs, pass their folder "
        "with --data"
    )
    assert len(CATALOG) == 7
