"""The page in Chromium, served by the command, with every other address blocked.

`DEMO_RUN=outputs DEMO_IMAGES=docs python -m pytest -m slow tests/demo -k readme` draws
the image of the README, `-k look` those of all sizes and color schemes.
`-k time_from -s` prints the times of docs/demo.md.
"""

import base64
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlparse

import cv2
import numpy as np
import pytest
import serve_guarded
from chromium import TIMEOUT
from tiny import random_image, write_image

from pyimagesearch.datasets.image_decoding import read_image
from pyimagesearch.datasets.palettes import PALETTES
from pyimagesearch.training.model_building import choose_networks
from pyimagesearch.training.training_settings import parse_training_settings
from pyimagesearch.translation.generator import save_generator

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).parents[2]
SIZE, CONTEXT = 64, 1  # as in conftest.py
CAR = (0, 0, 142)
NAMES = [*PALETTES["streets"].classes, "unlabelled"]
START = 120  # seconds, on a busy machine
LOCAL = {"data", "blob", "about"}  # schemes of what is no request


# Paints a dot, and returns the milliseconds until the browser has drawn its result.
MEASURE = """([x, y]) => new Promise(resolve => {
  const canvas = document.querySelector(".painter canvas");
  const box = canvas.getBoundingClientRect();
  const send = name => canvas.dispatchEvent(new PointerEvent(name, {
    clientX: box.left + x * box.width, clientY: box.top + y * box.height,
    bubbles: true, pointerId: 1,
  }));
  canvas.setPointerCapture = () => {};
  let start;
  document.addEventListener("load", event => {
    if (!event.target.closest(".result")) return;
    requestAnimationFrame(() => resolve(performance.now() - start));
  }, {capture: true, once: true}); // polling would take time from the generator
  send("pointerdown");
  start = performance.now();
  send("pointerup");
})"""


class Server:
    """The demo in a process of its own.

    Args:
        log: Path, a file for its output.
        flags: of the command.
        folder: Path, the current one of the command; that of the log if None.
    """

    def __init__(self, log, *flags, folder=None):
        self.log = log
        script = serve_guarded.__file__
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, script, "--no-browser", *map(str, flags)],
                cwd=folder or log.parent,
                env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.url = self.wait_for(r"the page is at (\S+);")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.terminate()
        self.process.wait(START)
        if error == (None, None, None):
            self.check_log()

    def wait_for(self, pattern):
        """Waits for a line, and returns its group."""
        end = time.monotonic() + START
        while time.monotonic() < end and self.process.poll() is None:
            found = re.search(pattern, self.log.read_text(errors="replace"))
            if found:
                return found[1]
            time.sleep(0.1)
        self.process.kill()
        self.process.wait()
        pytest.fail(f"no {pattern} in\n{self.log.read_text(errors='replace')}")

    def check_log(self):
        """Checks how it ended, and that it has connected to no other machine."""
        text = self.log.read_text(errors="replace")
        assert text.endswith("[ERROR] interrupted\n")
        assert serve_guarded.OUTSIDE not in text
        assert "Traceback" not in text


@pytest.fixture(scope="module")
def model(tmp_path_factory, make_generator):
    """A generator file, which no test changes."""
    path = tmp_path_factory.mktemp("run") / "models" / "generator.keras"
    save_generator(make_generator(), path)
    return path


@pytest.fixture(scope="module")
def flags(model, streets):
    return (
        *("--model", model, "--data", streets, "--label-side", "B"),
        *("--palette", "streets", "--upload-megabytes", 1),
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory, flags):
    with Server(tmp_path_factory.mktemp("server") / "log.txt", *flags) as server:
        yield server


@pytest.fixture
def open_page(browser):
    """Open the page. Fail on errors, and on requests that leave the machine."""
    contexts, wrong = [], []

    def check(route):
        url = urlparse(route.request.url)
        if url.hostname == "127.0.0.1" or url.scheme in LOCAL:
            route.continue_()
        else:
            wrong.append(route.request.url)
            route.abort()

    def open_page(url, ready=".painter canvas", **options):
        options = {"viewport": {"width": 1280, "height": 900}, **options}
        context = browser.new_context(**options)
        context.set_default_timeout(TIMEOUT)
        contexts.append(context)
        context.route("**/*", check)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("websocket", lambda socket: wrong.append(socket.url))
        page.goto(url)
        page.locator(ready).wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def page(open_page, server):
    return open_page(server.url)


def read_link(page, name):
    """Returns the image behind a link of the page that saves it."""
    url = page.get_attribute(f".result a[download='{name}']", "href")
    data = np.frombuffer(base64.b64decode(url.partition(",")[2]), np.uint8)
    return cv2.imdecode(data, cv2.IMREAD_COLOR_RGB)


def change(page, action):
    """Does something, and waits for the next result."""
    before = page.get_attribute(".result img", "src")
    action()
    page.wait_for_function(
        "before => document.querySelector('.result img').src !== before", arg=before
    )


def drag(page, *points):
    """Moves the pressed mouse over pixels (x, y) of a label map of `SIZE` pixels."""
    box = page.locator(".painter canvas").bounding_box()
    for number, (x, y) in enumerate(points):
        page.mouse.move(
            box["x"] + (x + 0.5) * box["width"] / SIZE,
            box["y"] + (y + 0.5) * box["height"] / SIZE,
            steps=4,
        )
        if number == 0:
            page.mouse.down()
    page.mouse.up()


def choose(page, text):
    page.locator(".painter label", has_text=re.compile(f"^{text}$")).click()


def set_size(page, pixels):
    page.locator(".painter input[type=range]").fill(str(pixels))


def run_inference(model, image, folder):
    """Returns what `inference.py` makes of an image, with its defaults."""
    path = write_image(folder / "painted.png", image)
    subprocess.run(
        [sys.executable, REPOSITORY / "inference.py", "--model", model]
        + ["--input", path, "--output", folder / "translated"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return read_image(folder / "translated" / "painted.png")


def test_a_stroke_changes_the_result_where_it_is(page, model, tmp_path):
    labels, result = read_link(page, "labels.png"), read_link(page, "result.png")
    choose(page, "car")
    set_size(page, 5)
    change(page, lambda: drag(page, (12, 40), (40, 44)))

    painted = read_link(page, "labels.png")
    is_painted = (painted != labels).any(-1)
    assert (painted[is_painted] == CAR).all()
    stroke = np.zeros((SIZE, SIZE), np.uint8)
    cv2.line(stroke, (12, 40), (40, 44), 1, 5)
    around = cv2.dilate(stroke, np.ones((3, 3), np.uint8))
    inside = cv2.erode(stroke, np.ones((3, 3), np.uint8))
    assert (painted[inside == 1] == CAR).all()
    assert not is_painted[around == 0].any()

    changed = read_link(page, "result.png")
    reached = cv2.dilate(is_painted.astype(np.uint8), np.ones((3, 3), np.uint8))
    is_changed = (changed != result).any(-1)
    assert is_changed[is_painted].mean() > 0.9
    assert not is_changed[reached == 0].any()
    np.testing.assert_array_equal(changed, run_inference(model, painted, tmp_path))
    assert re.fullmatch(r"\d+ ms for 64x64 pixels", page.inner_text(".result .time"))


def test_undo_redo_eraser_fill_and_blank(page):
    start = read_link(page, "labels.png")
    undo, redo = (page.locator(f"[name={name}]") for name in ("undo", "redo"))
    assert undo.is_disabled() and redo.is_disabled()
    choose(page, "person")
    change(page, lambda: drag(page, (30, 30), (40, 30)))
    painted = read_link(page, "labels.png")
    change(page, undo.click)
    np.testing.assert_array_equal(read_link(page, "labels.png"), start)
    page.focus(".painter canvas")
    change(page, lambda: page.keyboard.press("Control+y"))
    np.testing.assert_array_equal(read_link(page, "labels.png"), painted)

    choose(page, "Eraser")
    set_size(page, 16)
    change(page, lambda: drag(page, (28, 30), (42, 30)))
    np.testing.assert_array_equal(read_link(page, "labels.png"), start)

    change(page, page.locator("[name=blank]").click)
    assert (read_link(page, "labels.png") == 0).all()
    choose(page, "sky")  # leaves the eraser
    choose(page, "Fill")
    change(page, lambda: drag(page, (3, 3)))
    assert (read_link(page, "labels.png") == PALETTES["streets"].classes["sky"]).all()
    page.focus(".painter canvas")
    change(page, lambda: page.keyboard.press("Control+z"))
    change(page, lambda: page.keyboard.press("Control+z"))
    np.testing.assert_array_equal(read_link(page, "labels.png"), start)


def test_the_size_of_the_brush_is_in_pixels_of_the_map(page):
    change(page, page.locator("[name=blank]").click)
    choose(page, "road")
    for size in (1, 2, 7):
        set_size(page, size)
        assert page.inner_text(".painter output") == f"{size} px"
        change(page, lambda: drag(page, (20, 20)))
        is_painted = (read_link(page, "labels.png") != 0).any(-1)
        rows, columns = (is_painted.any(axis).sum() for axis in (0, 1))
        assert (rows, columns) == (size, size)
        change(page, page.locator("[name=undo]").click)


def test_the_classes_are_named_beside_their_colors(page):
    assert page.locator(".painter .classes label").all_inner_texts() == NAMES
    swatch = page.locator(".painter .classes label", has_text="car").locator("i").first
    assert swatch.evaluate("e => getComputedStyle(e).backgroundColor") == (
        "rgb(0, 0, 142)"
    )


def test_an_example_is_the_start_of_the_next_map(page, streets):
    first = read_link(page, "labels.png")
    change(page, page.locator(".examples button").nth(1).click)
    second = read_link(page, "labels.png")
    assert (second != first).any()
    # The map of a JPEG file, snapped to the colors of the classes.
    file = read_image(streets / "val" / "001.jpg")[:, SIZE:]
    colors = np.array([*PALETTES["streets"].classes.values(), (0, 0, 0)])
    distance = ((file[:, :, None].astype(int) - colors) ** 2).sum(-1)
    np.testing.assert_array_equal(second, colors[distance.argmin(-1)])
    assert page.locator("[name=undo]").is_disabled()


def test_two_tabs_have_their_own_maps(open_page, server):
    pages = [open_page(server.url) for _ in range(2)]
    for page, name in zip(pages, ("car", "sky"), strict=True):
        page.locator("[name=blank]").click()
        choose(page, name)
        choose(page, "Fill")
    for page in pages:  # at once
        drag(page, (3, 3))
    for page, name in zip(pages, ("car", "sky"), strict=True):
        color = PALETTES["streets"].classes[name]
        page.wait_for_function(
            "name => [...document.querySelectorAll('.result a')].length === 2", arg=name
        )
        end = time.monotonic() + 30
        while (read_link(page, "labels.png") != color).any():
            assert time.monotonic() < end
            page.wait_for_timeout(100)


def upload(page, path):
    page.get_by_role("tab", name="Photo").click()
    page.locator("input[type=file]").first.set_input_files(path)


def test_a_file_is_compared_with_its_result_and_saved(page, model, expect, tmp_path):
    image = random_image(0, 50, 70)
    upload(page, write_image(tmp_path / "photo.png", image))
    expect(page.locator(".status:visible")).to_contain_text("ms for 50x70 pixels")
    images = page.locator("img[src*='/gradio_api/file=']:visible")
    expect(images).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the result").click()
    assert download.value.suggested_filename == "photo.png"
    download.value.save_as(tmp_path / "saved.png")
    np.testing.assert_array_equal(
        read_image(tmp_path / "saved.png"), run_inference(model, image, tmp_path)
    )
    page.get_by_text("64x64, like the training").click()
    expect(page.locator(".status:visible")).to_contain_text("ms for 64x64 pixels")


def test_files_that_are_refused_have_a_sentence(page, expect, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no image")
    upload(page, bad)
    alert = page.locator("[role=alert]:visible")
    expect(alert).to_have_text(
        "bad.png cannot be read: it is not an image, or was cut short."
    )
    large = tmp_path / "large.png"
    cv2.imwrite(str(large), np.zeros((10_000, 10_000), np.uint8))
    assert large.stat().st_size < 1_000_000
    page.get_by_label("Clear").first.click()
    upload(page, large)
    expect(alert).to_contain_text(
        "large.png has 10000x10000 pixels, and this page accepts 25,000,000"
    )
    heavy = write_image(tmp_path / "heavy.png", random_image(0, 700, 700))
    assert heavy.stat().st_size > 1_000_000
    page.get_by_label("Clear").first.click()
    upload(page, heavy)
    expect(page.get_by_text("exceed the maximum allowed size of 1")).to_be_visible()


def test_the_camera_is_an_input(page, expect):
    page.get_by_role("tab", name="Photo").click()
    page.get_by_text("Click to Access Webcam").click()
    page.wait_for_function(
        "[...document.querySelectorAll('video')].some(video => video.videoWidth)"
    )
    page.get_by_label("capture photo").click()
    expect(page.locator(".status:visible")).to_contain_text("pixels")


def test_a_run_that_is_trained_again_is_said(
    open_page, expect, tmp_path, make_generator, streets
):
    model = tmp_path / "run" / "models" / "generator.keras"
    save_generator(make_generator(), model)
    used = "--model", model, "--data", streets, "--palette", "streets"
    with Server(tmp_path / "log.txt", *used) as server:
        page = open_page(server.url)
        before = read_link(page, "result.png")
        save_generator(make_generator(seed=1), model)
        choose(page, "car")
        change(page, lambda: drag(page, (5, 5), (9, 9)))
        expect(page.locator(".status:visible")).to_have_text(
            f"{model} was written again after this page loaded it: the page continues "
            f"with the generator that it has loaded. Restart the demo to load the file "
            f"again."
        )
        change(page, page.locator("[name=undo]").click)
        np.testing.assert_array_equal(read_link(page, "result.png"), before)


def test_a_second_demo_takes_the_next_port(server, flags, tmp_path):
    port = urlparse(server.url).port
    with Server(tmp_path / "log.txt", *flags, "--port", port) as second:
        taken = second.wait_for(rf"port {port} is in use: taking (\d+)")
        assert urlparse(second.url).port == int(taken) > port


@pytest.fixture(scope="module")
def look(tmp_path_factory, flags, server):
    """The address of the page to look at, and the folder for its images."""
    folder = Path(os.environ.get("DEMO_IMAGES") or tmp_path_factory.mktemp("images"))
    run = os.environ.get("DEMO_RUN")
    if not run:
        yield server.url, folder
        return
    run = Path(run).resolve()
    log = tmp_path_factory.mktemp("own") / "log.txt"
    with Server(log, "--run", run.name, "--best", folder=run.parent) as own:
        yield own.url, folder


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_the_page_looks_right(open_page, look, scheme, width):
    url, folder = look
    viewport = {"width": width, "height": 1100}
    page = open_page(url, color_scheme=scheme, viewport=viewport)
    for tab in ("Paint", "Photo"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(500)
        wide = "e => [e.scrollWidth, e.clientWidth]"
        assert page.eval_on_selector("html", wide) == [width, width]
        name = f"demo-{tab.lower()}-{scheme}-{width}.png"
        page.screenshot(path=folder / name, full_page=True)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    level = int(re.search(r"\d+", paper)[0])
    assert (level > 128) == (scheme == "light")


def test_the_image_of_the_readme_is_drawn(open_page, look):
    url, folder = look
    page = open_page(url, viewport={"width": 1280, "height": 796})
    change(page, page.locator(".examples button").nth(2).click)
    choose(page, "car")
    before = read_link(page, "result.png")
    for size, y in ((8, 46), (6, 42)):
        set_size(page, size)
        change(page, lambda y=y: drag(page, (86 - y, y), (y, y)))
    assert (read_link(page, "result.png") != before).any()
    page.mouse.move(0, 0)
    page.screenshot(path=folder / "demo.png")


@pytest.mark.parametrize("size", [96, 128, 256])
@pytest.mark.parametrize("recipe", ["tutorial", "paper", "fast"])
def test_the_time_from_a_stroke_to_its_result(
    open_page, tmp_path, streets, recipe, size
):
    """Weights do not matter for the time."""
    flags = ["--recipe", recipe, "--image-size", str(size)]
    networks = choose_networks(parse_training_settings(flags))
    model = tmp_path / "models" / "generator.keras"
    save_generator(networks.generator(), model)
    used = "--model", model, "--data", streets, "--palette", "streets"
    with Server(tmp_path / "log.txt", *used) as server:
        page = open_page(server.url)
        change(page, page.locator("[name=blank]").click)
        choose(page, "car")
        seen, computed = [], []
        for number in range(20):
            x, y = 8 + number % 5 * 12, 8 + number // 5 * 12
            seen.append(page.evaluate(MEASURE, [x / SIZE, y / SIZE]))
            computed.append(int(page.inner_text(".result .time").split()[0]))
    low, median, high = np.percentile(seen, [25, 50, 75])
    print(
        f"\n{recipe} {size} px: {median:.0f} ms ({low:.0f} - {high:.0f}), of which "
        f"the generator {np.median(computed):.0f} ms"
    )
    assert np.median(computed) <= median
