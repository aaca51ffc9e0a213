"""The settings and versions, whatever the record holds."""

from pyimagesearch.results.report.figures import NONE, escaped

SHOWN = (
    "model",
    "segmenter",
    "folder",
    "split",
    "pairs",
    "direction",
    "image_size",
)


def settings_groups(evaluation: dict, record: dict | None) -> str:
    """HTML of what was evaluated, and of all that the run's record says.

    Args:
        evaluation: as `write_page` takes it.
        record: the run's, or None where there is only a model.
    """
    record = record or {}
    groups = {
        "evaluation": {key: evaluation[key] for key in SHOWN},
        "run": {k: v for k, v in record.items() if not isinstance(v, dict)},
        **{key: value for key, value in record.items() if isinstance(value, dict)},
    }
    return "\n".join(_group(name, rows) for name, rows in groups.items() if rows)


def _group(name, rows):
    lines = "\n".join(
        f"<dt>{escaped(key)}</dt><dd>{escaped(value)}</dd>"
        for key, value in _flat(rows)
    )
    return f"<section><h3>{escaped(name)}</h3><dl>\n{lines}\n</dl></section>"


def _flat(rows, before=""):
    for key, value in rows.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", _shown(value)


def _shown(value):
    if value is None:
        return NONE
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_shown(part) for part in value)
    return str(value)
