"""Any imbalanced-learn sampler on rows with text columns."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.utils._param_validation import HasMethods, StrOptions

from imbench.data.raw_codes import from_codes, to_codes
from imbench.errors import MethodError
from imbench.samplers.base import column_kinds, round_whole


class WrappedSampler(BaseEstimator):
    """Let an imbalanced-learn oversampler work on rows with text columns.

    Text columns are converted to what the sampler accepts, and its new rows back to the columns' own
    values. In a file of ``conf/method``::

        _target_: imbench.WrappedSampler
        sampler: {_target_: imblearn.over_sampling.KMeansSMOTE}
        categories: decoded

    Parameters
    ----------
    sampler : object
        An imbalanced-learn oversampler, which is cloned.
    categories : {"as_is", "decoded", "raw"}, default="decoded"
        How the sampler receives text columns: as pandas categories (SMOTE-NC); as integer codes, with new
        values rounded to a valid code; or as integer codes, with fractional codes kept, as in the
        published code.
    whole_numbers : bool, default=True
        Round the new values of columns that hold whole numbers only. The published code does not.
    few_rows : {"error", "duplicate"}, default="error"
        What happens with fewer minority rows than the sampler's neighbours need: an error, or
        duplicates of random rows (as the published code does at 5 rows or fewer).
    random_state : int, RandomState instance or None, default=None
        Random state of the sampler.

    Attributes
    ----------
    ledger_ : dict
        Counts of rows (``requested``, ``generated``, ``accepted``), and ``fallback`` with the reason when
        rows were duplicated.

    Notes
    -----
    The paper scored SMOTE and ADASYN on integer codes of the categories: ``categories="raw",
    whole_numbers=False`` reproduces that.

    References
    ----------
    .. [1] N. V. Chawla, K. W. Bowyer, L. O. Hall, W. P. Kegelmeyer, "SMOTE: synthetic minority
       over-sampling technique", Journal of Artificial Intelligence Research 16, 2002.

    Examples
    --------
    >>> import pandas as pd
    >>> from imblearn.over_sampling import SMOTE
    >>> from imbench import WrappedSampler
    >>> X = pd.DataFrame({"age": [30, 40, 50, 60, 70, 80], "job": ["clerk", "nurse"] * 3})
    >>> y = pd.Series([0, 0, 0, 0, 1, 1], name="ill")
    >>> sampler = WrappedSampler(SMOTE(k_neighbors=1), random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> y_resampled.value_counts().to_dict()
    {0: 4, 1: 4}
    >>> set(X_resampled["job"]) == {"clerk", "nurse"}
    True
    """

    _sampling_type = "over-sampling"
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "sampler": [HasMethods("fit_resample")],
        "categories": [StrOptions({"as_is", "decoded", "raw"})],
        "whole_numbers": ["boolean"],
        "few_rows": [StrOptions({"error", "duplicate"})],
        "random_state": ["random_state"],
    }

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
        """Resample; the original rows come back unchanged and first, the new ones after them.

        Raises :class:`MethodError` for missing values, for too few rows, and for a sampler that removes
        rows or cannot work on these.
        """
        self._validate_params()
        _refuse_missing(X, type(self.sampler).__name__)
        sampler = clone(self.sampler)
        if "random_state" in sampler.get_params():
            sampler.set_params(random_state=self.random_state)
        sampler, fallback = self._with_enough_rows(sampler, np.asarray(y))
        added, new_y = self._new_rows(sampler, X, y, "as_is" if fallback else self.categories)
        if self.whole_numbers:
            added = round_whole(added, X)
        self.ledger_ = {"requested": len(added), "generated": len(added), "accepted": len(added)}
        if fallback:
            self.ledger_["fallback"] = fallback
        return _append(X, added), pd.Series(np.asarray(new_y), name=getattr(y, "name", None))

    def _new_rows(
        self, sampler: Any, X: pd.DataFrame, y: pd.Series, categories: str
    ) -> tuple[pd.DataFrame, Any]:
        """The rows that ``sampler`` adds to ``X``, and all labels."""
        continuous, categorical = column_kinds(X)
        values = {c: list(pd.Categorical(X[c]).categories) for c in categorical}
        if categories == "as_is":
            converted = X.astype({c: pd.CategoricalDtype(values[c]) for c in categorical})
        else:
            codes = {c: X[c] if c in continuous else to_codes(X[c], values[c]) for c in X.columns}
            converted = pd.DataFrame(codes).astype("float64")
        new_X, new_y = self._run(sampler, converted, y)
        if len(new_X) < len(X):
            raise MethodError(
                f"{type(self.sampler).__name__} removes rows: name it as the method's own _target_, without "
                "WrappedSampler, which is for samplers that add rows."
            )
        added = new_X.iloc[len(X) :].copy()
        if categories != "as_is":
            for c in categorical:
                decoded = from_codes(added[c].to_numpy(), values[c], categories == "raw")
                added[c] = pd.Series(decoded, added.index, dtype=object)
        return added, new_y

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
    missing = [str(c) for c in X.columns if X[c].isna().any()]
    if missing:
        raise MethodError(
            f"{name} cannot take missing values, and there are some in: {', '.join(missing)}. Fill or drop "
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
