"""The language-model methods with ``llm=tiny``: all four parameters, seeds, stored models, the ledger."""

import numpy as np
import pandas as pd
import pytest

from imbench.errors import ConfigError
from imbench.lm.attention import column_attention
from imbench.samplers.llm.ordering import Ordering
from imbench.samplers.llm.sampler import LLMOversampler
from tests.samplers.test_llm import METHOD_OPTIONS, dataset

CELLS = {"name": "tiny", "source": "cells", "training": {"steps": 25, "batch": 16}}


def generated(options, data=None):
    X, y = data or dataset()
    oversampler = LLMOversampler(**{"llm": CELLS, "random_state": 0, **options})
    rows, labels = oversampler.fit_resample(X, y)
    pd.testing.assert_frame_equal(rows.iloc[: len(X)], X)
    return rows.iloc[len(X) :], labels[len(X) :], oversampler


@pytest.mark.parametrize("method", METHOD_OPTIONS)
def test_every_method_generates_valid_minority_rows(method):
    X, _ = dataset()
    X.loc[::3, "age"] = np.nan
    rows, labels, oversampler = generated(METHOD_OPTIONS[method], (X, dataset()[1]))
    ledger = oversampler.ledger_
    assert (labels == 1).all() and ledger["model"] == "tiny"
    assert len(rows) + ledger.get("missing", 0) == ledger["requested"] == 48
    if METHOD_OPTIONS[method].get("verification") is None:
        assert len(rows) == 48 and ledger["rejected"] == {}
    else:
        assert sum(ledger["rejected"].values()) + ledger["accepted"] <= ledger["generated"] <= 5 * 48
    for column in ("age", "income"):
        assert rows[column].dropna().between(X[column].min(), X[column].max()).all()
    assert (rows["age"].dropna() % 1 == 0).all() and rows["income"].round(2).equals(rows["income"])
    assert rows.drop(columns="age").notna().all().all()
    assert ledger["repaired_cells"] == 0 and ledger["training_steps"] == 25
    assert ledger["entropy_token"] > 0 and ledger["loss_last"] > 0


@pytest.mark.parametrize("method", METHOD_OPTIONS)
def test_the_same_seed_gives_the_same_rows(method):
    options = {**METHOD_OPTIONS[method], "sampling_strategy": {1: 40}}
    pd.testing.assert_frame_equal(generated(options)[0], generated(options)[0], check_exact=True)


def test_a_stored_model_gives_the_same_rows_and_is_shared_by_sampling_variants(tmp_path):
    fresh = generated({})[0]
    stored = generated({"model_dir": str(tmp_path)})[2].ledger_
    again, _, found = generated({"model_dir": str(tmp_path)})
    pd.testing.assert_frame_equal(fresh, again, check_exact=True)
    assert not stored["model_reused"] and found.ledger_["model_reused"]
    key = found.ledger_["model_key"]
    assert [p.name for p in tmp_path.iterdir() if p.is_dir()] == [key]
    shared = {"model_dir": str(tmp_path), "prompts": "condition_y", "sampling": {"temperature": 1.0}}
    assert generated(shared)[2].ledger_["model_reused"]
    for other in (
        {"ordering": "permute_xy"},
        {"corpus": "minority"},
        {"interpolation_ratio": 0.5},
        {"accumulation": 2},
        {"random_state": 9},
        {"llm": {**CELLS, "bins": 10}},
        {"llm": {**CELLS, "size": {"width": 32}}},
    ):
        assert generated({"model_dir": str(tmp_path), **other})[2].ledger_["model_key"] != key, other


def test_one_minority_row():
    for method, options in METHOD_OPTIONS.items():
        rows, _, oversampler = generated(options, dataset(30, 1))
        assert len(rows) + oversampler.ledger_.get("missing", 0) == 29, method


def test_the_models_attention_between_columns():
    X, y = dataset()
    model = generated({})[2].model_
    rows = X[y == 1].assign(Y="1")
    order = Ordering("fix_y", 4)(np.arange(12), 12, np.random.default_rng(0))
    attention = column_attention(model, rows, order)
    np.testing.assert_allclose(attention.shares.sum(axis=1), [1, 1, 1, 1, 0])
    assert (attention.before[:4, 4] == 1).all() and attention.sentences == 12


@pytest.mark.parametrize(
    ("options", "message"),
    [({"llm": {**CELLS, "training": {"epochs": 1}}}, "llm.training"),
     ({"llm": {**CELLS, "size": {"depth": 1}}}, "llm.size"),
     ({"llm": {**CELLS, "lora": {"r": 2}}}, "llm.lora"),
     ({"sampling": {"grammar": False}}, "sampling.grammar")],
)  # fmt: skip
def test_wrong_options_are_named(options, message):
    with pytest.raises(ConfigError, match=message):
        generated(options)
