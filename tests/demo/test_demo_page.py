"""What the page answers: results, files and sentences."""

import gc
import re
import urllib.request
from pathlib import Path

import cv2
import numpy as np
import pytest
from tiny import random_image, write_image

from pyimagesearch.datasets.image_decoding import read_image
from pyimagesearch.datasets.pairs import resize_image
from pyimagesearch.datasets.palettes import PALETTES
from pyimagesearch.datasets.side_formats import RGB, PairFormat, SideFormat
from pyimagesearch.demo.examples import Example
from pyimagesearch.demo.live_generator import LiveGenerator
from pyimagesearch.demo.painting import Canvas
from pyimagesearch.errors import UserError
from pyimagesearch.translation.generator import load_generator, save_generator
from pyimagesearch.translation.input_files import list_jobs
from pyimagesearch.translation.translate import translate_files
from pyimagesearch.translation.translator import Translator

pytest.importorskip("gradio", reason="gradio is in requirements-demo.txt")

from pyimagesearch.demo.demo_page import DemoPage  # noqa: E402 - it needs gradio

SIZE = 64
PALETTE = PALETTES["streets"]


@pytest.fixture
def model(run_folder):
    return run_folder / "models" / "generator.keras"


@pytest.fixture
def make_page(parse, tmp_path):
    """Return a function that makes a page without serving it."""
    (tmp_path / "results").mkdir()

    def make(model, palette=PALETTE, examples=(), formats=RGB, pixels=10_000):
        generator = LiveGenerator(model, parse("--model", model))
        generator.formats = formats
        generator._translator.formats = formats
        canvas = palette and Canvas(palette, SIZE, SIZE)
        reason = "" if palette else "there are no colors"
        folder = tmp_path / "results"
        return DemoPage(generator, canvas, reason, examples, True, pixels, folder)

    return make


def build(page):
    """Return all that the page shows at first, as one text."""
    blocks = page.build()
    shown = " ".join(
        str(getattr(block, "value", "")) for block in blocks.blocks.values()
    )
    del blocks
    gc.collect()  # of event loops, which Gradio leaves open
    return shown


LEAVES_LOOPS = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)


def translate_with_inference(model, path, formats=RGB):
    """Return what `inference.py --input` makes of an image file."""
    output = path.parent / "translated"
    output.mkdir(exist_ok=True)
    jobs = list_jobs([str(path)], output)
    assert not translate_files(
        jobs, Translator(load_generator(model), 8, 1024, formats)
    )
    return read_image(jobs[0].target, channels=None)


def read_saved(text, name):
    """Return the image behind a link of the page that saves it."""
    (url,) = re.findall(rf'href="([^"]*)" download="{name}"', text)
    with urllib.request.urlopen(url) as response:  # a data URL
        data = np.frombuffer(response.read(), np.uint8)
    return cv2.imdecode(data, cv2.IMREAD_COLOR_RGB)


def test_a_painted_map_becomes_what_inference_makes_of_it(make_page, model, tmp_path):
    page = make_page(model)
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 20, (SIZE, SIZE), np.uint8)
    result, status = page.paint(page.canvas.encode(labels))
    path = write_image(tmp_path / "labels.png", page.canvas.color(labels))
    np.testing.assert_array_equal(
        read_saved(result, "result.png"), translate_with_inference(model, path)
    )
    np.testing.assert_array_equal(read_saved(result, "labels.png"), read_image(path))
    assert re.search(r">\d+ ms for 64x64 pixels<", result)
    assert status == '<div class="status"></div>'


def test_a_file_becomes_what_inference_makes_of_it(make_page, model, tmp_path):
    page = make_page(model)
    path = write_image(tmp_path / "photo.png", random_image(1, 70, 90))
    shown, save, status = page.translate_file(str(path), "as it is, like inference.py")
    expected = translate_with_inference(model, path)
    np.testing.assert_array_equal(shown[0], read_image(path))
    np.testing.assert_array_equal(shown[1], expected)
    assert Path(save["value"]).name == "photo.png"
    np.testing.assert_array_equal(read_image(save["value"]), expected)
    assert "ms for 70x90 pixels" in status


def test_a_file_is_translated_at_the_size_of_the_training(make_page, model, tmp_path):
    page = make_page(model)
    path = write_image(tmp_path / "photo.png", random_image(1, 70, 90))
    shown, _, status = page.translate_file(str(path), page.training_size)
    expected = resize_image(read_image(path), SIZE, SIZE, labels=True)
    np.testing.assert_array_equal(shown[0], expected)
    assert "ms for 64x64 pixels" in status


def test_errors_are_sentences_on_the_page(make_page, model, tmp_path):
    page = make_page(model)
    path = tmp_path / "<b>bad.png"
    path.write_bytes(b"no image")
    shown, save, status = page.translate_file(str(path), page.training_size)
    assert shown is None
    assert save["interactive"] is False
    assert 'role="alert">&lt;b&gt;bad.png cannot be read: it is not an image' in status
    write_image(tmp_path / "large.png", random_image(0, 100, 101))
    *_, status = page.translate_file(str(tmp_path / "large.png"), page.training_size)
    assert "has 100x101 pixels, and this page accepts 10,000" in status
    _, status = page.paint("AAAA")
    assert "is no label map of 64x64 pixels: reload the page." in status


def test_a_lack_of_memory_is_a_sentence(make_page, model, monkeypatch):
    page = make_page(model)

    def fail(image):
        raise MemoryError

    monkeypatch.setattr(page.generator, "translate", fail)
    _, status = page.paint(page.canvas.encode(page.canvas.make_blank()))
    assert "out of memory" in status


def test_a_run_that_is_trained_again_is_said(make_page, model, make_generator):
    page = make_page(model)
    text = page.canvas.encode(page.canvas.make_blank())
    before = read_saved(page.paint(text)[0], "result.png")
    save_generator(make_generator(seed=5), model)
    result, status = page.paint(text)
    np.testing.assert_array_equal(read_saved(result, "result.png"), before)
    assert "was written again after this page loaded it: the page continues" in status
    model.unlink()
    assert "generator.keras is gone after" in page.paint(text)[1]


@LEAVES_LOOPS
def test_other_channels_are_shown_as_rgb_and_saved_as_they_are(
    make_page, make_generator, tmp_path
):
    model = tmp_path / "run" / "models" / "generator.keras"
    save_generator(make_generator(channels=(5, 2)), model)
    sides = SideFormat(5, "float32", (0.0, 1.0)), SideFormat(2, "float32", (0.0, 9.0))
    page = make_page(model, palette=None, formats=PairFormat(*sides))
    image = np.random.default_rng(0).random((32, 32, 5), np.float32)
    np.save(tmp_path / "scan.npy", image)
    path = str(tmp_path / "scan.npy")
    shown, save, status = page.translate_file(path, "as it is, like inference.py")
    assert shown[0].shape == shown[1].shape == (32, 32, 3)
    assert np.load(save["value"]).shape == (32, 32, 2)
    assert "channels 1 of 2, 0 to 9" in status
    assert "input: 5 channels, float32, 0 to 1 · result: 2 channels" in build(page)


@LEAVES_LOOPS
def test_a_page_without_painting_says_why(make_page, model):
    examples = [Example("0.png", *(random_image(n, SIZE, SIZE) for n in (0, 1)))]
    for palette in (PALETTE, None):
        shown = build(make_page(model, palette=palette, examples=examples))
        assert ("there are no colors" in shown) != bool(palette)
        assert 'title="Use 0.png"' in shown


def test_a_generator_that_has_diverged_is_refused(parse, model):
    generator = load_generator(model)
    generator.layers[-1].bias.assign([np.nan] * 3)
    save_generator(generator, model)
    with pytest.raises(UserError, match="NaN or infinite values"):
        LiveGenerator(model, parse("--model", model))


def test_a_run_without_a_generator_is_refused(parse, tmp_path):
    model = tmp_path / "generator.keras"
    with pytest.raises(UserError, match="there is no trained generator at"):
        LiveGenerator(model, parse("--model", model))
