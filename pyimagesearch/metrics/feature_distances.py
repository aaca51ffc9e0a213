"""Distances between two sets of features: those of FID and KID."""

import numpy as np

BLOCK = 256  # rows of the kernel matrix that are computed at a time


def frechet_distance(features, others) -> float:
    """Compute the squared Frechet distance between the Gaussians of two sets (FID).

    |m - m'|^2 + tr(C + C' - 2 (C C')^(1/2)): Heusel et al. 2017, "GANs Trained by a Two
    Time-Scale Update Rule Converge to a Local Nash Equilibrium", equation 6.

    C C' is singular if there are fewer features than dimensions, and its square root is
    then unstable. With C = R^T R and C' = S^T S from QR decompositions of the centred
    features, tr (C C')^(1/2) is the sum of the singular values of R S^T.

    Args:
        features: float array (n, dimensions), n at least 2.
        others: float array (m, dimensions), m at least 2.

    Returns:
        float, 0 or more. Lower is better.

    Raises:
        ValueError: if a set has fewer than 2 features.
    """
    features, others = _check_features(features), _check_features(others)
    between = features.mean(0) - others.mean(0)
    root, other_root = _compute_root(features), _compute_root(others)
    crossed = np.linalg.svd(root @ other_root.T, compute_uv=False).sum()
    spread = (root**2).sum() + (other_root**2).sum()
    return float(between @ between + max(0.0, spread - 2 * crossed))


def kernel_distance(features, others) -> float:
    """Compute the unbiased squared MMD of two sets under a cubic kernel (KID).

    Binkowski et al. 2018, "Demystifying MMD GANs", section 4 and lemma 2, with
    k(x, y) = (x.y / dimensions + 1)^3, over the whole sets, not over subsets.

    Args:
        features: float array (n, dimensions), n at least 2.
        others: float array (m, dimensions), m at least 2.

    Returns:
        float, 0 on average for sets of the same distribution, hence sometimes negative.
        Lower is better.

    Raises:
        ValueError: if a set has fewer than 2 features.
    """
    features, others = _check_features(features), _check_features(others)
    return float(
        _average_pairs(features)
        + _average_pairs(others)
        - 2 * _sum_kernel(features, others) / (len(features) * len(others))
    )


def _check_features(features):
    features = np.float64(features)
    if len(features) < 2:
        raise ValueError(f"needs the features of 2 images or more, got {len(features)}")
    return features


def _compute_root(features):
    """R with R^T R = the covariance of the features."""
    centred = features - features.mean(0)
    return np.linalg.qr(centred, mode="r") / np.sqrt(len(features) - 1)


def _average_pairs(features):
    """The mean of the kernel over all pairs of two different features."""
    number, dimensions = features.shape
    diagonal = (((features**2).sum(1) / dimensions + 1) ** 3).sum()
    return (_sum_kernel(features, features) - diagonal) / (number * (number - 1))


def _sum_kernel(features, others):
    blocks = (features[i : i + BLOCK] for i in range(0, len(features), BLOCK))
    return sum(
        ((block @ others.T / features.shape[1] + 1) ** 3).sum() for block in blocks
    )
