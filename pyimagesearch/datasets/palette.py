"""The Cityscapes label colours (Cordts et al. 2016), train ids 0 to 18."""

import numpy as np

CITYSCAPES = {  # name: RGB, in the order of the train ids
    "road": (128, 64, 128),
    "sidewalk": (244, 35, 232),
    "building": (70, 70, 70),
    "wall": (102, 102, 156),
    "fence": (190, 153, 153),
    "pole": (153, 153, 153),
    "traffic light": (250, 170, 30),
    "traffic sign": (220, 220, 0),
    "vegetation": (107, 142, 35),
    "terrain": (152, 251, 152),
    "sky": (70, 130, 180),
    "person": (220, 20, 60),
    "rider": (255, 0, 0),
    "car": (0, 0, 142),
    "truck": (0, 0, 70),
    "bus": (0, 60, 100),
    "train": (0, 80, 100),
    "motorcycle": (0, 0, 230),
    "bicycle": (119, 11, 32),
}
UNLABELLED = (0, 0, 0)


def nearest_class(image: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """The palette entry nearest to every pixel, by squared distance in RGB.

    Args:
        image: uint8 (..., 3), RGB.
        colours: uint8 or int (classes, 3), RGB.

    Returns:
        int64 (...), the index into `colours`; the first of equals.
    """
    image = image.astype(np.int32)[..., None, :]
    return ((image - colours.astype(np.int32)) ** 2).sum(-1).argmin(-1)
