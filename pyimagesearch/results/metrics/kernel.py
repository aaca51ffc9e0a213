"""KID's arithmetic: the squared maximum mean discrepancy of two sets of features."""

import numpy as np

BLOCK = 256  # rows of the kernel matrix at a time


def kernel_distance(features, others) -> float:
    """The unbiased estimate of the squared MMD under a cubic kernel.

    Binkowski et al. 2018, "Demystifying MMD GANs", section 4 and its lemma 2, with
    k(x, y) = (x.y / dimensions + 1)^3; over the whole sets, not over subsets of them.

    Args:
        features: floats (n, dimensions), n at least 2.
        others: floats (m, dimensions), m at least 2.

    Returns:
        The distance, 0 in the mean for sets of one distribution, and so at times
        below. Lower is better.
    """
    features, others = np.float64(features), np.float64(others)
    return float(
        _mean_of_pairs(features)
        + _mean_of_pairs(others)
        - 2 * _sum(features, others) / (len(features) * len(others))
    )


def _mean_of_pairs(features):
    """The kernel's mean over all pairs of two different members."""
    number, dimensions = features.shape
    with_themselves = (((features**2).sum(1) / dimensions + 1) ** 3).sum()
    return (_sum(features, features) - with_themselves) / (number * (number - 1))


def _sum(features, others):
    blocks = (features[i : i + BLOCK] for i in range(0, len(features), BLOCK))
    return sum(
        ((block @ others.T / features.shape[1] + 1) ** 3).sum() for block in blocks
    )
