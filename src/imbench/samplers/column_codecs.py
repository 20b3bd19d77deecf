"""The two directions of each kind of column, for :class:`imbench.samplers.values.FrameCodec`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from imbench.errors import MethodError

#: A column of Python objects that are all numbers is categorical up to so many different values.
OBJECT_CATEGORIES = 20
_DAY = 86_400
_NANOSECONDS = 1_000_000_000


class ColumnCodec(ABC):
    """Both directions for one column."""

    #: Whether the generator sees numbers.
    is_number = True

    def __init__(self, values: pd.Series, name: Hashable) -> None:
        self.dtype, self.name = values.dtype, name

    @abstractmethod
    def encode(self, values: pd.Series) -> pd.Series:
        """What the generator sees."""

    @abstractmethod
    def decode(self, values: pd.Series) -> pd.Series:
        """Values of the column's own dtype."""

    def _series(self, values: Any) -> pd.Series:
        try:
            return pd.Series(values, dtype=self.dtype)
        except (TypeError, ValueError, OverflowError) as error:
            raise MethodError(
                f"Column '{self.name}' ({self.dtype}) cannot hold a generated value: {error}."
            ) from error


class Numbers(ColumnCodec):
    """Numbers as they are. Columns of whole numbers by dtype come back rounded, within the dtype's range."""

    def encode(self, values: pd.Series) -> pd.Series:
        """The numbers as float64."""
        return pd.Series(values.to_numpy(dtype="float64", na_value=np.nan))

    def decode(self, values: pd.Series) -> pd.Series:
        """Numbers of the column's dtype."""
        numbers = values.to_numpy(dtype="float64", na_value=np.nan)
        if pd.api.types.is_integer_dtype(self.dtype):
            return self._whole(numbers)
        if isinstance(self.dtype, np.dtype):
            return pd.Series(numbers.astype(self.dtype))
        return self._series(
            pd.array(np.where(np.isnan(numbers), None, numbers.astype(object)), dtype=self.dtype)
        )

    def _whole(self, numbers: np.ndarray) -> pd.Series:
        missing = np.isnan(numbers)
        limits = np.iinfo(_numpy_dtype(self.dtype))
        # As Python integers: a float cannot hold the ends of a 64-bit range.
        whole = [None if m else min(max(int(v), limits.min), limits.max)
                 for v, m in zip(np.rint(numbers), missing, strict=True)]  # fmt: skip
        if isinstance(self.dtype, np.dtype):
            if missing.any():
                raise MethodError(f"Column '{self.name}' ({self.dtype}) cannot hold a missing value.")
            return pd.Series(np.array(whole, dtype=self.dtype))
        return self._series(pd.array(whole, dtype=self.dtype))


class ObjectNumbers(ColumnCodec):
    """A column of Python numbers: whole numbers where all were, else floats; objects again in the end."""

    def __init__(self, values: pd.Series, name: Hashable) -> None:
        super().__init__(values, name)
        present = [v for v in values if not _is_missing(v)]
        kinds = {type(v) for v in present}
        self._kind = kinds.pop() if len(kinds) == 1 else float
        self._whole = all(float(v).is_integer() for v in present)

    def encode(self, values: pd.Series) -> pd.Series:
        """The numbers as float64."""
        return pd.Series([np.nan if _is_missing(v) else float(v) for v in values], dtype="float64")

    def decode(self, values: pd.Series) -> pd.Series:
        """Python numbers of the column's own type."""
        return pd.Series([self._value(v) for v in values.to_numpy(dtype="float64")], dtype=object)

    def _value(self, number: float) -> Any:
        if np.isnan(number):
            return np.nan
        if self._kind is Decimal:
            return Decimal(str(round(number) if self._whole else float(number)))
        return self._kind(round(number)) if self._whole else self._kind(number)


class Times(ColumnCodec):
    """Dates and durations: days where every value is a whole day, else seconds."""

    def __init__(self, values: pd.Series, name: Hashable) -> None:
        super().__init__(values, name)
        self._zone = getattr(self.dtype, "tz", None)
        counts, missing = self._counts(values)
        self._origin = int(counts[~missing].min()) if not missing.all() else 0
        present = counts[~missing] / _NANOSECONDS
        self._step = _DAY if len(present) and (present % _DAY == 0).all() else 1
        self._whole = bool((present % 1 == 0).all())

    def _counts(self, values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
        """Nanoseconds as integers, and which of them are missing."""
        if self._zone is not None:
            values = values.dt.tz_localize(
                None
            )  # the wall clock: days stay days across a change of the clock
        stamps = values.to_numpy(dtype="datetime64[ns]" if self._is_date else "timedelta64[ns]")
        return stamps.view("int64"), np.isnat(stamps)

    @property
    def _is_date(self) -> bool:
        return pd.api.types.is_datetime64_any_dtype(self.dtype)

    def encode(self, values: pd.Series) -> pd.Series:
        """Days or seconds since the earliest value."""
        counts, missing = self._counts(values)
        # The difference of integers keeps nanoseconds, which a float of seconds since 1970 would lose.
        return pd.Series(np.where(missing, np.nan, (counts - self._origin) / _NANOSECONDS / self._step))

    def decode(self, values: pd.Series) -> pd.Series:
        """Dates or durations of the column's dtype and zone."""
        counts = values.to_numpy(dtype="float64")
        counts = (np.rint(counts) if self._whole else counts) * self._step
        missing = np.isnan(counts)
        stamps = np.rint(np.where(missing, 0.0, counts) * _NANOSECONDS).astype("int64") + self._origin
        stamps = stamps.view("datetime64[ns]" if self._is_date else "timedelta64[ns]")
        stamps[missing] = np.array("NaT", dtype=stamps.dtype)
        found = pd.Series(stamps)
        if self._zone is not None:
            found = found.dt.tz_localize(self._zone, ambiguous=True, nonexistent="shift_forward")
        return found.astype(self.dtype)


class Periods(ColumnCodec):
    """Periods by their ordinals, which are whole numbers."""

    def encode(self, values: pd.Series) -> pd.Series:
        """The ordinals as float64."""
        return pd.Series([np.nan if v is pd.NaT else float(v.ordinal) for v in values], dtype="float64")

    def decode(self, values: pd.Series) -> pd.Series:
        """Periods of the column's frequency."""
        periods = [
            pd.NaT if np.isnan(v) else pd.Period(ordinal=round(v), freq=self.dtype.freq)
            for v in values.to_numpy(dtype="float64")
        ]
        return self._series(periods)


class Labels(ColumnCodec):
    """A category: each value that occurs has one text. Other texts (fractional raw codes) stay text."""

    is_number = False

    def __init__(self, values: pd.Series, name: Hashable) -> None:
        super().__init__(values, name)
        try:
            present = _distinct(values)[1]
        except TypeError as error:
            raise _refused(
                name, values.dtype, "its cells are not single values", "split it into columns"
            ) from error
        texts = unique_texts(present)
        self._text = {(type(v), v): text for v, text in zip(present, texts, strict=True)}
        self._value = dict(zip(texts, present, strict=True))
        self._texts = pd.CategoricalDtype(sorted(texts))

    def encode(self, values: pd.Series) -> pd.Series:
        """A category of the texts."""
        codes, present = _distinct(values)
        texts = pd.Categorical([self._text.get((type(v), v)) for v in present], dtype=self._texts)
        return pd.Series(pd.Categorical.from_codes(_taken(texts.codes, codes, -1), dtype=self._texts))

    def decode(self, values: pd.Series) -> pd.Series:
        """The values that the texts stand for, in the column's dtype."""
        codes, texts = _distinct(values)
        found = [self._value.get(t, t) for t in texts]
        if isinstance(self.dtype, pd.CategoricalDtype):
            known = list(self.dtype.categories)
            new = [] if self._fits(known, found) else sorted({v for v in found if v not in known})
            cells = pd.Categorical(found, categories=[*known, *new], ordered=self.dtype.ordered)
            return pd.Series(pd.Categorical.from_codes(_taken(cells.codes, codes, -1), dtype=cells.dtype))
        if isinstance(self.dtype, np.dtype) and self.dtype.kind == "O":
            return pd.Series(_taken(_objects(found), codes, np.nan), dtype=object)
        if isinstance(self.dtype, np.dtype):  # bool
            if (codes < 0).any():
                raise MethodError(f"Column '{self.name}' ({self.dtype}) cannot hold a missing value.")
            return pd.Series(_taken(_objects(found), codes, None).astype(bool))
        return self._series(pd.array(_taken(_objects(found), codes, None).tolist(), dtype=self.dtype))

    @staticmethod
    def _fits(known: list[Any], found: list[Any]) -> bool:
        return set(found) <= set(known)


class SparseValues(ColumnCodec):
    """A sparse column: its dense values, and a sparse column again in the end."""

    def __init__(self, values: pd.Series, name: Hashable) -> None:
        super().__init__(values, name)
        self._dense = codec_of(values.sparse.to_dense(), name)
        self.is_number = self._dense.is_number

    def encode(self, values: pd.Series) -> pd.Series:
        """What the generator sees of the dense values."""
        return self._dense.encode(values.sparse.to_dense())

    def decode(self, values: pd.Series) -> pd.Series:
        """A sparse column of the same dtype."""
        return self._dense.decode(values).astype(self.dtype)


def codec_of(values: pd.Series, name: Hashable) -> ColumnCodec:
    """The codec of one column. Raises :class:`MethodError` for a dtype that no generator takes."""
    dtype = values.dtype
    types = pd.api.types
    if isinstance(dtype, pd.SparseDtype):
        return SparseValues(values, name)
    if types.is_complex_dtype(dtype):
        raise _refused(name, dtype, "complex numbers have no order", "use two columns of real numbers")
    if isinstance(dtype, pd.CategoricalDtype | pd.IntervalDtype) or types.is_bool_dtype(dtype):
        return Labels(values, name)
    if types.is_numeric_dtype(dtype):
        return Numbers(values, name)
    if isinstance(dtype, pd.PeriodDtype):
        return Periods(values, name)
    if isinstance(dtype, pd.DatetimeTZDtype) or (isinstance(dtype, np.dtype) and dtype.kind in "mM"):
        return Times(values, name)
    if isinstance(dtype, np.dtype) and dtype.kind != "O":
        raise _refused(name, dtype, "this dtype is not known", "convert it to numbers, text or dates")
    if isinstance(dtype, np.dtype) and _is_numbers(values):
        return ObjectNumbers(values, name)
    return Labels(values, name)


def _is_numbers(values: pd.Series) -> bool:
    """Whether the objects are real numbers (no booleans) of more than :data:`OBJECT_CATEGORIES` values."""
    present = [v for v in values if not _is_missing(v)]
    if not all(isinstance(v, Real | Decimal) and not isinstance(v, bool | np.bool_) for v in present):
        return False
    return len(set(present)) > OBJECT_CATEGORIES and all(np.isfinite(float(v)) for v in present)


def _distinct(values: pd.Series) -> tuple[np.ndarray, list[Any]]:
    """The position of each cell's value among the different ones (-1: missing), and these as they occur.

    Values of different types are different (1, 1.0, True). Raises ``TypeError`` for cells that have no hash.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes, used = pd.factorize(np.where(values.cat.codes < 0, np.nan, values.cat.codes))
        return codes, [values.cat.categories[int(i)] for i in used]
    if values.dtype == object and pd.api.types.infer_dtype(values, skipna=True) == "string":
        codes, present = pd.factorize(values)  # one pass in compiled code
        return codes, list(present)
    positions: dict[tuple[type, Any], int] = {}
    found = [
        -1 if _is_missing(v) else positions.setdefault((type(v), v), len(positions)) for v in values.tolist()
    ]
    return np.array(found, dtype=int), [value for _, value in positions]


def _objects(values: list[Any]) -> np.ndarray:
    """A one-dimensional array of these objects, whatever they are."""
    cells = np.empty(len(values), dtype=object)
    for position, value in enumerate(values):  # an assignment at once would take tuples for rows
        cells[position] = value
    return cells


def _taken(values: np.ndarray, codes: np.ndarray, missing: Any) -> np.ndarray:
    """``values`` at ``codes``, and ``missing`` where a code is -1."""
    if not len(values):
        return np.full(len(codes), missing)
    return np.where(codes < 0, missing, values[codes])


def _is_missing(value: object) -> bool:
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    return isinstance(value, float | np.floating | Decimal) and value != value


def _numpy_dtype(dtype: Any) -> np.dtype:
    """The numpy dtype of a number column, nullable and pyarrow ones included."""
    return np.dtype(getattr(dtype, "numpy_dtype", dtype))


def unique_texts(values: Iterable[Any]) -> list[str]:
    """One text a value: ``str(value)``, and where two share it the later ones with their type behind."""
    texts: list[str] = []
    used: set[str] = set()
    for value in values:
        text = base = value if isinstance(value, str) else str(value)
        if text in used:
            text = base = f"{base} ({type(value).__name__})"
        number = 2
        while text in used:
            text, number = f"{base} {number}", number + 1
        used.add(text)
        texts.append(text)
    return texts


def _refused(name: Hashable, dtype: Any, reason: str, remedy: str) -> MethodError:
    return MethodError(f"Column '{name}' ({dtype}): {reason}; {remedy}, or leave the column out.")
