"""The report's picture files: three of every pair, large and small."""

from pathlib import Path

import cv2

from pyimagesearch.visualization import save_image

FOLDER = "pictures"
KINDS = ("input", "prediction", "target")
THUMBNAIL = 160  # pixels, its width at most
LOSSY = [cv2.IMWRITE_WEBP_QUALITY, 90]


def save_pictures(folder: Path, number: int, input_mask, generated, target) -> None:
    """Writes a pair's pictures: as they are, in PNG, and small, in WebP.

    Args:
        folder: the report's; `picture_paths` has the names in it.
        number: the pair's place in the evaluation's "images", from 1.
        input_mask: uint8 (H, W, 3), RGB.
        generated: likewise.
        target: likewise.
    """
    for kind, picture in zip(KINDS, (input_mask, generated, target), strict=True):
        large, small = (folder / path for path in picture_paths(number)[kind])
        save_image(large, picture)
        save_image(small, _thumbnail(picture), LOSSY)


def picture_paths(number: int) -> dict[str, tuple[str, str]]:
    """Where a pair's pictures are.

    Args:
        number: the pair's place in the evaluation's "images", from 1.

    Returns:
        kind: (the picture, its thumbnail), for each of `KINDS`, relative to the
        report's folder, as in a URL.
    """
    stems = {kind: f"{FOLDER}/{number:04d}-{kind}" for kind in KINDS}
    return {kind: (f"{stem}.png", f"{stem}.webp") for kind, stem in stems.items()}


def has_pictures(folder: Path, number: int) -> bool:
    """Whether all six files of a pair are there."""
    return all(
        (folder / path).is_file()
        for paths in picture_paths(number).values()
        for path in paths
    )


def replace_pictures(folder: Path, new: Path) -> None:
    """Removes an earlier report's pictures, and moves new ones to their place.

    Args:
        folder: the report's.
        new: a folder in it, which `save_pictures` was given for it.
    """
    place = folder / FOLDER
    place.mkdir(exist_ok=True)
    for kind in KINDS:
        for path in place.glob(f"*-{kind}.*"):
            path.unlink()
    for path in (new / FOLDER).glob("*"):
        path.replace(place / path.name)


def _thumbnail(picture):
    height, width = picture.shape[:2]
    if width <= THUMBNAIL:
        return picture
    size = THUMBNAIL, max(1, round(height * THUMBNAIL / width))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
