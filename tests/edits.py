"""Edits of a JSON value, for tables of what somebody may have made of a file."""

import copy
from enum import Enum

# An enum, since the id of a test, in which it occurs, is the same in all processes.
GONE = Enum("Gone", "GONE").GONE


def edit(value, place, new):
    """Return a copy with another value at a place such as ("pairs", "train"), or none.

    The place () is the whole value.
    """
    if not place:
        return new
    value = copy.deepcopy(value)
    parent = value
    for name in place[:-1]:
        parent = parent[name]
    if new is GONE:
        del parent[place[-1]]
    else:
        parent[place[-1]] = new
    return value


def nest(depth):
    """Return lists in lists."""
    value = []
    for _ in range(depth - 1):
        value = [value]
    return value
