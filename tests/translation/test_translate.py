"""From files to files: pixels, sizes, batches and what cannot be read."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from tiny import random_image, write_image

import pyimagesearch
from pyimagesearch.datasets.image_files import read_image
from pyimagesearch.errors import UserError
from pyimagesearch.translation import translate
from pyimagesearch.translation.generator import save_generator
from pyimagesearch.translation.input_files import list_jobs
from pyimagesearch.translation.translate import translate_files
from pyimagesearch.translation.translator import Translator

REPOSITORY = Path(pyimagesearch.__file__).parents[1]
SIZES = [(1, 1), (7, 500), (333, 257), (32, 32), (32, 64)]


def write_images(folder, sizes=SIZES, **of_image):
    return [
        write_image(folder / f"{n}.png", random_image(n, *size, **of_image))
        for n, size in enumerate(sizes)
    ]


def translated(paths, generator, output, batch_size=2, tile=1024, **options):
    jobs = list_jobs(list(map(str, paths)), output)
    failures = translate_files(jobs, Translator(generator, batch_size, tile), **options)
    return failures, {path.name: path.read_bytes() for path in output.iterdir()}


@pytest.mark.parametrize("tile", [0, 32, 1024])
def test_every_pixel_of_every_size_is_in_its_place(tmp_path, identity, tile):
    for path in write_images(tmp_path / "in"):
        translated([path], identity, tmp_path / "out", tile=tile)
        np.testing.assert_array_equal(
            read_image(tmp_path / "out" / path.name), read_image(path)
        )


@pytest.mark.parametrize("tile", [32, 1024])
def test_sixteen_bits_and_grey_become_eight_bits_and_rgb(tmp_path, identity, tile):
    deep = random_image(0, 40, 70, dtype=np.uint16)
    write_image(tmp_path / "in" / "deep.png", deep)
    grey = random_image(1, 40, 70, channels=1)
    write_image(tmp_path / "in" / "grey.png", grey)
    translated([tmp_path / "in"], identity, tmp_path / "out", tile=tile)
    np.testing.assert_array_equal(
        read_image(tmp_path / "out" / "deep.png"), np.rint(deep / 257)
    )
    np.testing.assert_array_equal(
        read_image(tmp_path / "out" / "grey.png"), grey.repeat(3, axis=2)
    )


def test_input_and_picture_side_by_side(tmp_path):
    inputs = keras.Input((8, 8, 3))
    negative = keras.Model(inputs, layers.Rescaling(-1.0)(inputs))
    image = random_image(0, 10, 20, dtype=np.uint16)
    path = write_image(tmp_path / "deep.png", image)
    translated([path], negative, tmp_path / "out", side_by_side=True)
    eight_bits = np.rint(image / 257)
    np.testing.assert_array_equal(
        read_image(tmp_path / "out" / "deep.png"),
        np.hstack([eight_bits, np.rint(255 - image / 257)]),
    )


def test_a_picture_is_the_same_bytes_alone_and_among_others(tmp_path, networks):
    sizes = [(32, 32), (33, 47), (32, 32), (40, 130), (32, 32), (1, 1)]
    paths = write_images(tmp_path / "in", sizes)
    _, together = translated(paths, networks[0], tmp_path / "together", tile=64)
    _, turned = translated(paths[::-1], networks[0], tmp_path / "turned", tile=64)
    assert together == turned
    for path in paths[2:4]:
        output = tmp_path / f"alone-{path.stem}"
        _, alone = translated([path], networks[0], output, tile=64)
        assert alone == {path.name: together[path.name]}


def test_images_of_one_size_share_batches_and_few_sizes_wait(tmp_path, identity):
    batches = []
    translator = Translator(identity, 4, 0)
    traced = translator._predictor

    def predictor(number):
        return lambda batch: batches.append(len(batch)) or traced(number)(batch)

    translator._predictor = predictor
    sizes = [(8, 8)] * 5 + [(4, 4 * n) for n in range(3, 12)] + [(8, 8)]
    write_images(tmp_path / "in", sizes)
    translate_files(list_jobs([str(tmp_path / "in")], tmp_path / "out"), translator)
    # four at once; the fifth is gone when the ninth size comes, and the last is late
    assert batches[:2] == [4, 1]
    assert sum(batches) == len(sizes)


def test_larger_images_come_in_smaller_batches(identity):
    translator = Translator(identity, 8, 0)
    sizes = [(16, 16), (256, 256), (512, 256), (512, 512), (1024, 512), (4096, 4096)]
    assert [translator.batch_size(np.empty((*size, 3))) for size in sizes] == [
        *(8, 8, 4, 2, 1, 1)
    ]


def test_what_cannot_be_read_is_passed_over(tmp_path, identity):
    paths = write_images(tmp_path / "in", [(8, 8)] * 5)
    paths[1].write_bytes(b"no image")
    paths[4].write_bytes(paths[3].read_bytes()[:60])
    failures, written = translated(paths, identity, tmp_path / "out")
    assert sorted(written) == ["0.png", "2.png", "3.png"]
    assert [str(failure).split(" cannot be read")[0] for failure in failures] == [
        *(str(paths[1]), str(paths[4]))
    ]


def test_a_generator_that_makes_no_numbers_writes_no_picture(tmp_path):
    inputs = keras.Input((8, 8, 3))
    diverged = keras.Model(inputs, layers.Rescaling(float("nan"))(inputs))
    paths = write_images(tmp_path / "in", [(8, 8)])
    with pytest.raises(UserError, match="makes pictures that are no numbers"):
        translated(paths, diverged, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_picture_that_cannot_be_written_ends_it(tmp_path, identity):
    paths = write_images(tmp_path / "in", [(8, 8)])
    (tmp_path / "out" / "0.png").mkdir(parents=True)
    with pytest.raises(OSError) as error:
        translated(paths, identity, tmp_path / "out")
    assert Path(error.value.filename) == tmp_path / "out" / "0.png"


def test_the_rate_is_shown(tmp_path, identity, capsys):
    paths = write_images(tmp_path / "in", [(8, 8)] * 3)
    translated(paths, identity, tmp_path / "out")
    assert "3/3" in (said := capsys.readouterr().out)
    assert float(said.split(f"{translate.RATE}: ")[1]) > 0


PEAK = """
import resource, sys
from pathlib import Path
from pyimagesearch import config
from pyimagesearch.results.generator_file import load_generator
from pyimagesearch.results.translate import Translator, listed, translate

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

_, model, image, output = sys.argv
translator = Translator(load_generator(model), config.INFER_BATCH_SIZE, config.TILE)
before = peak()
assert not translate(listed([image], Path(output)), translator)
print(peak() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux")
def test_twelve_megapixels_take_less_than_two_gigabytes(tmp_path, networks):
    save_generator(networks[0], tmp_path / "generator.keras")
    image = write_image(tmp_path / "in.png", random_image(0, 3000, 4000))
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            PEAK,
            tmp_path / "generator.keras",
            image,
            tmp_path / "out",
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout.splitlines()[-1]) < 2e9
    assert read_image(tmp_path / "out" / "in.png").shape == (3000, 4000, 3)
