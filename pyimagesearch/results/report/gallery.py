"""The gallery: every pair that has pictures."""

from pathlib import Path

from pyimagesearch.results.report.figures import decimals, escaped, figure, is_figure
from pyimagesearch.results.report.pictures import has_pictures, picture_paths


def shown_images(folder: Path, evaluation: dict) -> list[dict]:
    """What the gallery shows.

    Args:
        folder: the report's.
        evaluation: as `write_page` takes it.

    Returns:
        For every image that has pictures its "name"; "scores", the values by the
        score's key, None where there is none; and "pictures", as of `picture_paths`.
    """
    return [
        {
            "name": image["name"],
            "scores": {
                key: value if is_figure(value) else None
                for key, value in image["scores"].items()
            },
            "pictures": picture_paths(number),
        }
        for number, image in enumerate(evaluation["images"], 1)
        if has_pictures(folder, number)
    ]


def sortable_scores(evaluation: dict, images: list[dict]) -> list[dict]:
    """The scores that single images have, FID for one being of a whole set."""
    return [
        {
            "key": key,
            "title": score["title"],
            "unit": score["unit"],
            "better": score["better"],
            "decimals": decimals(score["mean"]),
        }
        for key, score in evaluation["scores"].items()
        if any(key in image["scores"] for image in images)
    ]


def cards(images: list[dict], scores: list[dict], size: tuple[int, int]) -> str:
    """HTML of the images, in their order, with the first score under each.

    Args:
        images: of `shown_images`.
        scores: of `sortable_scores`.
        size: height and width in pixels.
    """
    return "\n".join(
        _card(place, image, scores[:1], size) for place, image in enumerate(images)
    )


def options(scores: list[dict]) -> str:
    """HTML of what the gallery can be sorted by."""
    return "\n".join(
        f'<option value="{escaped(score["key"])}">{escaped(score["title"])}</option>'
        for score in scores
    )


def _card(place, image, scores, size):
    height, width = size
    thumbnails = "".join(
        f'<img src="{small}" alt="{kind}" width="{width}" height="{height}"'
        ' loading="lazy" decoding="async">'
        for kind, (_, small) in image["pictures"].items()
    )
    caption = "".join(
        f"{escaped(score['title'])} {_value(image, score)}" for score in scores
    )
    return f"""<li><a href="{image["pictures"]["prediction"][0]}" data-place="{place}"
 aria-haspopup="dialog"><span class="three">{thumbnails}</span>
<span class="name">{escaped(image["name"])}</span>
<span class="value">{caption}</span></a></li>"""


def _value(image, score):
    text = figure(image["scores"].get(score["key"]), score["decimals"])
    return escaped(f"{text} {score['unit']}".strip())
