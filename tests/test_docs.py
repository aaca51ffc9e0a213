"""Every command of the README and of docs/, on tiny data, in the order of the pages."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
from clips import smooth_frames, write_clip
from tiny import SIZE, random_image, write_image
from torch_weights import random_unet, write_zip

import train_pix2pix
from pyimagesearch.datasets.download import write_dataset_record
from pyimagesearch.datasets.streets import write_streets

REPOSITORY = Path(train_pix2pix.__file__).parent
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
FENCE = re.compile(r"```bash\n(.*?)```", re.DOTALL)
TINY = {  # what is given in addition, and so beats what stands in the page
    "train_pix2pix.py": "--image-size 32 --batch-size 2 --epochs 1 --steps-per-epoch 2 "
    "--validation-steps 1",
    "pyimagesearch.launch": "--image-size 32 --batch-size 2 --epochs 1 "
    "--steps-per-epoch 2 --validation-steps 1 --output runs/launched",
    "pyimagesearch.benchmark distributed": "--image-size 32 --batch-size 2 --rounds 1 "
    "--steps 1",
    "pyimagesearch.benchmark data": "--image-size 32 --batch-size 2 --rounds 1 "
    "--seconds 0.1",
    "pyimagesearch.benchmark train": "--image-size 32 --batch-size 2 --rounds 1 "
    "--steps 1",
    "pyimagesearch.benchmark inference": "--image-size 32 --recipe tutorial "
    "--rounds 1 --seconds 0.1",
    "pyimagesearch.demo": "--no-browser",
    "pyimagesearch.benchmark translate": "--image-size 32 --rounds 1 --seconds 0.1",
    "scripts/recipe_study": "--image-size 32 --seconds 0.1 --recipes tutorial "
    "--seeds 42 --tasks streets-labels",
}
SERVERS = {"pyimagesearch.demo": "the page is at"}  # what they say when they serve
# .ci/run, people, and a machine with a camera
ELSEWHERE = ("pip install", "tensorboard", "python -m pytest")
ELSEWHERE += ("python inference.py --camera",)


def commands():
    """(page, command) of every line in a bash block, a continued line as one."""
    return [
        (page, part.strip())
        for page in PAGES
        for block in FENCE.findall(page.read_text(encoding="utf-8"))
        for line in block.replace("\\\n", " ").splitlines()
        for part in line.split("#")[0].split("&&")
        if part.strip() and not part.strip().startswith(ELSEWHERE)
    ]


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A folder like the repository's root, with a run and all that the pages name."""
    folder = tmp_path_factory.mktemp("house")
    for name in ("train_pix2pix.py", "inference.py", "pyimagesearch", "scripts"):
        (folder / name).symlink_to(REPOSITORY / name)
    cache = folder / "keras" / "datasets"
    for name in ("streets-v1", "cityscapes", "facades"):
        (cache / name).mkdir(parents=True)
        write_streets(cache / name, train=4, val=2, size=32)
        write_dataset_record(cache / name, "here", 1, "0", {"train": 4, "val": 2})
    with tarfile.open(folder / "facades.tar.gz", "w:gz") as archive:
        archive.add(cache / "facades", "facades")
    shutil.rmtree(cache / "facades")  # the archive is unpacked when it is asked for
    for number in range(4):
        split = "train" if number < 3 else "val"
        write_image(folder / "my_pairs" / split / f"{number}.png", random_image(number))
    write_formats(folder)
    for name in ("photo.jpg", "photos/1.png", "photos/below/2.jpg"):
        write_image(folder / name, random_image(5, 50, 70))
    write_clip(folder / "clip.mp4", smooth_frames(3))
    write_zip(folder / "latest_net_G.pth", random_unet())
    (folder / "palette.csv").write_text("road,128,64,128\nsky,70,130,180\n")
    for flags in (
        "--dataset streets --output outputs",
        "--dataset streets --direction AtoB --output readback",
        "--data my_labels --direction AtoB --output labels_run",
    ):
        done = command(folder, f"python train_pix2pix.py {flags}")
        assert done.returncode == 0, done.stderr
    return folder


def write_formats(folder):
    """Writes pairs with 16-bit targets, with class indices, and with two inputs."""
    for number in range(4):
        split = "train" if number < 3 else "val"
        name = f"{number}.png"
        rgb, grey = (random_image(number, width=SIZE, channels=c) for c in (3, 1))
        depth = random_image(number, width=SIZE, channels=1, dtype=np.uint16) // 47
        for side, image in (("input", rgb), ("target", depth)):
            write_image(folder / "scans" / split / side / name, image)
        for side, image in (("images", rgb), ("labels", grey // 52)):
            write_image(folder / "my_labels" / split / side / name, image)
        for side, image in (("rgb", rgb), ("depth", depth), ("out", rgb)):
            write_image(folder / "rgbd" / side / name, image)
    rows = [f"rgb/{n}.png,depth/{n}.png,out/{n}.png" for n in range(4)]
    manifest = "\n".join(["input,input_depth,target", *rows])
    (folder / "rgbd" / "pairs.csv").write_text(manifest)


def command(house, line):
    """Runs a command line there; a training gets a folder of its own."""
    words = shlex.split(line)
    assert words[0] == "python", f"{line}: what is it?"
    tiny = next((flags for name, flags in TINY.items() if name in line), "")
    if "train_pix2pix.py" in words and "--output" not in words:
        tiny += " --output runs/" + re.sub(r"[^\w.]+", "-", line)
    arguments = [sys.executable, *words[1:], *tiny.split()]
    options = {"cwd": house, "text": True}
    options["env"] = {**os.environ, "KERAS_HOME": str(house / "keras")}
    served = next((text for name, text in SERVERS.items() if name in line), None)
    if served:
        return serve(arguments, served, options)
    return subprocess.run(
        arguments, **options, capture_output=True, timeout=300, check=False
    )


def serve(arguments, served, options):
    """Runs a server until it says that it serves."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(arguments, **pipes, **options) as process:
        lines = []
        for text in process.stdout:
            lines.append(text)
            if served in text:
                process.terminate()
        is_served = any(served in text for text in lines)
    status = 0 if is_served else process.returncode or 1
    output = "".join(lines)
    return subprocess.CompletedProcess(arguments, status, output, output)


def test_all_pages_but_the_library_have_commands():
    pages = {page.name for page in PAGES} - {"library.md"}  # its examples are Python
    assert {page.name for page, _ in commands()} == pages


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [pytest.param(line, id=f"{page.name}: {line}") for page, line in commands()],
)
def test_it_runs(house, line):
    done = command(house, line)
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
