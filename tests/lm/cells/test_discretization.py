"""Values and codes: nothing outside the range, decimals stay, missing values stay missing values."""

import numpy as np
import pandas as pd
import pytest

from imbench.errors import MethodError
from imbench.lm.cells.discretization import ABSENT, MOST_STEPS, Bins, CellCodes
from imbench.lm.text.columns import Column, describe_columns


def frame(rows=500, seed=0):
    rng = np.random.default_rng(seed)
    found = pd.DataFrame({
        "age": rng.integers(18, 80, rows).astype(float),
        "income": rng.gamma(2, 1000, rows).round(2),
        "gain": np.where(rng.random(rows) < 0.7, 0.0, rng.integers(100, 99_999, rows)),
        "loss": -rng.gamma(2, 10, rows).round(1),
        "job": pd.Categorical(rng.choice(["a, b", "x is y", "plain"], rows)),
    })  # fmt: skip
    found.loc[::7, "income"] = np.nan
    found.loc[::5, "job"] = np.nan
    return found


def codes_of(found, most=50):
    return CellCodes.of(describe_columns(found), [found], most)


def test_few_steps_have_a_code_each_and_come_back_exactly():
    column = Column("x", None, 2, -0.3, 0.5)
    bins = Bins.of(column, np.array([0.1]), 50)
    assert len(bins) == 81 <= MOST_STEPS
    numbers = np.round(np.linspace(-0.3, 0.5, 81), 2)
    np.testing.assert_array_equal(bins.draw(bins.code(numbers), np.full(81, 0.99), 2), numbers)
    assert not np.signbit(bins.draw(bins.code(np.zeros(1)), np.zeros(1), 2)[0])


def test_bins_have_equal_counts_and_common_values_are_bins_of_their_own():
    found = frame(5000)
    codes = codes_of(found)
    income = codes.encode(found)[:, 1][found["income"].notna()]
    counts = np.bincount(income)
    assert 45 <= len(counts) <= 50 and counts.min() > 60 and counts.max() < 120
    gain = codes.encode(found)[:, 2]
    zero = gain[found["gain"] == 0]
    assert len(set(zero)) == 1 and (found["gain"][gain == zero[0]] == 0).all()


@pytest.mark.parametrize("most", [1, 5, 50])
def test_drawn_numbers_are_of_their_bin_and_of_the_column(most):
    found = frame()
    codes = codes_of(found, most)
    rng = np.random.default_rng(0)
    for j, column in enumerate(codes.columns[:4]):
        drawn = rng.integers(len(codes.bins[j]), size=5000)
        values = codes.decode_column(j, drawn, rng.random(5000))
        np.testing.assert_array_equal(codes.encode_column(j, pd.Series(values)), drawn)
        assert values.min() >= found[column.name].min() and values.max() <= found[column.name].max()
        np.testing.assert_array_equal(values, values.round(column.decimals))


def test_a_column_of_many_orders_of_magnitude():
    numbers = np.random.default_rng(0).normal(size=300) * 10.0 ** np.random.default_rng(1).integers(
        -20, 5, 300
    )
    (column,) = describe_columns(pd.DataFrame({"x": numbers}))
    bins = Bins.of(column, numbers, 50)
    values = bins.draw(np.arange(3000) % len(bins), np.random.default_rng(2).random(3000), column.decimals)
    assert values.min() >= numbers.min() and values.max() <= numbers.max()
    np.testing.assert_array_equal(bins.code(values), np.arange(3000) % len(bins))


def test_a_number_far_outside_falls_into_the_outer_bins():
    codes = codes_of(frame())
    found = codes.encode_column(1, pd.Series([-1e9, 1e9]))
    assert found.tolist() == [0, len(codes.bins[1]) - 1]


def test_missing_values_are_codes_and_columns_that_are_not_there_are_absent():
    found = frame()
    codes = codes_of(found)
    encoded = codes.encode(found[["income", "job"]])
    assert (encoded[:, [0, 2, 3]] == ABSENT).all()
    for j, name in ((1, "income"), (4, "job")):
        gone = encoded[:, j] == codes.missing(j)
        np.testing.assert_array_equal(gone, found[name].isna())
        back = pd.Series(codes.decode_column(j, encoded[:, j], np.zeros(len(found))))
        np.testing.assert_array_equal(back.isna(), gone)
    assert list(codes.decode_column(4, encoded[1:5, 4], np.zeros(4))) == list(found["job"][1:5])


def test_text_cells():
    codes = codes_of(frame())
    found, values = codes.encode_text(1, np.array(["0012.50", None, "12.5"], dtype=object))
    assert found[0] == found[2] and found[1] == codes.missing(1)
    np.testing.assert_array_equal(values, [12.5, np.nan, 12.5])
    found, values = codes.encode_text(4, np.array(["plain", None], dtype=object))
    assert found.tolist() == [1, codes.missing(4)] and values[0] == "plain" and np.isnan(values[1])


def test_what_no_training_row_has_is_named():
    codes = codes_of(frame())
    with pytest.raises(MethodError, match=r"'job'.*'other'"):
        codes.encode_column(4, pd.Series(["plain", "other"]))
    with pytest.raises(MethodError, match=r"'age'.*missing"):
        codes.encode_column(0, pd.Series([20.0, np.nan]))


def test_a_corpus_without_a_number_of_the_column_knows_its_range():
    bins = Bins.of(Column("x", None, 1, 0, 1000, has_missing=True), np.array([np.nan, np.nan]), 50)
    values = bins.draw(np.zeros(100, dtype=int), np.linspace(0, 0.999, 100), 1)
    assert values.min() == 0 and 900 < values.max() <= 1000
