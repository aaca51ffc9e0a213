"""FID's arithmetic: the Frechet distance of two sets of features."""

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
    root, other_root = _root(features), _root(others)
    crossed = np.linalg.svd(root @ other_root.T, compute_uv=False).sum()
    spread = (root**2).sum() + (other_root**2).sum()
    return float(between @ between + max(0.0, spread - 2 * crossed))


def _root(features):
    """R with R^T R = the features' covariance."""
    centred = features - features.mean(0)
    return np.linalg.qr(centred, mode="r") / np.sqrt(len(features) - 1)
