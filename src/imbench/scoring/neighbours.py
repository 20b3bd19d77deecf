"""Nearest neighbours in blocks, and the measures built on them.

Distances are Euclidean on the encoding of :class:`imbench.scoring.encodings.DistanceEncoder`.
Distances are computed in blocks, so that 25,000 × 25,000 of them are never in memory at once.

Datasets of few distinct values have many ties (a distance equal to a radius), which the reference
package ``prdc`` decides by the rounding of its matrix products. The blocks here are therefore the same
as its own: eight even slices of the right-hand rows, each against all left-hand rows.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

#: Slices of the right-hand rows (``prdc`` runs with ``n_jobs=8``).
SLICES = 8
#: Distances held at once by one block at most (float64: 320 MB); larger blocks are cut by rows.
BLOCK_CELLS = 40_000_000
NEAREST_K = 2
CLOSE_THRESHOLD = 0.2


def distance_blocks(left: np.ndarray, right: np.ndarray) -> Iterator[tuple[slice, slice, np.ndarray]]:
    """Yield (rows of ``left``, rows of ``right``, their distances) over all pairs of rows."""
    from sklearn.metrics.pairwise import euclidean_distances
    from sklearn.utils import gen_even_slices

    for columns in gen_even_slices(len(right), min(SLICES, len(right))):
        width = columns.stop - columns.start
        step = max(1, min(len(left), BLOCK_CELLS // width))
        for start in range(0, len(left), step):
            rows = slice(start, min(start + step, len(left)))
            block = euclidean_distances(left[rows], right[columns])
            if left is right:
                same = np.arange(max(rows.start, columns.start), min(rows.stop, columns.stop))
                block[same - rows.start, same - columns.start] = 0.0
            yield rows, columns, block


def nearest_distance(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Distance of each row to the nearest of ``others``, shape (len(rows),); NaN without others."""
    if len(others) == 0:
        return np.full(len(rows), np.nan)
    nearest = np.full(len(rows), np.inf)
    for left, _, distances in distance_blocks(rows, others):
        nearest[left] = np.minimum(nearest[left], distances.min(axis=1))
    return nearest


def nearest_others(rows: np.ndarray, k: int) -> np.ndarray:
    """Distances of each row to its k nearest *other* rows, ascending, shape (len(rows), k).

    With k rows or fewer there are only as many columns as there are other rows.
    """
    k = min(k, len(rows) - 1)
    smallest = np.full((len(rows), k + 1), np.inf)  # the row itself, at distance 0, and k others
    for left, _, distances in distance_blocks(rows, rows):
        if distances.shape[1] > k + 1:
            distances.partition(k, axis=1)  # the block is not used again
        joined = np.hstack([smallest[left], distances[:, : k + 1]])
        smallest[left] = np.sort(joined, axis=1)[:, : k + 1]
    return smallest[:, 1:]


def kth_radius(rows: np.ndarray, k: int) -> np.ndarray:
    """Distance of each row to its k-th nearest *other* row, shape (len(rows),).

    With k rows or fewer it is the distance to the farthest other row.
    """
    return nearest_others(rows, k)[:, -1]


def coverage_family(
    real: np.ndarray, synthetic: np.ndarray, k: int = NEAREST_K, radius: np.ndarray | None = None
) -> dict[str, float]:
    """Coverage, density (Naeem et al., 2020), precision and recall (Kynkäänniemi et al., 2019).

    Equal to the package ``prdc`` with ``nearest_k=k``. ``radius`` is :func:`kth_radius` of the synthetic
    rows where it is known. All NaN with fewer than two real or two synthetic
    rows, where the radius is undefined.
    """
    if len(real) < 2 or len(synthetic) < 2:
        return dict.fromkeys(("coverage", "density", "precision", "recall"), float("nan"))
    real_radius, synthetic_radius = (
        kth_radius(real, k),
        kth_radius(synthetic, k) if radius is None else radius,
    )
    covered, recalled = np.zeros(len(real), bool), np.zeros(len(real), bool)
    balls = np.zeros(len(synthetic), dtype="int64")
    for rows, columns, distances in distance_blocks(real, synthetic):
        inside = distances < real_radius[rows, None]
        balls[columns] += inside.sum(axis=0)
        covered[rows] |= inside.any(axis=1)
        recalled[rows] |= (distances < synthetic_radius[None, columns]).any(axis=1)
    return {
        "coverage": float(covered.mean()),
        "density": float(balls.sum() / (k * len(synthetic))),
        "precision": float((balls > 0).mean()),
        "recall": float(recalled.mean()),
    }


def coverage(real: np.ndarray, nearest: np.ndarray, k: int = NEAREST_K) -> float:
    """Coverage (Naeem et al., 2020) from the distance of each real row to its nearest synthetic row.

    Equal to the one of :func:`coverage_family`, at half its cost.
    """
    if len(real) < 2 or np.isnan(nearest).any():
        return float("nan")
    return float((nearest < kth_radius(real, k)).mean())


def close_probability(nearest: np.ndarray, threshold: float = CLOSE_THRESHOLD) -> dict[str, float]:
    """Share of real rows with a close synthetic row (Qian et al., 2023).

    ``close_probability`` scales the distances by their own minimum and maximum first, as the cited
    library does, so it is relative to the worst row; ``close_probability_unscaled`` does not.
    """
    if len(nearest) == 0 or np.isnan(nearest).any():
        return {"close_probability": float("nan"), "close_probability_unscaled": float("nan")}
    scaled = (nearest - nearest.min()) / (nearest.max() - nearest.min() + 1e-8)
    return {
        "close_probability": float((scaled <= threshold).mean()),
        "close_probability_unscaled": float((nearest <= threshold).mean()),
    }
