"""The tables of hand-made curves, to the letter."""

from tiny_study import STUDY, training

from pyimagesearch.studies.tables import tables

TABLE = """\
| recipe | L1 | PSNR | steps x batch | seconds to the tutorial's scores |
| --- | --- | --- | --- | --- |
| `tutorial` | 0.3500 (0.3000 - 0.4000) | 14.50 (14.00 - 15.00) | 80 x 2 | never |
| `best` | 0.1500 (0.1000 - 0.2000) | 16.00 (15.00 - 17.00) | 4,000 x 2 | 30 |
| tutorial, crop | 0.3000 | 13.00 | 80 x 2 | never |

`best` is ahead of `tutorial` with every seed in all but PSNR."""


def test_a_table_for_each_set():
    other = training("paper", 42, (0.5, 10.0), of="facades")
    study = {**STUDY, "cells": [*STUDY["cells"], other]}
    found = tables(study)
    assert found.keys() == {"streets", "facades"}
    assert found["streets"] == TABLE
    assert found["facades"].splitlines() == [
        "| recipe | L1 | PSNR | steps x batch |",  # and no tutorial to compare with
        "| --- | --- | --- | --- |",
        "| `paper` | 0.5000 | 10.00 | 80 x 2 |",
    ]


def test_ahead_in_every_score():
    best = training("best", 42, (0.1, 20.0))
    paper = training("paper", 42, (0.2, 15.0))
    (table,) = tables({**STUDY, "cells": [paper, best]}).values()
    last = "`best` is ahead of `paper` with every seed in every score."
    assert table.splitlines()[-1] == last
