"""The files and the table of an evaluation."""

import json

import pytest

from pyimagesearch.evaluation.scores import create_entry, format_scores, write_metrics


def test_the_table_is_aligned():
    scores = {
        "l1": create_entry("l1", 0.12345, {"copy the input": 0.5}, (0.1, 0.15)),
        "psnr": create_entry("psnr", 13.456, {"copy the input": 6.7}, (13.0, 14.0)),
        "fid": create_entry("fid", 213.44, {"mean picture": 300.0}),
    }
    assert format_scores(scores).splitlines() == [
        "score        mean     95 % interval  copy the input  mean picture",
        "L1         0.1235  0.1000 to 0.1500          0.5000",
        "PSNR [dB]   13.46    13.00 to 14.00            6.70",
        "FID         213.4                                           300.0",
    ]


def test_names_are_quoted_in_the_csv_file(tmp_path):
    names = ['val/a,b "c"', "val/ä"]
    images = [{"name": name, "scores": {"l1": 0.5, "ssim": None}} for name in names]
    write_metrics(tmp_path, {"images": images})
    assert (tmp_path / "metrics.csv").read_text(encoding="utf-8").splitlines() == [
        "name,l1,ssim",
        '"val/a,b ""c""",0.5,',
        "val/ä,0.5,",
    ]
    written = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    assert written == {"images": images}


def test_nan_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_metrics(tmp_path, {"images": [], "scores": float("nan")})
    assert not list(tmp_path.iterdir())


def test_names_that_are_not_utf8_are_written(tmp_path):
    evaluation = {"images": [{"name": "val/caf\udce9", "scores": {"l1": 0.5}}]}
    write_metrics(tmp_path, evaluation)
    written = (tmp_path / "metrics.json").read_text(encoding="utf-8")
    assert json.loads(written) == evaluation
    table = (tmp_path / "metrics.csv").read_text(encoding="utf-8")
    assert table.splitlines() == ["name,l1", r"val/caf\udce9,0.5"]
