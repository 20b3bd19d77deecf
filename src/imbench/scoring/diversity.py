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


def entropy_scores(rows: pd.DataFrame, reference: pd.DataFrame, schema: Schema) -> dict[str, float]:
    """Mean entropy of the columns and of all pairs of columns of ``rows``.

    ``reference`` (the real training part) defines the bins of continuous columns, so that the methods
    on one dataset are comparable.
    """
    coded = [_codes(rows[c], reference[c], c in schema.continuous) for c in schema.features]
    pairs = [entropy(a * (b.max() + 1) + b) for a, b in combinations(coded, 2)]
    return {
        "entropy_columns": float(np.mean([entropy(c) for c in coded])),
        "entropy_pairs": float(np.mean(pairs)) if pairs else float("nan"),
    }


def entropy(codes: np.ndarray) -> float:
    """Shannon entropy in nats of integer codes: −Σ p ln p."""
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
