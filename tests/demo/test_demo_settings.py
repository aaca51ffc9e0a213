"""The flags, and which run and which dataset they choose."""

import json

import pytest

from pyimagesearch.errors import UserError


def test_the_defaults_are_for_this_machine_only(parse, tmp_path):
    settings = parse("--run", tmp_path)
    assert (settings.host, settings.port) == ("127.0.0.1", 7860)
    assert not settings.share
    assert not settings.no_browser
    assert settings.upload_pixels < 100_000_000


def test_a_model_brings_the_dataset_of_its_own_run(parse, tmp_path):
    """The palette of another run would paint in the colors of another generator."""
    record = {"settings": {"dataset": "facades"}}
    (tmp_path / "run.json").write_text(json.dumps(record))
    settings = parse("--model", tmp_path / "models" / "generator.keras")
    assert settings.dataset == "facades"
    assert settings.has_dataset


def test_without_a_record_no_dataset_is_known(parse, tmp_path):
    model = tmp_path / "models" / "generator.keras"
    assert not parse("--model", model).has_dataset
    assert parse("--model", model, "--dataset", "streets").has_dataset
    assert parse("--model", model, "--data", tmp_path).has_dataset


@pytest.mark.parametrize("port", ["0", "65536", "x"])
def test_a_wrong_port_is_refused(parse, port):
    with pytest.raises(UserError, match=f"--port: {port} is"):
        parse("--port", port)
