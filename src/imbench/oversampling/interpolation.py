"""Interpolation between minority rows, and the control method that uses nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from imbench.oversampling.base import MinorityOversampler, column_kinds


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


class InterpolateMarginal(MinorityOversampler):
    """The control without a model: interpolated numbers, categories drawn from the minority's marginals.

    Continuous columns come from :func:`interpolate_pairs`; each categorical cell is drawn on its own
    with the frequency it has among the minority rows. What a generator adds to this is what it
    learned about how columns belong together.
    """

    def __init__(self, *, decimals: int | None = None, sampling_strategy: Any = "minority", random_state: Any = None):
        super().__init__(sampling_strategy=sampling_strategy, random_state=random_state)
        self.decimals = decimals

    def _make_rows(
        self, features: pd.DataFrame, labels: np.ndarray, label: Any, count: int, rng: np.random.RandomState
    ) -> pd.DataFrame:
        minority = features[labels == label]
        continuous, categorical = column_kinds(features)
        made = interpolate_pairs(minority[continuous], count, rng, self.decimals)
        for column in categorical:
            values = minority[column].to_numpy(dtype=object)
            made[column] = values[rng.randint(len(values), size=count)]
        return made[list(features.columns)]
