"""FID and KID, compared with closed forms and brute force."""

import numpy as np
import pytest

from pyimagesearch.evaluation.scores import bootstrap_interval
from pyimagesearch.metrics import feature_distances
from pyimagesearch.metrics.feature_distances import (
    frechet_distance,
    frechet_pseudo_values,
    kernel_distance,
    kernel_pseudo_values,
)


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


def weighted_fid(features, others, weights):
    """The FID of weighted pairs, from the eigenvalues of the covariances' product."""

    def describe(rows):
        mean = weights @ rows
        centred = rows - mean
        scale = len(rows) / (len(rows) - 1)
        return mean, (centred * weights[:, None]).T @ centred * scale

    (mean, c), (other_mean, d) = describe(features), describe(others)
    crossed = np.linalg.eigvals(c @ d).real.clip(0)
    crossed = np.sort(crossed)[-(len(features) - 1) :]  # the others are rounding
    spread = np.trace(c) + np.trace(d) - 2 * np.sqrt(crossed).sum()
    return ((mean - other_mean) ** 2).sum() + spread


@pytest.mark.parametrize(("number", "dimensions"), [(12, 4), (6, 10)])
def test_pseudo_values_of_the_fid_are_its_derivatives(number, dimensions):
    features = random_features(number, dimensions)
    others = 0.5 * features + 0.7 * random_features(number, dimensions, seed=1) + 0.3
    values = frechet_pseudo_values(features, others)
    assert values.mean() == pytest.approx(frechet_distance(features, others))
    equal = np.full(number, 1 / number)
    assert weighted_fid(features, others, equal) == pytest.approx(values.mean())
    for i in range(number):
        toward = (np.eye(number)[i] - equal) * 1e-4
        change = weighted_fid(features, others, equal + toward)
        change -= weighted_fid(features, others, equal - toward)
        assert values[i] - values.mean() == pytest.approx(change / 2e-4, rel=1e-4)


def test_pseudo_values_of_the_kid_are_those_of_the_jackknife():
    features, others = random_features(9, 5), random_features(9, 5, seed=1) + 0.3
    without = np.array(
        [
            kernel_distance(np.delete(features, i, 0), np.delete(others, i, 0))
            for i in range(9)
        ]
    )
    values = kernel_pseudo_values(features, others)
    assert values.mean() == pytest.approx(kernel_distance(features, others))
    np.testing.assert_allclose(
        values - values.mean(), -8 * (without - without.mean()), rtol=1e-9
    )


PSEUDO_VALUES = pytest.mark.parametrize(
    ("distance", "pseudo_values"),
    [
        (frechet_distance, frechet_pseudo_values),
        (kernel_distance, kernel_pseudo_values),
    ],
)


@PSEUDO_VALUES
def test_two_pairs_have_pseudo_values(distance, pseudo_values):
    features, others = random_features(2, 3), random_features(2, 3, seed=1)
    values = pseudo_values(features, others)
    assert values.shape == (2,)
    assert values.mean() == pytest.approx(distance(features, others))


@PSEUDO_VALUES
def test_pairs_have_as_many_features_on_either_side(distance, pseudo_values):
    with pytest.raises(ValueError, match="sets have 5 and 6 features"):
        pseudo_values(random_features(5, 3), random_features(6, 3))


def draw_pairs(rng, number, dimensions, falling, shift):
    """Correlated pairs, whose variances may fall as those of features do."""
    scales = np.arange(1, dimensions + 1) ** (-falling / 2)
    others = rng.normal(size=(number, dimensions))
    noise = rng.normal(size=(number, dimensions))
    features = 0.7 * (0.5 * others + np.sqrt(0.75) * noise) + shift
    return features * scales, others * scales


@pytest.mark.slow
@PSEUDO_VALUES
@pytest.mark.parametrize(
    ("number", "dimensions", "falling", "shift"),
    [(50, 10, 0, 0.5), (100, 200, 1, 0.3), (40, 500, 1, 0.3)],
)
def test_intervals_cover_the_mean_over_other_pairs(
    distance, pseudo_values, number, dimensions, falling, shift
):
    """95 % intervals of 150 datasets, and the standard deviation between datasets."""
    rng = np.random.default_rng(0)
    datasets = [draw_pairs(rng, number, dimensions, falling, shift) for _ in range(150)]
    distances = np.array([distance(*dataset) for dataset in datasets])
    values = np.array([pseudo_values(*dataset) for dataset in datasets])
    intervals = np.array([bootstrap_interval(np.array, v, 1000) for v in values])
    low, high = intervals.T
    covered = np.mean((low < distances.mean()) & (distances.mean() < high))
    assert 0.9 <= covered <= 0.98
    errors = values.std(1) / np.sqrt(number)
    assert errors.mean() == pytest.approx(distances.std(), rel=0.15)


@pytest.mark.slow
def test_images_that_are_drawn_twice_raise_the_fid():
    """Why the draws are those of pseudo-values: a plain bootstrap misses the FID."""
    rng = np.random.default_rng(0)
    features, others = draw_pairs(rng, 100, 200, 1, 0.3)
    drawn = [
        frechet_distance(features[chosen], others[chosen])
        for chosen in rng.integers(100, size=(200, 100))
    ]
    assert np.percentile(drawn, 2.5) > frechet_distance(features, others)
