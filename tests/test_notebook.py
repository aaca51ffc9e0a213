"""pix2pix_colab.ipynb: how it is made, and the whole of it executed."""

import ast
import json
import re
import shutil
from pathlib import Path

import pytest

import train_pix2pix
from pyimagesearch.cli import Parser
from pyimagesearch.datasets.streets import write_streets

REPOSITORY = Path(train_pix2pix.__file__).parent
NOTEBOOK = REPOSITORY / "pix2pix_colab.ipynb"
EXTRAS = "pip install -r requirements-notebook.txt"
SETTINGS = ("DATASET", "RECIPE", "IMAGE_SIZE", "EPOCHS", "OUTPUT", "PICTURE")
CELL_BYTES, ALL_BYTES = 250_000, 800_000  # of the outputs


@pytest.fixture(scope="module")
def cells():
    return json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]


def source(cell):
    return "".join(cell["source"])


def tree(cell):
    """The cell's syntax, its shell lines left out."""
    return ast.parse(re.sub(r"(?m)^(\s*)[!%].*", r"\1pass", source(cell)))


def code_of(cells):
    return [cell for cell in cells if cell["cell_type"] == "code"]


def test_it_is_committed_clean(cells):
    nbformat = pytest.importorskip("nbformat", reason=EXTRAS)
    nbformat.validate(nbformat.read(NOTEBOOK, as_version=nbformat.NO_CONVERT))
    assert len({cell["id"] for cell in cells}) == len(cells)
    for cell in code_of(cells):
        assert (cell["outputs"], cell["execution_count"]) == ([], None)


def test_the_address_stands_once_and_is_the_badges(cells):
    text = "\n".join(map(source, cells))
    (address,) = re.findall(r'"https://github\.com/([^"]+)"', text)
    (badge,) = re.findall(r"colab\.research\.google\.com/github/([^)]+)\)", text)
    assert badge == f"{address}/blob/main/{NOTEBOOK.name}"


def test_one_cell_has_every_setting(cells):
    (cell,) = [c for c in cells if "parameters" in c["metadata"].get("tags", [])]
    assigned = {node.targets[0].id: node.value.value for node in tree(cell).body}
    assert tuple(assigned) == SETTINGS
    assert (assigned["DATASET"], assigned["RECIPE"]) == ("streets", "quick")


class CapturedError(Exception):
    """The flags of a parser, instead of what it would parse."""


def test_every_flag_is_one_of_its_command(cells, monkeypatch):
    import inference
    from pyimagesearch import evaluate
    from pyimagesearch.export import __main__
    from pyimagesearch.notebook import look

    mains = {
        "train_pix2pix.py": train_pix2pix.main,
        "inference.py": inference.main,
        "pyimagesearch.evaluate": evaluate.main,
        "pyimagesearch.export": __main__.main,
        "pyimagesearch.notebook.look": look.main,
    }

    def capture(parser, arguments=None):
        raise CapturedError(parser.list_flags())

    monkeypatch.setattr(Parser, "parse_args", capture)
    called = set()
    for cell in code_of(cells):
        words = [
            node.value
            for node in ast.walk(tree(cell))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        commands = [word for word in words if word in mains]
        if "run(" not in source(cell):
            continue
        (command,) = commands
        with pytest.raises(CapturedError) as captured:
            mains[command]()
        flags = {word for word in words if word.startswith("--")}
        assert flags <= set(captured.value.args[0]), command
        called.add(command)
    assert called == mains.keys()


def executed(folder, epochs):
    """The code cells by their ids, after the whole notebook was run as a user would."""
    nbformat = pytest.importorskip("nbformat", reason=EXTRAS)
    nbclient = pytest.importorskip("nbclient", reason=EXTRAS)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    values = ("streets", "quick", 32, epochs, str(folder / "outputs"), None)
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = f"{', '.join(SETTINGS)} = {values!r}"
    resources = {"metadata": {"path": str(REPOSITORY)}}
    nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources=resources
    ).execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    sizes = [len(json.dumps(cell.outputs)) for cell in cells]
    assert max(sizes) < CELL_BYTES
    assert sum(sizes) < ALL_BYTES
    return {cell.id: cell.outputs for cell in cells}


def said(outputs):
    texts = (o.get("text") or o.get("data", {}).get("text/plain", "") for o in outputs)
    return "\n".join(texts)


def pictures(outputs):
    return sum("image/jpeg" in output.get("data", {}) for output in outputs)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:::(jupyter_client|zmq|nbclient|asyncio|tornado)")
def test_it_runs_and_goes_on(tmp_path, monkeypatch):
    pytest.importorskip("ipykernel", reason=EXTRAS)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    streets = tmp_path / "keras" / "datasets" / "streets-v1"
    streets.mkdir(parents=True)
    write_streets(streets, train=4, val=3, size=32)
    run = tmp_path / "outputs"

    first = executed(tmp_path, epochs=1)
    assert "[INFO] nothing is missing" in said(first["install"])
    assert "pairs: 4 to train on, 3 to validate on" in said(first["look"])
    assert "this run begins" in said(first["train"])
    shown = {name: pictures(outputs) for name, outputs in first.items()}
    assert {name: count for name, count in shown.items() if count} == {
        **{"look": 1, "train": 2, "progress": 1, "infer": 1, "translate": 1}
    }
    score = json.loads((run / "report" / "metrics.json").read_text())["scores"]["l1"]
    assert f"L1         {score['mean']:.4f}" in said(first["evaluate"])
    assert str(run / "report" / "index.html") in said(first["evaluate"])
    assert (run / "report" / "index.html").is_file()
    assert (run / "export" / "generator.tflite").stat().st_size > 5_000_000
    assert (run / "export" / "generator_saved_model" / "saved_model.pb").is_file()
    assert (run / "notebook" / "translated" / "input.png").is_file()

    shutil.rmtree(run / "export")
    second = executed(tmp_path, epochs=2)
    assert "resuming after 1 epochs" in said(second["train"])
    assert len((run / "logs" / "history.csv").read_text().splitlines()) == 3
    assert not (run / "previous").exists()
    assert (run / "export" / "generator.tflite").is_file()
