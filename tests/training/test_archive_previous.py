"""A new run archives the previous one instead of overwriting it."""

from pyimagesearch.training.previous_runs import archive_previous_run


def write(run, *names):
    for name in names:
        path = run / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def files(run):
    return {p.relative_to(run).as_posix() for p in run.rglob("*") if p.is_file()}


def test_previous_run_is_moved_with_its_folders(tmp_path):
    parts = {"run.json", "models/generator.keras", "images/000.png", "logs/history.csv"}
    parts |= {"checkpoints/last.npz", "images/translated/a/b.png", "report/index.html"}
    parts |= {"export/generator.tflite"}
    kept = {"images/.gitkeep", "models/.gitkeep", "notes.txt"}
    write(tmp_path, *parts, *kept)
    assert archive_previous_run(tmp_path) == tmp_path / "previous" / "001"
    assert files(tmp_path) == kept | {f"previous/001/{part}" for part in parts}
    moved = tmp_path / "previous" / "001" / "images" / "000.png"
    assert moved.read_text() == "images/000.png"


def test_every_archive_has_its_own_number(tmp_path):
    write(tmp_path, "previous/007/run.json", "previous/notes/a", "run.json")
    assert archive_previous_run(tmp_path) == tmp_path / "previous" / "008"
    write(tmp_path, "run.json")
    assert archive_previous_run(tmp_path) == tmp_path / "previous" / "009"


def test_folder_without_a_run_is_not_changed(tmp_path):
    write(tmp_path, "images/holiday.png", "models/.gitkeep")
    assert archive_previous_run(tmp_path) is None
    assert files(tmp_path) == {"images/holiday.png", "models/.gitkeep"}


def test_interrupted_move_is_continued(tmp_path, monkeypatch):
    write(tmp_path, "run.json", "checkpoints/last.npz", "logs/history.csv")
    rename, done = type(tmp_path).rename, []

    def rename_once(path, target):
        if done:
            raise KeyboardInterrupt
        done.append(path)
        return rename(path, target)

    monkeypatch.setattr(type(tmp_path), "rename", rename_once)
    try:
        archive_previous_run(tmp_path)
    except KeyboardInterrupt:
        monkeypatch.undo()
    assert done == [
        tmp_path / "checkpoints" / "last.npz"
    ]  # first, so that no part of a run is resumed
    archive_previous_run(tmp_path)
    assert files(tmp_path) == {
        "previous/001/checkpoints/last.npz",
        "previous/002/logs/history.csv",
        "previous/002/run.json",
    }


def test_only_plain_numbers_are_previous_runs(tmp_path):
    for name in ("007", "²", "٣x", "notes"):
        (tmp_path / "previous" / name).mkdir(parents=True)
    (tmp_path / "run.json").write_text("{}")
    assert archive_previous_run(tmp_path) == tmp_path / "previous" / "008"
