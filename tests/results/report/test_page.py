"""The page's text: figures, sections, and nothing from the data that is markup."""

import html
import json
import re

import pytest

from pyimagesearch.results.report import write_page
from pyimagesearch.results.report.classes import classified
from pyimagesearch.results.report.settings import settings_groups


@pytest.fixture
def page(report):
    return (report / "index.html").read_text(encoding="utf-8")


def data_of(page):
    return json.loads(re.search('type="application/json">(.*?)</script>', page)[1])


def test_the_head_says_what_was_evaluated(page):
    assert "<h1>facades</h1>" in page
    assert "4 val pairs, B to A, 48 × 32 px" in page
    assert "Better than every baseline in 1 of 2 scores" in page
    assert "3 of 4 pairs" in page


def test_the_scores_have_their_figures(page):
    for text in ("0.2346", "0.2000 to 0.2679", "0.3123", "13.50", "213.4"):
        assert text in page


def test_the_classes_are_read_in_predictions_or_by_a_segmenter(evaluation):
    assert classified(evaluation) == "The predictions, against the targets."
    read = classified(evaluation | {"segmenter": "AtoB.keras"})
    assert read == "What the segmenter reads in the predictions, against the inputs."


def test_the_classes_have_their_colours_and_shares(page):
    row = re.search("<tbody>(.*?)</tbody>", page, re.DOTALL)[1]
    assert 'style="background:rgb(128 64 128)"' in row
    assert re.findall(r">([\d.]+ %|–)<", row) == [
        "75.0 %",
        "50.0 %",
        "33.3 %",
        "0.0 %",
        "–",
        "–",
    ]


def test_the_gallery_has_the_images_with_pictures(page, evaluation):
    data = data_of(page)
    assert data["images"] == [
        image
        | {
            "pictures": {
                kind: [f"pictures/000{number}-{kind}.{e}" for e in ("png", "webp")]
                for kind in ("input", "prediction", "target")
            }
        }
        for number, image in enumerate(evaluation["images"][:3], 1)
    ]
    assert [score["key"] for score in data["scores"]] == ["l1", "psnr"]
    assert [score["decimals"] for score in data["scores"]] == [4, 2]
    assert page.count("<li><a href=") == 3
    assert "val/without" not in page


def test_text_from_the_data_is_never_markup(page, evaluation, record):
    hostile = evaluation["images"][2]["name"]
    assert hostile not in page
    assert page.count(html.escape(hostile)) == 3  # gallery, classes, settings
    assert "alert(1)</script>" not in page
    assert data_of(page)["images"][2]["name"] == hostile


def test_the_page_asks_for_nothing_but_its_pictures(page):
    sources = re.findall(r'\b(?:src|href)="(.*?)"', page)
    assert {s for s in sources if not s.startswith(("#", "pictures/"))} == {"data:,"}
    assert "url(" not in page
    assert "@import" not in page


def test_the_settings_are_all_there(evaluation, record):
    found = settings_groups(evaluation, record)
    lines = dict(re.findall("<dt>(.*?)</dt><dd>(.*?)</dd>", found))
    assert lines["image_size"] == "32, 48"
    assert lines["learning_rate"] == "0.0002"
    assert lines["data"] == "–"
    assert lines["keras"] == "3.15.1"
    assert lines["validation.psnr"] == "13.6337"
    assert lines["of a later version"] == "1, 2, three, True"


def test_a_model_alone_has_a_page(tmp_path, evaluation):
    alone = evaluation | {"classes": None, "images": [], "scores": {}}
    write_page(tmp_path, alone, None, [])
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "<h1>generator.keras</h1>" in page
    hidden = re.findall('<section id="(.*?)" hidden>', page)
    assert hidden == ["losses", "classes", "pictures"]
    assert re.findall('<a href="#(.*?)" hidden>', page) == hidden
    assert data_of(page) == {"scores": [], "images": [], "charts": []}


def test_a_folder_of_pairs_gives_its_name(tmp_path, evaluation):
    settings = {"dataset": None, "data": "/somewhere/my pairs"}
    write_page(tmp_path, evaluation, {"settings": settings}, [])
    assert "<h1>my pairs</h1>" in (tmp_path / "index.html").read_text(encoding="utf-8")
