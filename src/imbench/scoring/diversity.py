"""Diversity of synthetic rows among themselves: entropies, unique rows, distances to each other.

Entropies are in nats, of the values themselves for categorical columns and of equal bins over the
training range for continuous ones (values beyond it fall into the outer bins).
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from imbench.data.dataset import Schema

BINS = 20
#: Pairs of columns whose entropy is computed: all of 100 columns, a sample of more.
MAX_PAIRS = 5_000


def entropy_scores(
    rows: pd.DataFrame, reference: pd.DataFrame, schema: Schema, rng: np.random.Generator | None = None
) -> dict[str, float]:
    """Mean entropy of the columns and of all pairs of columns of ``rows``.

    ``reference`` (the real training part) defines the bins of continuous columns, so that the methods
    on one dataset are comparable. Of more than :data:`MAX_PAIRS` pairs so many are drawn by ``rng``, and
    ``sampled_pairs`` is their number.
    """
    coded = [_codes(rows[c], reference[c], c in schema.continuous) for c in schema.features]
    count = len(coded) * (len(coded) - 1) // 2
    drawn = {"sampled_pairs": MAX_PAIRS} if count > MAX_PAIRS else {}
    positions = combinations(range(len(coded)), 2)
    if drawn:
        chosen = (rng or np.random.default_rng(0)).choice(count, MAX_PAIRS, replace=False)
        every = np.column_stack(np.triu_indices(len(coded), 1))
        positions = (tuple(pair) for pair in every[np.sort(chosen)])
    pairs = [entropy(coded[i] * (coded[j].max() + 1) + coded[j]) for i, j in positions]
    return {
        "entropy_columns": float(np.mean([entropy(c) for c in coded])),
        "entropy_pairs": float(np.mean(pairs)) if pairs else float("nan"),
        **drawn,
    }


def entropy(codes: np.ndarray) -> float:
    """Shannon entropy in nats of integer codes ≥ 0: −Σ p ln p."""
    if codes.max() < 10 * len(codes) + 10_000:  # counting is faster than sorting, and as exact
        counts = np.bincount(codes)
        counts = counts[counts > 0]
    else:
        _, counts = np.unique(codes, return_counts=True)
    shares = counts / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def _codes(column: pd.Series, reference: pd.Series, continuous: bool) -> np.ndarray:
    if not continuous:
        return pd.factorize(column.astype(object))[0].astype("int64") + 1
    low, high = reference.min(), reference.max()
    span = high - low if high > low else 1.0
    position = np.floor((column.to_numpy(dtype="float64") - low) / span * BINS)
    return np.where(np.isnan(position), BINS, np.clip(np.nan_to_num(position), 0, BINS - 1)).astype("int64")


def spacing(nearest: np.ndarray) -> dict[str, float]:
    """Median and mean of the distance of each synthetic row to its nearest other one (NaN without any)."""
    if len(nearest) < 2:
        return {"nearest_synthetic_median": float("nan"), "nearest_synthetic_mean": float("nan")}
    return {
        "nearest_synthetic_median": float(np.median(nearest)),
        "nearest_synthetic_mean": float(nearest.mean()),
    }
