"""pix2pix_colab.ipynb: its cells, and the execution of all of them."""

import ast
import json
import re
import shutil
from pathlib import Path

import pytest

import inference
import train_pix2pix
from pyimagesearch import config, evaluate
from pyimagesearch.cli import Parser
from pyimagesearch.datasets.streets import write_streets
from pyimagesearch.export import __main__ as export

REPOSITORY = Path(train_pix2pix.__file__).parent
NOTEBOOK = REPOSITORY / "pix2pix_colab.ipynb"
EXTRAS = "pip install -r requirements-notebook.txt"
SETTINGS = ("DATASET", "RECIPE", "IMAGE_SIZE", "EPOCHS", "OUTPUT", "IMAGE")
COMMAND = re.compile(r"^\s*!python (?:-m )?(\S+)", re.MULTILINE)
MAINS = {
    "train_pix2pix.py": train_pix2pix.main,
    "inference.py": inference.main,
    "pyimagesearch.evaluate": evaluate.main,
    "pyimagesearch.export": export.main,
}


@pytest.fixture(scope="module")
def sources():
    """The source of every code cell, by its id."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    return {cell["id"]: "".join(cell["source"]) for cell in code}


def read_assignments(source):
    """The constants that a cell assigns, its shell lines left out."""
    tree = ast.parse(re.sub(r"(?m)^(\s*)[!%].*", r"\1pass", source))
    return {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }


def test_it_is_committed_clean():
    nbformat = pytest.importorskip("nbformat", reason=EXTRAS)
    notebook = nbformat.read(NOTEBOOK, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)


def test_one_cell_has_every_setting(sources):
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    tagged = [c["id"] for c in cells if "parameters" in c["metadata"].get("tags", [])]
    assert tagged == ["settings"]
    assigned = read_assignments(sources["settings"])
    assert tuple(assigned) == SETTINGS
    assert (assigned["DATASET"], assigned["RECIPE"]) == ("streets", "quick")
    for name in SETTINGS:  # each is a field of a form in Colab
        assert re.search(rf"(?m)^{name} = .*  # @param", sources["settings"])
    (recipes,) = re.findall(r"(?m)^RECIPE = .*  # @param (.*)$", sources["settings"])
    assert set(json.loads(recipes)) == set(config.RECIPES)
    epochs = config.RECIPES["quick"]["epochs"]
    assert f"quick has {epochs}, the tutorial {config.EPOCHS}." in sources["settings"]


def test_the_address_of_the_repository_is_left_to_the_user(sources):
    field = 'REPOSITORY_URL = ""  # @param {type:"string"}'
    assert sources["code"].splitlines().count(field) == 1
    assert "github" not in NOTEBOOK.read_text(encoding="utf-8")


def test_without_the_code_and_its_address_the_notebook_says_so(
    sources, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    code = re.sub(r"(?m)^(\s*)!.*", r"\1pass", sources["code"])
    with pytest.raises(SystemExit, match="Enter the address of the repository"):
        exec(code, {})


class CapturedError(Exception):
    """The flags of a parser, instead of what it would parse."""


def test_every_flag_is_one_of_its_command(sources, monkeypatch):
    def capture(parser, arguments=None):
        raise CapturedError(parser.list_flags())

    monkeypatch.setattr(Parser, "parse_args", capture)
    called = set()
    for source in sources.values():
        for command in set(COMMAND.findall(source)) - {"pip"}:
            with pytest.raises(CapturedError) as captured:
                MAINS[command]()
            flags = set(re.findall(r"--[a-z][\w-]*", source))
            assert flags
            assert flags <= set(captured.value.args[0]), command
            called.add(command)
    assert called == MAINS.keys()


def execute(folder, epochs):
    """Runs the whole notebook, and returns the outputs of the code cells by id."""
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
    return {cell.id: cell.outputs for cell in notebook.cells if "outputs" in cell}


def join_text(outputs):
    return "".join(output.get("text", "") for output in outputs)


def count_images(outputs):
    return sum("image/png" in output.get("data", {}) for output in outputs)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:::(jupyter_client|zmq|nbclient|asyncio|tornado)")
def test_it_runs_and_resumes(tmp_path, monkeypatch):
    pytest.importorskip("ipykernel", reason=EXTRAS)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    streets = tmp_path / "keras" / "datasets" / "streets-v1"
    streets.mkdir(parents=True)
    write_streets(streets, train=4, val=3, size=32)
    run = tmp_path / "outputs"

    first = execute(tmp_path, epochs=1)
    for outputs in first.values():  # a command that fails does not stop the notebook
        assert "[ERROR]" not in join_text(outputs)
        assert "Traceback" not in join_text(outputs)
    assert f"The code is in {REPOSITORY}" in join_text(first["code"])
    assert "training for 1 epoch" in join_text(first["train"])
    assert "after epoch 1" in join_text(first["progress"])
    shown = {name: count_images(outputs) for name, outputs in first.items()}
    assert {name: count for name, count in shown.items() if count} == {
        **{"progress": 2, "infer": 1, "translate": 1}
    }
    score = json.loads((run / "report" / "metrics.json").read_text())["scores"]["l1"]
    assert f"L1         {score['mean']:.4f}" in join_text(first["evaluate"])
    assert str(run / "report" / "index.html") in join_text(first["evaluate"])
    assert (run / "report" / "index.html").is_file()
    assert (run / "images" / "grid.png").is_file()
    assert (run / "export" / "generator.tflite").stat().st_size > 5_000_000
    assert (run / "export" / "generator_saved_model" / "saved_model.pb").is_file()
    assert (run / "translated" / "0001-input.png").is_file()

    shutil.rmtree(run / "export")
    second = execute(tmp_path, epochs=2)
    assert "after epoch 2" in join_text(second["progress"])
    assert len((run / "logs" / "history.csv").read_text().splitlines()) == 3
    assert not (run / "previous").exists()  # resumed, not started again
    assert (run / "export" / "generator.tflite").is_file()
