"""How far a network looks into its input: the arithmetic of receptive fields."""

from typing import NamedTuple

import keras
from keras import layers

UPSAMPLING = (layers.Conv2DTranspose, layers.UpSampling2D)


class Field(NamedTuple):
    """What one pixel of a feature map looks at.

    Attributes:
        size: pixels of the input's side, (size, size) in all.
        step: pixels of the input from what it looks at to what its neighbour does.
    """

    size: int = 1
    step: int = 1

    def behind(self, kernel: int, stride: int) -> "Field":
        """The field behind one more convolution or pooling."""
        return Field(self.size + (kernel - 1) * self.step, self.step * stride)


def fields(model: keras.Model) -> dict[str, Field | None]:
    """The field of every layer of a network, by the layer's name.

    Args:
        model: of layers with square, undilated kernels.

    Returns:
        None for what lies behind an upsampling, whose field is another for odd and for
        even pixels. What normalisation takes from the whole picture is left out.
    """
    of_tensor, of_layer = {}, {}
    for layer in model.layers:
        before = [Field()]
        if not isinstance(layer, layers.InputLayer):
            before = [of_tensor[id(x)] for x in keras.tree.flatten(layer.input)]
        known = None not in before and not isinstance(layer, UPSAMPLING)
        field = max(before).behind(*window(layer)) if known else None
        of_layer[layer.name] = of_tensor[id(layer.output)] = field
    return of_layer


def window(layer: keras.layers.Layer) -> tuple[int, int]:
    """The side and the stride of a layer's kernel; (1, 1) where it has none."""
    side = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", (1,))
    return side[0], getattr(layer, "strides", (1,))[0]
