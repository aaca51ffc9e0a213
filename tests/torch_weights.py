"""Files of PyTorch weights, put together byte by byte, and U-Nets to fill them."""

import struct
import zipfile

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
STORAGES = {
    "float32": "FloatStorage",
    "float64": "DoubleStorage",
    "float16": "HalfStorage",
    "uint16": "BFloat16Storage",  # its bits; PyTorch has no such storage
    "int64": "LongStorage",
    "int32": "IntStorage",
    "uint8": "ByteStorage",
}


class Encoder:
    """Writes values as pickles, as `torch.save` does; bytes stand for themselves."""

    def __init__(self, is_legacy, module="torch"):
        self.storages = []
        self.end = (None,) if is_legacy else ()
        self.module = module

    def pickle(self, value):
        return b"\x80\x02" + self.encode(value) + b"."

    def encode(self, value):
        if isinstance(value, bytes):
            return value
        if value is None or isinstance(value, bool):
            return {None: b"N", True: b"\x88", False: b"\x89"}[value]
        if isinstance(value, int):
            digits = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
            return b"\x8a" + bytes([len(digits)]) + digits
        if isinstance(value, str):
            return b"X" + struct.pack("<I", len(value.encode())) + value.encode()
        if isinstance(value, np.ndarray):
            return self.encode_tensor(value)
        if isinstance(value, dict):
            items = [x for item in value.items() for x in item]
            return call("collections", "OrderedDict", b")") + self.group(items, b"u")
        return self.group(value, b"t") if type(value) is tuple else self.list(value)

    def list(self, values):
        return b"]" + self.group(values, b"e")

    def group(self, values, end):
        return b"(" + b"".join(map(self.encode, values)) + end

    def encode_tensor(self, array, shape=None, strides=None, offset=0, length=None):
        """A tensor; what is passed says something else than the array."""
        key = str(len(self.storages))
        self.storages.append(array)
        steps = [step // array.itemsize for step in array.strides]
        kind = name(self.module, STORAGES[array.dtype.name])
        length = array.size if length is None else length
        reference = ("storage", kind, key, "cpu", length, *self.end)
        shape = array.shape if shape is None else shape
        strides = tuple(steps) if strides is None else strides
        view = (self.encode(reference) + b"Q", offset, shape, strides, False, {})
        return call("torch._utils", "_rebuild_tensor_v2", self.encode(view))


def name(module, function):
    return f"c{module}\n{function}\n".encode()


def call(module, function, arguments):
    return name(module, function) + arguments + b"R"


def write_zip(path, value, folder="archive", compression=zipfile.ZIP_STORED, order="<"):
    """Writes the form of today; `value` may be a function of the encoder."""
    encoder = Encoder(is_legacy=False)
    pickle = encoder.pickle(value(encoder) if callable(value) else value)
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr(f"{folder}/data.pkl", pickle)
        byteorder = {"<": "little", ">": "big"}[order]
        archive.writestr(f"{folder}/byteorder", byteorder)
        for key, array in enumerate(encoder.storages):
            data = array.astype(array.dtype.newbyteorder(order)).tobytes()
            archive.writestr(f"{folder}/data/{key}", data)
        archive.writestr(f"{folder}/version", "3\n")
    return path


def write_legacy(path, value, **changes):
    """Writes the form before PyTorch 1.6."""
    encoder = Encoder(is_legacy=True, **changes)
    pickle = encoder.pickle(value(encoder) if callable(value) else value)
    system = {"protocol_version": 1001, "little_endian": True}
    with path.open("wb") as file:
        for constant in (MAGIC, b"M\xe9\x03", system):
            file.write(encoder.pickle(constant))
        keys = [str(key) for key in range(len(encoder.storages))]
        file.write(pickle + encoder.pickle(keys))
        for array in encoder.storages:
            file.write(struct.pack("<q", array.size) + array.tobytes())
    return path


FORMS = (write_zip, write_legacy)


def random_unet(depth=5, width=2, channels=(3, 3), seed=0):
    """The state_dict of a U-Net of the authors' PyTorch code, with random values."""
    rng = np.random.default_rng(seed)
    filters = [width * multiple for multiple in (1, 2, 4, 8, 8, 8, 8, 8)][:depth]
    state = {}

    def add(entry, *shape, mean=0.0, deviation=0.2):
        value = rng.normal(mean, deviation, shape)
        state[entry] = value.astype(np.float32)

    def add_kernel(entry, *shape):
        inputs = shape[1] if entry.endswith("down") else shape[0]
        deviation = 1 / np.sqrt(4 * inputs)
        add(entry.split()[0], *shape, 4, 4, deviation=deviation)

    def add_norm(entry, channels):
        add(f"{entry}.weight", channels, mean=1.0)
        add(f"{entry}.bias", channels)
        add(f"{entry}.running_mean", channels)
        state[f"{entry}.running_var"] = rng.uniform(0.5, 2, channels).astype("f4")
        state[f"{entry}.num_batches_tracked"] = np.array(7, np.int64)

    def add_block(prefix, level):
        outer, inner = filters[level - 1], filters[level]
        add_kernel(f"{prefix}.1.weight down", inner, outer)
        if level == depth - 1:
            add_kernel(f"{prefix}.3.weight up", inner, outer)
            add_norm(f"{prefix}.4", outer)
            return
        add_norm(f"{prefix}.2", inner)
        add_block(f"{prefix}.3.model", level + 1)
        add_kernel(f"{prefix}.5.weight up", 2 * inner, outer)
        add_norm(f"{prefix}.6", outer)

    add_kernel("model.model.0.weight down", width, channels[0])
    add_block("model.model.1.model", 1)
    add_kernel("model.model.3.weight up", 2 * width, channels[1])
    add("model.model.3.bias", channels[1])
    return state


def translate(state, images, norm="instance"):
    """The forward pass of that U-Net, in PyTorch's layout (B, C, H, W), in float64."""

    def normalize(entry, x):
        weight, bias, mean, variance = (
            state[f"{entry}.{part}"].reshape(1, -1, 1, 1).astype(float)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        if norm == "instance":
            mean, variance = (f((2, 3), keepdims=True) for f in (x.mean, x.var))
        return weight * (x - mean) / np.sqrt(variance + 1e-5) + bias

    def pass_block(prefix, x):
        """The image, and behind it what the block makes of it."""
        y = halve(np.where(x > 0, x, 0.2 * x), state[f"{prefix}.1.weight"])
        if f"{prefix}.4.weight" in state:
            y = double(np.maximum(y, 0), state[f"{prefix}.3.weight"])
            return np.concatenate([x, normalize(f"{prefix}.4", y)], axis=1)
        y = pass_block(f"{prefix}.3.model", normalize(f"{prefix}.2", y))
        y = double(np.maximum(y, 0), state[f"{prefix}.5.weight"])
        return np.concatenate([x, normalize(f"{prefix}.6", y)], axis=1)

    x = halve(images, state["model.model.0.weight"])
    x = np.maximum(pass_block("model.model.1.model", x), 0)
    x = double(x, state["model.model.3.weight"])
    return np.tanh(x + state["model.model.3.bias"].reshape(1, -1, 1, 1))


def halve(x, kernel):
    """A convolution of stride 2 and padding 1; kernel (out, in, 4, 4)."""
    height, width = x.shape[2:]
    padded = np.pad(x, [(0, 0), (0, 0), (1, 1), (1, 1)])
    return sum(
        np.einsum(
            "bihw,oi->bohw",
            padded[:, :, row : row + height : 2, column : column + width : 2],
            kernel[:, :, row, column],
            optimize=True,
        )
        for row in range(4)
        for column in range(4)
    )


def double(x, kernel):
    """A transposed convolution of stride 2 and padding 1; kernel (in, out, 4, 4)."""
    height, width = 2 * x.shape[2], 2 * x.shape[3]
    padded = np.zeros((len(x), kernel.shape[1], height + 2, width + 2))
    for row in range(4):
        for column in range(4):
            padded[:, :, row : row + height : 2, column : column + width : 2] += (
                np.einsum("bihw,io->bohw", x, kernel[:, :, row, column], optimize=True)
            )
    return padded[:, :, 1:-1, 1:-1]
