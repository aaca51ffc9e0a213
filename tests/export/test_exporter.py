"""Every format holds the network: written, loaded by its runtime, compared."""

import json

import numpy as np
import pytest
from tiny import SIZE

from pyimagesearch.errors import RunStoppedError, UserError
from pyimagesearch.export import export_settings, formats
from pyimagesearch.export.exporter import export_network, format_results
from pyimagesearch.export.formats import (
    EXACT,
    FORMAT_TABLE,
    QUANTIZED,
    choose_formats,
    trace_model,
)
from pyimagesearch.export.network import prepare_network

WEIGHT_BYTES = {None: 4, "float16": 2, "dynamic": 1}  # of int8: see test_int8
EIGHT_BITS = {"dtype": "uint8", "range": [0, 255]}
FACTS = {
    **{"range": [-1, 1], "channels": "RGB", "layout": "NHWC", "dtype": "float32"},
    "values": {"input": EIGHT_BITS, "output": EIGHT_BITS},
}


@pytest.fixture
def export(strided, images, hurried, tmp_path):
    """Exports the strided network."""

    def to(kind, image_size=None, **given):
        network = prepare_network(strided, image_size)
        sizes = [image_size] if image_size else [(SIZE, SIZE), (20, 12)]
        batches = [images(*size)[: 1 if image_size else 2] for size in sizes]
        expected = list(map(trace_model(network.model), batches))
        path = tmp_path / "out" / f"my.generator{kind.suffix}"
        return export_network(kind, network, path, batches, expected, **given)

    return to


def chosen(name, quantize):
    for package in FORMAT_TABLE[name].packages:
        pytest.importorskip(package, reason=f"{package} is in requirements-export.txt")
    return choose_formats([name], quantize and [quantize])[0]


@pytest.mark.parametrize(
    ("name", "quantize", "image_size"),
    [
        ("keras", None, None),
        ("saved_model", None, None),
        ("tflite", None, None),
        ("tflite", "float16", None),
        ("tflite", "dynamic", None),
        ("onnx", None, None),
        ("tflite", "dynamic", (8, 24)),
        ("onnx", None, (8, 24)),
    ],
)
def test_the_file_makes_the_pictures_of_keras(
    export, strided, name, quantize, image_size
):
    kind = chosen(name, quantize)
    made = export(kind, image_size)
    assert made.difference <= kind.bound
    if quantize:
        assert made.difference > EXACT / 10
    weights = strided.count_params() * WEIGHT_BYTES[quantize]
    assert weights < made.size < weights + 100_000
    assert made.speed.low <= made.speed.median <= made.speed.high

    names = {path.name for path in made.path.parent.iterdir()}
    if name == "onnx":
        assert names == {made.path.name}
        return
    assert names == {made.path.name, f"{made.path.name}.json"}
    told = json.loads(made.path.with_name(f"{made.path.name}.json").read_text())
    size = [1, *image_size, 3] if image_size else [None, None, None, 3]
    assert told == {"file": made.path.name, **FACTS, "shape": size, "total_stride": 4}


def test_onnx_tells_by_itself(export):
    made = export(chosen("onnx", None))
    import onnx

    model = onnx.load(made.path)
    told = {each.key: each.value for each in model.metadata_props}
    assert told["channels"] == "RGB"
    assert json.loads(told["range"]) == [-1, 1]
    assert json.loads(told["total_stride"]) == 4
    for end, name in ((model.graph.input, "image"), (model.graph.output, "picture")):
        assert end[0].name == name
        axes = end[0].type.tensor_type.shape.dim
        assert [axis.dim_param or axis.dim_value for axis in axes] == [
            *("batch", "height", "width"),
            3,
        ]


@pytest.mark.parametrize(("name", "value"), [("keras", 0.1), ("saved_model", np.nan)])
def test_a_file_that_differs_is_not_kept(export, tmp_path, name, value):
    wrong = FORMAT_TABLE[name]._replace(
        load=lambda path: lambda images: images * 0 + value
    )
    with pytest.raises(RunStoppedError, match="was not kept.* --bound sets") as stopped:
        export(wrong)
    assert stopped.value.status == 1
    assert not list((tmp_path / "out").iterdir())


def test_a_bound_can_be_raised(export):
    wrong = FORMAT_TABLE["keras"]._replace(
        load=lambda path: lambda images: images * 0 + 0.1
    )
    assert export(wrong, bound=2.0).difference > EXACT


def test_the_table_says_how_large_how_far_and_how_fast(export):
    row = export(FORMAT_TABLE["keras"])._replace(size=5_700_000, difference=0.04)
    head, line = format_results([row]).splitlines()
    assert line.split()[:4] == ["my.generator.keras", "5.70", "4.0e-02", "5.1"]
    assert head.split()[-1] == "quartiles"


def test_a_missing_package_is_named_with_what_installs_it(monkeypatch):
    there = {"onnx", "onnxruntime"}
    monkeypatch.setattr(formats, "_is_installed", there.__contains__)
    needs = r"--format onnx requires tf2onnx: pip install -r requirements-export\.txt"
    with pytest.raises(UserError, match=needs):
        choose_formats(["keras", "onnx"], None)
    there.clear()
    with pytest.raises(UserError, match="onnx and tf2onnx and onnxruntime: pip"):
        choose_formats(["onnx"], None)
    assert choose_formats(["tflite"], None) == [FORMAT_TABLE["tflite"]]


def test_only_tflite_is_quantized():
    with pytest.raises(UserError, match="--quantize requires --format tflite"):
        choose_formats(["keras"], ["float16"])


def test_the_flags_name_the_formats():
    assert tuple(FORMAT_TABLE) == export_settings.FORMATS
    assert ("none", *QUANTIZED) == export_settings.QUANTIZATIONS
