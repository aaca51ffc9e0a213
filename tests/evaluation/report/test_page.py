"""The text of the page: scores, classes, settings, and escaped names."""

import html
import json
import math
import re

import pytest
from tiny import random_image

from pyimagesearch.evaluation.report import save_images, write_page
from pyimagesearch.evaluation.report.page import (
    compare_with_baseline,
    describe_class_source,
    render_score_cards,
    render_settings,
    summarize_scores,
)
from pyimagesearch.metrics.score_kinds import CLOSER


@pytest.fixture
def page(report):
    return (report / "index.html").read_text(encoding="utf-8")


def read_data(page):
    return json.loads(re.search('type="application/json">(.*?)</script>', page)[1])


def test_the_header_describes_the_evaluation(page):
    assert "<h1>facades</h1>" in page
    assert "4 val pairs, B to A, 48 × 32 px" in page
    assert "Better than every baseline in 1 of 3 scores" in page
    assert "3 of 4 pairs" in page


def test_the_scores_have_four_digits(page):
    for text in ("0.2346", "0.2000 to 0.2679", "0.3123", "13.50", "213.4"):
        assert text in page


def test_the_source_of_the_classes_is_described(evaluation):
    found = describe_class_source(evaluation)
    assert found == "The class maps of the predictions, against the targets."
    found = describe_class_source(evaluation | {"segmenter": "AtoB.keras"})
    assert found == "The segmenter's class maps of the predictions, against the inputs."


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


def test_the_gallery_lists_the_images_that_have_files(page, evaluation):
    data = read_data(page)
    assert data["images"] == [
        image
        | {
            "files": {
                kind: [f"images/000{number}-{kind}.{e}" for e in ("png", "webp")]
                for kind in ("input", "prediction", "target")
            }
        }
        for number, image in enumerate(evaluation["images"][:3], 1)
    ]
    assert [score["key"] for score in data["scores"]] == ["l1", "psnr", "sharpness"]
    assert [score["decimals"] for score in data["scores"]] == [4, 2, 4]
    assert page.count("<li><a href=") == 3
    assert "val/without" not in page


def test_names_are_escaped(page, evaluation):
    hostile = evaluation["images"][2]["name"]
    assert hostile not in page
    assert page.count(html.escape(hostile)) == 3  # gallery, classes, settings
    assert "alert(1)</script>" not in page
    assert read_data(page)["images"][2]["name"] == hostile


def test_the_page_loads_only_its_own_images(page):
    sources = re.findall(r'\b(?:src|href)="(.*?)"', page)
    assert {s for s in sources if not s.startswith(("#", "images/"))} == {"data:,"}
    assert "url(" not in page
    assert "@import" not in page


def test_all_settings_are_listed(evaluation, record):
    found = render_settings(evaluation, record)
    lines = dict(re.findall("<dt>(.*?)</dt><dd>(.*?)</dd>", found))
    assert lines["image_size"] == "32, 48"
    assert lines["learning_rate"] == "0.0002"
    assert lines["data"] == "–"
    assert lines["keras"] == "3.15.1"
    assert lines["validation.psnr"] == "13.6337"
    assert lines["of a later version"] == "1, 2, three, True"


def test_a_model_without_a_run_has_a_page(tmp_path, evaluation):
    alone = evaluation | {"classes": None, "images": [], "scores": {}}
    write_page(tmp_path, alone, None, [])
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "<h1>generator.keras</h1>" in page
    hidden = re.findall('<section id="(.*?)" hidden>', page)
    assert hidden == ["losses", "classes", "images"]
    assert re.findall('<a href="#(.*?)" hidden>', page) == hidden
    assert read_data(page) == {"scores": [], "images": [], "charts": []}


def test_what_is_not_8_bit_rgb_is_explained(tmp_path, evaluation):
    shown = {"input": "channels 1 to 3 of 5, 0 to 1400", "target": ""}
    write_page(tmp_path, evaluation | {"shown": shown}, None, [])
    assert (
        "input, prediction, target. From black to white, input: channels 1 to 3 of 5, "
        "0 to 1400.</p>"
    ) in (tmp_path / "index.html").read_text(encoding="utf-8")
    write_page(tmp_path, evaluation | {"shown": {"input": "", "target": ""}}, None, [])
    assert "input, prediction, target.</p>" in (
        (tmp_path / "index.html").read_text(encoding="utf-8")
    )


def test_the_title_is_the_name_of_the_data_folder(tmp_path, evaluation):
    settings = {"dataset": None, "data": "/somewhere/my pairs"}
    write_page(tmp_path, evaluation, {"settings": settings}, [])
    assert "<h1>my pairs</h1>" in (tmp_path / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("better", "baseline", "found"),
    [
        ("lower", 0.31, "better"),
        ("lower", 0.19, "worse"),
        ("higher", 0.31, "worse"),
        ("higher", 0.19, "better"),
        ("lower", 0.29, "unclear"),
        ("higher", 0.3, "unclear"),
        (CLOSER, 0.31, "better"),  # its difference is that of distances from 1
        (CLOSER, 0.19, "worse"),
        ("lower", None, "none"),
        ("lower", math.nan, "none"),
    ],
)
def test_the_interval_of_the_difference_decides(score, better, baseline, found):
    made = score(better=better, copy_the_input=baseline)
    assert compare_with_baseline(made, "copy the input") == found


def test_the_interval_of_the_score_does_not_decide(score):
    made = score(mean_picture=0.29)
    made["differences"]["mean picture"] = [-0.05, -0.03]
    assert compare_with_baseline(made, "mean picture") == "better"


def test_without_an_interval_the_mean_decides(score):
    made = score(interval=None, near=0.2501, equal=0.25, far=0.2)
    assert [compare_with_baseline(made, name) for name in made["baselines"]] == [
        "better",
        "unclear",
        "worse",
    ]


def test_without_an_interval_the_distance_from_1_decides(score):
    made = score(1.5, better=CLOSER, interval=None, half=0.5, equal=2 / 3, near=1.4)
    assert [compare_with_baseline(made, name) for name in made["baselines"]] == [
        "better",
        "unclear",
        "worse",
    ]


def test_real_photos_are_not_a_baseline(score):
    made = score(better="higher", real_photos=0.9, mean_picture=0.1)
    assert compare_with_baseline(made, "real photos") == "none"
    assert summarize_scores({"read_back": made}).startswith(
        "Better than every baseline in 1 of 1 scores"
    )


def test_the_summary_counts_scores_better_than_every_baseline(score):
    scores = {
        "all": score(one=0.9, other=0.8),
        "some": score(one=0.9, other=0.25),
        "uncompared": score(),
    }
    assert summarize_scores(scores).startswith(
        "Better than every baseline in 1 of 2 scores"
    )
    assert summarize_scores({"uncompared": score()}) == ""


def test_a_card_has_the_values_and_the_verdicts(score):
    card = render_score_cards({"l1": score(copy_the_input=0.77777, mean_picture=0.22)})
    text = " ".join(re.sub("<[^>]*>", " ", card).split())
    assert text == (
        "L1 ↓ lower is better 0.2500 95 % interval 0.2000 to 0.3000 "
        "copy the input 0.7778 ✓ better mean picture 0.2200 ≈ no clear difference"
    )


def test_the_scale_places_the_model_and_its_baselines(score):
    card = render_score_cards({"l1": score(copy_the_input=0.6, mean_picture=0.4)})
    assert '<circle class="model" cx="15.50%"' in card
    assert 'x1="4.00%" x2="27.00%"' in card
    assert re.findall(r'class="mark" x="([\d.]+)%"', card) == ["96.00", "50.00"]


def test_five_baselines_are_all_listed(score):
    names = [f"baseline{number}" for number in range(5)]
    card = render_score_cards({"l1": score(**dict.fromkeys(names, 0.5))})
    assert all(card.count(name) == 1 for name in names)


def test_a_score_without_a_value_has_a_dash(score):
    card = render_score_cards(
        {"l1": score(mean=math.nan, interval=None, mean_picture=0.4)}
    )
    assert '<p class="mean">–</p>' in card
    assert "scale" not in card


def test_names_that_are_not_utf8_are_shown(evaluation, tmp_path):
    image, *_ = evaluation["images"]
    save_images(tmp_path, 1, *[random_image(0)] * 3)
    images = [image | {"name": "val/caf\udce9"}]
    changed = evaluation | {"images": images, "folder": "/data/\udce8"}
    write_page(tmp_path, changed, None, [])
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert r'<span class="name">val/caf\udce9</span>' in page
    assert r"<dd>/data/\udce8</dd>" in page
    assert read_data(page)["images"][0]["name"] == "val/caf\udce9"
