"""Ctrl-C and SIGTERM: the training ends at its next step, and can go on."""

import contextlib
import signal
from collections.abc import Callable, Iterator

import keras

from pyimagesearch.console import info
from pyimagesearch.errors import RunStoppedError

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def interruptible(
    how_to_go_on: Callable[[], str],
) -> Iterator[keras.callbacks.Callback]:
    """Ends the `fit` inside at its next step after a signal, a second time at once.

    Args:
        how_to_go_on: asked for a sentence when the training ends so.

    Yields:
        The callback to give to `fit`.

    Raises:
        RunStoppedError: where there was a signal, with the exit status that a shell
            gives to it: 130 or 143.
    """
    received = []

    def receive(number, frame):
        received.append(number)
        for each in SIGNALS:
            signal.signal(each, signal.SIG_DFL)  # which ends the process at once
        print()  # off the line of the progress bar
        info("stopping at the end of this step; a second time stops at once")

    def stop_if_received():
        if received:
            raise RunStoppedError(f"interrupted: {how_to_go_on()}", 128 + received[0])

    class Interruption(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            stop_if_received()

        def on_test_batch_end(self, batch, logs=None):
            stop_if_received()

    before = {number: signal.signal(number, receive) for number in SIGNALS}
    try:
        yield Interruption()
        stop_if_received()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
