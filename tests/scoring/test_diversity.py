"""Entropies and distances of synthetic rows among themselves."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import entropy as scipy_entropy

from imbench.data.dataset import Schema
from imbench.scoring.diversity import BINS, entropy, entropy_scores, spacing
from imbench.scoring.neighbours import nearest_others

SCHEMA = Schema("y", ("a", "b"), ("x",), ("c", "d"))


def rows(x, c, d):
    return pd.DataFrame({"x": np.asarray(x, dtype="float64"), "c": c, "d": d})


def test_entropy_equals_scipy():
    codes = np.random.default_rng(0).integers(0, 7, 500)
    assert entropy(codes) == pytest.approx(scipy_entropy(np.bincount(codes)))
    assert entropy(np.zeros(5, dtype=int)) == 0


def test_columns_and_pairs():
    reference = rows([0, 20], ["u", "v"], ["u", "v"])
    # x and c go together, d is independent of both: H(x)=H(c)=H(d)=ln 2, pairs ln 2, ln 4, ln 4.
    synthetic = rows([0, 0, 20, 20], ["u", "u", "v", "v"], ["u", "v", "u", "v"])
    found = entropy_scores(synthetic, reference, SCHEMA)
    assert found["entropy_columns"] == pytest.approx(np.log(2))
    assert found["entropy_pairs"] == pytest.approx((np.log(2) + 2 * np.log(4)) / 3)


def test_the_bins_are_those_of_the_training_part():
    reference = rows([0, 100], ["u", "v"], ["u", "v"])
    close = rows(np.linspace(0, 100 / BINS - 0.01, 50), ["u"] * 50, ["u"] * 50)
    assert entropy_scores(close, reference, SCHEMA)["entropy_columns"] == 0
    beyond = rows([-50, 1, 150, 99.9], ["u"] * 4, ["u"] * 4)
    assert entropy_scores(beyond, reference, SCHEMA)["entropy_columns"] == pytest.approx(np.log(2) / 3)


def test_missing_cells_are_a_value_of_their_own():
    reference = rows([0, 1], ["u", "v"], ["u", "v"])
    synthetic = rows([0, np.nan], ["u", np.nan], ["u", "u"])
    assert entropy_scores(synthetic, reference, SCHEMA)["entropy_columns"] == pytest.approx(np.log(2) * 2 / 3)


def test_spacing():
    points = np.random.default_rng(1).normal(size=(60, 4))
    distances = cdist(points, points)
    np.fill_diagonal(distances, np.inf)
    nearest = distances.min(axis=1)
    found = spacing(nearest_others(points, 1)[:, 0])
    assert found["nearest_synthetic_median"] == pytest.approx(np.median(nearest), abs=1e-6)
    assert found["nearest_synthetic_mean"] == pytest.approx(nearest.mean(), abs=1e-6)
    assert np.isnan(spacing(np.zeros(0))["nearest_synthetic_mean"])


def test_many_pairs_of_columns_are_sampled_and_counted(monkeypatch):
    rng = np.random.default_rng(0)
    schema = Schema("y", ("a", "b"), (), tuple(f"c{i}" for i in range(30)))
    frame = pd.DataFrame({c: rng.choice(list("uvwx"), 400) for c in schema.categorical})
    every = entropy_scores(frame, frame, schema)
    assert "sampled_pairs" not in every
    monkeypatch.setattr("imbench.scoring.diversity.MAX_PAIRS", 100)
    some = entropy_scores(frame, frame, schema, np.random.default_rng(1))
    assert some["sampled_pairs"] == 100 and some["entropy_pairs"] != every["entropy_pairs"]
    assert some["entropy_pairs"] == pytest.approx(every["entropy_pairs"], abs=0.01)
    assert some == entropy_scores(frame, frame, schema, np.random.default_rng(1))
    monkeypatch.setattr("imbench.scoring.diversity.MAX_PAIRS", 435)  # all of them
    assert entropy_scores(frame, frame, schema) == every


def test_entropy_of_large_codes_is_that_of_small_ones():
    codes = np.random.default_rng(0).integers(0, 50, 300)
    assert entropy(codes * 10**9) == entropy(codes)


@pytest.mark.parametrize("columns", [100, 102])
def test_the_bound_of_pairs_holds_by_default(columns):
    schema = Schema("y", ("a", "b"), (), tuple(f"c{i}" for i in range(columns)))
    frame = pd.DataFrame({c: list("uvuw") for c in schema.categorical})
    found = entropy_scores(frame, frame, schema)
    assert found.get("sampled_pairs") == (None if columns == 100 else 5000)
