"""The network that is exported: in float32, for any image size or for one."""

from typing import NamedTuple

import keras
import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.datasets.side_formats import RGB, PairFormat, SideFormat
from pyimagesearch.errors import UserError
from pyimagesearch.networks.image_sizes import clone_on_inputs, compute_total_stride

# The names of the ends of every exported file, on which programs depend.
INPUT = "image"
OUTPUT = "picture"


class Network(NamedTuple):
    """A network to export.

    Attributes:
        model: keras.Model, from float32 (B, h, w, C) to float32 (B, h, w, D), both in
            [-1, 1].
        stride: int, the number that h and w are multiples of; None if they are fixed.
        image_size: tuple of int, (height, width) in pixels, the size that is timed.
        formats: PairFormat, what the values of inputs and results are.
    """

    model: keras.Model
    stride: int | None
    image_size: tuple[int, int]
    formats: PairFormat = RGB

    @property
    def is_open(self) -> bool:
        """Whether height and width are open."""
        return self.model.input_shape[1] is None

    def describe(self) -> dict:
        """Describe the interface for users of the exported file."""
        side_by_name = {"input": self.formats.input, "output": self.formats.target}
        return {
            "range": [-1, 1],
            "channels": " to ".join(
                dict.fromkeys(map(_name_channels, side_by_name.values()))
            ),
            "values": {
                name: {"dtype": side.dtype, "range": list(side.limits)}
                for name, side in side_by_name.items()
            },
            "layout": "NHWC",
            "dtype": "float32",
            "shape": list(self.model.input_shape),
            "total_stride": self.stride,
        }


def _name_channels(side_format: SideFormat) -> str:
    names = {1: "grey", 3: "RGB"}
    return names.get(side_format.channels, f"{side_format.channels} channels")


def prepare_network(
    generator: keras.Model,
    image_size: tuple[int, int] | None,
    formats: PairFormat = RGB,
) -> Network:
    """Convert a generator to float32, with open or fixed height and width.

    Mixed precision belongs to the machine that trained: few runtimes compute in
    bfloat16, and the weights are float32 anyway.

    Args:
        generator: keras.Model, from (B, H, W, C) to (B, H, W, D).
        image_size: tuple of int, (height, width) in pixels, or None for any size.
        formats: PairFormat, what the values of inputs and results are.

    Returns:
        Network. With an `image_size`, the batch size is fixed at 1: runtimes that need
        a fixed size need all of it. Otherwise, height and width are open if the layers
        allow it, and the generator's own if not.

    Raises:
        UserError: if `image_size` does not go through the network.
    """
    model = cast_to_float32(generator)
    _, height, width, channels = generator.input_shape
    own_size = height or config.IMAGE_HEIGHT, width or config.IMAGE_WIDTH
    try:
        resizable = clone_on_inputs(
            model, keras.Input((None, None, channels), name=INPUT)
        )
        stride = compute_total_stride(resizable)
    except ValueError:  # a layer that counts pixels, such as Dense
        inputs = keras.Input((*own_size, channels), name=INPUT)
        resizable = clone_on_inputs(model, inputs)
        stride = None
    if image_size is None:
        return Network(resizable, stride, own_size, formats)
    _check_size(image_size, stride, own_size)
    inputs = keras.Input((*image_size, channels), batch_size=1, name=INPUT)
    return Network(clone_on_inputs(model, inputs), stride, image_size, formats)


def _check_size(
    image_size: tuple[int, int], stride: int | None, own_size: tuple[int, int]
) -> None:
    if stride is None:
        fits, accepted = image_size == own_size, "{}x{}".format(*own_size)
    else:
        fits = not any(side % stride for side in image_size)
        accepted = f"multiples of {stride}"
    if not fits:
        raise UserError(
            f"--image-size {'x'.join(map(str, image_size))} does not go through this "
            f"generator: it accepts {accepted}"
        )


def cast_to_float32(generator: keras.Model) -> keras.Model:
    """Clone a network with every layer in float32; the weights are the same."""

    def clone_layer(layer):
        return type(layer).from_config({**layer.get_config(), "dtype": "float32"})

    model = keras.models.clone_model(generator, clone_function=clone_layer)
    model.set_weights(generator.get_weights())
    return model


def create_serving_function(
    model: keras.Model,
) -> tf.types.experimental.PolymorphicFunction:
    """Wrap a model as a tf.function from `INPUT` to a dict with `OUTPUT`."""
    spec = tf.TensorSpec(model.input_shape, tf.float32, name=INPUT)
    return tf.function(
        lambda image: {OUTPUT: model(image, training=False)}, input_signature=[spec]
    )
