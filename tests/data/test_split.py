"""The split is the published one, and its seed is used for the split only."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imbench.data.split import Part, Split, split_dataset
from imbench.errors import ConfigError, DataError, LeakageError
from imbench.runs import generation
from tests.helpers import compose, independent_split, mixed_dataset


@pytest.mark.parametrize("seed", (0, 1, 2))
@pytest.mark.parametrize("name", ("german", "fuel", "insurance", "car", "sick", "adult"))
def test_equals_an_independent_one(dataset_of, name, seed):
    dataset = dataset_of(name)
    split = split_dataset(dataset, seed, 0.2)
    for part, (features, labels) in independent_split(dataset, seed, 0.2).items():
        ours = getattr(split, part)
        pd.testing.assert_frame_equal(ours.features.astype(features.dtypes), features, check_exact=True)
        np.testing.assert_array_equal(ours.labels, labels)
    assert split.minority == dataset.minority


def test_only_the_rarest_of_several_classes_is_reduced(dataset_of):
    split = split_dataset(dataset_of("car"), 0, 0.2)
    before, after = (p.labels.value_counts() for p in (split.complete, split.train))
    assert after[3] == int(0.2 * before[3])
    assert (after.drop(3) == before.drop(3)).all()


@given(q=st.floats(0.05, 1, exclude_min=True), minority=st.integers(30, 59), seed=st.integers(0, 99))
def test_keeps_a_share_q_of_the_minority(q, minority, seed):
    split = split_dataset(mixed_dataset(120, minority), seed, q)
    whole, kept = ((p.labels == split.minority).sum() for p in (split.complete, split.train))
    assert kept == int(q * whole)
    assert (split.train.labels != split.minority).sum() == (split.complete.labels != split.minority).sum()
    parts = [*split.complete.labels.index, *split.test.labels.index]
    assert sorted(parts) == list(range(120)), "each row in one part"


def test_categories_are_those_of_the_part_alone():
    dataset = mixed_dataset(60, 12)
    dataset.features.loc[0, "colour"] = "ultraviolet"
    split = split_dataset(dataset, 0, 0.5)
    holder, other = (
        (split.test, split.complete) if 0 in split.test.labels.index else (split.complete, split.test)
    )
    assert "ultraviolet" in holder.features["colour"].cat.categories
    assert "ultraviolet" not in other.features["colour"].cat.categories


@pytest.mark.parametrize("ratio", (0, -0.1, 1.0001, 20, float("nan"), "a lot", True, None))
def test_refuses_a_ratio_outside_its_range(ratio):
    with pytest.raises(ConfigError, match=rf"imbalance_ratio={ratio} is not in \(0, 1\]"):
        split_dataset(mixed_dataset(), 0, ratio)


def test_a_ratio_that_keeps_no_row_is_refused():
    with pytest.raises(DataError, match=r"imbalance_ratio=0\.1 keeps none of the 5 minority rows \('rare'\)"):
        split_dataset(mixed_dataset(60, 6), 0, 0.1)


def test_too_few_rows_to_stratify():
    with pytest.raises(DataError, match="class 'rare' has 1 row"):
        split_dataset(mixed_dataset(50, 1), 0, 1.0)
    with pytest.raises(DataError, match="has 6 rows: too few for a test part"):
        split_dataset(mixed_dataset(6, 2), 0, 1.0)


def test_seeds_by_axis():
    """The split's seed comes from the repetition, never from the method or the generation's seed."""
    base = compose("seed=2")
    assert generation.settings(base) == (2, 2, 2)
    other = compose("seed=2", "seeds.generation=7", "seeds.classifier=8", "method=smote")
    assert generation.settings(other) == (2, 7, 8)
    assert generation.settings(compose("seed=2", "seeds.split=5")) == (5, 2, 2)


def test_hash_differs_between_splits():
    dataset = mixed_dataset()
    one = split_dataset(dataset, 0, 0.5)
    assert one.hash == split_dataset(dataset, 0, 0.5).hash
    others = [
        split_dataset(dataset, 1, 0.5),
        split_dataset(dataset, 0, 0.6),
        split_dataset(mixed_dataset(seed=3), 0, 0.5),
    ]
    assert len({one.hash, *(o.hash for o in others)}) == 4


@pytest.mark.parametrize("name", ("complete", "train"))
def test_a_test_row_in_training_is_a_leak(name):
    split = split_dataset(mixed_dataset(), 0, 0.5)
    parts = {n: getattr(split, n) for n in ("complete", "train", "test")}
    row = parts["test"].features.index[:1]
    parts[name] = Part(
        pd.concat([parts[name].features, parts["test"].features.loc[row]]),
        pd.concat([parts[name].labels, parts["test"].labels.loc[row]]),
    )
    with pytest.raises(LeakageError, match=rf"1 test rows are in the {name} training part, e.g. {row[0]}"):
        Split(split.schema, **parts, minority=split.minority, hash=split.hash)


def test_the_reduced_part_lies_within_the_whole_one():
    split = split_dataset(mixed_dataset(), 0, 0.5)
    less = Part(split.complete.features.iloc[1:], split.complete.labels.iloc[1:])
    if split.complete.labels.index[0] not in split.train.labels.index:
        less = Part(split.train.features.iloc[1:], split.train.labels.iloc[1:])
    with pytest.raises(LeakageError, match="rows that the whole training part lacks"):
        Split(split.schema, less, split.train, split.test, split.minority, split.hash)
