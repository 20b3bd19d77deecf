"""``imbench.score``: the scores of a run, from Python code."""

import numpy as np
import pytest

from imbench import InterpolateMarginal, load_dataset, score, split_dataset
from imbench.errors import ConfigError, DataError
from imbench.runs.run import run_one
from tests.helpers import run_config


@pytest.fixture(scope="module")
def split():
    return split_dataset(load_dataset("insurance"), seed=0, imbalance_ratio=0.2)


def test_the_scores_are_those_of_a_run(tmp_path, split):
    words = ("method=interpolate_marginal", "classifier=[random_forest]")
    outcome = run_one(run_config(tmp_path, *words))
    sampler = InterpolateMarginal(random_state=0)
    found = score(
        split, *sampler.fit_resample(split.train.features, split.train.labels), classifier="random_forest"
    )
    assert found == outcome.scores["classifiers"]["random_forest"]


def test_what_does_not_fit_the_split_is_named(split):
    X, y = split.train.features, split.train.labels
    with pytest.raises(DataError, match="X lacks the column 'age'"):
        score(split, X.drop(columns="age"), y)
    with pytest.raises(DataError, match=r"y holds 'high'; it must hold the class codes 0 … 1"):
        score(split, X, np.array(["high"] * len(y)))
    with pytest.raises(DataError, match=r"rows and y has 3\."):
        score(split, X, y[:3])
    with pytest.raises(ConfigError, match=r"classifier='tree' is not one of .*random_forest"):
        score(split, X, y, classifier="tree")
