"""Translation of files: pixels, sizes, batches, threads and errors."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from tiny import random_image, write_image

import pyimagesearch
from pyimagesearch.datasets.image_decoding import read_image
from pyimagesearch.errors import UserError
from pyimagesearch.translation import translate
from pyimagesearch.translation.generator import save_generator
from pyimagesearch.translation.input_files import complete_targets, list_jobs
from pyimagesearch.translation.translate import map_ahead, translate_files
from pyimagesearch.translation.translator import Translator

REPOSITORY = Path(pyimagesearch.__file__).parents[1]
SIZES = [(1, 1), (7, 500), (333, 257), (32, 32), (32, 64)]


def write_images(folder, sizes=SIZES, **kwargs):
    return [
        write_image(folder / f"{n}.png", random_image(n, *size, **kwargs))
        for n, size in enumerate(sizes)
    ]


def translate_paths(
    paths, generator, output, batch_size=2, tile=1024, samples=None, **options
):
    jobs = list_jobs(list(map(str, paths)), output)
    jobs = complete_targets(jobs, ".png", samples)
    seed = None if samples is None else 42
    translator = Translator(generator, batch_size, tile, seed=seed)
    failures = translate_files(jobs, translator, **options)
    return failures, {path.name: path.read_bytes() for path in output.iterdir()}


@pytest.mark.parametrize("tile", [0, 32, 1024])
def test_every_size_keeps_every_pixel_in_its_place(tmp_path, identity, tile):
    for path in write_images(tmp_path / "in"):
        translate_paths([path], identity, tmp_path / "out", tile=tile)
        np.testing.assert_array_equal(
            read_image(tmp_path / "out" / path.name), read_image(path)
        )


@pytest.mark.parametrize("tile", [32, 1024])
def test_16_bit_and_gray_images_become_8_bit_rgb(tmp_path, identity, tile):
    deep = random_image(0, 40, 70, dtype=np.uint16)
    write_image(tmp_path / "in" / "deep.png", deep)
    gray = random_image(1, 40, 70, channels=1)
    write_image(tmp_path / "in" / "gray.png", gray)
    translate_paths([tmp_path / "in"], identity, tmp_path / "out", tile=tile)
    np.testing.assert_array_equal(
        read_image(tmp_path / "out" / "deep.png"), np.rint(deep / 257)
    )
    np.testing.assert_array_equal(
        read_image(tmp_path / "out" / "gray.png"), gray.repeat(3, axis=2)
    )


def test_side_by_side(tmp_path):
    inputs = keras.Input((8, 8, 3))
    negative = keras.Model(inputs, layers.Rescaling(-1.0)(inputs))
    image = random_image(0, 10, 20, dtype=np.uint16)
    path = write_image(tmp_path / "deep.png", image)
    translate_paths([path], negative, tmp_path / "out", side_by_side=True)
    eight_bits = np.rint(image / 257)
    np.testing.assert_array_equal(
        read_image(tmp_path / "out" / "deep.png"),
        np.hstack([eight_bits, np.rint(255 - image / 257)]),
    )


def test_a_result_does_not_depend_on_the_other_images(tmp_path, networks):
    sizes = [(32, 32), (33, 47), (32, 32), (40, 130), (32, 32), (1, 1)]
    paths = write_images(tmp_path / "in", sizes)
    _, together = translate_paths(paths, networks[0], tmp_path / "together", tile=64)
    _, turned = translate_paths(paths[::-1], networks[0], tmp_path / "turned", tile=64)
    assert together == turned
    for path in paths[2:4]:
        output = tmp_path / f"alone-{path.stem}"
        _, alone = translate_paths([path], networks[0], output, tile=64)
        assert alone == {path.name: together[path.name]}


def test_images_of_one_size_share_batches(tmp_path, identity):
    batches = []
    translator = Translator(identity, 4, 0)
    create = translator._get_predictor

    def get_predictor(number):
        return lambda batch: batches.append(len(batch)) or create(number)(batch)

    translator._get_predictor = get_predictor
    sizes = [(8, 8)] * 5 + [(4, 4 * n) for n in range(3, 12)] + [(8, 8)]
    write_images(tmp_path / "in", sizes)
    translate_files(list_jobs([str(tmp_path / "in")], tmp_path / "out"), translator)
    # The first four share a batch. The fifth runs alone when a ninth size arrives.
    assert batches[:2] == [4, 1]
    assert sum(batches) == len(sizes)


def test_larger_images_have_smaller_batches(identity):
    translator = Translator(identity, 8, 0)
    sizes = [(16, 16), (256, 256), (512, 256), (512, 512), (1024, 512), (4096, 4096)]
    assert [translator.compute_batch_size(np.empty((*size, 3))) for size in sizes] == [
        *(8, 8, 4, 2, 1, 1)
    ]


def test_unreadable_files_are_skipped(tmp_path, identity):
    paths = write_images(tmp_path / "in", [(8, 8)] * 5)
    paths[1].write_bytes(b"no image")
    paths[4].write_bytes(paths[3].read_bytes()[:60])
    failures, written = translate_paths(paths, identity, tmp_path / "out")
    assert sorted(written) == ["0.png", "2.png", "3.png"]
    assert [str(failure).split(" cannot be read")[0] for failure in failures] == [
        *(str(paths[1]), str(paths[4]))
    ]


def test_images_of_more_pixels_are_skipped(tmp_path, identity):
    write_image(tmp_path / "in" / "a.png", random_image(0, 32, 32))
    write_image(tmp_path / "in" / "b.png", random_image(0, 32, 33))
    jobs = list_jobs([str(tmp_path / "in")], tmp_path / "out", max_pixels=32 * 32)
    (failure,) = translate_files(jobs, Translator(identity, 2, 0))
    assert "b.png cannot be read: its header says 32x33 pixels, and at" in str(failure)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.png"]


def test_nan_output_writes_nothing(tmp_path):
    inputs = keras.Input((8, 8, 3))
    diverged = keras.Model(inputs, layers.Rescaling(float("nan"))(inputs))
    paths = write_images(tmp_path / "in", [(8, 8)])
    with pytest.raises(UserError, match="outputs NaN or infinite values"):
        translate_paths(paths, diverged, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_unwritable_result_raises(tmp_path, identity):
    paths = write_images(tmp_path / "in", [(8, 8)])
    (tmp_path / "out" / "0.png").mkdir(parents=True)
    with pytest.raises(OSError) as error:
        translate_paths(paths, identity, tmp_path / "out")
    assert Path(error.value.filename) == tmp_path / "out" / "0.png"


def test_a_sample_does_not_depend_on_other_images_and_samples(tmp_path, networks):
    sizes = [(32, 32), (33, 47), (32, 32), (40, 130), (32, 32), (1, 1)]
    paths = write_images(tmp_path / "in", sizes)
    _, together = translate_paths(paths, networks[0], tmp_path / "all", samples=3)
    assert len(together) == len(set(together.values())) == 3 * len(paths)
    _, turned = translate_paths(paths[::-1], networks[0], tmp_path / "b", samples=3)
    assert together == turned
    _, alone = translate_paths([paths[2]], networks[0], tmp_path / "c", samples=1)
    assert alone == {"2-1.png": together["2-1.png"]}
    _, without = translate_paths([paths[2]], networks[0], tmp_path / "d")
    assert without["2.png"] not in together.values()


@pytest.fixture
def half_dropped():
    """Return an image in which values are doubled or grey."""
    inputs = keras.Input((8, 8, 3))
    return keras.Model(inputs, layers.Dropout(0.5)(inputs))


def test_samples_are_written_beside_their_input(tmp_path, half_dropped):
    image = random_image(0, 10, 20) // 4 + 96  # no value is clipped
    path = write_image(tmp_path / "in.png", image)
    translate_paths(
        [path], half_dropped, tmp_path / "out", samples=2, side_by_side=True
    )
    dropped = []
    for number in (1, 2):
        result = read_image(tmp_path / "out" / f"in-{number}.png")
        np.testing.assert_array_equal(result[:, :20], image)
        doubled = np.abs(result[:, 20:] - (image * 2.0 - 127.5)) <= 0.5
        grey = np.isin(result[:, 20:], (127, 128))
        assert (doubled | grey).all()
        assert 0.4 < grey.mean() < 0.6
        dropped.append(grey & ~doubled)
    assert 0.4 < (dropped[0] != dropped[1]).mean() < 0.6


def test_images_that_need_tiles_get_no_samples(tmp_path, half_dropped, capsys):
    paths = write_images(tmp_path / "in", [(8, 8), (8, 70)])
    failures, written = translate_paths(
        paths, half_dropped, tmp_path / "out", tile=64, samples=2
    )
    assert [str(failure) for failure in failures] == [
        f"{paths[1]} has 8x70 px: the noise of --samples would differ between tiles, "
        f"so use --tile 70, or --tile 0"
    ]
    assert written.keys() == {"0-1.png", "0-2.png"}
    assert "4/4" in capsys.readouterr().out
    for tile in (70, 0):
        failures, _ = translate_paths(
            paths, half_dropped, tmp_path / "again", tile=tile, samples=2
        )
        assert not failures


def test_the_progress_shows_the_rate(tmp_path, identity, capsys):
    paths = write_images(tmp_path / "in", [(8, 8)] * 3)
    translate_paths(paths, identity, tmp_path / "out")
    assert "3/3" in (said := capsys.readouterr().out)
    assert float(said.split("images/s: ")[1]) > 0


@pytest.fixture
def pool():
    with ThreadPoolExecutor(4) as pool:
        yield pool


def test_map_ahead_keeps_the_order(pool):
    def delay(item):
        time.sleep(0.002 * (item[0] % 3))
        return item

    items = [(n,) for n in range(3 * translate.MAX_AHEAD)]
    assert list(map_ahead(pool, delay, items)) == items


def test_map_ahead_limits_the_items_in_progress(pool):
    started = []

    def items():
        for number in range(1000):
            started.append(number)
            yield (number,)

    results = map_ahead(pool, lambda item: item, items())
    next(results)
    assert len(started) == translate.MAX_AHEAD + 1
    next(results)
    assert len(started) == translate.MAX_AHEAD + 2


def test_map_ahead_limits_the_memory(pool, monkeypatch):
    monkeypatch.setattr(translate, "MAX_AHEAD_BYTES", 1000)
    started = []

    def items():
        for number in range(1000):
            started.append(number)
            yield number, np.zeros(400, np.uint8)

    results = map_ahead(pool, lambda item: (item[0],), items())
    assert next(results) == (0,)
    assert len(started) == 3


def test_map_ahead_raises_an_error_in_its_place(pool):
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


MEASURE_PEAK = """
import resource, sys
from pathlib import Path
from pyimagesearch import config
from pyimagesearch.translation.generator import load_generator
from pyimagesearch.translation.input_files import complete_targets, list_jobs
from pyimagesearch.translation.translate import translate_files
from pyimagesearch.translation.translator import Translator

def get_peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

_, model, image, output = sys.argv
translator = Translator(load_generator(model), config.INFER_BATCH_SIZE, config.TILE)
before = get_peak()
assert not translate_files(list_jobs([image], Path(output)), translator)
print(get_peak() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux")
def test_12_megapixels_take_less_than_2_gigabytes(tmp_path, networks):
    save_generator(networks[0], tmp_path / "generator.keras")
    image = write_image(tmp_path / "in.png", random_image(0, 3000, 4000))
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            MEASURE_PEAK,
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
