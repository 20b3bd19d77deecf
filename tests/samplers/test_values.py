"""Every dtype survives the way to a generator and back."""

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from imbench.errors import MethodError
from imbench.samplers.interpolation import InterpolateMarginal
from imbench.samplers.values import FrameCodec

N = 60


def _repeat(values):
    return [values[i % len(values)] for i in range(N)]


COLUMNS = {
    "bool": lambda: pd.Series(_repeat([True, False, False])),
    "boolean": lambda: pd.Series(_repeat([True, False, None]), dtype="boolean"),
    **{
        dtype: (lambda d=dtype: pd.Series(np.arange(N) % 50, dtype=d))
        for dtype in ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
    },
    "int64 wide": lambda: pd.Series([2**40 + 7 * i for i in range(N)]),
    "Int8": lambda: pd.Series(_repeat([1, None, -128, 127]), dtype="Int8"),
    "Int64": lambda: pd.Series(_repeat([1, None, 2**40]), dtype="Int64"),
    "float16": lambda: pd.Series(np.linspace(-2, 2, N), dtype="float16"),
    "float32": lambda: pd.Series(np.linspace(-2, 2, N), dtype="float32"),
    "float64": lambda: pd.Series(_repeat([1e-6, np.nan, 1e6])),
    "Float64": lambda: pd.Series(_repeat([0.5, None, 2.25]), dtype="Float64"),
    "string": lambda: pd.Series(_repeat(["a", None, "", "nan"]), dtype="string"),
    "object text": lambda: pd.Series(_repeat(["a", np.nan, "b"]), dtype=object),
    "object numbers few": lambda: pd.Series(_repeat([1, 2, 3]), dtype=object),
    "object numbers many": lambda: pd.Series(list(range(N)), dtype=object),
    "object decimals": lambda: pd.Series([Decimal(i) / 4 for i in range(N)], dtype=object),
    "object booleans": lambda: pd.Series(_repeat([True, False]), dtype=object),
    "object mixed": lambda: pd.Series(_repeat([2, "2", True, 2.5, "True", b"x", (1, 2)]), dtype=object),
    "object dates": lambda: pd.Series(_repeat([date(2024, 1, 1), date(2024, 2, 1)]), dtype=object),
    "category text": lambda: pd.Series(pd.Categorical(_repeat(["s", "m", "l"]), ["xs", "s", "m", "l"])),
    "category ordered": lambda: pd.Series(
        pd.Categorical(_repeat(["s", "m", None]), ["s", "m"], ordered=True)
    ),
    "category integers": lambda: pd.Series(pd.Categorical(_repeat([3, 1, 2]))),
    "category booleans": lambda: pd.Series(pd.Categorical(_repeat([True, False]))),
    "category mixed": lambda: pd.Series(pd.Categorical(_repeat([1, "1", None]))),
    "category intervals": lambda: pd.Series(pd.cut(np.arange(N), 4)),
    "category dates": lambda: pd.Series(
        pd.Categorical(pd.to_datetime(_repeat(["2024-01-01", "2025-01-01"])))
    ),
    "interval": lambda: pd.Series(pd.arrays.IntervalArray.from_breaks(np.arange(N + 1) * 0.5)),
    "dates": lambda: pd.Series(pd.date_range("1900-01-01", periods=N, freq="41D")),
    "date times": lambda: pd.Series(pd.date_range("2020-01-01", periods=N, freq="7h")),
    "dates in seconds": lambda: pd.Series(pd.date_range("2020-01-01", periods=N, freq="D")).astype(
        "datetime64[s]"
    ),
    "dates with gaps": lambda: pd.Series(_repeat([pd.Timestamp("2020-01-01"), pd.NaT])),
    "zone": lambda: pd.Series(pd.date_range("2024-03-01", periods=N, freq="D", tz="Europe/Berlin")),
    "UTC times": lambda: pd.Series(pd.date_range("2024-03-01 01:30", periods=N, freq="h", tz="UTC")),
    "microseconds": lambda: pd.Series(pd.date_range("2024-03-01", periods=N, freq="1500us")),
    "timedelta": lambda: pd.Series(pd.to_timedelta(np.arange(N) * 3, unit="D")),
    "timedelta seconds": lambda: pd.Series(pd.to_timedelta(np.arange(N) * 90, unit="s")),
    "period": lambda: pd.Series(pd.period_range("2020-01", periods=N, freq="M")),
    "missing only": lambda: pd.Series([np.nan] * N),
    "missing only object": lambda: pd.Series([None] * N, dtype=object).fillna(np.nan),
    "sparse": lambda: pd.Series(pd.arrays.SparseArray(_repeat([0.0, 0.0, 1.5]))),
    "sparse integers": lambda: pd.Series(pd.arrays.SparseArray(_repeat([0, 0, 2]))),
    "pyarrow integer": lambda: pd.Series(_repeat([1, None, 3]), dtype="int64[pyarrow]"),
    "pyarrow text": lambda: pd.Series(_repeat(["a", None]), dtype="string[pyarrow]"),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_column_comes_back_as_it_was(kind):
    frame = pd.DataFrame({"x": COLUMNS[kind](), "other": np.arange(float(N))})
    codec = FrameCodec(frame)
    encoded = codec.encode(frame)
    assert encoded["x"].dtype == "float64" or isinstance(encoded["x"].dtype, pd.CategoricalDtype)
    assert encoded["x"].isna().tolist() == frame["x"].isna().tolist()
    assert_frame_equal(codec.decode(encoded), frame)


@pytest.mark.parametrize("kind", [k for k in COLUMNS if "missing" not in k and "interval" not in k])
def test_values_between_two_values_fit_the_dtype(kind):
    frame = pd.DataFrame({"x": COLUMNS[kind]()})
    codec = FrameCodec(frame)
    encoded = codec.encode(frame)
    if codec.continuous[0]:
        present = encoded["x"].dropna()
        between = pd.DataFrame({"x": np.linspace(present.min(), present.max(), 17)})
        decoded = codec.decode(between)["x"]
        assert decoded.dtype == frame["x"].dtype and decoded.notna().all()
        low, high = frame["x"].dropna().min(), frame["x"].dropna().max()
        assert (decoded.dropna() >= low).all() and (decoded.dropna() <= high).all()


def test_a_category_lists_only_what_occurs():
    frame = pd.DataFrame({"x": COLUMNS["category text"]()})
    assert list(FrameCodec(frame).encode(frame)["x"].cat.categories) == ["l", "m", "s"]


def test_equal_texts_of_different_values_are_kept_apart():
    frame = pd.DataFrame({"x": pd.Series([2, "2", 2.0, True, 1, "1"] * 3, dtype=object)})
    codec = FrameCodec(frame)
    decoded = codec.decode(codec.encode(frame))["x"]
    assert [(type(a), a) for a in decoded] == [(type(a), a) for a in frame["x"]]


def test_column_names_of_any_kind():
    frame = pd.DataFrame({0: [1.0, 2.0], "0": ["a", "b"], (1, 2): [True, False]})
    codec = FrameCodec(frame)
    assert all(isinstance(n, str) for n in codec.names) and len(set(codec.names)) == 3
    assert_frame_equal(codec.decode(codec.encode(frame)), frame)


@pytest.mark.parametrize(
    ("values", "text"),
    (
        ([1j, 2j, 0j], "'x' .*complex128.*real numbers"),
        ([[1], [2], [3]], "'x' .*object.*split it"),
    ),
)
def test_what_no_generator_takes_is_refused_by_name_and_dtype(values, text):
    with pytest.raises(MethodError, match=text):
        FrameCodec(pd.DataFrame({"x": values}))


def test_a_missing_value_that_the_dtype_cannot_hold_is_refused():
    codec = FrameCodec(pd.DataFrame({"x": [1, 2, 3]}))
    with pytest.raises(MethodError, match=r"'x' \(int64\) cannot hold a missing value"):
        codec.decode(pd.DataFrame({"x": [np.nan]}))


def test_integers_stay_in_the_range_of_their_dtype():
    codec = FrameCodec(pd.DataFrame({"x": pd.Series([120, 127], dtype="int8")}))
    assert codec.decode(pd.DataFrame({"x": [200.0, -200.0]}))["x"].tolist() == [127, -128]


def test_dates_stay_whole_days_and_times_whole_seconds():
    days = FrameCodec(pd.DataFrame({"x": COLUMNS["zone"]()}))
    decoded = days.decode(pd.DataFrame({"x": [30.4, 45.6]}))["x"]
    assert (decoded.dt.normalize() == decoded).all() and str(decoded.dtype) == "datetime64[ns, Europe/Berlin]"
    times = FrameCodec(pd.DataFrame({"x": COLUMNS["date times"]()}))
    assert (times.decode(pd.DataFrame({"x": [3600.4]}))["x"].dt.microsecond == 0).all()


def _present(values):
    return {(type(v), v) for v in values[values.notna()].tolist()}


@pytest.mark.parametrize("kind", COLUMNS)
def test_samplers_return_values_of_the_columns_dtype(kind):
    """InterpolateMarginal as an example: the original rows unchanged, synthetic cells of the same dtype."""
    frame = pd.DataFrame({"size": np.linspace(0, 1, N), "x": COLUMNS[kind]()})
    labels = np.array([1] * 20 + [0] * 40)
    rows, _ = InterpolateMarginal(random_state=0).fit_resample(frame, labels)
    assert_frame_equal(rows.iloc[:N], frame)
    synthetic = rows["x"].iloc[N:]
    assert len(synthetic) == 20 and synthetic.dtype == frame["x"].dtype
    if not FrameCodec(frame).continuous[1]:
        assert _present(synthetic) <= _present(frame["x"].iloc[:20])
