"""Sharpness and grid artifacts of synthetic images."""

import cv2
import numpy as np
import pytest

from pyimagesearch.metrics.texture import (
    PERIODS,
    can_measure_grids,
    gradient_energy,
    grid_artifacts,
    grid_contrasts,
    grid_excesses,
    sharpness,
)

LEVEL = 2 / 255  # one level of 8 bits


def make_photos(number=40, height=96, width=96, seed=0):
    """Images with the spectrum of photos, whose power falls with frequency squared."""
    rng = np.random.default_rng(seed)
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)
    falling = 1 / np.maximum(np.hypot(rows, columns), 1 / height)
    noise = rng.normal(size=(number, 3, height, width))
    images = np.fft.ifft2(np.fft.fft2(noise) * falling).real.transpose(0, 2, 3, 1)
    return (0.35 * images / images.std()).clip(-1, 1).astype(np.float32)


def blur(images, sigma):
    return np.array([cv2.GaussianBlur(image, (0, 0), sigma) for image in images])


def make_waffle(period, height=96, width=96):
    """A pattern (H, W, 1) in [-1, 1] that repeats every `period` pixels both ways."""
    rows, columns = (
        np.cos(2 * np.pi * np.arange(side) / period) for side in (height, width)
    )
    return np.float32(np.outer(rows, columns))[..., None]


def score_grids(images, targets):
    """The score of a dataset, from the mean contrasts."""
    contrasts = (grid_contrasts(each).mean(0) for each in (images, targets))
    return grid_artifacts(*contrasts)


PHOTOS = make_photos()


def test_gradient_energy_of_a_ramp_and_of_stripes():
    ramp = np.linspace(-1, 1, 21)[None, None, :, None] * np.ones((1, 8, 1, 3))
    assert gradient_energy(ramp) == pytest.approx([0.1**2])
    stripes = np.float32([[-1, -1], [1, 1], [-1, -1]])[None, ..., None]
    assert gradient_energy(stripes) == pytest.approx([2**2])
    # the slopes along both axes add, and channels are averaged
    both = ramp[:, :7, ::3] + ramp[:, :7, :7].transpose(0, 2, 1, 3)
    assert gradient_energy(both) == pytest.approx([0.3**2 + 0.1**2])
    both[..., 1:] = 0
    assert gradient_energy(both) == pytest.approx([(0.3**2 + 0.1**2) / 3])


def test_sharpness_is_one_for_equal_images_and_tells_blur_from_noise():
    energy = gradient_energy(PHOTOS)
    assert np.all(sharpness(energy, energy) == 1)
    assert np.all(sharpness(gradient_energy(PHOTOS / 2), energy) < 0.2501)
    assert np.all(sharpness(gradient_energy(blur(PHOTOS, 1)), energy) < 0.6)
    noise = np.random.default_rng(0).normal(size=PHOTOS.shape) * 0.1
    # independent noise adds twice its variance along each axis
    found = sharpness(gradient_energy(PHOTOS + noise), energy)
    np.testing.assert_allclose(found, 1 + 4 * 0.1**2 / energy, rtol=0.05)


def test_sharpness_is_a_ratio_of_means_and_undefined_for_flat_targets():
    assert sharpness(np.mean([1, 3]), np.mean([0, 8])) == 0.5
    np.testing.assert_equal(sharpness([1, 3, 0], [0, 8, 0]), [np.nan, 3 / 8, np.nan])


def test_contrasts_follow_their_definition():
    """One window and one frequency, as sums over its pixels."""
    image = PHOTOS[:1, :64, 3:67]
    y, x = np.mgrid[:64, :64]
    window = np.sin(np.pi * y / 64) ** 2 * np.sin(np.pi * x / 64) ** 2
    gray = image[0].mean(-1)
    gray = gray - np.average(gray, weights=window)
    stripes = 0.25 * LEVEL * np.cos(2 * np.pi * x / 8)
    faint = abs((stripes * window * np.exp(2j * np.pi * x / 8)).sum()) ** 2

    def log_power(k, m):
        wave = np.exp(-2j * np.pi * (k * y + m * x) / 64)
        return np.log(abs((gray * window * wave).sum()) ** 2 + faint)

    def near(k, m, down, right):
        return (log_power(k - down, m - right) + log_power(k + down, m + right)) / 2

    found = grid_contrasts(image)[0]
    expected = log_power(12, 20) - (near(12, 20, 2, 0) + near(12, 20, 0, 2)) / 2
    assert found[3, 5] == pytest.approx(expected, rel=1e-6)
    assert found[0, 5] == pytest.approx(log_power(0, 20) - near(0, 20, 0, 2), rel=1e-6)
    assert found[2, 0] == pytest.approx(log_power(8, 0) - near(8, 0, 2, 0), rel=1e-6)
    assert found[0, 0] == 0


def test_images_have_the_grids_of_their_targets_if_they_are_equal():
    assert score_grids(PHOTOS, PHOTOS) == 1
    contrasts = grid_contrasts(PHOTOS)
    assert np.all(grid_artifacts(contrasts, contrasts) == 1)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda images: make_photos(seed=1), id="other photos"),
        pytest.param(lambda images: blur(images, 0.7), id="slight blur"),
        pytest.param(lambda images: blur(images, 1.5), id="blur"),
        pytest.param(lambda images: images / 4 + 0.5, id="pale"),
        pytest.param(
            lambda images: np.random.default_rng(0).normal(0, 0.3, images.shape),
            id="white noise",
        ),
    ],
)
def test_images_without_a_grid_are_like_photos(change):
    assert score_grids(change(PHOTOS), PHOTOS) == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("period", PERIODS)
def test_a_waffle_is_found_at_its_period(period):
    strength = {2: 2, 4: 6, 8: 15, 16: 60}[period] * LEVEL  # visible
    waffled = PHOTOS + strength * make_waffle(period)
    assert score_grids(waffled, PHOTOS) > 1.5
    excesses, expected = (
        grid_excesses(grid_contrasts(images).mean(0)) for images in (waffled, PHOTOS)
    )
    is_other = np.array(PERIODS) != period
    assert excesses[~is_other] > 2 * expected[~is_other]
    np.testing.assert_allclose(excesses[is_other], expected[is_other], rtol=0.05)


@pytest.mark.parametrize("axis", [1, 2])
def test_stripes_in_one_direction_are_found(axis):
    stripes = np.ones((96, 96, 1), np.float32)
    np.moveaxis(stripes, axis - 1, 0)[::4] = -1
    assert score_grids(PHOTOS + 0.1 * stripes, PHOTOS) > 3


def test_the_size_of_the_images_does_not_matter():
    """The score averages over windows, so a waffle counts as much in a larger image."""
    scores = []
    for height, width in ((64, 64), (96, 100), (160, 250)):
        photos = make_photos(24, height, width)
        waffled = photos + 15 * LEVEL * make_waffle(8, height, width)
        scores.append(score_grids(waffled, photos))
    assert min(scores) > 1.5
    assert max(scores) < 1.4 * min(scores)


def test_lines_at_the_borders_are_no_grid():
    framed = PHOTOS.copy()
    framed[:, :, -2:] = 1
    framed[:, :1] = -1
    assert score_grids(framed, PHOTOS) == pytest.approx(1, abs=0.03)
    assert gradient_energy(framed).mean() > 1.1 * gradient_energy(PHOTOS).mean()


def test_every_part_of_an_image_counts():
    """A waffle in a corner of an image whose sides are no multiples of the windows."""
    photos = make_photos(8, 101, 130)
    for rows in (slice(0, 48), slice(-48, None)):
        for columns in (slice(0, 48), slice(-48, None)):
            marked = photos.copy()
            marked[:, rows, columns] += 0.25 * make_waffle(4, 48, 48)
            assert score_grids(marked, photos) > 1.8


def test_flat_images_have_no_grid():
    flat = np.full((2, 64, 80, 3), 0.3, np.float32)
    assert np.abs(grid_contrasts(flat)).max() < 1e-6
    assert score_grids(flat + 0.1 * make_waffle(8, 64, 80), flat) > 10


def test_stripes_of_a_quarter_of_a_level_double_the_power():
    """Two of the 48 frequencies of period 8 are theirs."""
    flat = np.full((1, 64, 80, 3), 0.3, np.float32)
    stripes = 0.25 * LEVEL * np.cos(2 * np.pi * np.arange(80) / 8)[:, None]
    expected = ((46 + 2 * 2) / 48 + 3) / 4
    assert score_grids(flat + stripes, flat) == pytest.approx(expected, rel=1e-6)


def test_grids_need_a_whole_window():
    assert can_measure_grids(64, 64)
    assert not can_measure_grids(63, 256)
    assert not can_measure_grids(256, 63)
