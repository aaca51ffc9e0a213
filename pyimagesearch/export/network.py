"""The network that is exported: in float32, of any size or of one."""

from typing import NamedTuple

import keras
import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.errors import UserError
from pyimagesearch.networks.image_sizes import clone_on_inputs, compute_total_stride

INPUT = "image"
OUTPUT = "picture"


class Network(NamedTuple):
    """What every file holds.

    Attributes:
        model: from float32 (B, h, w, 3) to float32 (B, h, w, 3), both in [-1, 1].
        stride: what h and w have to be multiples of; None where they cannot vary.
        image_size: (height, width) in pixels, at which it is timed.
    """

    model: keras.Model
    stride: int | None
    image_size: tuple[int, int]

    @property
    def is_open(self) -> bool:
        """Whether its height and width are open."""
        return self.model.input_shape[1] is None

    def facts(self) -> dict:
        """What somebody has to know who runs it without this package."""
        return {
            "range": [-1, 1],
            "channels": "RGB",
            "layout": "NHWC",
            "dtype": "float32",
            "shape": list(self.model.input_shape),
            "total_stride": self.stride,
        }


def prepare_network(
    generator: keras.Model, image_size: tuple[int, int] | None
) -> Network:
    """The generator with its own weights, computing in float32.

    A mixed precision belongs to the machine that trained: few runtimes compute in
    bfloat16, and the weights are float32 anyway.

    Args:
        generator: from (B, H, W, 3) to (B, H, W, 3).
        image_size: (height, width) in pixels, or None for any size.

    Returns:
        With an `image_size` a network of batches of one, since a runtime that wants a
        size wants all of it. Else one of open height and width where its layers allow
        that, of the generator's own where they do not.

    Raises:
        UserError: where `image_size` does not go through.
    """
    model = cast_to_float32(generator)
    _, height, width, _ = generator.input_shape
    own = height or config.IMAGE_HEIGHT, width or config.IMAGE_WIDTH
    try:
        opened = clone_on_inputs(model, keras.Input((None, None, 3), name=INPUT))
        stride = compute_total_stride(opened)
    except ValueError:  # a layer that counts pixels, such as Dense
        opened = clone_on_inputs(model, keras.Input((*own, 3), name=INPUT))
        stride = None
    if image_size is None:
        return Network(opened, stride, own)
    _check_size(image_size, stride, own)
    inputs = keras.Input((*image_size, 3), batch_size=1, name=INPUT)
    return Network(clone_on_inputs(model, inputs), stride, image_size)


def create_serving_function(
    model: keras.Model,
) -> tf.types.experimental.PolymorphicFunction:
    """The model as the function that a file holds, from `image` to `picture`."""
    spec = tf.TensorSpec(model.input_shape, tf.float32, name=INPUT)
    return tf.function(
        lambda image: {OUTPUT: model(image, training=False)}, input_signature=[spec]
    )


def _check_size(
    image_size: tuple[int, int], stride: int | None, own: tuple[int, int]
) -> None:
    if stride is None:
        fits, taken = image_size == own, "{}x{}".format(*own)
    else:
        fits = not any(side % stride for side in image_size)
        taken = f"multiples of {stride}"
    if not fits:
        size = "{}x{}".format(*image_size)
        raise UserError(
            f"images of {size} do not go through this generator: --image-size takes "
            f"{taken}"
        )


def cast_to_float32(generator: keras.Model) -> keras.Model:
    """The same network, with the same weights, every layer of it in float32."""

    def layer_in_float32(layer):
        return type(layer).from_config({**layer.get_config(), "dtype": "float32"})

    model = keras.models.clone_model(generator, clone_function=layer_in_float32)
    model.set_weights(generator.get_weights())
    return model
