"""Texture metrics: the grid artifacts and the sharpness of images.

They compare statistics of images and not pixels with pixels, so a generated image needs
no pixel in common with its target to look as sharp, and as free of grids, as that.
"""

from itertools import product

import numpy as np

WINDOW = 64  # pixels, the side of the windows whose spectra are averaged
STRIDE = WINDOW // 2  # pixels between two windows, at most
PERIODS = (2, 4, 8, 16)  # pixels, of the grids that strided layers leave
LONGEST = max(PERIODS)
NEIGHBOR = 2  # bins from a frequency to its neighbors, beyond Hann's main lobe

_hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
_weights = np.outer(_hann, _hann)
FAINT = 0.25 * 2 / 255  # amplitude of stripes that are too faint to see: 1/4 level
_faint_power = (FAINT * _weights.sum() / 2) ** 2

# The shortest period that divides the periods of the frequencies (i / 16, j / 16).
_orders = np.arange(LONGEST)
_periods = LONGEST // np.gcd(np.gcd(*np.meshgrid(_orders, _orders)), LONGEST)


def gradient_energy(images) -> np.ndarray:
    """Compute the mean squared gradient of every image.

    The gradient is that of forward differences: mean (x[i, j+1] - x[i, j])^2 + mean
    (x[i+1, j] - x[i, j])^2, over all pixels and channels.

    Args:
        images: float array (B, H, W, C) in [-1, 1], sides of 2 or more.

    Returns:
        float64 array (B,), 0 for an image of one color.
    """
    images = np.asarray(images, np.float64)
    return sum(np.square(np.diff(images, axis=axis)).mean((1, 2, 3)) for axis in (1, 2))


def sharpness(energy, target_energy) -> np.ndarray:
    """Compute the ratio of the images' gradient energy to that of the targets.

    1 is as sharp as the targets, less is blurred, more is noise. The score of a dataset
    is the ratio of the means over all images, which images without edges do not affect.

    Args:
        energy, target_energy: float arrays (...), as returned by `gradient_energy`, of
            images or means over them.

    Returns:
        float64 array (...), 0 or more; NaN if the targets have one color.
    """
    energy, target_energy = np.float64(energy), np.float64(target_energy)
    has_edges = target_energy > 0
    ratio = energy / np.where(has_edges, target_energy, 1)
    return np.where(has_edges, ratio, np.nan)


def can_measure_grids(height: int, width: int) -> bool:
    """Return whether images are as large as the window of `grid_contrasts`."""
    return min(height, width) >= WINDOW


def grid_contrasts(images) -> np.ndarray:
    """Compute how much every frequency of a grid stands out of its neighbors.

    A pattern that repeats every 16 pixels, and so also every 8, 4 or 2, has all of its
    power at the frequencies (i, j) / 16 cycles per pixel. The mean over the channels of
    an image is cut into overlapping windows of 64 x 64 pixels, which cover all of it;
    their mean is subtracted, they are multiplied by a Hann window, and their power
    spectra are averaged (Welch 1967, "The Use of Fast Fourier Transform for the
    Estimation of Power Spectra"). The contrast is the logarithm of the power minus the
    mean of the logarithms two bins below and above, along each axis on which the
    frequency is not 0. So a blur, which is smooth in frequency, has no contrast. The
    power of stripes with an amplitude of a quarter of an 8-bit level is added first.
    Without it, the regular remains in smooth images, which nobody can see, would count
    more than a visible grid in a rough one.

    Args:
        images: float array (B, H, W, C) in [-1, 1], sides of 64 or more, of any ratio.

    Returns:
        float64 array (B, 16, 16), for the frequency (i, j); 0 for an image of one
        color, and for (0, 0).
    """
    power = np.log(_average_spectra(np.mean(images, axis=-1, dtype=np.float64)))
    # Along either axis, (B, 64, 64).
    rows, columns = (
        power - (np.roll(power, NEIGHBOR, axis) + np.roll(power, -NEIGHBOR, axis)) / 2
        for axis in (1, 2)
    )
    contrasts = (rows + columns) / 2
    contrasts[:, 0], contrasts[:, :, 0] = columns[:, 0], rows[:, :, 0]
    contrasts[:, 0, 0] = 0
    step = WINDOW // LONGEST
    return contrasts[:, ::step, ::step]


def _average_spectra(images):
    """Return the mean power spectra of windows, (B, 64, 64), of images (B, H, W)."""
    corners = list(product(*map(_place_windows, images.shape[1:])))
    power = _faint_power
    for top, left in corners:
        part = images[:, top : top + WINDOW, left : left + WINDOW]
        means = (part * _weights).sum((1, 2), keepdims=True) / _weights.sum()
        spectra = np.fft.fft2((part - means) * _weights)
        power = power + np.square(np.abs(spectra)) / len(corners)
    return power


def _place_windows(side):
    """Return the first pixels of windows that cover a side evenly."""
    last = side - WINDOW
    return np.linspace(0, last, -(-last // STRIDE) + 1).round().astype(int)


def grid_excesses(contrasts) -> np.ndarray:
    """Compute how many times its neighbors the power of each period is.

    A frequency belongs to the longest of its periods: (i, j) / 16 to 16 if i or j is
    odd, to 8 if i / 2 or j / 2 is, and so on. The excess of a period is the mean over
    its frequencies of exp(contrast).

    Args:
        contrasts: float array (..., 16, 16), as returned by `grid_contrasts`, of images
            or means over them.

    Returns:
        float64 array (..., 4), for each of `PERIODS`; about 1 without a grid.
    """
    excess = np.exp(np.asarray(contrasts, np.float64))
    return np.stack([excess[..., _periods == p].mean(-1) for p in PERIODS], axis=-1)


def grid_artifacts(contrasts, target_contrasts) -> np.ndarray:
    """Compute the excess of grids in images, relative to that in the targets.

    It is the mean over the periods of 2, 4, 8 and 16 pixels of the ratio of the
    images' `grid_excesses` to those of the targets. 1 is like the targets; a visible
    grid gives more. The score of a dataset is that of the mean contrasts.

    Args:
        contrasts, target_contrasts: float arrays (..., 16, 16), as returned by
            `grid_contrasts`, of images or means over them.

    Returns:
        float64 array (...), more than 0.
    """
    ratios = grid_excesses(contrasts) / grid_excesses(target_contrasts)
    return ratios.mean(-1)
