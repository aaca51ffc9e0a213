"""Distances between two sets of features: FID and KID."""

import numpy as np

BLOCK = 256  # rows of the kernel matrix that are computed at a time


def frechet_distance(features, others) -> float:
    """Compute the squared Frechet distance between two sets of features (FID).

    Each set is described by a Gaussian with its mean m and covariance C. The distance
    is |m - m'|^2 + tr(C + C' - 2 (C C')^(1/2)): Heusel et al. 2017, "GANs Trained by a
    Two Time-Scale Update Rule Converge to a Local Nash Equilibrium", equation 6.

    C C' is not symmetric, and it is singular if there are fewer features than
    dimensions, so its square root is not computed. Let C = R^T R and C' = S^T S, from
    QR decompositions of the centred features. Then tr (C C')^(1/2) is the sum of the
    singular values of R S^T.

    Args:
        features, others: float arrays (n, dimensions) and (m, dimensions).

    Returns:
        float, 0 or more. Lower is better.

    Raises:
        ValueError: if either set has fewer than two features.
    """
    features, others = _prepare_features(features, others)
    between = features.mean(0) - others.mean(0)
    root, other_root = _compute_root(features), _compute_root(others)
    crossed = np.linalg.svd(root @ other_root.T, compute_uv=False).sum()
    spread = (root**2).sum() + (other_root**2).sum()
    return float(between @ between + max(0.0, spread - 2 * crossed))


def kernel_distance(features, others) -> float:
    """Compute the kernel distance between two sets of features (KID).

    This is the unbiased estimate of the squared maximum mean discrepancy with the
    kernel k(x, y) = (x.y / dimensions + 1)^3: Binkowski et al. 2018, "Demystifying MMD
    GANs", section 4 and lemma 2. It uses all features, not random subsets.

    Args:
        features, others: float arrays (n, dimensions) and (m, dimensions).

    Returns:
        float, 0 on average for two sets from one distribution, so that it can be
        negative. Lower is better.

    Raises:
        ValueError: if either set has fewer than two features.
    """
    features, others = _prepare_features(features, others)
    return float(
        _average_pairs(features)
        + _average_pairs(others)
        - 2 * _sum_kernel(features, others) / (len(features) * len(others))
    )


def _prepare_features(*sets):
    if min(map(len, sets)) < 2:
        raise ValueError(
            f"FID and KID need the features of two images or more in each set, and the "
            f"sets have {' and '.join(str(len(features)) for features in sets)}"
        )
    return map(np.float64, sets)


def _compute_root(features):
    """Return R with R^T R = the covariance of the features."""
    centred = features - features.mean(0)
    return np.linalg.qr(centred, mode="r") / np.sqrt(len(features) - 1)


def _average_pairs(features):
    """Return the mean of the kernel over all pairs of different features."""
    number, dimensions = features.shape
    diagonal = (((features**2).sum(1) / dimensions + 1) ** 3).sum()
    return (_sum_kernel(features, features) - diagonal) / (number * (number - 1))


def _sum_kernel(features, others):
    blocks = (features[i : i + BLOCK] for i in range(0, len(features), BLOCK))
    return sum(
        ((block @ others.T / features.shape[1] + 1) ** 3).sum() for block in blocks
    )
