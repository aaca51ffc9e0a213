"""Installs what a notebook's machine lacks, and replaces as little as possible."""

import importlib
import importlib.metadata
import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

from packaging.requirements import Requirement

from pyimagesearch.cli import info

# Colab has those that fit its drivers, and a running kernel has imported some.
KEPT = ("tensorflow", "keras", "numpy")


def install_missing(requirements: Path | str = "requirements.txt") -> None:
    """Brings the packages of a requirements file up to it, but for those of `KEPT`.

    Raises:
        subprocess.CalledProcessError: where pip fails; what it said is printed.
    """
    here = installed([*KEPT, *(r.name for r in _listed(requirements))])
    wanted = missing(requirements, here)
    info("here already: " + ", ".join(f"{n} {v}" for n, v in here.items()))
    if not wanted:
        info("nothing is missing")
        return
    info(f"installing {', '.join(wanted)}...")
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder, "constraints.txt")
        pinned = [f"{name}=={here[name]}" for name in KEPT if name in here]
        constraints.write_text("\n".join(pinned), encoding="utf-8")
        _pip("install", "--quiet", *wanted, "--constraint", str(constraints))
    importlib.invalidate_caches()


def installed(names: list[str]) -> dict[str, str]:
    """The versions of those distributions that are there."""
    versions = {}
    for name in names:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def missing(requirements: Path | str, here: dict[str, str]) -> list[str]:
    """The requirements that are to be installed.

    Args:
        requirements: a file of them.
        here: the versions of what is there, by name.
    """
    return [
        str(requirement)
        for requirement in _listed(requirements)
        if not _satisfied(requirement, here.get(requirement.name))
    ]


def _satisfied(requirement: Requirement, version: str | None) -> bool:
    if requirement.name in KEPT:
        # tf-nightly and the like go by another name, and are imported by this one
        return bool(version or importlib.util.find_spec(requirement.name))
    return version is not None and requirement.specifier.contains(
        version, prereleases=True
    )


def _listed(requirements: Path | str) -> list[Requirement]:
    lines = Path(requirements).read_text(encoding="utf-8").splitlines()
    lines = [line.partition("#")[0].strip() for line in lines]
    return [Requirement(line) for line in lines if line]


def _pip(*words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout[-2000:])
        done.check_returncode()
