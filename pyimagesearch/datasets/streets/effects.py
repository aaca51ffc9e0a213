"""Light, haze and noise, and what lens and sensor add to an image."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from pyimagesearch.datasets.palettes import CITYSCAPES

SUN_COLOUR = np.array([1.06, 1.0, 0.9])
SKY_COLOUR = np.array([0.96, 1.0, 1.06])
AMBIENT = 0.6  # sky light on an unlit face; full light is 1
NO_NORMAL = np.zeros(3)  # the normal of round objects and of billboards
NO_NORMAL_SUN = 0.45  # share of the sun's light that these receive
NOISE_SIZE = 512  # pixels a side of a noise tile
TARGET_BRIGHTNESS = 108.0  # 8-bit mean of the lower half, for the automatic exposure
EXPOSURE_STRENGTH = 0.35  # 1 reaches TARGET_BRIGHTNESS, 0 ignores it
_MOTTLE = {
    **{"building": 0.04, "fence": 0.05, "terrain": 0.15, "vegetation": 0.22},
    **dict.fromkeys(("car", "bus", "truck"), 0.02),
    **dict.fromkeys(("wall", "person", "rider"), 0.07),
}
# Standard deviation of a surface's brightness, relative to it, by class index.
MOTTLE = np.array([*(_MOTTLE.get(name, 0) for name in CITYSCAPES), 0], np.float32)


@dataclass(frozen=True)
class Light:
    """Sunlight, sky light and haze."""

    sun_direction: np.ndarray  # (3,) unit vector to the sun: right, up, ahead
    sun: float  # strength in [0, 1]; 0 is overcast
    haze: np.ndarray  # (3,) RGB of the distant air, [0, 255]
    visibility: float  # metres at which contrast falls to 1 / e

    def shade(self, normals: np.ndarray) -> np.ndarray:
        """Return the gain of red, green and blue (M, 3) by the normals of M faces."""
        direct = np.maximum(normals @ self.sun_direction, 0)
        direct = np.where((normals == NO_NORMAL).all(-1), NO_NORMAL_SUN, direct)
        sky = AMBIENT + 0.3 * (1 - self.sun) + 0.06 * (1 + normals[:, 1])
        sun = 0.42 * self.sun * direct
        return sky[:, None] * SKY_COLOUR + sun[:, None] * SUN_COLOUR

    def apply_haze(self, colour: np.ndarray, distance: np.ndarray) -> np.ndarray:
        """Blend RGB colours (..., 3) with the haze; `distance` is in metres."""
        kept = np.exp(-distance / self.visibility)
        return colour * kept + self.haze * (1 - kept)

    def project_shadow(self, solid: np.ndarray) -> np.ndarray:
        """Return the shadow (N, 3) on the road of a convex solid's points (M, 3)."""
        fall = solid[:, 1:2] / self.sun_direction[1]
        ground = (solid - fall * self.sun_direction)[:, [0, 2]].astype(np.float32)
        x, z = cv2.convexHull(ground)[:, 0].T
        return np.stack([x, np.zeros_like(x), z], -1)


@lru_cache
def make_noise_tile(slope: float) -> np.ndarray:
    """Make a seamless tile of noise, the same in every scene; it is read-only.

    Amplitude is frequency ** -slope: 0 is white noise, 0.7 is rough like asphalt, 1.6
    is soft like clouds. The mean is 0, the standard deviation 1.
    """
    white = np.random.default_rng(0).standard_normal((NOISE_SIZE, NOISE_SIZE))
    rows, columns = np.fft.fftfreq(NOISE_SIZE), np.fft.rfftfreq(NOISE_SIZE)
    frequency = np.hypot(rows[:, None], columns)
    frequency[0, 0] = np.inf
    tile = np.fft.irfft2(np.fft.rfft2(white) / frequency**slope, white.shape)
    tile = ((tile - tile.mean()) / tile.std()).astype(np.float32)
    tile.flags.writeable = False
    return tile


def crop_noise(slope: float, start: np.ndarray, size: int) -> np.ndarray:
    """Crop (size, size) pixels of a noise tile from row and column `start` (2,)."""
    row, column = start
    return make_noise_tile(slope)[row : row + size, column : column + size]


def sample_noise(slope: float, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Interpolate a noise tile at pixel positions `x` and `y`, which broadcast."""
    x, y = np.broadcast_arrays(np.float32(x) % NOISE_SIZE, np.float32(y) % NOISE_SIZE)
    x, y = np.ascontiguousarray(x), np.ascontiguousarray(y)
    tile = make_noise_tile(slope)
    return cv2.remap(tile, x, y, cv2.INTER_LINEAR, None, cv2.BORDER_WRAP)


@dataclass(frozen=True)
class CameraEffects:
    """Exposure, colour cast, blur, vignette and noise of one photo."""

    exposure: float  # gain on top of the automatic exposure
    colour_cast: np.ndarray  # (3,) gain of red, green and blue
    vignette: float  # share of the light that the corners lose, [0, 1]
    noise_level: float  # standard deviation in 8-bit levels
    seed: int  # of the noise

    def apply(self, canvas: np.ndarray, classes: np.ndarray) -> np.ndarray:
        """Turn a painted canvas into a photo, uint8 RGB (size, size, 3).

        `canvas` is as in `Painter`; `classes` (size, size) has the class index of
        every pixel of the photo.
        """
        size = classes.shape[0]
        rng = np.random.default_rng(self.seed)
        texture_start, *noise_starts = rng.integers(0, NOISE_SIZE - size, (4, 2))
        photo = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA)
        photo = photo[..., :3].astype(np.float32)
        texture = crop_noise(0.8, texture_start, size)
        photo *= (1 + MOTTLE[classes] * texture)[..., None]
        brightness = float(photo[size // 2 :].mean())
        exposure = self.exposure * (TARGET_BRIGHTNESS / brightness) ** EXPOSURE_STRENGTH
        photo = cv2.GaussianBlur(photo, (0, 0), 0.45)  # the lens
        off_axis = np.linspace(-1, 1, size, dtype=np.float32) ** 2
        fall_off = 1 - self.vignette / 2 * (off_axis[:, None] + off_axis)
        photo *= fall_off[..., None] * np.float32(exposure * self.colour_cast)
        for channel, start in enumerate(noise_starts):
            photo[..., channel] += self.noise_level * crop_noise(0, start, size)
        return np.clip(photo, 0, 255).round().astype(np.uint8)
