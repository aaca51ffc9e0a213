"""FID's arithmetic: the Frechet distance of two sets of features."""

import numpy as np


def frechet_distance(features, others) -> float:
    """The squared Frechet distance of the Gaussians through two sets of features.

    |m - m'|^2 + tr(C + C' - 2 (C C')^(1/2)), Heusel et al. 2017, "GANs Trained by a
    Two Time-Scale Update Rule Converge to a Local Nash Equilibrium", equation 6.

    C C' is not symmetric, and with fewer features than dimensions it is singular,
    which its square root does not survive. With C = R R^T and C' = S S^T, from the
    eigenvalues of either, tr (C C')^(1/2) is the sum of the singular values of R^T S.

    Args:
        features: floats (n, dimensions), n at least 2.
        others: floats (m, dimensions), m at least 2.

    Returns:
        The distance, 0 or more. Lower is better.
    """
    features, others = np.float64(features), np.float64(others)
    between = features.mean(0) - others.mean(0)
    root, other_root = _root(features), _root(others)
    crossed = np.linalg.svd(root.T @ other_root, compute_uv=False).sum()
    spread = (root**2).sum() + (other_root**2).sum()
    return float(between @ between + max(0.0, spread - 2 * crossed))


def _root(features):
    """R with R R^T = the features' covariance."""
    values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(features, rowvar=False)))
    return vectors * np.sqrt(values.clip(0))  # rounding makes zeros negative
