"""Reads the weights in a `.pth` file of PyTorch, without PyTorch.

Such a file holds a pickle, and a pickle may call any function. Here no function is
looked up: a few instructions build dicts, lists, tuples and tensors, and the names that
a state_dict needs stand for them. All else is refused.
"""

import io
import math
import pickletools
import struct
import zipfile
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from pyimagesearch.errors import UserError
from pyimagesearch.regular_files import find_irregularity

MAX_FILE = 4_000_000_000  # bytes; the paper's generator has 0.2
MAX_PICKLE = 1_000_000  # bytes of all instructions; the paper's generator has 20,000
MAX_TENSORS = 10_000
MAX_AXES = 8
MAX_NAME = 200  # characters of a name in a message

ZIP_START = b"PK\x03\x04"
# The pickles of two constants: a magic number, and the version of the legacy form.
LEGACY_START = bytes.fromhex("80028a0a6cfc9c46f9206aa850192e") + b"\x80\x02M\xe9\x03."

BFLOAT16 = "bfloat16"  # the upper half of a float32, which NumPy does not have
DTYPES = {  # in the file, before the order of the bytes
    "FloatStorage": "f4",
    "DoubleStorage": "f8",
    "HalfStorage": "f2",
    "BFloat16Storage": BFLOAT16,
    "LongStorage": "i8",
    "IntStorage": "i4",
    "ShortStorage": "i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
}
STORAGES = {
    f"{module} {name}": dtype
    for module in ("torch", "torch.cuda")
    for name, dtype in DTYPES.items()
}
DICT = "collections OrderedDict"
TENSORS = ("torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_tensor")
PARAMETER = "torch._utils _rebuild_parameter"
CODES = {opcode.code.encode("latin-1"): opcode for opcode in pickletools.opcodes}
GLOBALS = {*STORAGES, *TENSORS, DICT, PARAMETER}

DAMAGES = (  # what reading a damaged file raises
    *(ValueError, KeyError, IndexError, TypeError, OverflowError, EOFError, OSError),
    *(struct.error, zipfile.BadZipFile, NotImplementedError, RuntimeError),
)


class Storage(NamedTuple):
    """The values that one or more tensors are views of, by their place in the file."""

    key: str
    dtype: str
    length: int

    @property
    def size(self) -> int:
        """int, bytes."""
        bytes_each = 2 if self.dtype == BFLOAT16 else np.dtype(self.dtype).itemsize
        return self.length * bytes_each


class Tensor(NamedTuple):
    """A view of a storage; offset and strides count values, not bytes."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class Global(NamedTuple):
    """A name in the pickle that stands for a function or type of PyTorch."""

    name: str


def read_state_dict(path: Path) -> dict[str, np.ndarray]:
    """Read the weights of a network that PyTorch has saved, in either form.

    Weights under the key "state_dict" are found, and the prefix "module." of
    DataParallel is removed.

    Args:
        path: Path, the file, as written by `torch.save(network.state_dict(), path)`.

    Returns:
        dict of array, by name in the order of the file; read-only, with the dtype of
        the file. bfloat16 becomes float32.

    Raises:
        UserError: if the file does not exist, is damaged, or contains anything else.
    """
    irregularity = find_irregularity(path)
    if irregularity or not path.is_file():
        reason = f" ({path.name} {irregularity})" if irregularity else ""
        raise UserError(f"there is no file {path}{reason}: pass a .pth file of PyTorch")
    size = path.stat().st_size
    if size > MAX_FILE:
        raise UserError(
            f"{path} has {size / 1e9:.1f} GB, and at most {MAX_FILE / 1e9:.0f} GB are "
            f"accepted: pass the weights of one network"
        )
    with path.open("rb") as file:
        try:
            is_zip = file.read(len(ZIP_START)) == ZIP_START
            file.seek(0)
            return (_read_zip if is_zip else _read_legacy)(file, size, path)
        except UserError:
            raise
        except DAMAGES as error:
            raise UserError(
                f"{path} is not a file of PyTorch weights, or is damaged: copy it again"
            ) from error


def _read_zip(file: BinaryIO, size: int, path: Path) -> dict[str, np.ndarray]:
    """Read the form of PyTorch 1.6 and later: an archive with a file per storage."""
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        (pickle,) = (x for x in entries if x.filename.endswith("/data.pkl"))
        # PyTorch compresses nothing; so no entry is larger than the file.
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            raise UserError(f"{path} is compressed: pass it as PyTorch has written it")
        if sum(entry.file_size for entry in entries) > size:
            raise ValueError("the entries overlap")
        if pickle.file_size > MAX_PICKLE:
            raise _create_size_error(path)
        folder = pickle.filename.removesuffix("data.pkl")
        names = {entry.filename for entry in entries}
        order = "little"
        if f"{folder}byteorder" in names:
            order = archive.read(f"{folder}byteorder").decode("ascii")
        machine = PickleMachine(path)
        tensors = _find_tensors(machine.execute(io.BytesIO(archive.read(pickle))), path)

        arrays = {}
        for storage in {tensor.storage for tensor in tensors.values()}:
            entry = archive.getinfo(f"{folder}data/{storage.key}")
            if entry.file_size != storage.size:
                raise ValueError("a storage has another size than the pickle says")
            arrays[storage] = _decode(storage, archive.read(entry), order)
    return {name: _view(tensor, arrays) for name, tensor in tensors.items()}


def _read_legacy(file: BinaryIO, size: int, path: Path) -> dict[str, np.ndarray]:
    """Read the form of earlier versions: five pickles, then the storages in turn."""
    head = io.BytesIO(file.read(MAX_PICKLE + 1))
    if head.read(len(LEGACY_START)) != LEGACY_START:
        raise ValueError("another format")
    machine = PickleMachine(path)
    try:
        if machine.execute(head)["little_endian"] is not True:
            raise UserError(f"{path} was written on a big-endian machine: save it anew")
        tensors = _find_tensors(machine.execute(head), path)
        keys = machine.execute(head)
    except DAMAGES as error:
        if size > MAX_PICKLE and head.tell() > MAX_PICKLE:
            raise _create_size_error(path) from error
        raise

    wanted = {tensor.storage for tensor in tensors.values()}
    arrays = {}
    position = head.tell()
    for key in keys:
        if type(key) is not str:
            raise TypeError("not a key")
        storage = machine.storages[key]
        file.seek(position)
        (length,) = struct.unpack("<q", file.read(8))
        position += 8 + storage.size
        if length != storage.length or position > size:
            raise ValueError("a storage has another size than the pickle says")
        if storage in wanted:
            arrays[storage] = _decode(storage, file.read(storage.size), "little")
    return {name: _view(tensor, arrays) for name, tensor in tensors.items()}


def _create_size_error(path: Path) -> UserError:
    return UserError(
        f"{path} describes its weights in more than {MAX_PICKLE / 1e6:.0f} MB: it "
        f"is no state_dict of a generator"
    )


def _find_tensors(value: object, path: Path) -> dict[str, Tensor]:
    """Check that an object is a state_dict, and return it without wrappers."""
    if isinstance(value, dict) and isinstance(value.get("state_dict"), dict):
        value = value["state_dict"]
    if not isinstance(value, dict) or not value:
        raise UserError(
            f"{path} holds no state_dict: save one with `torch.save(network.state_dict"
            f"(), ...)`"
        )
    for name, tensor in value.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise UserError(
                f"{path} holds no state_dict: its entry {_shorten(str(name))} is no "
                f"tensor; save one with `torch.save(network.state_dict(), ...)`"
            )
    if len(value) > MAX_TENSORS:
        raise UserError(
            f"{path} has {len(value):,} tensors, and at most {MAX_TENSORS:,} are "
            f"accepted: pass the weights of one network"
        )
    if all(name.startswith("module.") for name in value):
        return {name.removeprefix("module."): value[name] for name in value}
    return value


def _decode(storage: Storage, data: bytes, order: str) -> np.ndarray:
    """Return the values of a storage, (length,), in the byte order of this machine."""
    sign = {"little": "<", "big": ">"}[order]
    if storage.dtype == BFLOAT16:
        bits = np.frombuffer(data, f"{sign}u2").astype(np.uint32) << 16
        return bits.view(np.float32)
    values = np.frombuffer(data, f"{sign}{storage.dtype}")
    return values.astype(storage.dtype, copy=False)


def _view(tensor: Tensor, arrays: dict[Storage, np.ndarray]) -> np.ndarray:
    """Return a tensor as a read-only view; NumPy checks its extent once more."""
    values = arrays[tensor.storage]
    bytes_each = values.itemsize
    view = np.ndarray(
        tensor.shape,
        values.dtype,
        buffer=values,
        offset=tensor.offset * bytes_each,
        strides=[stride * bytes_each for stride in tensor.strides],
    )
    view.flags.writeable = False
    return view


class PickleMachine:
    """Executes the pickles of one file, with a small part of the instructions.

    A value takes at least one byte of the pickle, so its length limits the memory.

    Args:
        path: Path, the file, for the messages.

    Attributes:
        storages: dict of Storage by key, all that the pickles have named so far.
    """

    LITERALS = frozenset(
        ("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE")
        + ("SHORT_BINSTRING", "BINSTRING")  # str of Python 2
    )
    CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
    EMPTY = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple}
    TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
    PUTS = frozenset(("BINPUT", "LONG_BINPUT"))
    GETS = frozenset(("BINGET", "LONG_BINGET"))
    INSTRUCTIONS = frozenset(
        (*LITERALS, *CONSTANTS, *EMPTY, *TUPLES, *PUTS, *GETS)
        + ("MARK", "GLOBAL", "PROTO", "STOP", "TUPLE", "APPEND", "APPENDS")
        + ("SETITEM", "SETITEMS", "BUILD", "BINPERSID", "REDUCE")
    )

    def __init__(self, path: Path):
        self.path = path
        self.storages = {}
        self._stack = []
        self._marks = []  # lengths of the stack
        self._memo = {}

    def execute(self, stream: BinaryIO) -> object:
        """Execute the next pickle, and return its value.

        Args:
            stream: BinaryIO, in memory; afterwards at the byte behind the pickle.

        Raises:
            UserError: if the pickle needs anything that a state_dict does not.
        """
        self._stack, self._marks, self._memo = [], [], {}
        while (opcode := self._read_opcode(stream)).name != "STOP":
            self._step(opcode.name, _read_argument(opcode, stream))
        (value,) = self._stack
        return value

    def _read_opcode(self, stream: BinaryIO) -> pickletools.OpcodeInfo:
        opcode = CODES[stream.read(1)]
        if opcode.name not in self.INSTRUCTIONS:
            raise UserError(
                f"{self.path} is refused: its pickle has the instruction "
                f"{opcode.name}, which no state_dict needs"
            )
        return opcode

    def _step(self, name: str, argument: object) -> None:
        if name in self.LITERALS:
            self._stack.append(argument)
        elif name in self.CONSTANTS:
            self._stack.append(self.CONSTANTS[name])
        elif name in self.EMPTY:
            self._stack.append(self.EMPTY[name]())
        elif name in self.TUPLES:
            self._stack.append(tuple(self._pop(self.TUPLES[name])))
        elif name in self.PUTS:
            self._memo[argument] = self._stack[-1]
        elif name in self.GETS:
            self._stack.append(self._memo[argument])
        elif name == "MARK":
            self._marks.append(len(self._stack))
        elif name == "GLOBAL":
            self._stack.append(self._allow(argument))
        elif name != "PROTO":
            self._combine(name)

    def _combine(self, name: str) -> None:
        """Execute an instruction that puts values of the stack together."""
        if name == "TUPLE":
            self._stack.append(tuple(self._pop_to_mark()))
        elif name in ("APPEND", "APPENDS"):
            values = self._pop(1) if name == "APPEND" else self._pop_to_mark()
            self._get_top(list).extend(values)
        elif name in ("SETITEM", "SETITEMS"):
            values = self._pop(2) if name == "SETITEM" else self._pop_to_mark()
            pairs = zip(values[::2], values[1::2], strict=True)
            _set_items(self._get_top(dict), pairs)
        elif name == "BUILD":
            self._pop(1)  # attributes of a state_dict, such as the versions of layers
            self._get_top(dict)
        elif name == "BINPERSID":
            self._stack.append(self._name_storage(*self._pop(1)))
        elif name == "REDUCE":
            self._stack.append(self._call(*self._pop(2)))

    def _pop(self, number: int) -> list:
        """Remove and return the last values of the stack, above the last mark."""
        start = len(self._stack) - number
        if start < (self._marks[-1] if self._marks else 0):
            raise IndexError("the stack is empty")
        values = self._stack[start:]
        del self._stack[start:]
        return values

    def _pop_to_mark(self) -> list:
        values = self._pop(len(self._stack) - self._marks[-1])
        self._marks.pop()
        return values

    def _get_top(self, kind: type) -> object:
        if type(self._stack[-1]) is not kind:
            raise TypeError(f"no {kind.__name__} on the stack")
        return self._stack[-1]

    def _allow(self, name: str) -> Global:
        if name not in GLOBALS:
            raise UserError(
                f"{self.path} is refused: it refers to {_shorten(name, '.')}, and a "
                f"state_dict refers to tensors only; save one with `torch.save("
                f"network.state_dict(), ...)`"
            )
        return Global(name)

    def _name_storage(self, reference: tuple) -> Storage:
        """Check the reference to a storage, a tuple of its type, key and length."""
        if type(reference) is not tuple or len(reference) > 6:
            raise ValueError("not a storage")
        kind, storage_type, key, _, length, *view = reference
        is_plain = kind == "storage" and view in ([], [None])
        if type(storage_type) is not Global or type(key) is not str:
            raise TypeError("not a storage")
        if not is_plain or type(length) is not int or length < 0:
            raise ValueError("not a storage")
        storage = Storage(key, STORAGES[storage_type.name], length)
        if self.storages.setdefault(key, storage) != storage:
            raise ValueError("two storages have one key")
        return storage

    def _call(self, function: object, arguments: tuple) -> object:
        """Do what a function of PyTorch would: the four that are known."""
        if type(function) is not Global or type(arguments) is not tuple:
            raise TypeError("not a function")
        if function.name == DICT:
            return _create_dict(*arguments)
        if function.name in TENSORS:
            return _create_tensor(*arguments[:4])
        if function.name == PARAMETER and type(arguments[0]) is Tensor:
            return arguments[0]
        raise TypeError("not a function")


def _read_argument(opcode: pickletools.OpcodeInfo, stream: BinaryIO) -> object:
    if opcode.name == "GLOBAL":  # the reader of pickletools decodes escapes
        lines = [stream.readline(), stream.readline()]
        if not lines[1].endswith(b"\n"):
            raise EOFError("the name of a global is cut")
        return b" ".join(line[:-1] for line in lines).decode()
    return opcode.arg.reader(stream) if opcode.arg else None


def _create_dict(pairs: list | None = None) -> dict:
    """Create a dict, under Python 2 of a list of pairs."""
    items = {}
    if pairs is not None:
        if type(pairs) is not list:
            raise TypeError("no list of pairs")
        _set_items(items, pairs)
        pairs.clear()  # or else a small pickle could copy a long list many times
    return items


def _set_items(items: dict, pairs) -> None:
    for key, value in pairs:
        # The hash of a nested tuple may take forever.
        if type(key) not in (str, int):
            raise TypeError("not a key")
        items[key] = value


def _create_tensor(storage, offset, shape, strides) -> Tensor:
    """Create a tensor whose values all lie within its storage."""
    if type(storage) is not Storage or not len(shape) == len(strides) <= MAX_AXES:
        raise TypeError("not a tensor")
    numbers = (offset, *shape, *strides)
    if not all(type(number) is int and number >= 0 for number in numbers):
        raise ValueError("not the shape of a tensor")
    values = math.prod(shape)
    last = offset + sum(
        (side - 1) * stride for side, stride in zip(shape, strides, strict=True)
    )
    # A tensor may repeat values; then it could be larger than the file.
    if values > storage.length or (values and last >= storage.length):
        raise ValueError("the tensor is larger than its storage")
    return Tensor(storage, offset, tuple(shape), tuple(strides))


def _shorten(name: str, space: str = " ") -> str:
    name = name.replace(" ", space)
    return name if len(name) <= MAX_NAME else f"{name[:MAX_NAME]}..."
