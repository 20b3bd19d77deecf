"""Missing values for samplers that cannot take any: fill them in, and let synthetic rows have their share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from imbench.errors import MethodError

#: What a method does with missing values: ``refuse`` them, ``impute`` them, or take them as they are.
MISSING_POLICIES = ("refuse", "impute", "native")


class Imputer:
    """Median of the continuous columns, most frequent category of the others, learned on training rows.

    Parameters
    ----------
    features : training rows as a generator sees them (:class:`~imbench.samplers.values.FrameCodec`):
        float64 and category columns.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rows = pd.DataFrame({"size": [1.0, np.nan, 5.0], "kind": pd.Categorical(["a", "a", None])})
    >>> Imputer(rows).fill(rows)["size"].tolist()
    [1.0, 3.0, 5.0]
    """

    def __init__(self, features: pd.DataFrame) -> None:
        self._fill: dict[str, Any] = {}
        for column in features.columns:
            values = features[column].dropna()
            if not len(values):
                self._fill[column] = None
            elif isinstance(values.dtype, pd.CategoricalDtype):
                self._fill[column] = values.mode().iloc[0]
            else:
                self._fill[column] = float(values.median())

    def fill(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows without missing values. Raises :class:`MethodError` for a column without any value."""
        empty = [str(c) for c in rows.columns if rows[c].isna().any() and self._fill[c] is None]
        if empty:
            raise MethodError(f"Column '{empty[0]}' has no value to impute from. Leave the column out.")
        return rows.fillna({c: v for c, v in self._fill.items() if v is not None})


def blank_like(synthetic: pd.DataFrame, minority: pd.DataFrame, rng: np.random.RandomState) -> pd.DataFrame:
    """Synthetic rows with the missing cells of randomly drawn minority rows, pattern by pattern.

    The share of missing cells per column then equals the minority's within sampling error, and cells that
    are missing together stay together. No draw is made where the minority has no missing value.
    """
    patterns = minority.isna().to_numpy()
    if not patterns.any():
        return synthetic
    drawn = patterns[rng.randint(len(patterns), size=len(synthetic))]
    return synthetic.mask(pd.DataFrame(drawn, index=synthetic.index, columns=synthetic.columns))


def refuse_missing(features: pd.DataFrame, name: str) -> None:
    """Raise :class:`MethodError` with the columns that hold missing values, and the ways out."""
    columns = [str(c) for c in features.columns if features[c].isna().any()]
    if columns:
        raise MethodError(
            f"{name} cannot take missing values, and there are some in: {', '.join(columns[:20])}. Use "
            "missing='impute' (on the command line method.missing=impute), drop the rows "
            "(dataset.drop_missing=true), or choose a method that takes them (duplicate, class_weight)."
        )
