"""Interpolation between minority rows, and the control method that uses nothing else."""

from __future__ import annotations

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.utils._param_validation import Interval

from imbench.samplers.base import MinorityOversampler, column_kinds, round_whole
from imbench.samplers.missing import blank_like


def interpolate_pairs(
    minority: pd.DataFrame, count: int, rng: np.random.RandomState, decimals: int | None = None
) -> pd.DataFrame:
    """``count`` rows between random pairs of minority rows, eq. (5) of the paper.

    ``x = x_i + eps * (x_j - x_i)`` with one ``eps`` ~ U[0, 1] a row and two random rows i, j.
    ``minority`` holds continuous columns only; the result has shape (count, columns). ``decimals``
    rounds the values (the published code: 2). Where one row of a pair has a missing value, the other's value
    is taken, and where both have, a random row's: the result is complete unless a column is empty. See
    :func:`~imbench.samplers.missing.blank_like` for its share of missing values.
    """
    values = minority.to_numpy(dtype="float64")
    first = values[rng.randint(len(values), size=count)]
    second = values[rng.randint(len(values), size=count)]
    mixed = _between(first, second, rng.uniform(size=(count, 1)))
    return _rounded(_completed(mixed, values, rng), list(minority.columns), decimals)


def interpolate_neighbours(
    minority: pd.DataFrame,
    count: int,
    rng: np.random.RandomState,
    decimals: int | None = None,
    neighbours: int = 5,
) -> pd.DataFrame:
    """``count`` rows between a minority row and one of its nearest ``neighbours``, as in SMOTE-NC.

    The distance is SMOTE-NC's: continuous columns as they are, and for every differing category
    the median of their standard deviations. ``minority`` holds all feature columns, the result
    the continuous ones: shape (count, continuous). One row alone is repeated.
    """
    continuous, categorical = column_kinds(minority)
    values = minority[continuous].to_numpy(dtype="float64")
    rows = len(values)
    nearest = min(neighbours, rows - 1)
    if nearest == 0:  # nothing lies between
        return _rounded(values[np.zeros(count, dtype=int)], continuous, decimals)
    means = np.nan_to_num(np.ma.masked_invalid(values).mean(axis=0).filled(0.0))  # 0 for an empty column
    filled = np.where(np.isnan(values), means, values)
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
    mixed = _between(values[first], values[second], rng.uniform(size=(count, 1)))
    return _rounded(_completed(mixed, values, rng), continuous, decimals)


def _between(first: np.ndarray, second: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Points between two rows; with a missing value in one of them the value of the other."""
    first, second = np.where(np.isnan(first), second, first), np.where(np.isnan(second), first, second)
    return first + weight * (second - first)


def _completed(mixed: np.ndarray, values: np.ndarray, rng: np.random.RandomState) -> np.ndarray:
    """``mixed`` with a random one of the column's ``values`` in each cell that is still missing."""
    gone = np.isnan(mixed)
    for j in np.flatnonzero(gone.any(axis=0)):
        present = values[~np.isnan(values[:, j]), j]
        if len(present):
            mixed[gone[:, j], j] = present[rng.randint(len(present), size=gone[:, j].sum())]
    return mixed


def _rounded(values: np.ndarray, columns: list[str], decimals: int | None) -> pd.DataFrame:
    return pd.DataFrame(values if decimals is None else values.round(decimals), columns=columns)


class InterpolateMarginal(MinorityOversampler):
    """Interpolate numbers and draw categories from the minority's marginals: a control without a model.

    What a generator adds to this control is the dependence between columns.

    Parameters
    ----------
    decimals : int or None, default=None
        Decimals of interpolated numbers; None does not round.
    whole_numbers : bool, default=True
        Round the columns that hold whole numbers only.
    sampling_strategy : float, str, dict or callable, default="auto"
        The classes to fill up, as in imbalanced-learn. ``"auto"`` fills up all classes but the most
        frequent one, ``"minority"`` the rarest one.
    missing : {"native", "impute", "refuse"} or None, default=None
        As of :class:`~imbench.MinorityOversampler`. ``"native"``, the default: numbers are interpolated
        between the values that are present, and get the missing cells of randomly drawn minority rows.
    random_state : int, RandomState instance or None, default=None
        The same int gives the same rows.

    Attributes
    ----------
    sampling_strategy_ : dict
        The number of rows to generate for each class.
    ledger_ : dict
        Counts of rows: ``requested``, ``generated`` and ``accepted``.
    n_features_in_ : int
        Number of features of ``X``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where they are all text.

    Notes
    -----
    Continuous columns are interpolated between random pairs of minority rows with one weight a row,
    eq. (5) of the ImbLLM paper [1]_. Each categorical cell is drawn on its own with the frequency that
    its value has among the minority rows.

    References
    ----------
    .. [1] D. Nguyen, S. Gupta, K. Do, T. Nguyen, T. Braund, A. Whitton, S. Venkatesh, "Large language
       models for imbalanced classification: diversity makes the difference".

    Examples
    --------
    >>> import pandas as pd
    >>> from imbench import InterpolateMarginal
    >>> X = pd.DataFrame({"age": [30, 40, 50, 60, 70], "job": ["clerk", "nurse", "clerk", "cook", "nurse"]})
    >>> y = pd.Series([0, 0, 0, 1, 1], name="ill")
    >>> X_resampled, y_resampled = InterpolateMarginal(random_state=0).fit_resample(X, y)
    >>> X_resampled.iloc[5:]["age"].between(60, 70).all()
    np.True_
    >>> y_resampled.value_counts().to_dict()
    {0: 3, 1: 3}
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **MinorityOversampler._parameter_constraints,
        "decimals": [Interval(Integral, 0, None, closed="left"), None],
        "whole_numbers": ["boolean"],
    }

    def __init__(
        self,
        *,
        decimals: int | None = None,
        whole_numbers: bool = True,
        sampling_strategy: Any = "auto",
        missing: str | None = None,
        random_state: Any = None,
    ):
        super().__init__(sampling_strategy=sampling_strategy, missing=missing, random_state=random_state)
        self.decimals = decimals
        self.whole_numbers = whole_numbers

    def _generate_rows(
        self, features: pd.DataFrame, labels: np.ndarray, label: Any, count: int, rng: np.random.RandomState
    ) -> pd.DataFrame:
        minority = features[labels == label]
        continuous, categorical = column_kinds(features)
        numbers = interpolate_pairs(minority[continuous], count, rng, self.decimals)
        numbers = blank_like(numbers, minority[continuous], rng)
        drawn = {}
        for column in categorical:
            values = minority[column].to_numpy(dtype=object)
            drawn[column] = values[rng.randint(len(values), size=count)]
        rows = pd.concat([numbers, pd.DataFrame(drawn, numbers.index, dtype=object)], axis=1)[
            list(features.columns)
        ]
        return round_whole(rows, features) if self.whole_numbers else rows
