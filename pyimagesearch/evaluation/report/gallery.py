"""The gallery of the report: the image files and the cards that show them."""

import contextlib
import re
from pathlib import Path

import cv2
import numpy as np

from pyimagesearch.evaluation.report.charts import (
    count_decimals,
    escape,
    format_number,
    is_finite,
)
from pyimagesearch.visualization import save_image

FOLDER = "images"
FORMER_FOLDER = "pictures"  # the folder's name in reports of earlier versions
KINDS = ("input", "prediction", "target")
THUMBNAIL_WIDTH = 160  # pixels, at most
WEBP_OPTIONS = [cv2.IMWRITE_WEBP_QUALITY, 90]
IMAGE_FILE = re.compile(rf"\d{{4,}}-({'|'.join(KINDS)})\.(png|webp)")


def save_images(
    folder: Path,
    number: int,
    input_image: np.ndarray,
    prediction: np.ndarray,
    target: np.ndarray,
) -> None:
    """Save the three images of a pair, each as a PNG file and a WebP thumbnail.

    Args:
        folder: Path, the folder of the report.
        number: int, the position of the pair in the evaluation's "images", from 1.
        input_image: array of shape (height, width, 3), uint8, RGB.
        prediction: array of shape (height, width, 3), uint8, RGB.
        target: array of shape (height, width, 3), uint8, RGB.
    """
    images = (input_image, prediction, target)
    for image, paths in zip(images, image_paths(number).values(), strict=True):
        full, thumbnail = (folder / path for path in paths)
        save_image(full, image)
        save_image(thumbnail, _shrink(image), WEBP_OPTIONS)


def image_paths(number: int) -> dict[str, tuple[str, str]]:
    """Return the paths (image, thumbnail) of a pair's files for each of `KINDS`.

    They are relative to the folder of the report, and valid in a URL.
    """
    stems = {kind: f"{FOLDER}/{number:04d}-{kind}" for kind in KINDS}
    return {kind: (f"{stem}.png", f"{stem}.webp") for kind, stem in stems.items()}


def has_images(folder: Path, number: int) -> bool:
    """Return True if all six image files of a pair exist."""
    paths = sum(image_paths(number).values(), ())
    return all((folder / path).is_file() for path in paths)


def replace_images(folder: Path, source: Path) -> None:
    """Remove the images of an earlier report, then move the new images in.

    Files that `save_images` did not write stay where they are.

    Args:
        folder: Path, the folder of the report.
        source: Path, the folder with the new images, as passed to `save_images`. It
            must be on the same file system as `folder`.
    """
    for name in (FORMER_FOLDER, FOLDER):
        for path in list((folder / name).glob("*")):
            if IMAGE_FILE.fullmatch(path.name):
                path.unlink()
    with contextlib.suppress(OSError):  # it is missing, or has files of the user
        (folder / FORMER_FOLDER).rmdir()
    (folder / FOLDER).mkdir(exist_ok=True)
    for path in (source / FOLDER).glob("*"):
        path.replace(folder / FOLDER / path.name)


def list_gallery_images(folder: Path, evaluation: dict) -> list[dict]:
    """List the evaluated images that have files in the folder of the report."""
    return [
        {
            "name": image["name"],
            "scores": {
                key: value if is_finite(value) else None
                for key, value in image["scores"].items()
            },
            "files": image_paths(number),
        }
        for number, image in enumerate(evaluation["images"], 1)
        if has_images(folder, number)
    ]


def list_sortable_scores(evaluation: dict, images: list[dict]) -> list[dict]:
    """List the scores that have a value for each image, unlike FID and KID."""
    fields = ("title", "unit", "better")
    return [
        {field: score[field] for field in fields}
        | {"key": key, "decimals": count_decimals(score["mean"])}
        for key, score in evaluation["scores"].items()
        if any(key in image["scores"] for image in images)
    ]


def render_sort_options(scores: list[dict]) -> str:
    """Render the scores that the gallery can be sorted by as HTML options."""
    return "\n".join(
        f'<option value="{escape(score["key"])}">{escape(score["title"])}</option>'
        for score in scores
    )


def render_gallery(images: list[dict], scores: list[dict], size: tuple) -> str:
    """Render one HTML list item per image, with the value of the first score."""
    return "\n".join(
        _render_card(index, image, scores[:1], size)
        for index, image in enumerate(images)
    )


def _render_card(index, image, scores, size):
    height, width = size
    thumbnails = "".join(
        f'<img src="{thumbnail}" alt="{kind}" width="{width}" height="{height}"'
        ' loading="lazy" decoding="async">'
        for kind, (_, thumbnail) in image["files"].items()
    )
    caption = "".join(_format_score(image, score) for score in scores)
    return f"""<li><a href="{image["files"]["prediction"][0]}" data-index="{index}"
 aria-haspopup="dialog"><span class="three">{thumbnails}</span>
<span class="name">{escape(image["name"])}</span>
<span class="value">{caption}</span></a></li>"""


def _format_score(image, score):
    value = image["scores"].get(score["key"])
    unit = f" {score['unit']}" * (is_finite(value) and bool(score["unit"]))
    number = format_number(value, score["decimals"])
    return escape(f"{score['title']} {number}{unit}")


def _shrink(image):
    height, width = image.shape[:2]
    if width <= THUMBNAIL_WIDTH:
        return image
    size = THUMBNAIL_WIDTH, max(1, round(height * THUMBNAIL_WIDTH / width))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)
