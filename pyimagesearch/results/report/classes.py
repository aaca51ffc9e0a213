"""The table of the classes."""

from pyimagesearch.results.report.figures import escaped, is_figure, percent

COLUMNS = {
    "share": "share of pixels",
    "accuracy": "accuracy",
    "iou": "IoU",
}


def classified(evaluation: dict) -> str:
    """One sentence on what the classes are read in."""
    if evaluation["segmenter"]:
        return "What the segmenter reads in the predictions, against the inputs."
    return "The predictions, against the targets."


def class_table(classes: list[dict]) -> str:
    """HTML of an evaluation's "classes"."""
    heads = "".join(f'<th scope="col">{title}</th>' for title in COLUMNS.values())
    rows = "\n".join(_row(one) for one in classes)
    return f"""<table>
<thead><tr><th scope="col">class</th>{heads}</tr></thead>
<tbody>
{rows}
</tbody>
</table>"""


def _row(one):
    red, green, blue = (int(level) for level in one["color"])
    cells = "".join(_cell(one[column]) for column in COLUMNS)
    return (
        f'<tr><th scope="row"><i style="background:rgb({red} {green} {blue})"></i>'
        f"{escaped(one['name'])}</th>{cells}</tr>"
    )


def _cell(value):
    length = 100 * value if is_figure(value) else 0
    return f'<td style="--share:{length:.1f}%">{percent(value)}</td>'
