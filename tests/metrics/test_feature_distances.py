"""FID and KID, compared with closed forms and brute force."""

import numpy as np
import pytest

from pyimagesearch.metrics import feature_distances
from pyimagesearch.metrics.feature_distances import frechet_distance, kernel_distance


def random_features(number, dimensions, seed=0):
    return np.random.default_rng(seed).normal(size=(number, dimensions))


def gaussian_features(mean, covariance, number=200):
    """Features with exactly this sample mean and covariance, up to rounding."""
    raw = random_features(number, len(mean), seed=len(mean))
    raw -= raw.mean(0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw, rowvar=False))).T
    return mean + white @ np.linalg.cholesky(covariance).T


def test_fid_of_gaussians_with_diagonal_covariances():
    """It is |m - m'|^2 + sum of (s - s')^2, for standard deviations s and s'."""
    one = gaussian_features([0, 1, 2], np.diag([1.0, 4.0, 9.0]))
    other = gaussian_features([3, 1, -2], np.diag([4.0, 4.0, 0.25]))
    expected = (3**2 + 0 + 4**2) + (1 - 2) ** 2 + 0 + (3 - 0.5) ** 2
    assert frechet_distance(one, other) == pytest.approx(expected)
    assert frechet_distance(other, one) == pytest.approx(expected)


def test_fid_of_gaussians_whose_covariances_do_not_commute():
    """In two dimensions tr sqrt(M) = sqrt(tr M + 2 sqrt(det M))."""
    c, d = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([[4.0, -1.0], [-1.0, 1.0]])
    product = c @ d
    root = np.sqrt(np.trace(product) + 2 * np.sqrt(np.linalg.det(product)))
    distance = frechet_distance(
        gaussian_features([1, 1], c), gaussian_features([1, 1], d)
    )
    assert distance == pytest.approx(np.trace(c + d) - 2 * root)


def test_fid_with_fewer_features_than_dimensions():
    """With equal singular covariances, only the distance of the means remains."""
    features = random_features(5, 40)
    assert frechet_distance(features, features + 0.5) == pytest.approx(40 * 0.25)


def test_fid_of_equal_sets_is_zero():
    features = np.float32(random_features(30, 8))
    assert frechet_distance(features, features[::-1]) == pytest.approx(0, abs=1e-6)


def test_kid_is_the_unbiased_estimate(monkeypatch):
    features, others = random_features(7, 5), random_features(9, 5, seed=1) + 0.3

    def k(x, y):
        return (x @ y / 5 + 1) ** 3

    def within(rows):
        pairs = [(i, j) for i in range(len(rows)) for j in range(len(rows)) if i != j]
        return sum(k(rows[i], rows[j]) for i, j in pairs) / len(pairs)

    across = np.mean([[k(x, y) for y in others] for x in features])
    expected = within(features) + within(others) - 2 * across
    assert kernel_distance(features, others) == pytest.approx(expected)
    # several blocks, the last one smaller
    monkeypatch.setattr(feature_distances, "BLOCK", 2)
    assert kernel_distance(features, others) == pytest.approx(expected)


def test_kid_of_one_distribution_is_zero_on_average():
    distances = [
        kernel_distance(
            random_features(20, 4, seed=2 * i), random_features(20, 4, seed=2 * i + 1)
        )
        for i in range(200)
    ]
    error = np.std(distances) / np.sqrt(len(distances))
    assert abs(np.mean(distances)) < 3 * error
    assert min(distances) < 0


@pytest.mark.parametrize("distance", [frechet_distance, kernel_distance])
@pytest.mark.parametrize(("number", "other_number"), [(1, 5), (5, 1), (0, 0)])
def test_sets_of_fewer_than_two_features_are_refused(distance, number, other_number):
    with pytest.raises(ValueError, match=f"sets have {number} and {other_number}$"):
        distance(random_features(number, 4), random_features(other_number, 4))
