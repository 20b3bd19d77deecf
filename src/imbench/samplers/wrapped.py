"""Any imbalanced-learn sampler on rows with text columns."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.utils import check_sampling_strategy
from sklearn.base import clone
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import HasMethods, StrOptions

from imbench.data.raw_codes import from_codes, to_codes
from imbench.errors import MethodError
from imbench.samplers.base import (
    as_given,
    check_rows,
    column_kinds,
    encoded_rows,
    round_whole,
    tags_of_rows,
)
from imbench.samplers.kinds import for_kinds, quick_decoding
from imbench.samplers.missing import MissingOption
from imbench.samplers.shortage import warn_of_shortage
from imbench.samplers.targets import AnyTarget, plain_target


class WrappedSampler(AnyTarget, MissingOption, BaseOverSampler):
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
    sampling_strategy : float, str, dict, callable or None, default=None
        The classes to fill up, as in imbalanced-learn; None: those of ``sampler``.
    together : bool, default=False
        Whether one call of ``sampler`` fills up all classes, as the published code did: its draws for a
        class then depend on the classes before, and too few rows in one class are a fallback for all.
        Otherwise each class has a call of its own, with the same ``random_state``.
    whole_numbers : bool, default=True
        Round the new values of columns that hold whole numbers only. The published code does not.
    few_rows : {"error", "duplicate"}, default="error"
        What happens with a class of fewer rows than the sampler's neighbours need: an error, or
        duplicates of random rows (as the published code does at 5 rows or fewer).
    missing : {"refuse", "impute"} or None, default=None
        What happens with missing values. ``"refuse"`` (the default): an error. ``"impute"``: the sampler
        sees medians and most frequent categories; the original rows keep their missing values, and new
        rows get the missing cells of randomly drawn rows of their class.
    random_state : int, RandomState instance or None, default=None
        Random state of the sampler.

    Attributes
    ----------
    sampling_strategy_ : dict
        The number of rows to generate for each class.
    ledger_ : dict
        Counts of rows (``requested``, ``generated``, ``accepted``), and ``fallback`` with the reason when
        rows were duplicated; ``sampler`` where another one stood in for SMOTE-NC.
    n_features_in_ : int
        Number of features of ``X``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where they are all text.

    Notes
    -----
    Where rows lack one kind of columns, SMOTE (no categories) or SMOTE-N (no numbers) stands in for SMOTE-NC,
    and the ledger's ``sampler`` says so.

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
        "sampling_strategy": [*BaseOverSampler._parameter_constraints["sampling_strategy"], None],
        "together": ["boolean"],
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
        sampling_strategy: Any = None,
        together: bool = False,
        whole_numbers: bool = True,
        few_rows: str = "error",
        missing: str | None = None,
        random_state: Any = None,
    ):
        self.sampler = sampler
        self.categories = categories
        self.sampling_strategy = sampling_strategy
        self.together = together
        self.whole_numbers = whole_numbers
        self.few_rows = few_rows
        self.missing = missing
        self.random_state = random_state

    _takes_missing: ClassVar[str] = "none"

    def fit(self, X: Any, y: Any, **params: Any) -> Any:
        """Check the input and choose the classes to fill up. Returns the instance itself."""
        super().fit(X, y, **params)
        self._choose_classes(check_rows(self, X, plain_target(y)[0])[1])
        self._for_generator(encoded_rows(X)[2])
        return self

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
            positions, found = pd.factorize(rows[column])
            new = sorted(set(found) - set(values))
            cells = pd.Categorical(found, categories=[*values, *new])
            codes = np.append(cells.codes, -1)[positions]  # -1 stands for a missing value
            rows[column] = pd.Categorical.from_codes(codes, dtype=cells.dtype)
        return rows, labels

    def _check_X_y(self, X: Any, y: Any) -> tuple[Any, np.ndarray, bool]:
        return check_rows(self, X, y)

    def _fit_resample(self, X: Any, y: np.ndarray) -> tuple[Any, np.ndarray]:
        name = type(self.sampler).__name__
        if getattr(self.sampler, "_sampling_type", "") in ("under-sampling", "clean-sampling"):
            raise _removes_rows(self.sampler)
        self._choose_classes(y)
        frame, codec, features = encoded_rows(X)
        complete = self._for_generator(features)
        requested = {label: int(count) for label, count in self.sampling_strategy_.items() if count}
        fallbacks: dict[Any, str] = {}
        rows, labels = [], [y]
        for classes in self._calls(requested):
            sampler, fallback = self._with_enough_rows(self._inner(classes, y), y, list(classes))
            fallbacks.update(dict.fromkeys(classes, fallback) if fallback else {})
            added, added_y = self._new_rows(sampler, complete, y, "as_is" if fallback else self.categories)
            if self.whole_numbers:
                added = round_whole(added, complete)
            rng = check_random_state(self.random_state)
            parts = [
                self._with_missing(added[added_y == k], features[y == k], rng) for k in np.unique(added_y)
            ]
            rows.append(pd.concat(parts).sort_index() if parts else added)
            labels.append(added_y)
        count = sum(map(len, rows))
        self.ledger_ = {"requested": sum(requested.values()), "generated": count, "accepted": count}
        rival = (
            for_kinds(self.sampler, *column_kinds(features)) if self.categories == "as_is" else self.sampler
        )
        if type(rival) is not type(self.sampler):
            self.ledger_["sampler"] = type(rival).__name__
        if fallbacks:
            self.ledger_["fallback"] = _fallback_text(fallbacks, len(requested))
        warn_of_shortage(name, self.ledger_)
        decoded = [codec.decode(added.reset_index(drop=True)) for added in rows]
        resampled = pd.concat([frame, *decoded], ignore_index=True)
        return as_given(resampled, X), np.concatenate(labels)

    def _choose_classes(self, y: np.ndarray) -> None:
        if self.sampling_strategy is None:  # the base class has no strategy to work on then
            strategy = getattr(self.sampler, "sampling_strategy", "auto")
            self.sampling_strategy_ = check_sampling_strategy(strategy, y, self._sampling_type)

    def _calls(self, requested: dict[Any, int]) -> list[dict[Any, int]]:
        """The classes of each call of the sampler, with their numbers of rows."""
        if self.together or "sampling_strategy" not in self.sampler.get_params():
            return [requested] if requested else []
        return [{label: count} for label, count in requested.items()]

    def _inner(self, classes: dict[Any, int], y: np.ndarray) -> Any:
        """A clone of the sampler that fills up ``classes``."""
        sampler = clone(self.sampler)
        parameters = sampler.get_params()
        if "random_state" in parameters:
            sampler.set_params(random_state=self.random_state)
        if "sampling_strategy" in parameters:
            totals = {label: count + int((y == label).sum()) for label, count in classes.items()}
            sampler.set_params(sampling_strategy=totals)
        return sampler

    def _generator_name(self) -> str:
        return type(self.sampler).__name__

    def _new_rows(
        self, sampler: Any, X: pd.DataFrame, y: np.ndarray, categories: str
    ) -> tuple[pd.DataFrame, np.ndarray]:
        """The rows that ``sampler`` adds to the encoded rows ``X``, and their labels."""
        continuous, categorical = column_kinds(X)
        values = {c: list(X[c].cat.categories) for c in categorical}
        if categories == "as_is":
            converted, sampler = X, quick_decoding(for_kinds(sampler, continuous, categorical))
        else:
            codes = {c: X[c] if c in continuous else to_codes(X[c], values[c]) for c in X.columns}
            converted = pd.DataFrame(codes).astype("float64")
        new_X, new_y = self._run(sampler, converted, y)
        if len(new_X) < len(X):
            raise _removes_rows(self.sampler)
        added = new_X.iloc[len(X) :].copy()
        if categories != "as_is":
            for c in categorical:
                decoded = from_codes(added[c].to_numpy(), values[c], categories == "raw")
                added[c] = pd.Series(decoded, added.index, dtype=object)
        return added, np.asarray(new_y)[len(y) :]

    def _with_enough_rows(self, sampler: Any, y: np.ndarray, classes: list[Any]) -> tuple[Any, str]:
        """The sampler, or one that duplicates where ``classes`` have too few rows, and then the reason."""
        parameters = sampler.get_params()
        neighbours = parameters.get("k_neighbors", parameters.get("n_neighbors"))
        fewest = min(int((y == label).sum()) for label in classes)
        if not isinstance(neighbours, int) or fewest > neighbours:
            return sampler, ""
        have = f"{fewest} minority rows, {type(sampler).__name__} needs {neighbours + 1}"
        if self.few_rows == "error":
            raise MethodError(
                f"{have}. Set few_rows: duplicate to repeat rows instead (method.few_rows=duplicate), "
                "choose a "
                "method that works on so few (duplicate, class_weight), or raise imbalance_ratio."
            )
        from imblearn.over_sampling import RandomOverSampler

        strategy = parameters["sampling_strategy"]
        duplicate = RandomOverSampler(sampling_strategy=strategy, random_state=self.random_state)
        return duplicate, f"random duplicates: {have}"

    def _run(self, sampler: Any, X: pd.DataFrame, y: np.ndarray) -> tuple[pd.DataFrame, Any]:
        several = not self.together and sum(map(bool, self.sampling_strategy_.values())) > 1
        try:
            return sampler.fit_resample(X, y)
        except (ValueError, RuntimeError) as error:
            name, filled = type(sampler).__name__, sampler.get_params().get("sampling_strategy")
            which = f" (class {next(iter(filled))})" if isinstance(filled, dict) and several else ""
            raise MethodError(
                f"{name} cannot work on these rows{which}: {str(error).rstrip('.')}. Choose a method that "
                "can: "
                "smote (numbers only, text only, or both), duplicate (any rows)."
            ) from error

    def __sklearn_tags__(self) -> Any:
        return tags_of_rows(super().__sklearn_tags__(), allow_nan=self._allows_missing)


def _removes_rows(sampler: Any) -> MethodError:
    return MethodError(
        f"{type(sampler).__name__} removes rows: name it as the method's own _target_, without "
        "WrappedSampler, which is for samplers that add rows."
    )


def _fallback_text(fallbacks: dict[Any, str], classes: int) -> str:
    """The reasons for fallbacks, with the class where only some of several have one."""
    if len(fallbacks) == classes and len(set(fallbacks.values())) == 1:
        return next(iter(fallbacks.values()))
    return "; ".join(f"class {label}: {reason}" for label, reason in fallbacks.items())
