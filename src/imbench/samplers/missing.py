"""The parameter ``missing`` of every sampler: what it does with missing values, and the shares in its rows.

========== =========================================================================================
native     the generator takes missing values as they are
impute     the generator sees medians and most frequent categories (of the training rows); its rows get
           the missing cells of randomly drawn rows of their class; the training rows keep theirs
refuse     an error that names the columns and the ways out
========== =========================================================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.utils._param_validation import StrOptions

from imbench.errors import ConfigError, MethodError

#: The values of the parameter.
MISSING_POLICIES = ("native", "impute", "refuse")
#: Methods of ``conf/method`` that take missing values as they are.
TAKE_MISSING = ("duplicate", "class_weight", "interpolate_marginal")
#: Shares of missing cells that differ by more than sampling error (standard deviations) and by so much are
#: reported.
DEVIATIONS, DIFFERENCE = 4.0, 0.05


class Imputer:
    """Median of the continuous columns, most frequent category of the others, learned on training rows.

    A column of whole numbers gets a whole number. A column without any value gets a constant, which
    :func:`blank_like` takes away again.

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
        self._fill = {c: _typical(features[c].dropna()) for c in features.columns}

    def fill(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows without missing values."""
        filled = rows.copy(deep=False)
        for column in rows.columns[rows.isna().any().to_numpy()]:
            value, values = self._fill[column], rows[column]
            if isinstance(values.dtype, pd.CategoricalDtype) and value not in values.cat.categories:
                values = values.cat.add_categories(value)
            filled[column] = values.fillna(value)
        return filled


def _typical(values: pd.Series) -> Any:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.mode().iloc[0] if len(values) else "missing"
    if not len(values):
        return 0.0
    median = float(values.median())
    return float(np.floor(median)) if (values % 1 == 0).all() else median


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


def columns_with_missing(features: pd.DataFrame) -> list[str]:
    """Names of the columns that hold missing values."""
    return [str(c) for c, has in zip(features.columns, features.isna().any(), strict=True) if has]


def refuse_missing(columns: Sequence[str], name: str, cells: str = "missing values") -> None:
    """Raise :class:`MethodError` where ``columns`` is not empty, with their names and the ways out."""
    if columns:
        more = f" and {len(columns) - 20} more" if len(columns) > 20 else ""
        raise MethodError(
            f"{name} does not take {cells} (NaN), and there are some in: {', '.join(columns[:20])}{more}. "
            "Use missing='impute' (on the command line method.missing=impute), drop the rows "
            f"(dataset.drop_missing=true), or choose a method that takes them ({', '.join(TAKE_MISSING)})."
        )


def check_offered(policy: str | None, takes: str, name: str) -> str:
    """The policy of a sampler that ``takes`` ("all", "categories", "none") missing values.

    None is its default: ``native`` where it can, else ``refuse``. Raises :class:`ConfigError` for
    ``native`` where it cannot.
    """
    offered = ("refuse", "impute") if takes == "none" else MISSING_POLICIES
    if policy is None:
        return offered[0]
    if policy not in offered:
        raise ConfigError(
            f"missing={policy} is not offered by {name}, which may have: {', '.join(offered)}. Use "
            f"method.missing=impute, or a method that takes missing values ({', '.join(TAKE_MISSING)})."
        )
    return policy


class MissingOption:
    """The parameter ``missing`` of a sampler that works on encoded rows; a subclass says what it takes."""

    #: The columns in which the generator itself takes missing values: "all", "categories" or "none".
    _takes_missing: ClassVar[str] = "all"
    _missing_constraints: ClassVar[dict[str, Any]] = {"missing": [StrOptions(set(MISSING_POLICIES)), None]}
    #: Stands for the parameter where a subclass has a constructor without it.
    missing: str | None = None

    def _validate_params(self) -> None:
        super()._validate_params()  # type: ignore[misc]
        check_offered(self.missing, self._takes_missing, self._generator_name())

    def _generator_name(self) -> str:
        """The name of the generator in messages."""
        return type(self).__name__

    @property
    def _allows_missing(self) -> bool:
        """Whether any column may hold missing values."""
        return self.missing == "impute" or (self._takes_missing == "all" and self.missing != "refuse")

    def _for_generator(self, features: pd.DataFrame) -> pd.DataFrame:
        """The encoded training rows as the generator is to see them; :class:`MethodError` where refused."""
        name = self._generator_name()
        policy = check_offered(self.missing, self._takes_missing, name)
        if policy == "impute":
            return Imputer(features).fill(features)
        gone = columns_with_missing(features)
        if policy == "refuse":
            refuse_missing(gone, name)
        elif self._takes_missing == "categories":
            numbers = [c for c in gone if not isinstance(features[c].dtype, pd.CategoricalDtype)]
            refuse_missing(numbers, name, "missing numbers")
        return features

    def _with_missing(
        self, generated: pd.DataFrame, minority: pd.DataFrame, rng: np.random.RandomState
    ) -> pd.DataFrame:
        """Generated rows (encoded) of a class, under ``impute`` with the missing cells of its rows."""
        return blank_like(generated, minority, rng) if self.missing == "impute" else generated


def share_differences(generated: pd.DataFrame, minority: pd.DataFrame) -> dict[str, list[float]]:
    """Columns whose share of missing cells is not the minority's: {name: [minority's, generated]}.

    Differences up to :data:`DIFFERENCE`, and up to :data:`DEVIATIONS` standard deviations of the share in
    ``len(generated)`` rows, do not count.
    """
    if not len(generated) or not len(minority):
        return {}
    before, after = (rows.isna().mean().to_numpy() for rows in (minority, generated))
    error = DEVIATIONS * np.sqrt(before * (1 - before) / len(generated))
    differ = np.abs(after - before) > np.maximum(error, DIFFERENCE)
    return {
        str(minority.columns[j]): [round(float(before[j]), 4), round(float(after[j]), 4)]
        for j in np.flatnonzero(differ)
    }
