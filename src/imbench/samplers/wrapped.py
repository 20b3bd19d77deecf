"""Any imbalanced-learn sampler on rows with text columns."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd
from imblearn.over_sampling.base import BaseOverSampler
from sklearn.base import clone
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import HasMethods, StrOptions

from imbench.data.raw_codes import from_codes, to_codes
from imbench.errors import MethodError
from imbench.samplers.base import check_rows, column_kinds, round_whole, tags_of_rows
from imbench.samplers.missing import MissingOption
from imbench.samplers.shortage import warn_of_shortage
from imbench.samplers.values import FrameCodec


class WrappedSampler(MissingOption, BaseOverSampler):
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
    missing : {"refuse", "impute"} or None, default=None
        What happens with missing values. ``"refuse"`` (the default): an error. ``"impute"``: the sampler
        sees medians and most frequent categories; the original rows keep their missing values, and new
        rows get the missing cells of randomly drawn rows of their class.
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

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "sampler": [HasMethods("fit_resample")],
        "categories": [StrOptions({"as_is", "decoded", "raw"})],
        "whole_numbers": ["boolean"],
        "few_rows": [StrOptions({"error", "duplicate"})],
        **MissingOption._missing_constraints,
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        sampler: Any = None,
        *,
        categories: str = "decoded",
        whole_numbers: bool = True,
        few_rows: str = "error",
        missing: str | None = None,
        random_state: Any = None,
    ):
        self.sampler = sampler
        self.categories = categories
        self.whole_numbers = whole_numbers
        self.few_rows = few_rows
        self.missing = missing
        self.random_state = random_state

    _takes_missing: ClassVar[str] = "none"

    @property
    def sampling_strategy(self) -> Any:
        """That of the sampler: the classes that it fills up."""
        return getattr(self.sampler, "sampling_strategy", "auto")

    def fit_resample(self, X: Any, y: Any, **params: Any) -> tuple[Any, Any]:
        """Resample; the original rows come back unchanged and first, the new ones after them.

        With ``categories="raw"`` the categories of a column grow by its fractional codes. Raises
        :class:`MethodError` for missing values (``missing="refuse"``), for too few rows, and for a sampler
        that removes rows or cannot work on these.
        """
        if self.categories != "raw" or not isinstance(X, pd.DataFrame):
            return super().fit_resample(X, y, **params)
        # The base class would cast fractional codes to the column's categories, which lack them.
        known = {c: list(X[c].cat.categories) for c in X if isinstance(X[c].dtype, pd.CategoricalDtype)}
        rows, labels = super().fit_resample(X.astype(dict.fromkeys(known, object)), y, **params)
        for column, values in known.items():
            new = sorted(set(rows[column].dropna()) - set(values))
            rows[column] = pd.Categorical(rows[column], categories=[*values, *new])
        return rows, labels

    def _check_X_y(self, X: Any, y: Any) -> tuple[Any, np.ndarray, bool]:
        return check_rows(self, X, y)

    def _fit_resample(self, X: Any, y: np.ndarray) -> tuple[Any, np.ndarray]:
        name = type(self.sampler).__name__
        frame = X if isinstance(X, pd.DataFrame) else pd.DataFrame(X).infer_objects()
        codec = FrameCodec(frame)
        features = codec.encode(frame)
        complete = self._for_generator(features)
        sampler = clone(self.sampler)
        if "random_state" in sampler.get_params():
            sampler.set_params(random_state=self.random_state)
        sampler, fallback = self._with_enough_rows(sampler, y)
        added, new_y = self._new_rows(sampler, complete, y, "as_is" if fallback else self.categories)
        if self.whole_numbers:
            added = round_whole(added, complete)
        rng, added_y = check_random_state(self.random_state), new_y[len(y) :]
        parts = [self._with_missing(added[added_y == k], features[y == k], rng) for k in np.unique(added_y)]
        added = pd.concat(parts).sort_index() if parts else added
        requested = int(sum(self.sampling_strategy_.values()))
        self.ledger_ = {"requested": requested, "generated": len(added), "accepted": len(added)}
        if fallback:
            self.ledger_["fallback"] = fallback
        warn_of_shortage(name, self.ledger_)
        resampled = pd.concat([frame, codec.decode(added.reset_index(drop=True))], ignore_index=True)
        return (resampled if isinstance(X, pd.DataFrame) else resampled.to_numpy(dtype=X.dtype)), new_y

    def _generator_name(self) -> str:
        return type(self.sampler).__name__

    def _new_rows(
        self, sampler: Any, X: pd.DataFrame, y: np.ndarray, categories: str
    ) -> tuple[pd.DataFrame, np.ndarray]:
        """The rows that ``sampler`` adds to the encoded rows ``X``, and all labels."""
        continuous, categorical = column_kinds(X)
        values = {c: list(X[c].cat.categories) for c in categorical}
        if categories == "as_is":
            converted = X
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
        return added, np.asarray(new_y)

    def _with_enough_rows(self, sampler: Any, y: np.ndarray) -> tuple[Any, str]:
        neighbours = sampler.get_params().get("k_neighbors", sampler.get_params().get("n_neighbors"))
        filled = [label for label, count in self.sampling_strategy_.items() if count]
        fewest = min((int((y == label).sum()) for label in filled), default=0)
        if not isinstance(neighbours, int) or not filled or fewest > neighbours:
            return sampler, ""
        have = f"{fewest} minority rows, {type(sampler).__name__} needs {neighbours + 1}"
        if self.few_rows == "error":
            raise MethodError(
                f"{have}. Set few_rows: duplicate to repeat rows instead, or raise imbalance_ratio."
            )
        from imblearn.over_sampling import RandomOverSampler

        strategy = sampler.get_params()["sampling_strategy"]
        duplicate = RandomOverSampler(sampling_strategy=strategy, random_state=self.random_state)
        return duplicate, f"random duplicates: {have}"

    def _run(self, sampler: Any, X: pd.DataFrame, y: np.ndarray) -> tuple[pd.DataFrame, Any]:
        try:
            return sampler.fit_resample(X, y)
        except (ValueError, RuntimeError) as error:
            raise MethodError(f"{type(sampler).__name__} cannot work on these rows: {error}") from error

    def __sklearn_tags__(self) -> Any:
        return tags_of_rows(super().__sklearn_tags__(), allow_nan=self.missing == "impute")
