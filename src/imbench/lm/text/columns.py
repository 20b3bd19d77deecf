"""The columns of a dataset for a language model, and cells as text.

A cell is the text of a number in fixed-point notation, a category, or :data:`MISSING` (None). The label of
a row is a column like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from imbench.errors import MethodError

MISSING = None
Cell = str | None

#: The most significant digits of a number (of the column's largest value).
SIGNIFICANT = 7
#: The most characters of a number.
MOST_CHARACTERS = 32


@dataclass(frozen=True)
class Column:
    """One column: ``categories`` is None for numbers, which lie in [``low``, ``high``].

    ``decimals`` is the number of decimal places in the column (0: whole numbers); ``has_missing`` is
    whether cells can be missing.
    """

    name: str
    categories: tuple[str, ...] | None = None
    decimals: int = 0
    low: float = 0.0
    high: float = 0.0
    has_missing: bool = False

    @property
    def is_number(self) -> bool:
        """Whether the cells are numbers."""
        return self.categories is None

    def bounds(self, margin: float = 0.0) -> tuple[int, int]:
        """Smallest and largest number allowed, in units of the last decimal place.

        ``margin`` widens the observed range by that share of its width on both sides.
        """
        scale = 10**self.decimals
        wide = margin * (self.high - self.low)
        # Rounded, so that binary fractions do not exclude the ends, which were observed.
        low, high = round((self.low - wide) * scale), round((self.high + wide) * scale)
        return int(low), int(high)

    @property
    def signed(self) -> bool:
        """Whether negative numbers occur."""
        return self.low < 0

    @property
    def integer_digits(self) -> int:
        """Digits before the point of the column's largest number."""
        return len(str(int(max(abs(self.low), abs(self.high)))))


def describe_columns(frame: pd.DataFrame) -> tuple[Column, ...]:
    """The columns of ``frame``: numeric dtypes are numbers, all others (booleans too) categories.

    Only categories that occur are listed. Raises :class:`MethodError` for numbers that cannot be written.
    """
    described = []
    for name in frame.columns:
        values = frame[name]
        if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
            described.append(_number_column(str(name), values))
        else:
            texts = set(factorize(values)[1])
            described.append(
                Column(str(name), tuple(sorted(texts - {MISSING})), has_missing=MISSING in texts)
            )
    return tuple(described)


def factorize(values: pd.Series) -> tuple[np.ndarray, list[Cell]]:
    """Codes (rows) and the distinct texts of a column of categories, in the order of appearance.

    pandas compares text up to a NUL character only, so text is compared here.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes, distinct = pd.factorize(values, use_na_sentinel=False)
        return codes, [MISSING if is_missing(v) else str(v) for v in distinct]
    codes_of: dict[Cell, int] = {}
    texts = (MISSING if missing else str(v) for v, missing in zip(values, values.isna(), strict=True))
    codes = np.fromiter((codes_of.setdefault(text, len(codes_of)) for text in texts), dtype=np.int64)
    return codes, list(codes_of)


def _number_column(name: str, values: pd.Series) -> Column:
    numbers = values.to_numpy(dtype="float64")
    present = numbers[~np.isnan(numbers)]
    if not len(present):
        return Column(name, categories=(), has_missing=True)  # a category column without categories
    if not np.isfinite(present).all():
        raise MethodError(f"Column '{name}' holds an infinite number; a language model cannot write it.")
    largest = float(np.abs(present).max())
    decimals = _decimals(present, largest)
    low, high = round(float(present.min()), decimals), round(float(present.max()), decimals)
    column = Column(name, None, decimals, low, high, bool(np.isnan(numbers).any()))
    if column.integer_digits + decimals + 2 > MOST_CHARACTERS:
        raise MethodError(
            f"Column '{name}' needs {column.integer_digits + decimals} digits a number "
            f"(largest magnitude {largest:g}). Rescale it so that {MOST_CHARACTERS - 2} suffice."
        )
    return column


def _decimals(present: np.ndarray, largest: float) -> int:
    leading = int(np.floor(np.log10(largest))) if largest > 0 else 0
    most = max(0, SIGNIFICANT - 1 - leading)
    smallest = float(np.abs(present[present != 0]).min()) if (present != 0).any() else 1.0
    if round(smallest, most) == 0:  # the column spans many orders of magnitude: nothing may become 0
        room = MOST_CHARACTERS - 3 - max(0, leading)
        most = max(most, min(room, int(np.ceil(-np.log10(smallest))) + 2))
    for places in range(most):
        if (np.round(present, places) == present).all():
            return places
    return most


def write_number(value: float, column: Column, padded: bool = False) -> str:
    """The number in fixed-point notation, rounded to the column's decimals.

    ``padded`` gives every number of a column the same length: zeros in front and behind, and a
    sign where the column has negative numbers. Otherwise trailing zeros are left out.
    """
    text = f"{abs(value):.{column.decimals}f}"
    negative = value < 0 and float(text) != 0
    if padded:
        width = column.integer_digits + (column.decimals + 1 if column.decimals else 0)
        sign = ("-" if negative else "+") if column.signed else ""
        return sign + text.zfill(width)
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "-" + text if negative else text


def write_cells(values: Sequence[object], column: Column, padded: bool = False) -> list[Cell]:
    """The text of each value of one column; missing values become :data:`MISSING`."""
    if not column.is_number:
        return [MISSING if is_missing(v) else str(v) for v in values]
    return [MISSING if is_missing(v) else write_number(float(v), column, padded) for v in values]  # type: ignore[arg-type]


def is_missing(value: object) -> bool:
    """Whether a value is None, NaN or ``pd.NA``."""
    return value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NA


def read_cells(texts: Sequence[Cell], column: Column) -> pd.Series:
    """The inverse of :func:`write_cells`: float64 numbers, or objects; missing values are NaN."""
    if column.is_number:
        return pd.Series(
            [np.nan if t is None else float(t) for t in texts], dtype="float64", name=column.name
        )
    return pd.Series([np.nan if t is None else t for t in texts], dtype=object, name=column.name)
