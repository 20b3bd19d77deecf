"""Every dtype survives the way to a generator and back."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from imbench.errors import MethodError
from imbench.samplers.interpolation import InterpolateMarginal
from imbench.samplers.values import FrameCodec
from tests.samplers.every_dtype import COMPLETE, MISSING, N

COLUMNS = {
    **COMPLETE,
    **{f"{kind}, with missing values": make for kind, make in MISSING.items()},
    "missing only": lambda: pd.Series([np.nan] * N),
    "missing only object": lambda: pd.Series([np.nan] * N, dtype=object),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_column_comes_back_as_it_was(kind):
    frame = pd.DataFrame({"x": COLUMNS[kind](), "other": np.arange(float(N))})
    codec = FrameCodec(frame)
    encoded = codec.encode(frame)
    assert encoded["x"].dtype == "float64" or isinstance(encoded["x"].dtype, pd.CategoricalDtype)
    assert encoded["x"].isna().tolist() == frame["x"].isna().tolist()
    assert_frame_equal(codec.decode(encoded), frame)


@pytest.mark.parametrize("kind", COMPLETE)
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
