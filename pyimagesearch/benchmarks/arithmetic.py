"""How much arithmetic a step is, and how much of it the device can do in a second."""

import math
import time

import tensorflow as tf

FORWARD, TO_INPUT, TO_FILTER = (
    "Conv2D",
    "Conv2DBackpropInput",  # the forward pass of a transposed convolution, too
    "Conv2DBackpropFilter",
)
SIDE = {"CPU": 2048, "GPU": 8192}  # of the matrices: long enough to reach the peak
PRODUCTS = 5  # of which the best counts


def convolution_flops(function: tf.types.experimental.ConcreteFunction) -> int:
    """Additions and multiplications of the convolutions in a function of known shapes.

    Every element of the filter meets every position of the smaller image once, in the
    forward pass and in either gradient. All else in these networks is under 1 %.
    """
    return sum(map(_flops, _executed(function.graph)))


def _executed(graph):
    """The operations that an output or a variable depends on.

    A tape goes back through the generator for the discriminator's loss too. Nobody asks
    for what it finds there, and TensorFlow leaves it out when it runs the function.
    """
    found = set()
    ahead = [tensor.op for tensor in graph.outputs] + graph.control_outputs
    while ahead:
        operation = ahead.pop()
        if operation not in found:
            found.add(operation)
            ahead += [tensor.op for tensor in operation.inputs]
            ahead += operation.control_inputs
    return found


def _flops(operation: tf.Operation) -> int:
    if operation.type == FORWARD:
        kernel, positions = operation.inputs[1], operation.outputs[0]
    elif operation.type == TO_INPUT:
        kernel, positions = operation.inputs[1:3]
    elif operation.type == TO_FILTER:
        kernel, positions = operation.outputs[0], operation.inputs[2]
    else:
        return 0
    return 2 * math.prod(kernel.shape) * math.prod(positions.shape[:-1])


def matrix_rate(dtype: str) -> float:
    """FLOP/s of the device in a product of large square matrices, the best of a few.

    Args:
        dtype: of the matrices, "float32", "bfloat16" or "float16".
    """
    gpus = tf.config.list_logical_devices("GPU")
    side = SIDE["GPU" if gpus else "CPU"]
    matrix = tf.cast(tf.random.stateless_uniform((side, side), (1, 2)), dtype)

    @tf.function
    def product():
        return tf.reduce_sum(matrix @ matrix)

    product().numpy()
    best = math.inf
    for _ in range(PRODUCTS):
        start = time.perf_counter()
        product().numpy()
        best = min(best, time.perf_counter() - start)
    return 2 * side**3 / best
