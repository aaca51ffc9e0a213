"""What lens and sensor make of a scene."""

from dataclasses import dataclass

import cv2
import numpy as np

from pyimagesearch.datasets.streets import noise
from pyimagesearch.datasets.streets.painter import CLASS

MOTTLE = {  # class: how strongly its surface varies, as a share of its brightness
    "building": 0.04,
    "wall": 0.07,
    "fence": 0.05,
    "vegetation": 0.22,
    "terrain": 0.15,
    "car": 0.02,
    "bus": 0.02,
    "truck": 0.02,
    "person": 0.07,
    "rider": 0.07,
}
MOTTLE_OF_CLASS = np.array([*(MOTTLE.get(name, 0) for name in CLASS), 0], np.float32)
METERED = 108.0  # 8-bit levels that the automatic exposure aims at in the lower half
METERING = 0.35  # how much of the way it goes there


@dataclass(frozen=True)
class Film:
    """One exposure.

    Args:
        exposure: gain beside the automatic one.
        cast: gain (3,) of red, green and blue.
        vignette: how much of the light the corners lose, [0, 1].
        grain: standard deviation of the sensor's noise, 8-bit levels.
        seed: of that noise.
    """

    exposure: float
    cast: np.ndarray
    vignette: float
    grain: float
    seed: int

    def develop(self, canvas: np.ndarray, classes: np.ndarray) -> np.ndarray:
        """The photo of a painted canvas.

        Args:
            canvas: uint8 (CANVAS, CANVAS, 4), RGB first.
            classes: uint8 (size, size), indices into COLOURS, of the photo's pixels.

        Returns:
            uint8 (size, size, 3), RGB.
        """
        size = classes.shape[0]
        rng = np.random.default_rng(self.seed)
        texture, *sensor = rng.integers(0, noise.TILE - size, (4, 2))
        photo = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA)
        photo = photo[..., :3].astype(np.float32)
        mottle = noise.crop(0.8, texture, size)
        photo *= (1 + MOTTLE_OF_CLASS[classes] * mottle)[..., None]
        metered = float(photo[size // 2 :].mean())
        exposure = self.exposure * (METERED / metered) ** METERING
        photo = cv2.GaussianBlur(photo, (0, 0), 0.45)  # the lens
        off_axis = np.linspace(-1, 1, size, dtype=np.float32) ** 2
        fall_off = 1 - self.vignette / 2 * (off_axis[:, None] + off_axis)
        photo *= fall_off[..., None] * np.float32(exposure * self.cast)
        for channel, start in enumerate(sensor):
            photo[..., channel] += self.grain * noise.crop(0, start, size)
        return np.clip(photo, 0, 255).round().astype(np.uint8)
