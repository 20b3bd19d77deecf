"""The base class of this project's oversamplers and of its adapters to other packages.

A subclass implements :meth:`MinorityOversampler._generate_rows`, which returns rows of one class. Checking
the input, choosing classes and numbers, appending the rows and keeping the ledger happen here.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.utils import check_target_type
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import validate_parameter_constraints
from sklearn.utils.validation import validate_data

from imbench.errors import ConfigError, MethodError, Shortfall
from imbench.samplers.missing import MissingOption, share_differences
from imbench.samplers.shortage import warn_of_shortage
from imbench.samplers.targets import AnyTarget
from imbench.samplers.values import FrameCodec, check_names


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


def round_whole(generated: pd.DataFrame, training: pd.DataFrame) -> pd.DataFrame:
    """Round the columns of ``generated`` that hold whole numbers only in ``training``.

    A fractional age would identify a synthetic row, since no real row has one.
    """
    return generated.assign(**{c: generated[c].round() for c in whole_columns(training)})


def for_other_packages(rows: pd.DataFrame, training: pd.DataFrame) -> pd.DataFrame:
    """Rows in the dtypes that other packages know: text as objects, whole numbers as integers.

    Their generators keep integers integer, which they cannot do when all numbers are floats.
    """
    whole = {c: "int64" for c in whole_columns(training) if not rows[c].isna().any()}
    text = dict.fromkeys(column_kinds(training)[1], object)
    return rows.reset_index(drop=True).astype({**whole, **text})


def add_counts(ledger: dict[str, Any], **amounts: float) -> None:
    """Add each amount to the ledger's entry of that name, which starts at 0."""
    for name, amount in amounts.items():
        ledger[name] = ledger.get(name, 0) + amount


def need_rows(name: str, rows: int, fewest: int) -> None:
    """Raise :class:`MethodError` with the ways out where a generator needs more minority rows."""
    if rows < fewest:
        raise MethodError(
            f"{name} needs {fewest} minority rows to fit on, there {'is' if rows == 1 else 'are'} {rows}. "
            "Choose a method that works on so few (duplicate, class_weight), or keep more of them "
            "(imbalance_ratio=1)."
        )


def check_rows(sampler: Any, X: Any, y: Any) -> tuple[Any, np.ndarray, bool]:
    """Validate ``X`` and ``y`` for ``sampler``: frames of any dtypes, or arrays, text included.

    Missing values pass, infinite ones and sparse matrices are refused. Returns ``X``, ``y`` as an array, and
    whether ``y`` was one column a class.
    """
    y, binarize_y = check_target_type(y, indicate_one_vs_all=True)
    if isinstance(X, pd.DataFrame):
        check_names(X)
        y = validate_data(sampler, X="no_validation", y=y)
        validate_data(sampler, X=X, y=y, reset=True, skip_check_array=True)
    else:  # dtype=None keeps text in arrays of objects
        X, y = validate_data(
            sampler, X=X, y=y, reset=True, dtype=None, accept_sparse=False, ensure_all_finite="allow-nan"
        )
    return X, np.asarray(y), binarize_y


def encoded_rows(X: Any) -> tuple[pd.DataFrame, FrameCodec, pd.DataFrame]:
    """The rows as a frame, the codec of its columns, and the rows as a generator takes them."""
    frame = X if isinstance(X, pd.DataFrame) else pd.DataFrame(X).infer_objects()
    codec = FrameCodec(frame)
    return frame, codec, codec.encode(frame)


def as_given(rows: pd.DataFrame, X: Any) -> Any:
    """The rows as a frame or an array, whichever ``X`` is."""
    return rows if isinstance(X, pd.DataFrame) else rows.to_numpy(dtype=X.dtype)


def tags_of_rows(tags: Any, allow_nan: bool) -> Any:
    """scikit-learn's tags for a sampler that takes what :func:`check_rows` lets pass."""
    tags.input_tags.sparse = False
    tags.input_tags.string = True
    tags.input_tags.allow_nan = allow_nan
    return tags


def validate_options(options: Mapping[str, Any] | None, constraints: Mapping[str, list], name: str) -> None:
    """Check the parameter ``name``, a dict of options, against scikit-learn's kind of constraints.

    Raises :class:`ConfigError` for an unknown option and ``ValueError`` for a value that is not allowed.
    """
    if unknown := sorted(set(options or {}) - set(constraints)):
        raise ConfigError(f"{name}.{unknown[0]} is unknown. {name} may hold: {', '.join(constraints)}.")
    validate_parameter_constraints(constraints, options or {}, caller_name=f"the options '{name}'")


class MinorityOversampler(AnyTarget, MissingOption, BaseOverSampler):
    """Base class of oversamplers that generate rows of one class at a time.

    A subclass implements ``_generate_rows(features, labels, label, count, rng)`` and returns ``count`` rows
    of class ``label`` as a DataFrame with the columns of ``features``. It sees continuous columns as
    float64 and the others as categories of texts; the rows are appended in the original dtypes.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        The classes to fill up, as in imbalanced-learn. ``"auto"`` fills up all classes but the most
        frequent one, ``"minority"`` the rarest one.
    missing : {"native", "impute", "refuse"} or None, default=None
        What happens with missing values. ``"native"`` (the default where the generator can): it takes them
        as they are. ``"impute"``: it sees medians and most frequent categories of the training rows, and
        synthetic rows get the missing cells of randomly drawn rows of their class. ``"refuse"`` (the
        default elsewhere): an error. The training rows keep their missing values in any case.
    random_state : int, RandomState instance or None, default=None
        The same int gives the same rows.

    Attributes
    ----------
    sampling_strategy_ : dict
        The number of rows to generate for each class.
    ledger_ : dict
        Counts of rows: ``requested``, ``generated`` and ``accepted``; subclasses add more.
    n_features_in_ : int
        Number of features of ``X``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where they are all text.

    Notes
    -----
    Numbers of any dtype, dates, durations and periods are continuous; text, booleans, categories, intervals
    and other objects are categorical. A column that holds neither is refused by name.

    References
    ----------
    .. [1] G. Lemaître, F. Nogueira, C. K. Aridas, "Imbalanced-learn: a Python toolbox to tackle the curse
       of imbalanced datasets in machine learning", Journal of Machine Learning Research 18(17), 2017.

    Examples
    --------
    >>> import pandas as pd
    >>> from imbench import MinorityOversampler
    >>> class Repeat(MinorityOversampler):
    ...     def _generate_rows(self, features, labels, label, count, rng):
    ...         rows = features[labels == label]
    ...         return rows.iloc[rng.randint(len(rows), size=count)]
    >>> X = pd.DataFrame({"age": [30, 40, 50], "job": ["clerk", "nurse", "clerk"]})
    >>> X_resampled, y_resampled = Repeat(random_state=0).fit_resample(X, [0, 0, 1])
    >>> X_resampled.iloc[3:]
       age    job
    3   50  clerk
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseOverSampler._parameter_constraints,
        **MissingOption._missing_constraints,
        "random_state": ["random_state"],
    }

    def __init__(
        self, *, sampling_strategy: Any = "auto", missing: str | None = None, random_state: Any = None
    ):
        super().__init__(sampling_strategy=sampling_strategy)
        self.missing = missing
        self.random_state = random_state

    def fit(self, X: Any, y: Any, **params: Any) -> Any:
        """Check the input and choose the classes to fill up. Returns the instance itself."""
        super().fit(X, y, **params)
        self._for_generator(encoded_rows(X)[2])
        return self

    def _check_X_y(self, X: Any, y: Any) -> tuple[Any, np.ndarray, bool]:
        return check_rows(self, X, y)

    def _fit_resample(self, X: Any, y: np.ndarray) -> tuple[Any, np.ndarray]:
        self.ledger_: dict[str, Any] = {"requested": 0, "generated": 0, "accepted": 0}
        frame, codec, encoded = encoded_rows(X)
        features = self._for_generator(encoded)
        rows, labels = [frame.reset_index(drop=True)], [y]
        for label, count in self.sampling_strategy_.items():
            self.ledger_["requested"] += int(count)
            if count == 0:
                continue
            # A seed of numbers starts anew for each class, whose rows then depend on no other class.
            rng = check_random_state(self.random_state)
            before = self.ledger_["generated"]
            generated = self._generate_rows(features, y, label, int(count), rng)
            if self.ledger_["generated"] == before:  # the subclass does not count its attempts
                self.ledger_["generated"] += len(generated)
            self._check_generated(generated, features, label, int(count))
            minority = encoded[y == label]
            generated = self._with_missing(generated.reset_index(drop=True), minority, rng)
            self._count_shares(generated, minority, label)
            rows.append(codec.decode(generated))
            labels.append(np.full(len(generated), label, dtype=y.dtype))
        warn_of_shortage(type(self).__name__, self.ledger_)
        resampled = pd.concat(rows, ignore_index=True)
        return as_given(resampled, X), np.concatenate(labels)

    def _count_shares(self, generated: pd.DataFrame, minority: pd.DataFrame, label: Any) -> None:
        """Enter columns with another share of missing cells than the minority's into the ledger."""
        several = sum(count > 0 for count in self.sampling_strategy_.values()) > 1
        found = share_differences(generated, minority)
        if found:
            named = {f"{name} (class {label})" if several else name: both for name, both in found.items()}
            self.ledger_.setdefault("missing_shares", {}).update(named)

    def __sklearn_tags__(self) -> Any:
        return tags_of_rows(super().__sklearn_tags__(), allow_nan=self._allows_missing)

    @abstractmethod
    def _generate_rows(
        self, features: pd.DataFrame, labels: np.ndarray, label: Any, count: int, rng: np.random.RandomState
    ) -> pd.DataFrame:
        """``count`` rows of class ``label``, with the columns of ``features``.

        ``features`` holds the training rows as a generator takes them, whatever their dtypes were:
        continuous columns as float64, the others as categories of texts
        (:class:`~imbench.samplers.values.FrameCodec`), names as text, missing values as NaN.

        Where rows can be rejected, count them in ``self.ledger_`` (``generated`` at least). Raise
        :class:`MethodError` where the training rows do not suffice.
        """

    def _check_generated(self, generated: pd.DataFrame, frame: pd.DataFrame, label: Any, count: int) -> None:
        name = type(self).__name__
        if list(generated.columns) != list(frame.columns):
            raise MethodError(
                f"{name} returned the columns {list(generated.columns)}, expected {list(frame.columns)}. "
                "Return those of `features`, in their order."
            )
        if len(generated) < count:
            raise Shortfall(
                f"{name} generated {len(generated)} of the {count} requested rows of class {label}. Choose a "
                "method that generates as many as requested (duplicate, interpolate_marginal), or request "
                "fewer "
                "by sampling_strategy."
            )
        self.ledger_["accepted"] += len(generated)
