"""Every method on columns of every dtype: values and dtypes survive, or the column is named."""

import warnings

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from imbench.errors import MethodError
from imbench.samplers.build import build_method
from imbench.samplers.values import FrameCodec
from tests.helpers import METHODS, makes_rows, method_config, read_yaml
from tests.samplers.common_checks import is_installed, own_classes, sampler_of
from tests.samplers.every_dtype import COMPLETE, MISSING, REFUSED, N, frame_of

MINORITY = 22
LABELS = pd.Series([1] * MINORITY + [0] * (N - MINORITY), name="label")
SETTINGS = {name: read_yaml("method", name) for name in METHODS}
#: Methods that make rows (those that differ in the number of rows alone left out), and those of them whose
#: codes between two categories stay what they are.
MAKES_ROWS = [m for m in METHODS if makes_rows(m) and "fill_to" not in SETTINGS[m]]
RAW = [m for m in MAKES_ROWS if SETTINGS[m].get("categories") == "raw"]
#: Generators that may leave the range of the training values; they stay in the range of the dtype.
LEAVES_RANGE = [m for m in MAKES_ROWS if SETTINGS[m].get("model") in ("CTGAN", "TVAE")]
QUICK = [
    m
    for m in MAKES_ROWS
    if m not in RAW and SETTINGS[m]["_target_"].startswith(("imbench.W", "imbench.I", "imbl"))
]
#: Draws from Gaussians, which need columns of like magnitude; the dtypes' own extreme values are not.
GAUSSIAN = [m for m in MAKES_ROWS if "MGSGRF" in SETTINGS[m]["_target_"]]


def resampled(name, frame, **words):
    sampler = build_method(method_config(name) | words, 0).sampler
    if not is_installed(sampler):
        pytest.skip(f"{name} needs {sampler.needs_module}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows, labels = sampler.fit_resample(frame.copy(), LABELS)
    assert labels.dtype == LABELS.dtype and labels.name == "label" and rows.index.equals(labels.index)
    return rows


def check_rows(name, frame, rows):
    """Training rows as they were; synthetic cells that their columns can hold, of the columns' dtypes."""
    assert_frame_equal(rows.iloc[:N], frame)
    synthetic, codec = rows.iloc[N:], FrameCodec(frame)
    for column, is_number in zip(frame, codec.continuous, strict=True):
        found, known = synthetic[column], frame[column].dropna()
        assert found.dtype == frame[column].dtype, column
        if not frame[column].isna().any():
            assert found.notna().all(), column
        found = found.dropna()
        if not is_number:
            values = {(type(v), v) for v in known.tolist()}
            assert {(type(v), v) for v in found.tolist()} <= values, column
            continue
        if name not in LEAVES_RANGE and len(found):
            assert found.min() >= known.min() and found.max() <= known.max(), column
        if column.startswith("object"):
            assert {type(v) for v in found} <= {type(v) for v in known}, column
        if column == "float64 many magnitudes":
            assert (found != 0).all(), "decimals follow the values"
        if column == "float64 whole" and SETTINGS[name].get("whole_numbers", True):
            assert (found % 1 == 0).all()
    return synthetic


@pytest.mark.parametrize("name", [m for m in MAKES_ROWS if m not in {*RAW, *GAUSSIAN}])
def test_complete_columns(name):
    frame = frame_of(COMPLETE)
    rows = resampled(name, frame)
    check_rows(name, frame, rows)
    if SETTINGS[name].get("verification", "none") == "none" and "borderline" not in name:
        assert len(rows) == pytest.approx(2 * (N - MINORITY), abs=2)


@pytest.mark.parametrize("name", [m for m in MAKES_ROWS if m not in {*RAW, *GAUSSIAN}])
def test_columns_with_missing_values(name):
    """Imputed for every method: only columns with missing cells have some in the synthetic rows."""
    frame = frame_of(MISSING | {"missing only": lambda: pd.Series([np.nan] * N)}).assign(
        complete=np.arange(N)
    )
    synthetic = check_rows(name, frame, resampled(name, frame, missing="impute"))
    assert synthetic["missing only"].isna().all()
    try:
        check_rows(name, frame, resampled(name, frame))
    except MethodError as error:
        assert "missing" in str(error) and "Int8" in str(error) and "missing=impute" in str(error)


@pytest.mark.parametrize("name", GAUSSIAN)
def test_columns_of_unlike_magnitude_are_refused_by_name(name):
    with pytest.raises(MethodError, match=r"covariance is singular. Drop or rescale.*int8"):
        resampled(name, frame_of(COMPLETE))


@pytest.mark.parametrize("name", RAW)
def test_fractional_codes_are_for_columns_that_can_hold_text(name):
    frame = frame_of({k: make for k, make in COMPLETE.items() if "bool" not in k})
    text = frame[[c for c in frame if c in ("string", "object text", "category text") or "float" in c]]
    rows = resampled(name, text)
    assert_frame_equal(rows.iloc[:N].astype(str), text.astype(str))
    for kind in ("bool", "boolean", "interval", "pyarrow bool", "sparse booleans"):
        mixed = pd.DataFrame({"size": 100.0 * (7 * np.arange(N) % N), "x": COMPLETE[kind]()})
        with pytest.raises(MethodError, match=r"Column 'x' \(.*\) cannot hold the generated value.*to text"):
            resampled(name, mixed)


@pytest.mark.slow
@pytest.mark.parametrize("kind", COMPLETE)
@pytest.mark.parametrize("name", QUICK)
def test_each_kind_beside_a_number(name, kind):
    frame = pd.DataFrame({"size": np.linspace(0, 1, N), kind: COMPLETE[kind]()})
    check_rows(name, frame, resampled(name, frame))
    if kind in MISSING:
        frame[kind] = MISSING[kind]()
        check_rows(name, frame, resampled(name, frame, missing="impute"))


#: Samplers of another package that a method may name without a wrapper: they repeat, remove or make rows.
OTHERS = ("over_sampling.RandomOverSampler", "over_sampling.SMOTE", "under_sampling.TomekLinks",
          "under_sampling.NearMiss", "combine.SMOTETomek")  # fmt: skip
BEYOND_FLOATS = [kind for kind in COMPLETE if "beyond" in kind or kind == "uint64 largest"]


@pytest.mark.parametrize("target", OTHERS)
@pytest.mark.parametrize("kind", BEYOND_FLOATS)
def test_large_whole_numbers_beside_a_float_survive_in_samplers_of_other_packages(kind, target):
    frame = pd.DataFrame({"size": np.linspace(0, 1, N), "x": COMPLETE[kind]()})
    sampler = build_method({"name": "m", "_target_": f"imblearn.{target}"}, 0).sampler
    rows = sampler.fit_resample(frame.copy(), LABELS)[0]
    assert rows["x"].dtype == frame["x"].dtype
    assert rows["x"].min() >= frame["x"].min() and rows["x"].max() <= frame["x"].max()
    if "over" in target:
        assert_frame_equal(rows.iloc[:N], frame)
    if "SMOTE" not in target:
        assert set(rows["x"]) <= set(frame["x"])


def test_large_whole_numbers_too_far_apart_are_refused_by_samplers_of_other_packages():
    frame = pd.DataFrame({"size": np.linspace(0, 1, N), "id": [1, *range(2**60, 2**60 + N - 1)]})
    sampler = build_method(method_config("duplicate"), 0).sampler
    with pytest.raises(MethodError, match=r"Column 'id' \(int64\).*2\*\*53 apart.*Convert the column"):
        sampler.fit_resample(frame, LABELS)


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("name", own_classes())
def test_what_no_generator_takes_is_refused_by_name_and_dtype(name, kind):
    make, text = REFUSED[kind]
    frame = pd.DataFrame({"fine": np.arange(float(N)), "odd one": make()})
    for call in (sampler_of(name).fit, sampler_of(name).fit_resample):
        with pytest.raises(MethodError, match=f"Column 'odd one' .*{text}.*leave the column out"):
            call(frame, LABELS)


@pytest.mark.parametrize("dtype", ("float16", "float32"))
def test_numbers_stay_in_the_range_of_their_dtype(dtype):
    codec = FrameCodec(pd.DataFrame({"x": np.array([1, 2], dtype=dtype)}))
    decoded = codec.decode(pd.DataFrame({"x": [1e300, -1e300]}))["x"]
    assert decoded.dtype == dtype and np.isfinite(decoded).all()


def test_dates_beyond_nanoseconds_and_objects_of_one_day():
    """The last day of the calendar is a common mark for "no end"."""
    from datetime import date, datetime, timedelta

    frame = pd.DataFrame({
        "end": pd.Series(np.array(["2020-01-01", "9999-12-31", "0001-01-01"] * 20, dtype="datetime64[s]")),
        "day": pd.Series([date(2020, 1, 1), date(9999, 12, 31), None] * 20, dtype=object),
        "time": pd.Series([datetime(2020, 1, 1, 5), datetime(9999, 12, 31), np.nan] * 20, dtype=object),
        "wait": pd.Series([timedelta(days=2), timedelta(seconds=5), None] * 20, dtype=object),
    }).replace({None: np.nan})  # fmt: skip
    codec = FrameCodec(frame)
    assert codec.continuous == [True] * 4
    decoded = codec.decode(codec.encode(frame))
    assert decoded["end"].equals(frame["end"])
    for column in ("day", "time", "wait"):
        assert [type(v) for v in decoded[column]] == [type(v) for v in frame[column]]
        assert decoded[column].dropna().tolist() == frame[column].dropna().tolist()
