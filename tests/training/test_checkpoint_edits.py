"""Checkpoints that somebody has edited, cut or made up: each is refused in words."""

import io
import json
import shutil
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from edits import GONE, edit, nest

from pyimagesearch.errors import UserError
from pyimagesearch.training import checkpoint
from pyimagesearch.training.best_score import BestScore
from pyimagesearch.training.checkpoint import check_history, read_checkpoint

PROGRESS = {
    "epochs": 2,
    "steps": 8,
    "history": [
        {"epoch": 0, "seconds": 1.5, "images_per_second": 4.0, "val_psnr": 11.5},
        {"epoch": 1, "seconds": 1.5, "images_per_second": 4.0, "val_psnr": 12.5},
    ],
    "pairs": 16,
    "best": ["psnr", 1, 12.5],
    "graph": 2,
}
ARRAYS = {
    "generator/000": np.ones((2, 3), np.float32),
    "generator/001": np.zeros(3, np.uint32),
    "gOptimizer/000": np.array(8, np.int64),
}
PREVIOUS = Path(__file__).parents[1] / "data" / "previous_run"


def pack(path, arrays=ARRAYS, progress=PROGRESS, save=np.savez):
    save(path, progress=json.dumps(progress), **arrays)


def refuse(path):
    """Read a checkpoint, and return the sentence that refuses it."""
    with pytest.raises(UserError) as refused:
        read_checkpoint(path)
    message = str(refused.value)
    assert message.startswith(f"{path} is not a checkpoint (")
    assert "): run without --resume to start over, with --init-from " in message
    assert len(message) < 700 and "\n" not in message
    return message


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "checkpoints" / "last.npz"
    path.parent.mkdir()
    return path


def test_a_checkpoint_is_read_as_it_was_written(path):
    pack(path)
    read = read_checkpoint(path)
    assert (read.epochs, read.steps, read.pairs, read.graph) == (2, 8, 16, 2)
    assert (read.best, read.history) == (
        BestScore("psnr", 1, 12.5),
        PROGRESS["history"],
    )
    assert read.variables.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(read.variables[name], array)
        assert read.variables[name].dtype == array.dtype
    check_history(read, path)


def test_a_checkpoint_of_version_1_is_read(path):
    shutil.copy(PREVIOUS / "checkpoints" / "last.npz", path)
    read = read_checkpoint(path)
    assert (read.epochs, read.steps, read.pairs, read.best) == (1, 3, None, None)
    assert (read.graph, len(read.variables)) == (1, 151)
    check_history(read, path)


@pytest.mark.parametrize(
    "progress",
    [
        {**PROGRESS, "newer": [1]},
        {**PROGRESS, "best": None, "pairs": None},
        {name: PROGRESS[name] for name in ("epochs", "steps", "history")},
        edit(PROGRESS, ("history", 0, "val_psnr"), float("nan")),
        edit(PROGRESS, ("best", 2), float("inf")),
    ],
)
def test_the_progress_of_other_versions_is_read(path, progress):
    newer = {"newer": np.ones(3), "generator_2/x": np.full(2, np.nan)}
    pack(path, ARRAYS | newer, progress)
    read = read_checkpoint(path)
    assert (read.epochs, read.variables.keys()) == (2, ARRAYS.keys())


PROGRESS_EDITS = [
    ((), [], 'in its entry "progress", [] is not an object'),
    ((), nest(40), "more than 32 lists and objects in each other"),
    (("epochs",), GONE, 'its entry "progress.epochs" is missing'),
    (("epochs",), 0, '"progress.epochs", 0 is not an integer from 1'),
    (("epochs",), "2", '"progress.epochs", "2" is not an integer'),
    (("epochs",), 2.0, '"progress.epochs", 2.0 is not an integer'),
    (("epochs",), None, '"progress.epochs", null is not an integer'),
    (("epochs",), 10**300, "is not an integer from 1 to 9223372036854775807"),
    (("epochs",), 10**500, "it has an integer of 501 digits"),
    (("epochs",), 1, "it has 1 epochs, and knows of epoch 1, counted from 0"),
    (("steps",), GONE, 'its entry "progress.steps" is missing'),
    (("steps",), -8, '"progress.steps", -8 is not an integer'),
    (("pairs",), "16", '"progress.pairs", "16" is not an integer'),
    (("pairs",), -1, '"progress.pairs", -1 is not an integer'),
    (("graph",), 0, '"progress.graph", 0 is not an integer from 1'),
    (("graph",), [2], '"progress.graph", [2] is not an integer'),
    (("history",), GONE, 'its entry "progress.history" is missing'),
    (("history",), {}, '"progress.history", {} is not a list'),
    (("history", 0), 1, '"progress.history[0]", 1 is not an object'),
    (("history", 0, "epoch"), GONE, '"progress.history[0].epoch" is missing'),
    (("history", 0, "epoch"), 1, "its epochs do not ascend: 1 comes after 1"),
    (("history", 1, "epoch"), 7, "it has 2 epochs, and knows of epoch 7"),
    (("history", 1, "epoch"), "1", '"progress.history[1].epoch", "1" is not an int'),
    (("history", 1, "val_psnr"), "x", 'history[1].val_psnr", "x" is not a number'),
    (("history", 1, "val_psnr"), None, "null is not a number"),
    (("history", 1, "seconds"), -1, '[1].seconds", -1 is not a number from 0'),
    (("best",), 3, '"progress.best", 3 is not an object'),
    (("best",), [], 'its entry "progress.best.score" is missing'),
    (("best",), ["psnr", 1], 'its entry "progress.best.value" is missing'),
    (("best", 0), "fid", '"progress.best.score", "fid" is not one of l1Loss, psnr'),
    (("best", 0), ["psnr"], '["psnr"] is not one of l1Loss'),
    (("best", 1), "1", '"progress.best.epoch", "1" is not an integer'),
    (("best", 1), 2, "it has 2 epochs, and knows of epoch 2"),
    (("best", 2), "high", '"progress.best.value", "high" is not a number'),
    (("best", 2), None, '"progress.best.value", null is not a number'),
]


@pytest.mark.parametrize(
    ("place", "new", "sentence"), PROGRESS_EDITS, ids=lambda part: str(part)[:20]
)
def test_an_edited_progress_is_refused(path, place, new, sentence):
    pack(path, progress=edit(PROGRESS, place, new))
    assert sentence in refuse(path)


def without(*names):
    return {name: array for name, array in ARRAYS.items() if name not in names}


ARRAY_EDITS = {
    "objects": ({"generator/000": np.array([None])}, '000.npy" is of the dtype object'),
    "texts": ({"generator/000": np.array(["a"])}, '000.npy" is of the dtype <U1'),
    "complex": ({"generator/000": np.ones(2, complex)}, "of the dtype complex128"),
    "records": ({"generator/000": np.ones(2, "f4,f4")}, "is of the dtype [('f0'"),
    "NaN": (
        {"generator/000": np.full((2, 3), np.nan, np.float32)},
        'its entry "generator/000" has NaN or infinite values',
    ),
    "infinite": (
        {"gOptimizer/001": np.full(2, -np.inf)},
        'its entry "gOptimizer/001" has NaN or infinite values',
    ),
    "a gap": ({"generator/003": np.ones(2)}, 'its entry "generator/002" is missing'),
    "no number": ({"generator/x": np.ones(2)}, '"generator/x" is not named like'),
    "a short number": (
        {"average/7": np.ones(2)},
        '"average/7" is not named like a var',
    ),
    "a path": ({"generator/../../x": np.ones(2)}, "is not named like a variable"),
}


@pytest.mark.parametrize(("arrays", "sentence"), ARRAY_EDITS.values(), ids=ARRAY_EDITS)
def test_edited_arrays_are_refused(path, arrays, sentence):
    pack(path, ARRAYS | arrays)
    assert sentence in refuse(path)


def test_the_progress_must_be_one_text(path):
    for progress in (np.ones(3), np.array([json.dumps(PROGRESS)] * 2), np.array("{")):
        np.savez(path, progress=progress, **ARRAYS)
        refuse(path)
    np.savez(path, **ARRAYS)
    assert 'its entry "progress" is missing' in refuse(path)
    pack(path, without("generator/000"))
    assert 'its entry "generator/000" is missing' in refuse(path)


def write_entries(path, entries, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)


def create_entry(header, data=b""):
    """Return an entry of a `.npy` header that is not checked."""
    text = header.encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data


NO_ARRAY = 'its entry "generator/000.npy" is not an array'
HEADER = "{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}\n"
HEADER_EDITS = {
    "a huge shape": (HEADER.format("<f4", (10**9, 10**9)), "which are no float32 of"),
    "an overflow": (HEADER.format("<f4", (2**62, 4)), "which are no float32 of the sh"),
    "negative": (HEADER.format("<f4", (-1, -2)), "of the shape (-1, -2)"),
    "more than is there": (HEADER.format("<f4", (3,)), "has 8 bytes, which are no"),
    "less than is there": (HEADER.format("<f4", (1,)), "has 8 bytes, which are no"),
    "objects": (HEADER.format("|O", (1,)), "is of the dtype object"),
    "a huge item": (
        HEADER.format("|V2000000000", (1,)),
        "is of the dtype |V2",
    ),
    "many axes": (HEADER.format("<f4", (1,) * 90 + (2,)), "is not a checkpoint"),
    "no shape": ("{'descr': '<f4', 'fortran_order': False}\n", NO_ARRAY),
    "code": ("__import__('os').abort()\n", NO_ARRAY),
    "deep": ("(" * 5_000 + "\n", NO_ARRAY),
    "long": ("{" + " " * 20_000 + "}\n", NO_ARRAY),
    "nothing": ("", NO_ARRAY),
}


@pytest.mark.filterwarnings("ignore:Reading `.npy`")
@pytest.mark.parametrize(
    ("header", "sentence"), HEADER_EDITS.values(), ids=HEADER_EDITS
)
def test_no_memory_is_taken_for_what_a_header_claims(path, header, sentence):
    write_entries(path, [("generator/000.npy", create_entry(header, b"\0" * 8))])
    tracemalloc.start()
    assert sentence in refuse(path)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_another_version_of_npy_and_no_npy_are_refused(path):
    for content in (b"\x93NUMPY\x09\x00", b"no array", b""):
        write_entries(path, [("generator/000.npy", content)])
        refuse(path)


def test_a_bomb_is_refused_before_it_is_unpacked(path):
    bomb = np.zeros(50_000_000, np.uint8)
    pack(path, {"generator/000": bomb}, save=np.savez_compressed)
    assert path.stat().st_size < 100_000
    tracemalloc.start()
    assert "its entries are compressed, and those of a checkpoint are" in refuse(path)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_sizes_that_the_file_cannot_have_are_refused(path):
    pack(path)
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\x01\x02")  # the first entry of the directory
    content[place + 24 : place + 28] = (2**31).to_bytes(4, "little")
    path.write_bytes(content)
    assert "it unpacks to 2,147,4" in refuse(path)


def test_two_entries_of_one_name_are_refused(path):
    file = io.BytesIO()
    np.save(file, np.ones(2))
    with pytest.warns(UserWarning, match="Duplicate name"):
        write_entries(path, [("generator/000.npy", file.getvalue())] * 2)
    assert "it has two entries of one name" in refuse(path)


def test_a_large_file_and_a_large_progress_are_refused(path, monkeypatch):
    pack(path)
    monkeypatch.setattr(checkpoint, "MAX_PROGRESS", 100)
    assert 'its entry "progress.npy" is of the dtype <U' in refuse(path)
    monkeypatch.setattr(checkpoint, "MAX_UNPACKED", 100)
    assert " bytes, and has " in refuse(path)


def test_other_files_are_refused(path):
    for content in (b"", b"PK\x05\x06", b"text", np.zeros(99).tobytes()):
        path.write_bytes(content)
        refuse(path)
    path.unlink()
    path.mkdir()
    assert "it is a folder, not a regular file" in refuse(path)


@pytest.mark.parametrize(
    ("place", "new", "rows"),
    [
        (("history",), [], 0),
        (("history", 0), GONE, 1),
        (("history", 1, "seconds"), GONE, 1),
    ],
)
def test_a_run_is_resumed_with_the_history_of_all_its_epochs(path, place, new, rows):
    pack(path, progress=edit(PROGRESS, place, new))
    with pytest.raises(UserError, match=f"2 epochs, and the history of {rows}: run"):
        check_history(read_checkpoint(path), path)
