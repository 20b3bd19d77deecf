"""Attention between columns: it is causal, and equals a direct computation."""

import numpy as np
import pytest

from imbench.lm.attention import column_attention
from imbench.lm.llm_options import llm_options
from imbench.lm.model_store import Plan
from imbench.lm.text.columns import Column, describe_columns
from imbench.samplers.llm.ordering import Ordering
from tests.helpers import mixed_frame


@pytest.fixture(scope="module")
def measured():
    """An untrained model (no step), rows with a missing value, and both orderings' attention."""
    frame = mixed_frame(40, 10)
    frame.loc[3, "colour"] = None
    features, target = frame.drop(columns="label"), "label"
    columns = (*describe_columns(features), Column(target, ("rare", "usual")))
    llm = llm_options("tiny_text") | {"training": {"epochs": 1, "batch": 32, "max_steps": 1}}
    model = Plan.make(columns, [frame], Ordering("fix_y", 6), "fix_y", llm, 0).train()
    rng, found = np.random.default_rng(0), {}
    for ordering in ("permute_xy", "fix_y"):
        order = Ordering(ordering, 6)(np.arange(40), 40, rng)
        found[ordering] = (order, column_attention(model, frame, order, batch=16))
    return model, frame, found


def test_shares_sum_to_one_and_attention_is_causal(measured):
    _, _, found = measured
    for order, attention in found.values():
        assert attention.sentences == 40 and attention.shares.shape == (7, 7)
        assert attention.shares.sum(axis=1) == pytest.approx(1, abs=1e-5)
        place = order.argsort(axis=1)
        before = np.array([[(place[:, j] < place[:, i]).mean() for j in range(7)] for i in range(7)])
        assert attention.before == pytest.approx(before)
    label_first = found["fix_y"][1]
    assert label_first.shares[6] == pytest.approx(np.eye(7)[6], abs=1e-6), "the label sees itself alone"
    assert (label_first.before[:6, 6] == 1).all() and (label_first.shares[:6, 6] > 0).all()


def test_one_sentence_against_a_direct_computation(measured):
    """The mean over a column's tokens of what each pays to the tokens of another, token by token."""
    import torch

    model, frame, found = measured
    order, row = found["permute_xy"][0][:1], frame.iloc[:1]
    attention = column_attention(model, row, order)
    cells = model.token_cache.encode(row)
    ids, _ = model.token_cache.sentences(cells, order)
    owner = np.repeat(order[0], model.token_cache.lengths(cells[:, order[0]])[0])
    by_hand = np.zeros((7, 7))
    for position, column in enumerate(owner):
        seen = model.model.attention_from(torch.from_numpy(ids), torch.tensor([position]))[0].numpy()
        for other in range(7):
            by_hand[column, other] += seen[: len(owner)][owner == other].sum() / (owner == column).sum()
    assert attention.shares == pytest.approx(by_hand, abs=1e-5)
