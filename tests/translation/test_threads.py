"""Work ahead: in order, bounded, and with its errors in their places."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from pyimagesearch.translation import translate
from pyimagesearch.translation.translate import map_ahead


@pytest.fixture
def pool():
    with ThreadPoolExecutor(4) as pool:
        yield pool


def test_results_come_in_the_order_of_their_items(pool):
    def late(item):
        time.sleep(0.002 * (item[0] % 3))
        return item

    items = [(n,) for n in range(3 * translate.AHEAD)]
    assert list(map_ahead(pool, late, items)) == items


def test_so_many_are_begun_and_no_more(pool):
    begun = []

    def items():
        for number in range(1000):
            begun.append(number)
            yield (number,)

    results = map_ahead(pool, lambda item: item, items())
    next(results)
    assert len(begun) == translate.AHEAD + 1
    next(results)
    assert len(begun) == translate.AHEAD + 2


def test_large_arrays_are_not_piled_up(pool, monkeypatch):
    monkeypatch.setattr(translate, "AHEAD_BYTES", 1000)
    begun = []

    def items():
        for number in range(1000):
            begun.append(number)
            yield number, np.zeros(400, np.uint8)

    results = map_ahead(pool, lambda item: (item[0],), items())
    assert next(results) == (0,)
    assert len(begun) == 3


def test_an_error_comes_in_its_place(pool):
    release = threading.Event()

    def fail_at_two(item):
        release.wait()
        if item[0] == 2:
            raise OSError(28, "No space left on device")
        return item

    results = map_ahead(pool, fail_at_two, [(n,) for n in range(4)])
    release.set()
    assert [next(results), next(results)] == [(0,), (1,)]
    with pytest.raises(OSError, match="No space left"):
        next(results)
