"""The page in Chromium, opened from disk.

These tests need playwright and Chromium. Without them they are skipped, and fail if the
environment variable CI is set.
"""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from chromium import TIMEOUT

PHONE = {"width": 360, "height": 740}


@pytest.fixture
def open_report(browser, report):
    """Open the report. Fail on console messages, failed or outside requests."""
    contexts, wrong, requests = [], [], []

    def open_page(**options):
        context = browser.new_context(**options)
        context.set_default_timeout(TIMEOUT)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("requestfailed", lambda request: wrong.append(request.url))
        page.on("request", lambda request: requests.append(request.url))
        page.on("dialog", lambda dialog: (wrong.append("dialog"), dialog.dismiss()))
        page.goto((report / "index.html").as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []
    assert {url.split(":")[0] for url in requests} <= {"file", "data"}


@pytest.fixture
def page(open_report):
    return open_report(viewport={"width": 1280, "height": 800})


def list_names(page):
    return [name[:6] for name in page.locator("#gallery .name").all_inner_texts()]


def find_focused(page):
    return page.evaluate("document.activeElement.id || document.activeElement.tagName")


def read_pixels(locator):
    """Return a screenshot, an array of shape (height, width, 3), uint8, RGB."""
    data = np.frombuffer(locator.screenshot(), np.uint8)
    return cv2.imdecode(data, cv2.IMREAD_COLOR_RGB)


def open_first(page):
    page.locator("#gallery a").first.click()
    wait_for_images(page)


def wait_for_images(page):
    """Wait until both images on the stage are decoded."""
    page.eval_on_selector_all(
        "#stage > img", "i => Promise.all(i.map(i => i.decode()))"
    )


def test_the_thumbnails_load(page):
    page.locator("#gallery").scroll_into_view_if_needed()
    page.wait_for_function(
        "[...document.querySelectorAll('#gallery img')].every(i => i.naturalWidth)"
    )
    assert page.locator("#gallery img").count() == 9
    assert page.locator("#gallery .name").nth(2).inner_text().startswith("val/10")


def test_the_gallery_sorts_by_name_and_by_score(page):
    assert list_names(page) == ["</scri", "val/9", "val/10"]  # numbers as numbers
    page.click("#order")
    assert list_names(page) == ["val/10", "val/9", "</scri"]

    page.select_option("#key", label="L1")
    assert page.inner_text("#order") == "highest first (worst)"
    assert list_names(page) == ["val/10", "</scri", "val/9"]
    page.click("#order")
    assert page.inner_text("#order") == "lowest first (best)"
    assert list_names(page) == ["val/9", "</scri", "val/10"]

    page.select_option("#key", label="PSNR")
    assert list_names(page) == ["val/10", "val/9", "</scri"]  # without the score: last
    page.click("#order")
    assert list_names(page) == ["val/9", "val/10", "</scri"]
    assert page.locator("#gallery .value").all_inner_texts() == [
        "PSNR 15.00 dB",
        "PSNR 12.00 dB",
        "PSNR –",
    ]

    page.select_option("#key", label="sharpness")  # neither end is the best
    assert page.inner_text("#order") == "highest first"
    assert list_names(page) == ["val/9", "</scri", "val/10"]


def test_the_viewer_opens_and_closes(page):
    card = page.locator("#gallery a").nth(1)
    card.click()
    assert page.locator("#viewer").is_visible()
    assert page.inner_text("#viewed") == "val/9"
    assert page.inner_text("#position") == "2 of 3"
    scores = page.locator("#viewed-scores div").all_inner_texts()
    assert scores == ["L1 0.1000", "PSNR 15.00 dB", "sharpness 1.5000"]
    assert page.get_attribute("#left", "src") == "images/0002-prediction.png"
    width = page.locator("#stage").bounding_box()["width"]
    assert width > 5 * card.locator("img").first.bounding_box()["width"]
    page.click("#close")
    assert not page.locator("#viewer").is_visible()


def test_next_and_previous_follow_the_order_of_the_gallery(page):
    page.select_option("#key", label="L1")
    open_first(page)
    seen = [page.inner_text("#viewed")[:6]]
    assert page.is_disabled("#previous")
    for _ in range(2):
        page.click("#next")
        seen.append(page.inner_text("#viewed")[:6])
    assert seen == list_names(page) == ["val/9", "</scri", "val/10"]
    assert page.is_disabled("#next")
    page.click("#previous")
    assert page.inner_text("#position") == "2 of 3"


def test_the_slider_moves_the_split(page, expect):
    open_first(page)
    clips = [page.eval_on_selector("#left", "e => getComputedStyle(e).clipPath")]
    box = page.locator("#stage").bounding_box()
    height = box["y"] + 0.8 * box["height"]  # below the handle
    page.mouse.move(box["x"] + 0.5 * box["width"], height)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.25 * box["width"], height)
    page.mouse.up()
    expect(page.locator("#slider")).to_have_value("25")
    clips.append(page.eval_on_selector("#left", "e => getComputedStyle(e).clipPath"))
    assert clips[0] != clips[1]
    assert page.get_attribute("#slider", "aria-valuetext") == (
        "25 % prediction, 75 % target"
    )
    row = read_pixels(page.locator("#stage"))[int(0.8 * box["height"])]
    at = [int(share * len(row)) for share in (0.1, 0.23, 0.27, 0.9)]
    green, blue = [0, 255, 0], [0, 0, 255]
    assert row[at].tolist() == [green, green, blue, blue]


def test_the_viewer_compares_each_two_images(page):
    open_first(page)
    page.get_by_text("input | prediction").click()
    wait_for_images(page)
    row = read_pixels(page.locator("#stage"))[-40]
    assert row[[20, -20]].tolist() == [[255, 0, 0], [0, 255, 0]]
    page.get_by_text("input | target").click()
    wait_for_images(page)
    row = read_pixels(page.locator("#stage"))[-40]
    assert row[[20, -20]].tolist() == [[255, 0, 0], [0, 0, 255]]
    assert page.inner_text("#left-name") == "input"
    assert page.inner_text("#right-name") == "target"


def test_the_viewer_works_with_the_keyboard(page):
    page.focus("#gallery a")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert page.inner_text("#viewed") == "val/9"
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#viewed") == "val/10"
    page.keyboard.press("ArrowRight")  # this is the last image
    page.keyboard.press("ArrowLeft")
    assert page.inner_text("#viewed") == "val/9"

    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert find_focused(page) == "slider"
    page.keyboard.press("ArrowLeft")
    assert page.input_value("#slider") == "49"
    assert page.inner_text("#viewed") == "val/9"

    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#left-name") == "input"
    page.keyboard.press("Escape")
    assert not page.locator("#viewer").is_visible()
    assert page.evaluate("document.activeElement.innerText").startswith("val/9")


def test_tab_reaches_each_control_and_shows_the_focus(page):
    reached = []
    for _ in range(13):
        page.keyboard.press("Tab")
        reached.append(find_focused(page))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", reached
    assert reached == (
        ["A"] * 5 + ["FIGURE"] * 2 + ["key", "order"] + ["A"] * 3 + ["SUMMARY"]
    )


def test_the_arrow_keys_move_in_the_gallery(open_report):
    page = open_report(viewport={"width": 900, "height": 800})  # two cards a row
    page.focus("#gallery a")
    visited = []
    for key in ("ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "End", "Home"):
        page.keyboard.press(key)
        visited.append(page.evaluate("document.activeElement.innerText")[:6].strip())
    assert visited == ["val/9", "</scri", "val/10", "</scri", "val/10", "</scri"]


def test_the_charts_show_values_at_the_pointer_and_arrow_keys(page, expect):
    chart = page.locator(".chart").nth(1)
    assert chart.locator(".epoch").inner_text() == "epoch 2"
    assert chart.locator("output").all_inner_texts() == ["0.2000", "0.4000"]
    chart.focus()
    page.keyboard.press("ArrowLeft")
    assert chart.locator(".epoch").inner_text() == "epoch 1"
    assert chart.locator("output").all_inner_texts() == ["0.3000", "–"]
    box = chart.locator("svg").bounding_box()
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.5 * box["height"])
    expect(chart.locator("output")).to_have_text(["0.5000", "0.6000"])
    cursor = chart.locator(".cursor")
    expect(cursor).to_have_css("display", "inline")
    page.mouse.move(0, 0)
    expect(cursor).to_have_css("display", "none")
    expect(chart.locator(".epoch")).to_have_text("epoch 2")


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_nothing_is_wider_than_the_window(open_report, width):
    page = open_report(viewport=PHONE | {"width": width})
    page.click("summary")
    wide = "e => [e.scrollWidth, e.clientWidth]"
    assert page.eval_on_selector("html", wide) == [width, width]
    open_first(page)
    assert page.eval_on_selector("#viewer", wide) == [width, width]
    for control in ("#stage", "#compared", "#next", "#close"):
        box = page.locator(control).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        assert box["y"] >= 0 and box["y"] + box["height"] <= PHONE["height"]
    assert page.locator("#stage").bounding_box()["width"] > 0.5 * min(width, 740)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colours_have_enough_contrast(open_report, scheme):
    """WCAG 2.2: 4.5 to 1 for text (1.4.3), 3 to 1 for graphics (1.4.11)."""
    page = open_report(color_scheme=scheme)
    paper = compute_luminance(page, "--paper")
    assert (paper > 0.5) == (scheme == "light")
    for name, least in {
        **dict.fromkeys(("--ink", "--soft", "--accent", "--good", "--bad"), 4.5),
        **dict.fromkeys(("--first", "--second", "--third"), 3.0),
    }.items():
        low, high = sorted([paper, compute_luminance(page, name)])
        assert (high + 0.05) / (low + 0.05) >= least, name


def compute_luminance(page, name):
    """Return the relative luminance (WCAG 2.2) of a custom property's colour."""
    colour = page.evaluate(
        """name => {
          document.body.style.outlineColor = `var(${name})`;
          return getComputedStyle(document.body).outlineColor;
        }""",
        name,
    )
    levels = np.array([int(n) for n in colour[4:-1].split(",")]) / 255
    linear = np.where(
        levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4
    )
    return linear @ [0.2126, 0.7152, 0.0722]


def test_without_scripts_the_images_are_links(open_report):
    page = open_report(java_script_enabled=False)
    links = page.locator("#gallery a")
    assert [link.get_attribute("href") for link in links.all()] == [
        f"images/000{number}-prediction.png" for number in (1, 2, 3)
    ]
    assert not page.locator("#viewer").is_visible()


def test_heading_levels_have_no_gaps(page):
    levels = [
        int(h.evaluate("e => e.tagName[1]")) for h in page.locator("h1,h2,h3").all()
    ]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
