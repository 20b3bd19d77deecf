"""The base of this project's own oversamplers and of its adapters to other packages.

A subclass implements one method, :meth:`MinorityOversampler._generate_rows`: ``count`` rows of one class.
Checking the input, choosing class and number, appending the rows after the original ones and
keeping the ledger happen here, once.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.utils import check_target_type
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from imbench.errors import MethodError, Shortfall


def column_kinds(features: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Names of the continuous and of the categorical columns, by dtype (text and categories)."""
    numeric = [
        pd.api.types.is_numeric_dtype(t) and not pd.api.types.is_bool_dtype(t) for t in features.dtypes
    ]
    continuous = [c for c, is_number in zip(features.columns, numeric, strict=True) if is_number]
    return continuous, [c for c in features.columns if c not in set(continuous)]


def whole_columns(features: pd.DataFrame) -> list[str]:
    """The continuous columns that hold whole numbers only (missing values aside)."""
    numbers = {c: features[c].dropna() for c in column_kinds(features)[0]}
    return [c for c, values in numbers.items() if len(values) and bool((values % 1 == 0).all())]


def round_whole(made: pd.DataFrame, given: pd.DataFrame) -> pd.DataFrame:
    """Round the columns of ``made`` that hold whole numbers only in ``given``.

    A fractional age betrays a made row to the classifier, and no real row has one.
    """
    return made.assign(**{c: made[c].round() for c in whole_columns(given)})


def for_other_packages(rows: pd.DataFrame, given: pd.DataFrame) -> pd.DataFrame:
    """Rows in the types that other packages know: text as objects, whole numbers as integers.

    Generators keep integers integer, which they cannot do when all numbers come as floats.
    """
    whole = {c: "int64" for c in whole_columns(given) if not rows[c].isna().any()}
    text = dict.fromkeys(column_kinds(given)[1], object)
    return rows.reset_index(drop=True).astype({**whole, **text})


class MinorityOversampler(BaseOverSampler):
    """Append made rows of the rarest class until it has as many as the commonest one.

    Parameters
    ----------
    sampling_strategy : imbalanced-learn's word or dict; ``"minority"`` fills up the rarest class only,
        ``"auto"`` every class but the commonest.
    random_state : int, RandomState or None. The same int gives the same rows, bit for bit, on the CPU.

    After ``fit_resample`` the attribute ``ledger_`` (dict) tells what was really made.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseOverSampler._parameter_constraints,
        "random_state": ["random_state"],
    }

    def __init__(self, *, sampling_strategy: Any = "minority", random_state: Any = None):
        super().__init__(sampling_strategy=sampling_strategy)
        self.random_state = random_state

    def _check_X_y(self, X: Any, y: Any) -> tuple[Any, np.ndarray, bool]:
        y, binarize_y = check_target_type(y, indicate_one_vs_all=True)
        if isinstance(X, pd.DataFrame):  # mixed types: text stays text
            y = validate_data(self, X="no_validation", y=y)
            validate_data(self, X=X, y=y, reset=True, skip_check_array=True)
        else:
            X, y = validate_data(self, X=X, y=y, reset=True)
        return X, np.asarray(y), binarize_y

    def _fit_resample(self, X: Any, y: np.ndarray) -> tuple[Any, np.ndarray]:
        frame = (
            X
            if isinstance(X, pd.DataFrame)
            else pd.DataFrame(X, columns=[f"x{i}" for i in range(X.shape[1])])
        )
        rng = check_random_state(self.random_state)
        self.ledger_: dict[str, Any] = {"asked": 0, "generated": 0, "accepted": 0}
        new_rows, new_labels = [frame], [y]
        for label, count in self.sampling_strategy_.items():
            self.ledger_["asked"] += int(count)
            if count == 0:
                continue
            made = self._generate_rows(frame, y, label, int(count), rng)
            self._check_generated(made, frame, label, int(count))
            new_rows.append(_with_types_of(made, frame))
            new_labels.append(np.full(len(made), label, dtype=y.dtype))
        resampled = pd.concat(new_rows, ignore_index=True)
        return (resampled if isinstance(X, pd.DataFrame) else resampled.to_numpy()), np.concatenate(
            new_labels
        )

    @abstractmethod
    def _generate_rows(
        self, features: pd.DataFrame, labels: np.ndarray, label: Any, count: int, rng: np.random.RandomState
    ) -> pd.DataFrame:
        """Make ``count`` rows of class ``label``, with the columns of ``features``.

        Count what happened in ``self.ledger_`` (keys ``generated`` and ``accepted`` at least when
        rows can be rejected). Raise :class:`MethodError` where the rows at hand do not suffice.
        """

    def _check_generated(self, made: pd.DataFrame, frame: pd.DataFrame, label: Any, count: int) -> None:
        name = type(self).__name__
        if list(made.columns) != list(frame.columns):
            raise MethodError(
                f"{name} returned the columns {list(made.columns)}, expected {list(frame.columns)}."
            )
        if len(made) < count:
            raise Shortfall(f"{name} made {len(made)} of the {count} rows asked for of class {label}.")
        if not self.ledger_["generated"]:
            self.ledger_["generated"] = len(made)
        self.ledger_["accepted"] += len(made)


def _with_types_of(made: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Give made rows the dtypes of the original ones; values unknown there become missing."""
    return made.reset_index(drop=True).astype({c: frame[c].dtype for c in frame.columns})
