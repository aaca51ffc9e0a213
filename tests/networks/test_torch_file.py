"""Files of PyTorch weights: both forms, and those that are damaged or hostile."""

import copy
import random
import re
import struct
import time
import zipfile

import numpy as np
import pytest
from torch_weights import FORMS, call, name, write_legacy, write_zip

from pyimagesearch.errors import UserError
from pyimagesearch.networks import torch_file
from pyimagesearch.networks.torch_file import read_state_dict

WEIGHTS = np.random.default_rng(0).normal(size=(4, 3, 2, 2)).astype(np.float32)
both_forms = pytest.mark.parametrize("write", FORMS)


def refuse(path, sentence):
    """The file is refused in one sentence that names it."""
    with pytest.raises(UserError, match=sentence) as raised:
        read_state_dict(path)
    message = str(raised.value)
    assert message.startswith(str(path)) and "\n" not in message
    assert len(message) < len(str(path)) + 400


@both_forms
def test_values_names_and_order_are_kept(tmp_path, write):
    state = {
        "b.weight": WEIGHTS,
        "a.weight": WEIGHTS.astype(np.float64),
        "half": WEIGHTS.astype(np.float16),
        "count": np.array(2**40, np.int64),
        "none": np.zeros((0, 3), np.int32),
    }
    read = read_state_dict(write(tmp_path / "w.pth", state))
    assert list(read) == list(state)
    for entry, value in state.items():
        assert read[entry].dtype == value.dtype
        np.testing.assert_array_equal(read[entry], value)
        assert not read[entry].flags.writeable


@both_forms
def test_bfloat16_becomes_float32(tmp_path, write):
    bits = np.array([0x3F80, 0xC040, 0x7F80], np.uint16)
    read = read_state_dict(write(tmp_path / "w.pth", {"w": bits}))
    assert read["w"].dtype == np.float32
    assert read["w"].tolist() == [1.0, -3.0, np.inf]


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint16"])
def test_big_endian_archives_are_read(tmp_path, dtype):
    state = {"w": np.arange(300).astype(dtype)}
    little = read_state_dict(write_zip(tmp_path / "little.pth", state))
    big = read_state_dict(write_zip(tmp_path / "big.pth", state, order=">"))
    np.testing.assert_array_equal(big["w"], little["w"])
    assert big["w"].dtype == little["w"].dtype


@both_forms
def test_tensors_are_views_with_strides_and_an_offset(tmp_path, write):
    values = np.arange(24, dtype=np.float32)

    def encode(encoder):
        view = {"shape": (3, 2), "strides": (2, 7), "offset": 5}
        return {"w": encoder.encode_tensor(values, **view)}

    read = read_state_dict(write(tmp_path / "w.pth", encode))
    assert read["w"].tolist() == [[5, 12], [7, 14], [9, 16]]


@both_forms
def test_a_wrapped_state_dict_and_the_prefix_of_dataparallel(tmp_path, write):
    state = {
        "epoch": 3,
        "state_dict": {"module.w": WEIGHTS, "module.module.b": WEIGHTS},
    }
    read = read_state_dict(write(tmp_path / "w.pth", state))
    assert list(read) == ["w", "module.b"]
    state = {"module.w": WEIGHTS, "b": WEIGHTS}
    assert read_state_dict(write(tmp_path / "w.pth", state)).keys() == state.keys()


@both_forms
def test_parameters_attributes_and_the_first_rebuilding_function(tmp_path, write):
    def encode(encoder):
        tensor = encoder.encode_tensor(WEIGHTS)
        old = tensor.replace(b"_tensor_v2", b"_tensor")
        parameter = call(
            *("torch._utils", "_rebuild_parameter"),
            encoder.encode((encoder.encode_tensor(WEIGHTS), True, {})),
        )
        state = encoder.encode({"w": tensor, "old": old, "parameter": parameter})
        return state + b"}" + encoder.group(["_metadata", {}], b"u") + b"b"

    read = read_state_dict(write(tmp_path / "w.pth", encode))
    assert list(read) == ["w", "old", "parameter"]
    np.testing.assert_array_equal(read["old"], WEIGHTS)
    np.testing.assert_array_equal(read["parameter"], WEIGHTS)


def test_a_file_of_python_2(tmp_path):
    """There, an OrderedDict is a call with pairs, and a str has another code."""

    def encode(encoder):
        key = b"U\x01w"
        pairs = encoder.list([encoder.list([key, encoder.encode_tensor(WEIGHTS)])])
        return call("collections", "OrderedDict", pairs + b"\x85")

    path = write_legacy(tmp_path / "w.pth", encode, module="torch.cuda")
    np.testing.assert_array_equal(read_state_dict(path)["w"], WEIGHTS)


HOSTILE = {
    "os.system": ("posix", "system"),
    "builtins.eval": ("builtins", "eval"),
    "a class": ("models.networks", "UnetGenerator"),
    "a function of torch": ("torch.hub", "load"),
}


@both_forms
@pytest.mark.parametrize(("module", "function"), HOSTILE.values(), ids=HOSTILE)
def test_another_global_is_refused_by_name_and_not_called(
    tmp_path, monkeypatch, write, module, function
):
    monkeypatch.chdir(tmp_path)

    def encode(encoder):
        arguments = encoder.encode(("touch executed",))
        return {"w": WEIGHTS, "x": call(module, function, arguments)}

    path = write(tmp_path / "w.pth", encode)
    refuse(path, f"is refused: it refers to {re.escape(f'{module}.{function}')}, and")
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    ("instructions", "instruction"),
    [
        (b"cposix\nsystem\n", None),
        (name("collections", "OrderedDict") + b")\x81", "NEWOBJ"),
        (b"(S'touch executed'\niposix\nsystem\n", "STRING"),
        (b"X\x05\x00\x00\x00posixX\x06\x00\x00\x00system\x93", "STACK_GLOBAL"),
        (b"\x82\x01", "EXT1"),
        (b"N2", "DUP"),
    ],
)
def test_another_instruction_is_refused_by_name(tmp_path, instructions, instruction):
    path = write_zip(tmp_path / "w.pth", instructions)
    refuse(path, f"has the instruction {instruction}," if instruction else "posix")


NO_STATE_DICTS = {
    "no tensor": ({"w": WEIGHTS, "x": 3}, "its entry x is no tensor"),
    "a name that is an integer": ({3: WEIGHTS}, "its entry 3 is no tensor"),
    "a long name": ({"x" * 9999: 3}, r"its entry x{200}\.\.\. is no tensor"),
    "a tensor": (WEIGHTS, "holds no state_dict"),
    "nothing": ({}, "holds no state_dict"),
    "a list": ([WEIGHTS], "holds no state_dict"),
}


@both_forms
@pytest.mark.parametrize(("value", "text"), NO_STATE_DICTS.values(), ids=NO_STATE_DICTS)
def test_what_is_no_state_dict_is_refused(tmp_path, write, value, text):
    refuse(write(tmp_path / "w.pth", value), text)


LIES = {  # about a storage of 48 values
    "a longer storage": {"length": 49},
    "an enormous storage": {"length": 2**62},
    "a negative length": {"length": -1},
    "a length that is no integer": {"length": True},
    "a larger tensor": {"shape": (7, 7), "strides": (7, 1)},
    "an offset behind the end": {"offset": 1},
    "a negative offset": {"offset": -1},
    "strides over the end": {"shape": (6, 8), "strides": (9, 1)},
    "a negative stride": {"shape": (48,), "strides": (-1,)},
    "enormous strides": {"shape": (2, 1), "strides": (2**70, 2**70)},
    "an enormous stride of a side of 1": {"shape": (1, 1), "strides": (2**70, 1)},
    "a repeated value": {"shape": (2**40,), "strides": (0,)},
    "a negative side": {"shape": (-4, -3), "strides": (1, 1)},
    "fewer strides": {"shape": (4, 3), "strides": (1,)},
    "too many axes": {"shape": (1,) * 9, "strides": (1,) * 9},
    "a side that is no integer": {"shape": ("4",), "strides": (1,)},
    "a shape that is no tuple": {"shape": 4, "strides": (1,)},
}


@both_forms
@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_wrong_sizes_are_refused(tmp_path, write, lie):
    def encode(encoder):
        return {"w": encoder.encode_tensor(WEIGHTS, **lie)}

    refuse(write(tmp_path / "w.pth", encode), "is damaged")


def test_a_storage_of_another_length_than_the_pickle_says_is_refused(tmp_path):
    path = write_legacy(tmp_path / "w.pth", {"w": WEIGHTS})
    data = path.read_bytes()
    start = len(data) - WEIGHTS.nbytes
    for length in (47, 49, 2**62, -1):
        path.write_bytes(data[: start - 8] + struct.pack("<q", length) + data[start:])
        refuse(path, "is damaged")


@both_forms
def test_one_key_for_two_storages_is_refused(tmp_path, write):
    def encode(encoder):
        tensors = [encoder.encode_tensor(x) for x in (WEIGHTS, WEIGHTS[:2])]
        return {
            "a": tensors[0],
            "b": tensors[1].replace(b"\x00\x00\x001", b"\0\0\x000"),
        }

    refuse(write(tmp_path / "w.pth", encode), "is damaged")


@both_forms
def test_every_cut_is_noticed(tmp_path, write):
    path = write(tmp_path / "w.pth", {"a": WEIGHTS, "b": WEIGHTS})
    data = path.read_bytes()
    for length in range(0, len(data), 7):
        path.write_bytes(data[:length])
        refuse(path, "is not a file of PyTorch weights, or is damaged: copy it again")


@both_forms
def test_changed_bytes_never_end_in_a_traceback(tmp_path, write):
    path = write(
        tmp_path / "w.pth", {"a": WEIGHTS, "state_dict": {"module.b": WEIGHTS}}
    )
    data = path.read_bytes()
    chooser = random.Random(0)
    refused = 0
    for _ in range(1500):
        changed = bytearray(data)
        for _ in range(chooser.choice((1, 1, 1, 4))):
            changed[chooser.randrange(len(data))] = chooser.randrange(256)
        path.write_bytes(changed)
        try:
            read_state_dict(path)
        except UserError as error:
            assert str(error).startswith(str(path))
            refused += 1
    assert refused > 300


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"hello", bytes(2000)]
)
def test_other_files_are_refused(tmp_path, data):
    path = tmp_path / "w.pth"
    path.write_bytes(data)
    refuse(path, "is not a file of PyTorch weights")


def test_missing_files_and_folders_are_refused(tmp_path):
    for path in (tmp_path, tmp_path / "none.pth"):
        with pytest.raises(UserError, match=f"there is no file {re.escape(str(path))}"):
            read_state_dict(path)


def test_a_compressed_archive_is_refused(tmp_path):
    state = {"w": np.zeros(1_000_000, np.float32)}
    path = write_zip(tmp_path / "w.pth", state, compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 20_000
    refuse(path, "is compressed")


def test_entries_that_share_their_bytes_are_refused(tmp_path):
    state = {str(number): np.zeros(10, np.float32) for number in range(20)}
    path = write_zip(tmp_path / "w.pth", {"w": np.zeros(10_000, np.float32), **state})
    with zipfile.ZipFile(path, "a") as archive:
        large = archive.getinfo("archive/data/0")
        for key in range(1, 21):
            shared = copy.copy(large)
            shared.filename = f"archive/data/{key}"
            archive.filelist[2 + key] = shared
        archive._didModify = True
    refuse(path, "is damaged")


@both_forms
def test_a_long_pickle_is_refused(tmp_path, write):
    path = write(tmp_path / "w.pth", {"w": WEIGHTS, "x" * 1_000_000: WEIGHTS})
    refuse(path, "describes its weights in more than 1 MB")


@both_forms
def test_limits_of_tensors_and_of_the_file(tmp_path, monkeypatch, write):
    path = write(tmp_path / "w.pth", {"a": WEIGHTS, "b": WEIGHTS, "c": WEIGHTS})
    monkeypatch.setattr(torch_file, "MAX_TENSORS", 2)
    refuse(path, "has 3 tensors, and at most 2 are accepted")
    monkeypatch.setattr(torch_file, "MAX_FILE", 100)
    refuse(path, "at most 0 GB are accepted")


NESTED = b")q\x00" + b"h\x00\x86q\x00" * 200  # its hash takes 2^200 steps
PAIRS = b"](" + b"](K\x01K\x02e" * 9000 + b"eq\x00"
BOMBS = {
    "a key that takes forever": b"}" + NESTED + b"Ns",
    "the key of a storage, as well": (
        b"(X\x07\x00\x00\x00storage"
        + name("torch", "FloatStorage")
        + NESTED
        + b"NK\x00tQ"
    ),
    "one list, copied again and again": (
        PAIRS + (name("collections", "OrderedDict") + b"h\x00\x85R") * 9000
    ),
    "a length of 2 GB": b"T\xff\xff\xff\x7f",
    "a name of 2 GB": b"X\xff\xff\xff\x7f",
    "no mark": b"K\x01t",
    "below the mark": b"K\x01(\x85",
    "an empty stack": b"0",
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_bombs_are_refused_at_once(tmp_path, bomb):
    path = write_zip(tmp_path / "w.pth", bomb)
    start = time.monotonic()
    refuse(path, "is damaged|is refused")
    assert time.monotonic() - start < 5


def test_a_far_place_in_the_memo_takes_no_memory(tmp_path):
    def encode(encoder):
        return encoder.encode({"w": WEIGHTS}) + b"r\xff\xff\xff\x7f"

    path = write_zip(tmp_path / "w.pth", encode)
    np.testing.assert_array_equal(read_state_dict(path)["w"], WEIGHTS)
