"""Any imbalanced-learn sampler, on a table with text columns, by configuration alone.

>>> # conf/method/kmeans_smote.yaml
>>> # _target_: imbench.WrappedSampler
>>> # sampler: {_target_: imblearn.over_sampling.KMeansSMOTE}
>>> # categories: decoded
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone

from imbench.data.raw_codes import from_codes, to_codes
from imbench.errors import ConfigError, MethodError
from imbench.samplers.base import column_kinds, round_whole

CATEGORIES = ("as_is", "decoded", "raw")
FEW_ROWS = ("error", "duplicate")


class WrappedSampler(BaseEstimator):
    """Feed a sampler what it can take, and turn what comes back into the table's own values.

    Parameters
    ----------
    sampler : an imbalanced-learn sampler.
    categories : ``as_is`` hands over text columns as pandas categories (SMOTE-NC);
        ``decoded`` hands over integer codes and rounds what comes back to a valid category;
        ``raw`` does the same but keeps fractional codes as the published code did.
    whole_numbers : round the new values of columns that hold whole numbers only (published: not).
    few_rows : with too few minority rows for the sampler's neighbours, ``error``, or ``duplicate``
        rows at random (what the published code does at 5 rows or fewer).
    random_state : seed of the sampler inside.
    """

    _sampling_type = "over-sampling"

    def __init__(
        self,
        sampler: Any = None,
        *,
        categories: str = "decoded",
        whole_numbers: bool = True,
        few_rows: str = "error",
        random_state: Any = None,
    ):
        self.sampler = sampler
        self.categories = categories
        self.whole_numbers = whole_numbers
        self.few_rows = few_rows
        self.random_state = random_state

    def fit_resample(self, X: pd.DataFrame, y: pd.Series) -> tuple[pd.DataFrame, pd.Series]:
        """Resample; the original rows come back untouched and first, the new ones after them."""
        if self.categories not in CATEGORIES or self.few_rows not in FEW_ROWS:
            raise ConfigError(
                f"categories={self.categories}, few_rows={self.few_rows}: categories is one of "
                f"{', '.join(CATEGORIES)}; few_rows one of {', '.join(FEW_ROWS)}."
            )
        _refuse_missing(X, type(self.sampler).__name__)
        sampler = clone(self.sampler)
        if "random_state" in sampler.get_params():
            sampler.set_params(random_state=self.random_state)
        sampler, fallback = self._with_enough_rows(sampler, np.asarray(y))
        continuous, categorical = column_kinds(X)
        lists = {c: list(pd.Categorical(X[c]).categories) for c in categorical}
        if self.categories == "as_is" or fallback:
            given = X.astype({c: pd.CategoricalDtype(lists[c]) for c in categorical})
            new_X, new_y = self._run(sampler, given, y)
            added = new_X.iloc[len(X) :]
        else:
            codes = pd.DataFrame(
                {c: X[c] if c in continuous else to_codes(X[c], lists[c]) for c in X.columns}
            )
            new_X, new_y = self._run(sampler, codes.astype("float64"), y)
            added = new_X.iloc[len(X) :].copy()
            for c in categorical:
                added[c] = pd.Series(
                    from_codes(added[c].to_numpy(), lists[c], self.categories == "raw"),
                    added.index,
                    dtype=object,
                )
        if self.whole_numbers:
            added = round_whole(added, X)
        if len(new_X) < len(X):
            raise MethodError(
                f"{type(self.sampler).__name__} removes rows: name it as the method's own _target_, without "
                "WrappedSampler, which is for samplers that add rows."
            )
        self.ledger_ = {"asked": len(added), "generated": len(added), "accepted": len(added)}
        if fallback:
            self.ledger_["fallback"] = fallback
        return _append(X, added), pd.Series(np.asarray(new_y), name=getattr(y, "name", None))

    def _with_enough_rows(self, sampler: Any, y: np.ndarray) -> tuple[Any, str]:
        neighbours = sampler.get_params().get("k_neighbors", sampler.get_params().get("n_neighbors"))
        _, counts = np.unique(y, return_counts=True)
        if not isinstance(neighbours, int) or counts.min() > neighbours:
            return sampler, ""
        have = f"{counts.min()} minority rows, {type(sampler).__name__} needs {neighbours + 1}"
        if self.few_rows == "error":
            raise MethodError(
                f"{have}. Set few_rows: duplicate to repeat rows instead, or raise imbalance_ratio."
            )
        from imblearn.over_sampling import RandomOverSampler

        strategy = sampler.get_params()["sampling_strategy"]
        duplicate = RandomOverSampler(sampling_strategy=strategy, random_state=self.random_state)
        return duplicate, f"random duplicates: {have}"

    def _run(self, sampler: Any, X: pd.DataFrame, y: pd.Series) -> tuple[pd.DataFrame, Any]:
        try:
            return sampler.fit_resample(X.reset_index(drop=True), np.asarray(y))
        except (ValueError, RuntimeError) as error:
            raise MethodError(f"{type(sampler).__name__} cannot work on these rows: {error}") from error


def _refuse_missing(X: pd.DataFrame, name: str) -> None:
    holes = [str(c) for c in X.columns if X[c].isna().any()]
    if holes:
        raise MethodError(
            f"{name} cannot take missing values, and there are some in: {', '.join(holes)}. Fill or drop "
            "them (dataset.drop_missing=true), or choose a method that takes them (duplicate, class_weight)."
        )


def _append(original: pd.DataFrame, added: pd.DataFrame) -> pd.DataFrame:
    """Original rows, then new ones; a column's categories grow by the values that only new rows have."""
    joined = {}
    for c in original.columns:
        if isinstance(original[c].dtype, pd.CategoricalDtype):
            known = list(original[c].cat.categories)
            extra = sorted(set(added[c].dropna().unique()) - set(known))
            values = [*original[c].astype(object), *added[c].astype(object)]
            joined[c] = pd.Categorical(values, categories=known + extra)
        else:
            joined[c] = np.concatenate([original[c].to_numpy(), added[c].to_numpy()])
    return pd.DataFrame(joined)
