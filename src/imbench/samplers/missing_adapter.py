"""The parameter ``missing`` for samplers of other packages, which have no such parameter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state, get_tags

from imbench.errors import MethodError
from imbench.samplers.large_numbers import LargeNumbers
from imbench.samplers.missing import (
    TAKE_MISSING,
    Imputer,
    blank_like,
    check_offered,
    columns_with_missing,
    refuse_missing,
)
from imbench.samplers.values import FrameCodec


def takes_missing(sampler: Any) -> bool:
    """Whether a sampler takes missing values as they are, by its tags; one without tags is asked."""
    return takes_frames(sampler) or bool(get_tags(sampler).input_tags.allow_nan)


def takes_frames(sampler: Any) -> bool:
    """Whether a sampler sees a frame as it is: one without tags, and imbalanced-learn's FunctionSampler."""
    return not isinstance(sampler, BaseEstimator) or getattr(sampler, "validate", True) is False


class MissingAdapter(BaseEstimator):
    """A sampler of another package with the parameter ``missing`` of this project's samplers.

    Whole numbers of a frame that a float cannot hold survive as well
    (:class:`~imbench.samplers.large_numbers.LargeNumbers`).

    Parameters
    ----------
    sampler : object
        A sampler with ``fit_resample(X, y)``.
    missing : {"native", "impute", "refuse"} or None, default=None
        As of :class:`~imbench.MinorityOversampler`. Under ``"impute"`` a sampler that repeats or removes rows
        (by its ``sample_indices_``) returns the training rows with their own missing values.
    random_state : int, RandomState instance or None, default=None
        Draws the missing cells of new rows.

    Examples
    --------
    >>> import numpy as np
    >>> from imblearn.under_sampling import TomekLinks
    >>> X = np.array([[1.0, 2.0], [np.nan, 3.0], [5.0, 1.0], [6.0, 1.0]])
    >>> MissingAdapter(TomekLinks(), missing="impute").fit_resample(X, [0, 0, 1, 1])[0].tolist()
    [[1.0, 2.0], [nan, 3.0], [5.0, 1.0], [6.0, 1.0]]
    """

    def __init__(self, sampler: Any = None, *, missing: str | None = None, random_state: Any = None):
        self.sampler = sampler
        self.missing = missing
        self.random_state = random_state

    def _validate_params(self) -> None:
        getattr(self.sampler, "_validate_params", lambda: None)()
        self._policy()

    def _policy(self) -> str:
        takes = "all" if takes_missing(self.sampler) else "none"
        return check_offered(self.missing, takes, type(self.sampler).__name__)

    def fit(self, X: Any, y: Any) -> Any:
        """Fit the sampler. Returns the instance itself."""
        self.sampler.fit(X, y)
        return self

    def fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Resample. Raises :class:`MethodError` for missing values where they are refused."""
        rows, labels = self._resampled(X, y)
        if getattr(self.sampler, "_sampling_type", "") == "over-sampling":
            self._added = len(labels) - len(y)
        return rows, labels

    def _resampled(self, X: Any, y: Any) -> tuple[Any, Any]:
        policy = self._policy()
        frame = X if isinstance(X, pd.DataFrame) else pd.DataFrame(X).infer_objects()
        gone = columns_with_missing(frame)
        if policy == "refuse":
            refuse_missing(gone, type(self.sampler).__name__)
        is_frame = isinstance(X, pd.DataFrame)
        if policy != "impute" or not gone:
            return self._exactly(X, y)
        filled = _filled(frame)
        given = filled if is_frame else filled.to_numpy(dtype=X.dtype)
        rows, labels = self._exactly(given, y)
        restored = self._restored(frame, filled, pd.DataFrame(rows), np.asarray(y), np.asarray(labels))
        return (restored if is_frame else restored.to_numpy(dtype=X.dtype)), labels

    def _exactly(self, frame: Any, y: Any) -> tuple[Any, Any]:
        """Resample a frame without changing large whole numbers, as samplers that work on floats would."""
        if not isinstance(frame, pd.DataFrame):
            return self.sampler.fit_resample(frame, y)
        numbers = LargeNumbers(frame)
        rows, labels = self.sampler.fit_resample(numbers.counted(frame), y)
        return numbers.restored(rows), labels

    def _restored(
        self, frame: pd.DataFrame, filled: pd.DataFrame, rows: pd.DataFrame, y: np.ndarray, labels: np.ndarray
    ) -> pd.DataFrame:
        """The sampler's rows with missing values, those of the training rows, or the share of their class."""
        chosen = getattr(self.sampler, "sample_indices_", None)
        if chosen is not None and len(chosen) == len(rows) and _are_equal(rows, filled.iloc[chosen]):
            return frame.iloc[chosen].set_axis(rows.index)
        if len(rows) < len(frame):
            raise MethodError(
                f"{type(self.sampler).__name__} removes rows and does not say which, so missing=impute "
                "cannot give them their missing values back. Drop the rows with missing values "
                f"(dataset.drop_missing=true), or choose another method ({', '.join(TAKE_MISSING)})."
            )
        rng, new = check_random_state(self.random_state), rows.iloc[len(frame) :]
        added = labels[len(frame) :]
        parts = [blank_like(new[added == label], frame[y == label], rng) for label in np.unique(added)]
        return pd.concat([frame, *parts]).loc[[*frame.index, *new.index]].set_axis(rows.index)

    @property
    def sampling_strategy_(self) -> Any:
        """The sampler's classes with their numbers of rows."""
        return self.sampler.sampling_strategy_

    @property
    def ledger_(self) -> Any:
        """The sampler's ledger; for one that only adds rows, counts of them."""
        if hasattr(self.sampler, "ledger_") or not hasattr(self, "_added"):
            return self.sampler.ledger_
        requested = sum(map(int, self.sampling_strategy_.values()))
        return {"requested": requested, "generated": self._added, "accepted": self._added}


def _are_equal(rows: pd.DataFrame, chosen: pd.DataFrame) -> bool:
    """Whether rows are the chosen ones, and not made from them (RandomOverSampler's ``shrinkage``)."""
    return all(
        np.array_equal(rows.iloc[:, i].astype(str), chosen.iloc[:, i].astype(str))
        for i in range(rows.shape[1])
    )


def _filled(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with typical values where their own are missing; a category without any value stays so."""
    codec = FrameCodec(frame)
    encoded = codec.encode(frame)
    empty = encoded.columns[encoded.isna().all() & ~np.array(codec.continuous)]
    complete = codec.decode(Imputer(encoded).fill(encoded).assign(**encoded[empty])).set_axis(frame.index)
    return pd.DataFrame({c: complete[c] if frame[c].isna().any() else frame[c] for c in frame.columns})
