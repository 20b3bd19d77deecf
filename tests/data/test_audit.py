"""Warnings about identifiers, counters, constants, labels, leaks and repeated rows."""

import numpy as np
import pandas as pd
import pytest

from imbench.data.audit import (
    column_warnings,
    leak_warnings,
    leaking_columns,
    repeated_test_rows,
    unify_labels,
)
from imbench.data.column_reading import read_column
from imbench.data.split import split_dataset
from imbench.errors import DataError
from tests.helpers import mixed_dataset

N = 60


def reading(values, name="x"):
    return read_column(pd.Series([str(v) for v in values], name=name, dtype=object))


@pytest.mark.parametrize(
    ("name", "values", "text"),
    (
        ("customer", [f"C{i}" for i in range(N)], "value of its own in every row"),
        ("customer", list(range(1000, 1000 + N)), "value of its own in every row"),
        ("", list(range(N)), "counts the rows"),
        ("Unnamed: 0", list(range(1, N + 1)), "counts the rows"),
        ("same", ["a"] * N, "one value only"),
    ),
)
def test_columns_to_leave_out(name, values, text):
    (warning,) = column_warnings([reading(values, name)], N)
    assert text in warning


def test_ordinary_columns_need_no_warning():
    rng = np.random.default_rng(0)
    columns = [
        reading(rng.normal(size=N)),
        reading(rng.integers(0, 9, N)),
        reading(rng.choice(list("ab"), N)),
    ]
    assert column_warnings(columns, N) == []


@pytest.mark.parametrize("forms", (["yes", "yes "], ["Yes", "yes"], ["1", "1.0"], ["a  b", "a b"]))
def test_labels_that_differ_in_form_only(forms):
    labels = pd.Series([*forms, "no", forms[0]], name="y")
    with pytest.raises(DataError, match=r"Target 'y'.*dataset\.labels=strip"):
        unify_labels(labels)
    assert set(unify_labels(labels, strip=True)) == {forms[0], "no"}


def test_other_labels_stay():
    labels = pd.Series(["yes", "no", "1", "10"])
    assert unify_labels(labels) is labels


def test_columns_that_tell_the_label_alone():
    rng = np.random.default_rng(0)
    labels = (rng.random(400) < 0.2).astype(int)
    features = pd.DataFrame(
        {
            "fine": rng.normal(size=400) + labels,
            "leak": labels * 10.0 + rng.random(400),
            "word leak": np.where(labels == 1, "churned", "active"),
            "word": rng.choice(list("abc"), 400),
            "own": [f"id{i}" for i in range(400)],
        }
    )
    found = leaking_columns(features, labels, ["fine", "leak"], 1)
    assert set(found) == {"leak", "word leak"}
    assert all("predicts the label alone" in w for w in leak_warnings(found))


def test_too_few_rows_tell_nothing():
    assert leaking_columns(pd.DataFrame({"x": [0.0, 1.0] * 5}), np.array([0, 1] * 5), ["x"], 1) == {}


def test_repeated_rows_are_counted():
    dataset = mixed_dataset()
    assert repeated_test_rows(split_dataset(dataset, 0, 1.0)) == 0
    from dataclasses import replace

    twice = replace(
        dataset,
        features=pd.concat([dataset.features] * 3, ignore_index=True),
        labels=pd.concat([dataset.labels] * 3, ignore_index=True),
    )
    split = split_dataset(twice, 0, 1.0)
    assert repeated_test_rows(split) > 0.8 * len(split.test)


def test_of_a_kind_with_many_columns_one_sentence_names_the_others():
    constant = [reading(["a"] * N, f"c{i}") for i in range(2000)]
    (warning,) = column_warnings([*constant, reading(list("ab") * (N // 2), "fine")], N)
    assert "'c0' has one value only" in warning and "1,999 other columns: 'c1', 'c2'" in warning
    assert len(warning) < 300
    assert len(column_warnings(constant[:3], N)) == 3
    assert len(leak_warnings({f"l{i}": 1.0 for i in range(50)})) == 1
