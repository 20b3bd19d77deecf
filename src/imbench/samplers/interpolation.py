"""Interpolation between minority rows, and the control method that uses nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from imbench.samplers.base import MinorityOversampler, column_kinds, round_whole


def interpolate_pairs(
    minority: pd.DataFrame, count: int, rng: np.random.RandomState, decimals: int | None = None
) -> pd.DataFrame:
    """``count`` rows between random pairs of minority rows, eq. (5) of the paper.

    ``x = x_i + eps * (x_j - x_i)`` with one ``eps`` ~ U[0, 1] a row and two random rows i, j.
    ``minority`` holds continuous columns only; the result has shape (count, columns). ``decimals``
    rounds the values (the published code: 2).
    """
    values = minority.to_numpy(dtype="float64")
    first = values[rng.randint(len(values), size=count)]
    second = values[rng.randint(len(values), size=count)]
    mixed = first + rng.uniform(size=(count, 1)) * (second - first)
    return pd.DataFrame(mixed if decimals is None else mixed.round(decimals), columns=minority.columns)


def interpolate_neighbours(
    minority: pd.DataFrame,
    count: int,
    rng: np.random.RandomState,
    decimals: int | None = None,
    neighbours: int = 5,
) -> pd.DataFrame:
    """``count`` rows between a minority row and one of its nearest, as SMOTE-NC finds them.

    The distance is SMOTE-NC's: continuous columns as they are, and for every differing category
    the median of their standard deviations. ``minority`` holds all feature columns, the result
    the continuous ones: shape (count, continuous). One row alone is repeated.
    """
    continuous, categorical = column_kinds(minority)
    values = minority[continuous].to_numpy(dtype="float64")
    rows = len(values)
    nearest = min(neighbours, rows - 1)
    if nearest == 0:
        made = values[np.zeros(count, dtype=int)]
        return pd.DataFrame(made if decimals is None else made.round(decimals), columns=continuous)
    filled = np.where(np.isnan(values), np.nan_to_num(np.nanmean(values, axis=0)), values)
    penalty = float(np.median(filled.std(axis=0))) if continuous else 1.0
    codes = [pd.factorize(minority[c].astype(object))[0] for c in categorical]
    codes = np.column_stack(codes or [np.zeros(rows)])
    order = np.empty((rows, nearest), dtype=int)
    for i in range(rows):
        squared = ((filled - filled[i]) ** 2).sum(axis=1) + penalty**2 * (codes != codes[i]).sum(axis=1)
        squared[i] = np.inf
        order[i] = np.argsort(squared, kind="stable")[:nearest]
    first = rng.randint(rows, size=count)
    second = order[first, rng.randint(nearest, size=count)]
    mixed = values[first] + rng.uniform(size=(count, 1)) * (values[second] - values[first])
    return pd.DataFrame(mixed if decimals is None else mixed.round(decimals), columns=continuous)


class InterpolateMarginal(MinorityOversampler):
    """The control without a model: interpolated numbers, categories drawn from the minority's marginals.

    Continuous columns come from :func:`interpolate_pairs`; each categorical cell is drawn on its own
    with the frequency it has among the minority rows. Columns of whole numbers keep whole numbers
    unless ``whole_numbers`` is False.
    What a generator adds to this is what it learned about how columns belong together.
    """

    def __init__(
        self,
        *,
        decimals: int | None = None,
        whole_numbers: bool = True,
        sampling_strategy: Any = "minority",
        random_state: Any = None,
    ):
        super().__init__(sampling_strategy=sampling_strategy, random_state=random_state)
        self.decimals = decimals
        self.whole_numbers = whole_numbers

    def _generate_rows(
        self, features: pd.DataFrame, labels: np.ndarray, label: Any, count: int, rng: np.random.RandomState
    ) -> pd.DataFrame:
        minority = features[labels == label]
        continuous, categorical = column_kinds(features)
        made = interpolate_pairs(minority[continuous], count, rng, self.decimals)
        for column in categorical:
            values = minority[column].to_numpy(dtype=object)
            made[column] = values[rng.randint(len(values), size=count)]
        made = made[list(features.columns)]
        return round_whole(made, features) if self.whole_numbers else made
