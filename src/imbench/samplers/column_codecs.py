"""The two directions of each kind of column, for :class:`imbench.samplers.values.FrameCodec`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from imbench.errors import MethodError

#: A column of Python objects that are all numbers is categorical up to so many different values.
OBJECT_CATEGORIES = 20
_DAY = 86_400
#: Counts a second of the units that dates and durations have.
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
#: Every whole number up to this one is a float.
EXACT = 2**53

Convert = Callable[[pd.Series], pd.Series]


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
                f"Column '{self.name}' ({self.dtype}) cannot hold a generated value: {error}. Convert it to "
                "text, leave it out, or choose a method that draws its values from it (duplicate, "
                "interpolate_marginal)."
            ) from error


class Numbers(ColumnCodec):
    """Numbers as they are. Columns of whole numbers by dtype come back rounded, within the dtype's range.

    Whole numbers that a float cannot hold are counted from the smallest one.
    """

    def __init__(self, values: pd.Series, name: Hashable) -> None:
        super().__init__(values, name)
        self._origin = 0
        if pd.api.types.is_integer_dtype(self.dtype):
            present = values.dropna()
            if len(present) and max(abs(int(present.min())), abs(int(present.max()))) > EXACT:
                self._origin = int(present.min())
        elif np.isinf(values.to_numpy(dtype="float64", na_value=np.nan)).any():
            raise _refused(name, self.dtype, "it holds infinite values", "replace them by numbers or NaN")

    @property
    def is_beyond_floats(self) -> bool:
        """Whether the numbers are counted from the smallest one."""
        return self._origin != 0

    def encode(self, values: pd.Series) -> pd.Series:
        """The numbers as float64."""
        if self._origin:
            counts = [np.nan if _is_missing(v) else float(int(v) - self._origin) for v in values]
            return pd.Series(counts, dtype="float64")
        return pd.Series(values.to_numpy(dtype="float64", na_value=np.nan))

    def decode(self, values: pd.Series) -> pd.Series:
        """Numbers of the column's dtype."""
        numbers = values.to_numpy(dtype="float64", na_value=np.nan)
        if pd.api.types.is_integer_dtype(self.dtype):
            return self._whole(numbers)
        limits = np.finfo(_numpy_dtype(self.dtype)) if _is_float(self.dtype) else None
        if limits is not None and limits.bits < 64:  # a number beyond the range would become infinite
            numbers = np.clip(numbers, float(limits.min), float(limits.max))
        if isinstance(self.dtype, np.dtype):
            return pd.Series(numbers.astype(self.dtype))
        return self._series(
            pd.array(np.where(np.isnan(numbers), None, numbers.astype(object)), dtype=self.dtype)
        )

    def _whole(self, numbers: np.ndarray) -> pd.Series:
        missing = np.isnan(numbers)
        limits = np.iinfo(_numpy_dtype(self.dtype))
        # As Python integers: a float cannot hold the ends of a 64-bit range.
        whole = [None if m else min(max(int(v) + self._origin, limits.min), limits.max)
                 for v, m in zip(np.rint(numbers), missing, strict=True)]  # fmt: skip
        if isinstance(self.dtype, np.dtype):
            if missing.any():
                raise no_missing(self.name, self.dtype)
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
        self._unit = getattr(self.dtype, "unit", None) or np.datetime_data(self.dtype)[0]
        self._per_second = _PER_SECOND[self._unit]
        counts, missing = self._counts(values)
        self._origin = int(counts[~missing].min()) if not missing.all() else 0
        present = counts[~missing] / self._per_second
        self._step = _DAY if len(present) and (present % _DAY == 0).all() else 1
        self._whole = bool((present % 1 == 0).all())

    def _counts(self, values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
        """Integers in the dtype's unit, and which of them are missing."""
        if self._zone is not None:  # the wall clock: days stay days across a change of the clock
            values = values.dt.tz_localize(None)
        stamps = values.to_numpy(dtype=self._stamp)
        return stamps.view("int64"), np.isnat(stamps)

    @property
    def _stamp(self) -> str:
        return f"{'datetime64' if self._is_date else 'timedelta64'}[{self._unit}]"

    @property
    def _is_date(self) -> bool:
        return pd.api.types.is_datetime64_any_dtype(self.dtype)

    def encode(self, values: pd.Series) -> pd.Series:
        """Days or seconds since the earliest value."""
        counts, missing = self._counts(values)
        # The difference of integers keeps nanoseconds, which a float of seconds since 1970 would lose.
        return pd.Series(np.where(missing, np.nan, (counts - self._origin) / self._per_second / self._step))

    def decode(self, values: pd.Series) -> pd.Series:
        """Dates or durations of the column's dtype and zone."""
        counts = values.to_numpy(dtype="float64")
        counts = (np.rint(counts) if self._whole else counts) * self._step
        missing = np.isnan(counts)
        stamps = np.rint(np.where(missing, 0.0, counts) * self._per_second).astype("int64") + self._origin
        stamps = stamps.view(self._stamp)
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
        if not self._holds_text and (other := {t for t in texts if t not in self._value}):
            raise MethodError(
                f"Column '{self.name}' ({self.dtype}) cannot hold the generated value '{min(other)}'. "
                "Convert the column to text, or choose a method without raw codes (categories='decoded')."
            )
        if isinstance(self.dtype, pd.CategoricalDtype):
            known = list(self.dtype.categories)
            new = [] if self._fits(known, found) else sorted({v for v in found if v not in known})
            cells = pd.Categorical(found, categories=[*known, *new], ordered=self.dtype.ordered)
            return pd.Series(pd.Categorical.from_codes(_taken(cells.codes, codes, -1), dtype=cells.dtype))
        if isinstance(self.dtype, np.dtype) and self.dtype.kind == "O":
            return pd.Series(_taken(_object_array(found), codes, np.nan), dtype=object)
        if isinstance(self.dtype, np.dtype):  # bool
            if (codes < 0).any():
                raise no_missing(self.name, self.dtype)
            return pd.Series(_taken(_object_array(found), codes, None).astype(bool))
        return self._series(_taken(_object_array(found), codes, None).tolist())

    @property
    def _holds_text(self) -> bool:
        is_object = isinstance(self.dtype, np.dtype) and self.dtype.kind == "O"
        return is_object or isinstance(self.dtype, pd.CategoricalDtype | pd.StringDtype)

    @staticmethod
    def _fits(known: list[Any], found: list[Any]) -> bool:
        return set(found) <= set(known)


class Converted(ColumnCodec):
    """A column that another codec knows in another dtype: sparse ones, pyarrow's dates, dates as objects.

    ``convert`` makes a column of the other dtype, ``restore`` one of this dtype from what the codec decodes.
    """

    def __init__(
        self, values: pd.Series, name: Hashable, convert: Convert, restore: Convert | None = None
    ) -> None:
        super().__init__(values, name)
        self._convert, self._restore = convert, restore
        self._codec = codec_of(convert(values), name)
        self.is_number = self._codec.is_number

    def encode(self, values: pd.Series) -> pd.Series:
        """What the generator sees of the converted values."""
        return self._codec.encode(self._convert(values))

    def decode(self, values: pd.Series) -> pd.Series:
        """A column of the column's own dtype."""
        decoded = self._codec.decode(values)
        return decoded.astype(self.dtype) if self._restore is None else self._restore(decoded)


def codec_of(values: pd.Series, name: Hashable) -> ColumnCodec:
    """The codec of one column. Raises :class:`MethodError` for a dtype that no generator takes."""
    dtype = values.dtype
    types = pd.api.types
    if isinstance(dtype, pd.SparseDtype):
        return Converted(values, name, lambda v: v.sparse.to_dense())
    if isinstance(dtype, pd.ArrowDtype) and (other := _dtype_of_times(dtype)) is not None:
        return Converted(values, name, lambda v: v.astype(other))
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
    if types.infer_dtype(values, skipna=True) == "string":  # one pass in compiled code
        return Labels(values, name)
    if isinstance(dtype, np.dtype) and _is_numbers(values):
        return ObjectNumbers(values, name)
    if isinstance(dtype, np.dtype) and (kind := _kind_of_times(values)) is not None:
        stamp = "timedelta64[us]" if kind is timedelta else "datetime64[us]"
        return Converted(values, name, lambda v: _stamps(v, stamp), lambda v: _objects(v, kind))
    return Labels(values, name)


def _dtype_of_times(dtype: pd.ArrowDtype) -> Any:
    """The pandas dtype of pyarrow's dates, times and durations; None for other dtypes."""
    import pyarrow.types

    arrow = dtype.pyarrow_dtype
    if pyarrow.types.is_date(arrow):
        return np.dtype("datetime64[s]")
    if pyarrow.types.is_timestamp(arrow):
        return pd.DatetimeTZDtype(arrow.unit, arrow.tz) if arrow.tz else np.dtype(f"datetime64[{arrow.unit}]")
    return np.dtype(f"timedelta64[{arrow.unit}]") if pyarrow.types.is_duration(arrow) else None


def _kind_of_times(values: pd.Series) -> type | None:
    """Python's type of dates without a zone or durations, where all objects have the same one."""
    kinds = {type(v) for v in values if not _is_missing(v)}
    kind = next(iter(kinds)) if len(kinds) == 1 else None
    if kind not in (date, datetime, timedelta):
        return None
    zones = {getattr(v, "tzinfo", None) for v in values if not _is_missing(v)}
    return kind if zones == {None} else None


def _stamps(values: pd.Series, dtype: str) -> pd.Series:
    missing = np.array("NaT", dtype=dtype)[()]
    return pd.Series(np.array([missing if _is_missing(v) else v for v in values], dtype=dtype))


def _objects(values: pd.Series, kind: type) -> pd.Series:
    """Dates or durations as Python's objects, missing ones as NaN."""
    found = values.to_numpy().astype(object)  # of microseconds: datetime and timedelta objects
    days = kind is date
    return pd.Series([np.nan if v is None else v.date() if days else v for v in found], dtype=object)


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


def _object_array(values: list[Any]) -> np.ndarray:
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


def _is_float(dtype: Any) -> bool:
    return pd.api.types.is_float_dtype(dtype)


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


def no_missing(name: Hashable, dtype: Any) -> MethodError:
    """The error of a generated missing value in a column whose dtype has none."""
    return MethodError(
        f"Column '{name}' ({dtype}) cannot hold a missing value, and one was generated. Convert the column "
        "to a "
        "dtype that can (Int64, boolean, float64), or choose another method (duplicate, "
        "interpolate_marginal)."
    )
