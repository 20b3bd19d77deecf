"""A column of every numpy, pandas and pyarrow dtype, complete and with missing values."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

N = 60
WHOLE = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
NULLABLE = tuple(name.replace("int", "Int").replace("uI", "UI") for name in WHOLE)


def _repeat(values: list[Any]) -> list[Any]:
    return [values[i % len(values)] for i in range(N)]


def _dates(freq: str, start: str = "2020-01-01", **words: Any) -> pd.Series:
    return pd.Series(pd.date_range(start, periods=N, freq=freq, **words))


def _category(values: list[Any], *words: Any, **options: Any) -> pd.Series:
    return pd.Series(pd.Categorical(_repeat(values), *words, **options))


#: Columns without a missing value, by a description of their kind.
COMPLETE = {
    "bool": lambda: pd.Series(_repeat([True, False, False])),
    "boolean": lambda: pd.Series(_repeat([True, False, False]), dtype="boolean"),
    **{dtype: (lambda d=dtype: pd.Series(np.arange(N) % 50, dtype=d)) for dtype in (*WHOLE, *NULLABLE)},
    "int64 wide": lambda: pd.Series([2**40 + 7 * i for i in range(N)]),
    "int64 beyond floats": lambda: pd.Series([2**53 + 1 + 2 * i for i in range(N)]),
    "uint64 largest": lambda: pd.Series([2**64 - 1 - i for i in range(N)], dtype="uint64"),
    "Int64 beyond floats": lambda: pd.Series([2**62 + 2 * i + 1 for i in range(N)], dtype="Int64"),
    "float16": lambda: pd.Series(np.linspace(-2, 2, N), dtype="float16"),
    "float32": lambda: pd.Series(np.linspace(-2, 2, N), dtype="float32"),
    "float64": lambda: pd.Series(np.linspace(-2, 2, N)),
    "float64 whole": lambda: pd.Series(np.arange(N) % 7, dtype="float64"),
    "float64 many magnitudes": lambda: pd.Series(10.0 ** (np.arange(N) % 13 - 6)),
    "Float32": lambda: pd.Series(_repeat([0.5, 1.5, 2.25]), dtype="Float32"),
    "Float64": lambda: pd.Series(_repeat([0.5, 1.5, 2.25]), dtype="Float64"),
    "string": lambda: pd.Series(_repeat(["a", "", "nan", " a", "2"]), dtype="string"),
    "object text": lambda: pd.Series(_repeat(["a", "b", "None", ""]), dtype=object),
    "object numbers few": lambda: pd.Series(_repeat([1, 2, 3]), dtype=object),
    "object numbers many": lambda: pd.Series(list(range(N)), dtype=object),
    "object numbers of two types": lambda: pd.Series([i if i % 2 else i / 4 for i in range(N)], dtype=object),
    "object decimals": lambda: pd.Series([Decimal(i) / 4 for i in range(N)], dtype=object),
    "object booleans": lambda: pd.Series(_repeat([True, False]), dtype=object),
    "object mixed": lambda: pd.Series(_repeat([2, "2", True, 2.5, "True", b"x", (1, 2)]), dtype=object),
    "object dates": lambda: pd.Series(_repeat([date(2024, 1, 1), date(2024, 2, 1)]), dtype=object),
    "object times": lambda: pd.Series(_repeat([time(1, 2), time(3, 4)]), dtype=object),
    "category text": lambda: _category(["s", "m", "l"], ["xs", "s", "m", "l"]),
    "category ordered": lambda: _category(["s", "m", "l"], ["s", "m", "l"], ordered=True),
    "category integers": lambda: _category([3, 1, 2]),
    "category floats": lambda: _category([0.5, 1.0, 2.0]),
    "category booleans": lambda: _category([True, False]),
    "category mixed": lambda: _category([1, "1", "b"]),
    "category intervals": lambda: pd.Series(pd.cut(np.arange(N), 4)),
    "category dates": lambda: _category([pd.Timestamp("2024-01-01"), pd.Timestamp("2025-01-01")]),
    "interval": lambda: pd.Series(pd.arrays.IntervalArray.from_breaks(np.arange(N + 1) * 0.5)),
    "interval of dates": lambda: pd.Series(
        pd.arrays.IntervalArray.from_breaks(pd.date_range("2020-01-01", periods=N + 1))
    ),
    "dates": lambda: _dates("41D", "1900-01-01"),
    "date times": lambda: _dates("7h"),
    "dates in seconds": lambda: _dates("D").astype("datetime64[s]"),
    "dates in microseconds": lambda: _dates("7h").astype("datetime64[us]"),
    "zone": lambda: _dates("D", "2024-03-01", tz="Europe/Berlin"),
    "UTC times": lambda: _dates("h", "2024-03-01 01:30", tz="UTC"),
    "microseconds": lambda: _dates("1500us"),
    "timedelta": lambda: pd.Series(pd.to_timedelta(np.arange(N) * 3, unit="D")),
    "timedelta seconds": lambda: pd.Series(pd.to_timedelta(np.arange(N) * 90, unit="s")),
    "period": lambda: pd.Series(pd.period_range("2020-01", periods=N, freq="M")),
    "period of days": lambda: pd.Series(pd.period_range("2020-01-01", periods=N, freq="D")),
    "sparse": lambda: pd.Series(pd.arrays.SparseArray(_repeat([0.0, 0.0, 1.5]))),
    "sparse integers": lambda: pd.Series(pd.arrays.SparseArray(_repeat([0, 0, 2]))),
    "sparse booleans": lambda: pd.Series(pd.arrays.SparseArray(_repeat([False, True, False]))),
    "pyarrow integer": lambda: pd.Series(_repeat([1, 2, 3]), dtype="int64[pyarrow]"),
    "pyarrow float": lambda: pd.Series(np.linspace(0, 1, N), dtype="float[pyarrow]"),
    "pyarrow double": lambda: pd.Series(np.linspace(0, 1, N), dtype="double[pyarrow]"),
    "pyarrow bool": lambda: pd.Series(_repeat([True, False]), dtype="bool[pyarrow]"),
    "pyarrow text": lambda: pd.Series(_repeat(["a", "b"]), dtype="string[pyarrow]"),
    "pyarrow large text": lambda: pd.Series(_repeat(["a", "b"]), dtype=_arrow("large_string")),
    "pyarrow dates": lambda: _dates("D").dt.date.astype(_arrow("date32")),
    "pyarrow times": lambda: _dates("7h").astype(_arrow("timestamp", "us")),
    "pyarrow zone": lambda: _dates("D", tz="Europe/Berlin").astype(
        _arrow("timestamp", "ns", "Europe/Berlin")
    ),
    "pyarrow duration": lambda: pd.Series(pd.to_timedelta(np.arange(N), unit="D")).astype(
        _arrow("duration", "ns")
    ),
    "pyarrow decimal": lambda: pd.Series(
        [Decimal(i) / 4 for i in range(N)], dtype=_arrow("decimal128", 10, 2)
    ),
    "pyarrow time of day": lambda: pd.Series(_repeat([time(1, 2), time(3, 4)]), dtype=_arrow("time64", "us")),
}
#: Kinds that cannot hold a missing value.
WITHOUT_MISSING = {"bool", *WHOLE, "int64 wide", "int64 beyond floats", "uint64 largest",
                   "sparse integers", "sparse booleans"}  # fmt: skip
#: Columns that no generator takes, with what the refusal says.
REFUSED = {
    "complex": (lambda: pd.Series(np.arange(N) * 1j), "complex128.*two columns of real numbers"),
    "lists": (lambda: pd.Series([[i] for i in range(N)]), "object.*split it into columns"),
    "dicts": (lambda: pd.Series([{"a": i} for i in range(N)]), "object.*split it into columns"),
    "pyarrow lists": (lambda: pd.Series([[i] for i in range(N)], dtype=_arrow("list_", _type("int64"))),
                      "list.*split it into columns"),
    "infinite": (lambda: pd.Series([np.inf, *range(N - 1)]), "float64.*infinite values"),
    "infinite Float64": (lambda: pd.Series([np.inf, *range(N - 1)], dtype="Float64"), "Float64.*infinite"),
}  # fmt: skip


def _type(name: str, *words: Any) -> Any:
    import pyarrow

    return getattr(pyarrow, name)(*words)


def _arrow(name: str, *words: Any) -> pd.ArrowDtype:
    return pd.ArrowDtype(_type(name, *words))


def with_missing(kind: str) -> pd.Series:
    """The column with every fifth value missing."""
    values = COMPLETE[kind]()
    if isinstance(values.dtype, pd.SparseDtype):
        dense = values.sparse.to_dense()
        dense.iloc[::5] = np.nan
        return pd.Series(pd.arrays.SparseArray(dense))
    values.iloc[::5] = pd.NA if isinstance(values.dtype, pd.ArrowDtype) else None
    return values


MISSING = {kind: (lambda k=kind: with_missing(k)) for kind in COMPLETE if kind not in WITHOUT_MISSING}


def frame_of(columns: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame({kind: make() for kind, make in columns.items()})
