"""Imputation on training rows, and the share of missing cells in synthetic rows."""

import numpy as np
import pandas as pd
import pytest

from imbench.errors import MethodError
from imbench.samplers.interpolation import _between, interpolate_neighbours, interpolate_pairs
from imbench.samplers.missing import Imputer, blank_like, columns_with_missing, refuse_missing


def frame(rows=400, seed=0):
    rng = np.random.default_rng(seed)
    columns = {
        "size": rng.normal(size=rows),
        "kind": pd.Categorical(rng.choice(list("aab"), rows)),
        "whole": rng.normal(size=rows),
    }
    found = pd.DataFrame(columns)
    gone = rng.random(rows) < 0.3
    found.loc[gone, "size"] = np.nan
    found.loc[gone & (rng.random(rows) < 0.5), "kind"] = None
    return found


def test_filled_rows_hold_medians_and_modes():
    rows = frame()
    filled = Imputer(rows).fill(rows)
    assert not filled.isna().any().any()
    assert (filled["size"][rows["size"].isna()] == rows["size"].median()).all()
    assert (filled["kind"][rows["kind"].isna()] == "a").all()
    pd.testing.assert_frame_equal(filled[rows.notna().all(axis=1)], rows[rows.notna().all(axis=1)])


def test_a_column_without_values_gets_a_constant():
    rows = frame().assign(size=np.nan, kind=pd.Categorical([None] * 400))
    filled = Imputer(rows).fill(rows)
    assert filled["size"].nunique() == filled["kind"].nunique() == 1 and not filled.isna().any().any()


def test_a_column_of_whole_numbers_gets_a_whole_number():
    rows = pd.DataFrame({"age": [30.0, np.nan, 31.0], "size": [30.5, np.nan, 31.0]})
    assert Imputer(rows).fill(rows).loc[1].tolist() == [30.0, 30.75]


def test_synthetic_rows_miss_as_much_as_the_minority():
    minority = frame()
    synthetic = Imputer(minority).fill(frame(20_000, 1))
    blanked = blank_like(synthetic, minority, np.random.RandomState(0))
    for column in minority:
        share = minority[column].isna().mean()
        error = 5 * np.sqrt(share * (1 - share) / len(synthetic)) + 1e-12
        assert abs(blanked[column].isna().mean() - share) <= error, column
    assert blanked.dtypes.equals(synthetic.dtypes)
    assert not (blanked["kind"].isna() & blanked["size"].notna()).any(), (
        "cells missing together stay together"
    )


def test_nothing_is_drawn_without_missing_values():
    whole = frame().dropna()
    rng = np.random.RandomState(0)
    assert blank_like(whole, whole, rng) is whole and rng.randint(10**9) == np.random.RandomState(0).randint(
        10**9
    )


def test_the_refusal_names_columns_and_ways_out():
    with pytest.raises(MethodError, match=r"SMOTE .*size, kind.*method\.missing=impute.*duplicate"):
        refuse_missing(columns_with_missing(frame()), "SMOTE")


def test_interpolation_does_not_multiply_missing_values():
    rng = np.random.RandomState(0)
    rows = pd.DataFrame(rng.normal(size=(2000, 2)), columns=["a", "b"])
    rows.loc[rng.uniform(size=2000) < 0.3, "a"] = np.nan
    share = rows["a"].isna().mean()
    for generated in (
        interpolate_pairs(rows, 20_000, rng),
        interpolate_neighbours(rows.iloc[:300], 5000, rng),
    ):
        assert generated["a"].isna().mean() < share and generated["b"].notna().all()


def test_of_a_pair_with_one_missing_value_the_other_is_taken():
    first, second = np.array([[0.0, np.nan], [1.0, 5.0]]), np.array([[1.0, 5.0], [0.0, np.nan]])
    pairs = _between(first, second, np.full((2, 1), 0.5))
    np.testing.assert_array_equal(pairs, [[0.5, 5.0], [0.5, 5.0]])
