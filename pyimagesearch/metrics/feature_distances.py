"""Distances between two sets of features: FID and KID."""

import numpy as np


def frechet_distance(features, others) -> float:
    """The squared Frechet distance of the Gaussians through two sets of features.

    |m - m'|^2 + tr(C + C' - 2 (C C')^(1/2)), Heusel et al. 2017, "GANs Trained by a
    Two Time-Scale Update Rule Converge to a Local Nash Equilibrium", equation 6.

    C C' is not symmetric, and with fewer features than dimensions it is singular,
    which its square root does not survive. With C = R^T R and C' = S^T S, from the QR
    decompositions of the centred features, tr (C C')^(1/2) is the sum of the singular
    values of R S^T, which has no more rows and columns than there are features.

    Args:
        features: floats (n, dimensions), n at least 2.
        others: floats (m, dimensions), m at least 2.

    Returns:
        The distance, 0 or more. Lower is better.
    """
    features, others = np.float64(features), np.float64(others)
    between = features.mean(0) - others.mean(0)
    root, other_root = _compute_root(features), _compute_root(others)
    crossed = np.linalg.svd(root @ other_root.T, compute_uv=False).sum()
    spread = (root**2).sum() + (other_root**2).sum()
    return float(between @ between + max(0.0, spread - 2 * crossed))


def _compute_root(features):
    """R with R^T R = the features' covariance."""
    centred = features - features.mean(0)
    return np.linalg.qr(centred, mode="r") / np.sqrt(len(features) - 1)


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
        _average_pairs(features)
        + _average_pairs(others)
        - 2 * _sum_kernel(features, others) / (len(features) * len(others))
    )


def _average_pairs(features):
    """The kernel's mean over all pairs of two different members."""
    number, dimensions = features.shape
    with_themselves = (((features**2).sum(1) / dimensions + 1) ** 3).sum()
    return (_sum_kernel(features, features) - with_themselves) / (number * (number - 1))


def _sum_kernel(features, others):
    blocks = (features[i : i + BLOCK] for i in range(0, len(features), BLOCK))
    return sum(
        ((block @ others.T / features.shape[1] + 1) ** 3).sum() for block in blocks
    )
