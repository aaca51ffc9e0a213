"""Damaged files are read, or refused with a sentence; see `fuzz_files.py`.

The damage is random, and the same in every run of the test. `FUZZ_SEED` changes it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

NUMBERS = {  # of files, five minutes together
    "images": 20_000,
    "generator": 1_000,
    "record": 3_000,
    "history": 10_000,
    "checkpoint": 10_000,
    "archives": 6_000,
    "pytorch": 10_000,
    "tables": 10_000,
}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits the memory as Linux does")
@pytest.mark.parametrize("kind", NUMBERS)
def test_damaged_files_are_read_or_refused(tmp_path, kind):
    script = Path(__file__).with_name("fuzz_files.py")
    seed = os.environ.get("FUZZ_SEED", "0")
    done = subprocess.run(
        [sys.executable, script, kind, str(NUMBERS[kind]), seed, tmp_path],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout.splitlines()[-1])
    print(kind, result)
    assert not result["defects"], "\n".join(text for text, _ in result["defects"])
    assert result["read"] + result["refused"] == NUMBERS[kind]
    assert result["refused"] > NUMBERS[kind] / 10
