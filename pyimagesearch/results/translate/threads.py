"""Work in threads, ahead of whoever takes its results, at bounded memory."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

AHEAD = 32  # items under way at most
AHEAD_BYTES = 1 << 28  # of their arrays, above which no further item is begun


def threads() -> ThreadPoolExecutor:
    """A pool with a thread for each processor."""
    return ThreadPoolExecutor(os.cpu_count())


def ahead(
    pool: ThreadPoolExecutor, function: Callable[[tuple], tuple], items: Iterable[tuple]
) -> Iterator[tuple]:
    """Calls function(item) for every item, and yields the results in order.

    Args:
        pool: whose threads call it.
        function: from a tuple to a tuple, whose arrays count for their memory.
        items: iterated in the thread of the caller.

    Raises:
        Exception: what `items` or `function` raised, in the place of that result.
    """
    under_way: deque[tuple[tuple, Future]] = deque()
    for item in items:
        under_way.append((item, pool.submit(function, item)))
        while len(under_way) > AHEAD or _held_bytes(under_way) > AHEAD_BYTES:
            yield under_way.popleft()[1].result()
    while under_way:
        yield under_way.popleft()[1].result()


def _held_bytes(under_way: Iterable[tuple[tuple, Future]]) -> int:
    return sum(
        _array_bytes(item) + (_array_bytes(work.result()) if _succeeded(work) else 0)
        for item, work in under_way
    )


def _succeeded(work: Future) -> bool:
    return work.done() and work.exception() is None


def _array_bytes(values: tuple) -> int:
    return sum(value.nbytes for value in values if isinstance(value, np.ndarray))
