"""Fitted models on hard datasets: valid rows, missing values, many categories, many columns, one row."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from imbench.errors import ConfigError
from imbench.lm.cells.cell_plan import CellPlan
from imbench.lm.interface import Sampling
from imbench.lm.text.columns import Column, describe_columns
from imbench.samplers.llm.ordering import ORDERINGS, Ordering
from tests.lm.cells.test_discretization import frame

LABEL = Column("Y", ("0", "1"))
LLM = {"name": "tiny", "source": "cells", "training": {"steps": 20, "batch": 16}}


def fitted(features, minority, ordering="fix_y", seed=0, interpolated=None, **llm):
    """A model of the first ``minority`` rows; ``interpolated`` rows hold the label and some columns."""
    frames = [features.iloc[:minority].assign(Y="1")]
    if interpolated is not None:
        frames.append(interpolated.assign(Y="1"))
    order = Ordering(ordering, features.shape[1])
    labels = np.where(np.arange(len(features)) < minority, "1", "0")
    columns, training_rows = (*describe_columns(features), LABEL), features.assign(Y=labels)
    plan = CellPlan.make(columns, frames, order, ordering, {**LLM, **llm}, seed, training_rows=training_rows)
    return plan.train()


def sampled(model, count, sampling=None, seed=0):
    label = len(model.columns) - 1
    return model.sample([[(label, "1")]] * count, range(label), sampling or Sampling(), seed)


def assert_valid(rows, features):
    for name in features:
        real, made = features[name], rows[name]
        assert real.isna().any() or made.notna().all(), name
        if pd.api.types.is_numeric_dtype(real.dtype):
            present = made.dropna()
            assert present.between(real.min(), real.max()).all(), name
            places = describe_columns(features[[name]])[0].decimals
            np.testing.assert_array_equal(present, present.round(places))
        else:
            assert set(made.dropna()) <= set(real.dropna().astype(str)), name


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_no_row_is_invalid(ordering):
    features = frame(300)
    between = features[["age", "income", "gain", "loss"]].iloc[:40].fillna(50) + 0.123
    model = fitted(features, 60, ordering, interpolated=between)
    hot = Sampling(temperature=5.0, top_k=0)
    rows, tally = sampled(model, 2000, hot)
    assert_valid(rows, features)
    assert rows["income"].isna().any() and rows["job"].isna().any()
    assert tally.rows == 2000 and tally.tokens == 10_000 and tally.surprise > 0


def test_a_missing_value_is_learned_as_one():
    features = frame(300).assign(flag=lambda f: np.where(f["income"].isna(), "none", "some"))
    rows, _ = sampled(fitted(features, 300, training={"steps": 200}), 1000)
    together = (rows["income"].isna() == (rows["flag"] == "none")).mean()
    assert together > 0.95 and 0.02 < rows["income"].isna().mean() < 0.5


def test_five_thousand_categories():
    features = frame(5000).assign(id=[f"value {i}" for i in range(5000)])
    model = fitted(features, 40, training={"steps": 60})
    rows, _ = sampled(model, 500)
    assert_valid(rows, features)
    # Values of the corpus are by far the most frequent ones; the others remain possible.
    assert rows["id"].isin(features["id"][:40]).mean() > 0.8


def test_two_hundred_columns():
    rng = np.random.default_rng(0)
    numbers = {f"c{i}": rng.integers(0, 9, 60).astype(float) for i in range(100)}
    features = pd.DataFrame({**numbers, **{f"t{i}": rng.choice(["u", "v"], 60) for i in range(100)}})
    rows, _ = sampled(fitted(features, 20, training={"steps": 5}), 50)
    assert rows.shape == (50, 200)
    assert_valid(rows, features)


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_one_minority_row_and_constant_columns(ordering):
    features = frame(40).assign(job="only", age=40.0)
    features["empty"] = np.nan
    model = fitted(features, 1, ordering)
    rows, tally = sampled(model, 200)
    assert_valid(rows.drop(columns="empty"), features.drop(columns="empty"))
    assert (rows["age"] == 40).all() and (rows["job"] == "only").all() and rows["empty"].isna().all()
    # Two constant columns, an empty one, and two whose bins have one value to follow.
    assert tally.forced == 1000 and tally.tokens == 200


@pytest.mark.parametrize("options", [{"grammar": False}, {"margin": 0.1}])
def test_what_it_cannot_sample_is_an_error(options):
    with pytest.raises(ConfigError, match=r"llm=tiny.*sampling\.(grammar|margin)"):
        sampled(fitted(frame(100), 20), 10, Sampling(**options))


def test_given_cells_come_back_as_they_were():
    features = frame(300)
    model = fitted(features, 60)
    prompts = [[(5, "1"), (1, "1234.56"), (4, None)], [(5, "1")], [(1, None), (0, "33")]] * 100
    rows, _ = model.sample(prompts, range(5), Sampling(batch=64), 0)
    assert (rows["income"][::3] == 1234.56).all() and rows["job"][::3].isna().all()
    assert rows["income"][2::3].isna().all() and (rows["age"][2::3] == 33).all()
    assert rows["age"].notna().all()


def test_the_same_seed_gives_the_same_rows_bit_for_bit():
    features = frame(300)
    one, two, other = (sampled(fitted(features, 60, seed=s), 300)[0] for s in (0, 0, 1))
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    assert not one.equals(other)
    model = fitted(features, 60)
    pd.testing.assert_frame_equal(sampled(model, 300, seed=5)[0], sampled(model, 300, seed=5)[0])
    assert not sampled(model, 300, seed=5)[0].equals(sampled(model, 300, seed=6)[0])


def test_dropout_is_repeatable_and_leaves_global_generators_alone():
    import torch

    features = frame(100)
    size = {"dropout": 0.3}
    before = torch.random.get_rng_state(), np.random.get_state()[1].copy()
    one, two = (fitted(features, 60, size=size) for _ in range(2))
    assert torch.equal(before[0], torch.random.get_rng_state())
    np.testing.assert_array_equal(before[1], np.random.get_state()[1])
    assert one.trained == replace(two.trained, seconds=one.trained.seconds)
    assert one.trained.last_loss != fitted(features, 60).trained.last_loss


def test_rows_do_not_depend_on_the_batch():
    model = fitted(frame(300), 60)
    whole, parts = (sampled(model, 300, Sampling(batch=b))[0] for b in (300, 7))
    assert (whole.fillna(-1).astype(str) == parts.fillna(-1).astype(str)).to_numpy().mean() > 0.999


def test_label_probabilities_and_attention():
    rng = np.random.default_rng(0)
    features = pd.DataFrame({"x": rng.choice(["u", "v"], 400), "noise": rng.choice(["a", "b", "c"], 400)})
    labels = np.where(features["x"] == "u", "1", "0")
    columns = (*describe_columns(features), LABEL)
    llm = {**LLM, "training": {"steps": 150}}
    frames, order = [features.assign(Y=labels)], Ordering("permute_xy", 2)
    model = CellPlan.make(columns, frames, order, "permute_xy", llm, 0).train()
    probabilities, words = model.label_probabilities(features, 2)
    assert words == ("0", "1") and probabilities.shape == (400, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert ((probabilities.argmax(axis=1) == 1) == (labels == "1")).all()
    attention = model.attention_to_columns(features, 2)
    assert attention.shape == (400, 2) and (attention >= 0).all()
    np.testing.assert_allclose(attention.sum(axis=1), 1)
    assert attention[:, 0].mean() > attention[:, 1].mean()


def test_attention_between_columns_in_the_given_orders():
    features = frame(300)
    model = fitted(features, 60)
    rows = features.iloc[:20].assign(Y="1")
    order = np.tile([5, 0, 1, 2, 3, 4], (20, 1))
    attention, before = model.column_attention(rows, order)
    assert attention.shape == before.shape == (6, 6)
    expected = np.zeros((6, 6))
    for position, column in enumerate(order[0]):
        expected[column, order[0][:position]] = 1
    np.testing.assert_array_equal(before, expected)
    assert (attention[before == 0] == 0).all() and (attention[before > 0] > 0).all()
    np.testing.assert_allclose(attention.sum(axis=1), [1, 1, 1, 1, 1, 0])
    target = model.attention_to_columns(rows.drop(columns="Y"), 5)
    last, _ = model.column_attention(rows, np.tile([0, 1, 2, 3, 4, 5], (20, 1)))
    np.testing.assert_allclose(target.mean(axis=0), last[5, :5], rtol=1e-5)


def test_columns_that_were_never_read_say_nothing():
    features = frame(300)
    model = fitted(features, 60, "features_only")
    rows = [model.sample([[(5, label)]] * 200, range(5), Sampling(), 0)[0] for label in "01"]
    pd.testing.assert_frame_equal(*rows)


def test_training_lowers_the_surprise_of_its_rows():
    features = frame(300)
    rows = features.iloc[:60].assign(Y="1")
    order = Ordering("fix_y", 5)
    found = [
        fitted(features, 60, training={"steps": steps}).surprise(rows, order, 4, 0) for steps in (0, 100)
    ]
    assert found[0].shape == (60,) and found[1].mean() < found[0].mean()
