"""Distances between two sets of features, FID and KID, and the share of every pair."""

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


def frechet_pseudo_values(features, others) -> np.ndarray:
    """Compute a value for every pair of images whose mean is the FID.

    The mean of some of the values, drawn with replacement, is the FID of these pairs to
    first order: its directional derivatives (Jaeckel 1972, "The Infinitesimal
    Jackknife"; Efron and Tibshirani 1993, section 22.2). The FID of the draw itself is
    higher, because images that are drawn twice reduce the ranks of the covariances.

    The derivative by the weight of a pair (x, x') is 2 (m - m').(x - x') + |x - m|^2 +
    |x' - m'|^2 - g - g'. With the centred features X and X' as rows and the singular
    value decomposition X X'^T = U S V^T, g and g' are the diagonals of U S U^T and
    V S V^T at this pair.

    Args:
        features, others: float arrays (n, dimensions), in the order of the pairs.

    Returns:
        float64 array (n,).

    Raises:
        ValueError: if there are fewer than two pairs, or the numbers differ.
    """
    features, others = _prepare_pairs(features, others)
    number = len(features)
    between = features.mean(0) - others.mean(0)
    derivatives = 2 * (features - others) @ between
    bases, roots = [], []
    for rows in (features, others):
        centred = rows - rows.mean(0)
        basis, root = np.linalg.qr(centred)
        bases.append(basis)
        roots.append(root)
        derivatives += (centred**2).sum(1) * number / (number - 1)
    left, crossed, right = np.linalg.svd(roots[0] @ roots[1].T)
    for vectors in (bases[0] @ left, bases[1] @ right.T):
        derivatives -= (vectors**2 @ crossed) * number / (number - 1)
    return derivatives - derivatives.mean() + frechet_distance(features, others)


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


def kernel_pseudo_values(features, others) -> np.ndarray:
    """Compute a value for every pair of images whose mean is the KID.

    These are the pseudo-values n KID - (n - 1) KID without the pair of the jackknife
    (Arvesen 1969, "Jackknifing U-Statistics"). Their mean over draws with replacement
    varies as the KID of other pairs does; images that are drawn twice would raise the
    KID of the draw itself.

    Args:
        features, others: float arrays (n, dimensions), in the order of the pairs.

    Returns:
        float64 array (n,).

    Raises:
        ValueError: if there are fewer than two pairs, or the numbers differ.
    """
    features, others = _prepare_pairs(features, others)
    distance = kernel_distance(features, others)
    number = len(features)
    if number == 2:  # no KID is left without one of them
        return np.full(number, distance)
    within = sum(_sum_rows(x, x) - _diagonal(x, x) for x in (features, others))
    rows, columns = _sum_rows(features, others), _sum_rows(others, features)
    across = rows + columns - _diagonal(features, others)
    left = number - 1
    without = (within.sum() - 2 * within) / (left * (left - 1)) - 2 * (
        rows.sum() - across
    ) / left**2
    values = -left * without
    return values - values.mean() + distance


def _prepare_pairs(features, others):
    features, others = _prepare_features(features, others)
    if len(features) != len(others):
        raise ValueError(
            f"the sets have {len(features)} and {len(others)} features, and pairs have "
            f"one in each"
        )
    return features, others


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
    number = len(features)
    total = _sum_kernel(features, features) - _diagonal(features, features).sum()
    return total / (number * (number - 1))


def _sum_kernel(features, others):
    return _sum_rows(features, others).sum()


def _sum_rows(features, others):
    """Return the sum of each feature's kernel with all others, (n,)."""
    blocks = (features[i : i + BLOCK] for i in range(0, len(features), BLOCK))
    return np.concatenate([_kernel(x @ others.T, others).sum(1) for x in blocks])


def _diagonal(features, others):
    """Return the kernel of each feature with the other of its pair, (n,)."""
    return _kernel((features * others).sum(1), others)


def _kernel(products, features):
    return (products / features.shape[1] + 1) ** 3
