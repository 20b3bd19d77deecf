"""Sampled rows against a joint table that is known exactly, in any order and after any given cells.

Significance was fixed before the first run: a test of a distribution fails below p = 0.001, shared by the
comparisons that it makes.
"""

from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chisquare

from imbench.lm.cells.cell_plan import CellPlan
from imbench.lm.interface import Sampling
from imbench.lm.text.columns import Column
from imbench.samplers.llm.ordering import Ordering
from tests.lm.cells.small import (
    CELLS,
    COLUMNS,
    PLAIN,
    VALUES,
    counted,
    fitted,
    joint,
    row_frame,
    trained,
)

LEVEL = 0.001
SUBSETS = [s for k in range(len(COLUMNS)) for s in combinations(range(len(COLUMNS)), k)]


def prompts_of(codes, columns):
    return [[(j, VALUES[j][row[j]]) for j in columns] for row in codes]


def p_value(found, expected):
    """Chi-square of counts; cells that expect fewer than 5 are taken together."""
    found, expected = found.ravel(), expected.ravel() * found.sum()
    small = expected < 5
    if small.any():
        found = np.append(found[~small], found[small].sum())
        expected = np.append(expected[~small], expected[small].sum())
    return chisquare(found, expected * found.sum() / expected.sum()).pvalue


def in_order(order):
    return lambda reads, count, rng: np.tile(order, (count, 1))


def model_joint():
    """The fitted model's own probability of each row: by the chain rule, mean over all orders."""
    rows, orders = row_frame(CELLS), permutations(range(len(COLUMNS)))
    return np.mean([np.exp(-fitted().surprise(rows, in_order(o), 1, 0)) for o in orders], axis=0)


def test_rows_follow_the_exact_joint_table():
    rows, _ = fitted().sample([[] for _ in range(2000)], range(4), PLAIN, 1)
    assert p_value(counted(rows), joint()[0]) > LEVEL


def test_sampling_draws_what_the_network_says():
    # Many rows: an error of sampling would show, apart from what the network has not learned.
    rows, _ = fitted().sample([[] for _ in range(40_000)], range(4), PLAIN, 2)
    expected = model_joint()
    assert abs(expected.sum() - 1) < 1e-4
    assert p_value(counted(rows), (expected / expected.sum()).reshape(joint()[0].shape)) > LEVEL


@pytest.mark.parametrize("given", SUBSETS, ids=lambda s: "-".join(COLUMNS[j].name for j in s) or "nothing")
def test_any_given_cells(given):
    exact = joint()[0]
    margin = exact.sum(axis=tuple(j for j in range(4) if j not in given))
    # The most probable combination of the given cells.
    best = np.unravel_index(margin.argmax(), margin.shape) if given else ()
    row = np.zeros(4, dtype=int)
    row[list(given)] = best
    rows, _ = fitted().sample(prompts_of([row] * 1000, given), range(4), PLAIN, 3)
    found = counted(rows)
    at = tuple(row[j] if j in given else slice(None) for j in range(4))
    assert found[at].sum() == 1000  # given cells stay
    assert p_value(found[at], exact[at] / exact[at].sum()) > LEVEL / len(SUBSETS)


def test_no_order_matters():
    rows = row_frame(CELLS)
    exact = joint()[0].ravel()
    by_order = []
    for order in ((0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1), (1, 3, 0, 2)):
        by_order.append(np.exp(-fitted().surprise(rows, in_order(order), 1, 0)))
    for probabilities in by_order:
        assert abs(probabilities.sum() - 1) < 1e-4  # a distribution over all rows in each order
        assert np.abs(probabilities - exact).sum() / 2 < 0.06  # total variation


def test_training_nothing_gives_the_marginals():
    model = trained(steps=0)
    rows, _ = model.sample([[] for _ in range(4000)], range(4), PLAIN, 4)
    found = counted(rows)
    for j in range(4):
        axes = tuple(k for k in range(4) if k != j)
        assert p_value(found.sum(axis=axes), joint()[0].sum(axis=axes)) > LEVEL / 4
    product = np.ones(1)
    for j in range(4):
        axes = tuple(k for k in range(4) if k != j)
        product = np.multiply.outer(product, joint()[0].sum(axis=axes))
    assert p_value(found, product[0]) > LEVEL  # columns are independent


def test_temperature_and_top_k():
    prompts = [[] for _ in range(2000)]
    first = fitted().sample(prompts, [0], Sampling(temperature=1.0, top_k=1), 0)[0]["kind"]
    margin = joint()[0].sum(axis=(1, 2, 3))
    assert set(first) == {"abc"[margin.argmax()]}
    two = fitted().sample(prompts, [0], Sampling(temperature=1.0, top_k=2), 0)[0]["kind"]
    assert set(two) == {"abc"[k] for k in np.argsort(margin)[1:]}
    tallies = [
        fitted().sample(prompts, range(4), Sampling(temperature=t, top_k=0), 0)[1] for t in (0.3, 1.0, 3.0)
    ]
    entropies = [t.entropy / t.tokens for t in tallies]
    assert entropies[0] < entropies[1] < entropies[2] < np.log(4)
    # Entropy of the first cell's distribution, exactly.
    one = fitted().sample(prompts, [0], PLAIN, 0)[1]
    own = model_joint().reshape(joint()[0].shape).sum(axis=(1, 2, 3))
    assert abs(one.entropy / one.tokens + (own * np.log(own)).sum()) < 0.02 and one.tokens == one.rows == 2000


@pytest.mark.parametrize("temperature", [0.3, 0.7, 2.0])
def test_temperature_leaves_the_share_of_missing_values(temperature):
    # Among 50 bins a missing value is by far the most probable code; a low temperature would choose it.
    rng = np.random.default_rng(0)
    number = np.where(rng.random(1000) < 0.5, np.nan, rng.integers(0, 100_000, 1000))
    columns = (Column("n", None, 0, 0, 100_000, has_missing=True), Column("Y", ("0", "1")))
    rows = pd.DataFrame({"n": number, "Y": rng.choice(["0", "1"], 1000)})
    llm = {"name": "tiny", "source": "cells", "training": {"steps": 100}}
    model = CellPlan.make(columns, [rows], Ordering("permute_xy", 1), "permute_xy", llm, 0).train()
    shares = {}
    for t in (1.0, temperature):
        drawn, _ = model.sample([[]] * 4000, [0], Sampling(temperature=t, top_k=0, batch=4000), 1)
        shares[t] = drawn["n"].isna().mean()
    assert 0.4 < shares[1.0] < 0.6
    assert abs(shares[temperature] - shares[1.0]) < 4 * np.sqrt(2 * 0.25 / 4000)


def test_temperature_still_sharpens_the_values_beside_missing_ones():
    expected = joint()[0].sum(axis=(0, 2, 3))
    drawn, _ = fitted().sample([[]] * 4000, [1], Sampling(temperature=0.3, top_k=0, batch=4000), 1)
    found = counted_sizes(drawn["size"])
    present = expected[:3] ** (1 / 0.3) / (expected[:3] ** (1 / 0.3)).sum() * (1 - expected[3])
    np.testing.assert_allclose(found, np.append(present, expected[3]), atol=0.05)


def counted_sizes(sizes):
    """Shares of 1, 2, 3 and missing."""
    return np.array([*((sizes == k).mean() for k in (1, 2, 3)), sizes.isna().mean()])
