"""Fixtures that drive a Chromium; `conftest.py` imports them.

They need playwright and Chromium. Without them the tests are skipped, and fail if the
environment variable CI is set.
"""

import importlib.util
import os
import shutil
from pathlib import Path

import pytest

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
# A camera that shows a moving pattern, and that needs no permission.
FLAGS += ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
TIMEOUT = 60_000  # milliseconds, for a busy machine


def skip_or_fail(message):
    """Skip the tests, or fail if the environment variable CI is set."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(message)


@pytest.fixture(scope="module")
def playwright():
    if importlib.util.find_spec("playwright") is None:
        skip_or_fail("playwright is not installed: run `pip install playwright`")
    from playwright import sync_api

    with sync_api.sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(playwright):
    bundled = playwright.chromium.executable_path
    found = [path for path in (*map(shutil.which, CHROMIUM), bundled) if path]
    if not Path(found[0]).is_file():
        skip_or_fail(
            "Chromium is not installed: run `playwright install chromium`, or install "
            "your system's chromium package"
        )
    browser = playwright.chromium.launch(
        executable_path=found[0], args=FLAGS, timeout=TIMEOUT
    )
    yield browser
    browser.close()


@pytest.fixture
def expect(browser):
    from playwright.sync_api import expect

    expect.set_options(timeout=TIMEOUT)
    return expect
