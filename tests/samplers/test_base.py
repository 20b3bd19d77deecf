"""The base of own oversamplers, the control without a model, and seeds of global generators."""

import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from imbench.errors import MethodError, Shortfall
from imbench.samplers.base import MinorityOversampler, column_kinds, round_whole
from imbench.samplers.interpolation import InterpolateMarginal, interpolate_pairs
from imbench.samplers.seeding import global_seed
from tests.helpers import mixed_dataset, training_rows


class Repeated(MinorityOversampler):
    """Returns ``change`` of as many repeated rows as are requested."""

    change = staticmethod(lambda rows: rows)

    def _generate_rows(self, features, labels, label, count, rng):
        rows = features[labels == label]
        return self.change(rows.iloc[np.arange(count) % len(rows)])


@pytest.fixture
def rows():
    return training_rows(mixed_dataset(60, 12))


def test_too_few_rows_are_a_shortfall(rows):
    sampler = Repeated()
    sampler.change = lambda generated: generated.iloc[:5]
    with pytest.raises(Shortfall, match="Repeated generated 5 of the 36 requested rows of class 0"):
        sampler.fit_resample(*rows)
    assert issubclass(Shortfall, MethodError)


def test_other_columns_are_refused(rows):
    sampler = Repeated()
    sampler.change = lambda generated: generated[generated.columns[::-1]]
    with pytest.raises(MethodError, match=r"Repeated returned the columns \['place'.*expected \['size'"):
        sampler.fit_resample(*rows)


def test_ledger(rows):
    sampler = Repeated()
    sampler.fit_resample(*rows)
    assert sampler.ledger_ == {"requested": 36, "generated": 36, "accepted": 36}


def test_balanced_classes_need_no_rows(rows):
    X, y = rows
    X, y = X.iloc[:40], pd.Series([0, 1] * 20)
    generated, labels = Repeated().fit_resample(X, y)
    assert len(generated) == len(labels) == 40


def test_strategy_of_imbalanced_learn(rows):
    X, y = rows
    _, labels = Repeated(sampling_strategy={0: 20}).fit_resample(X, y)
    assert np.bincount(labels).tolist() == [20, 48]


def test_arrays_in_arrays_out(rows):
    X, y = rows[0][["size", "count"]].to_numpy(), rows[1].to_numpy()
    generated, labels = InterpolateMarginal(random_state=0).fit_resample(X, y)
    assert isinstance(generated, np.ndarray) and generated.shape == (96, 2) and len(labels) == 96
    model = make_pipeline(InterpolateMarginal(random_state=0), DecisionTreeClassifier(random_state=0))
    assert model.fit(X, y).predict(X).shape == (60,)


def test_column_kinds():
    frame = pd.DataFrame({"a": [1.5], "b": ["x"], "c": [True], "d": [2], "e": pd.Categorical([3])})
    assert column_kinds(frame) == (["a", "d"], ["b", "c", "e"])


def test_round_whole():
    given = pd.DataFrame({"age": [1.0, np.nan], "size": [1.5, 2.0], "empty": [np.nan, np.nan]})
    generated = pd.DataFrame({"age": [1.4], "size": [1.4], "empty": [1.4]})
    assert round_whole(generated, given).iloc[0].tolist() == [1.0, 1.4, 1.4]
    assert generated["age"][0] == 1.4, "the input stays"


def test_pairs_lie_on_lines_between_two_rows():
    """Eq. (5): one epsilon a row for all columns, within [0, 1], all pairs."""
    corners = pd.DataFrame({"x": [0.0, 1.0, 0.0], "y": [0.0, 0.0, 1.0]})
    generated = interpolate_pairs(corners, 500, np.random.RandomState(0)).to_numpy()
    x, y = generated.T
    assert generated.min() >= 0 and generated.max() <= 1
    on_an_edge = np.isclose(x, 0) | np.isclose(y, 0) | np.isclose(x + y, 1)
    assert on_an_edge.all(), "one epsilon for each column would fill the triangle"
    for inner in (np.isclose(x, 0) & (y > 0), np.isclose(y, 0) & (x > 0), np.isclose(x + y, 1) & (x * y > 0)):
        assert inner.sum() > 60
    np.testing.assert_array_equal(
        interpolate_pairs(corners, 500, np.random.RandomState(0), decimals=1), generated.round(1)
    )


def test_marginal_control():
    """Numbers between the minority's, categories by its frequencies, independent of each other."""
    rng = np.random.default_rng(0)
    values = np.array(["a"] * 75 + ["b"] * 25)
    X = pd.DataFrame({"x": np.r_[rng.uniform(5, 6, 100), rng.uniform(0, 1, 1100)]})
    X["one"] = pd.Categorical(np.r_[values, ["c"] * 1100])
    X["two"] = pd.Categorical(np.r_[values, ["c"] * 1100])
    y = np.r_[np.ones(100, int), np.zeros(1100, int)]
    generated = InterpolateMarginal(random_state=0).fit_resample(X, y)[0].iloc[1200:]
    assert len(generated) == 1000 and generated["x"].between(5, 6).all()
    shares = generated["one"].value_counts(normalize=True)
    assert shares["a"] == pytest.approx(0.75, abs=0.05) and shares.get("c", 0) == 0
    assert (generated["one"] == generated["two"]).mean() == pytest.approx(0.75**2 + 0.25**2, abs=0.06)


def test_global_seed_restores_the_generators():
    import random

    import torch

    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    expected = random.random(), np.random.rand(), torch.rand(1).item()
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    inside = []
    for _ in range(2):
        with global_seed(7):
            inside.append((random.random(), np.random.rand(), torch.rand(1).item()))
    with pytest.raises(KeyError), global_seed(7):
        raise KeyError
    assert inside[0] == inside[1]
    assert (random.random(), np.random.rand(), torch.rand(1).item()) == expected
