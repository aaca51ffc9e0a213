"""FID's and KID's arithmetic, against closed forms and brute force."""

import numpy as np
import pytest

from pyimagesearch.metrics import feature_distances
from pyimagesearch.metrics.feature_distances import frechet_distance, kernel_distance


def normal(number, dimensions, seed=0):
    return np.random.default_rng(seed).normal(size=(number, dimensions))


def gaussian(mean, covariance, number=200):
    """Features whose sample mean and covariance are those given, to rounding."""
    raw = normal(number, len(mean), seed=len(mean))
    raw -= raw.mean(0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw, rowvar=False))).T
    return mean + white @ np.linalg.cholesky(covariance).T


def test_two_gaussians_that_vary_along_the_axes():
    """|m - m'|^2 + sum of (s - s')^2, for standard deviations s and s'."""
    one = gaussian([0, 1, 2], np.diag([1.0, 4.0, 9.0]))
    other = gaussian([3, 1, -2], np.diag([4.0, 4.0, 0.25]))
    expected = (3**2 + 0 + 4**2) + (1 - 2) ** 2 + 0 + (3 - 0.5) ** 2
    assert frechet_distance(one, other) == pytest.approx(expected)
    assert frechet_distance(other, one) == pytest.approx(expected)


def test_two_gaussians_whose_covariances_do_not_commute():
    """In two dimensions tr sqrt(M) = sqrt(tr M + 2 sqrt(det M))."""
    c, d = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([[4.0, -1.0], [-1.0, 1.0]])
    product = c @ d
    root = np.sqrt(np.trace(product) + 2 * np.sqrt(np.linalg.det(product)))
    distance = frechet_distance(gaussian([1, 1], c), gaussian([1, 1], d))
    assert distance == pytest.approx(np.trace(c + d) - 2 * root)


def test_fewer_features_than_dimensions():
    """The shift alone, where the covariances are the same, singular one."""
    features = normal(5, 40)
    assert frechet_distance(features, features + 0.5) == pytest.approx(40 * 0.25)


def test_a_set_is_at_no_distance_from_itself():
    features = np.float32(normal(30, 8))
    assert frechet_distance(features, features[::-1]) == pytest.approx(0, abs=1e-6)


def test_kid_is_the_unbiased_estimate(monkeypatch):
    features, others = normal(7, 5), normal(9, 5, seed=1) + 0.3

    def k(x, y):
        return (x @ y / 5 + 1) ** 3

    def within(rows):
        pairs = [(i, j) for i in range(len(rows)) for j in range(len(rows)) if i != j]
        return sum(k(rows[i], rows[j]) for i, j in pairs) / len(pairs)

    across = np.mean([[k(x, y) for y in others] for x in features])
    expected = within(features) + within(others) - 2 * across
    assert kernel_distance(features, others) == pytest.approx(expected)
    # More than one block, the last one smaller.
    monkeypatch.setattr(feature_distances, "BLOCK", 2)
    assert kernel_distance(features, others) == pytest.approx(expected)


def test_kid_of_one_distribution_is_zero_on_average():
    distances = [
        kernel_distance(normal(20, 4, seed=2 * i), normal(20, 4, seed=2 * i + 1))
        for i in range(200)
    ]
    error = np.std(distances) / np.sqrt(len(distances))
    assert abs(np.mean(distances)) < 3 * error
    assert min(distances) < 0


@pytest.mark.parametrize("distance", [frechet_distance, kernel_distance])
def test_one_feature_has_no_distribution(distance):
    for sets in ((normal(1, 4), normal(5, 4)), (normal(5, 4), normal(1, 4))):
        with pytest.raises(ValueError, match="features of 2 images or more, got 1"):
            distance(*sets)
