"""Every classifier of conf/classifier on every kind of table, under both protocols."""

import importlib.util

import numpy as np
import pytest
from sklearn.utils.validation import has_fit_parameter

from imbench.data.split import split_dataset
from imbench.errors import ConfigError
from imbench.scoring.classifiers import _make, fit_predict
from imbench.scoring.encodings import Coded, CodeEncoder, code_rows
from imbench.scoring.evaluate import classifier_scores
from imbench.scoring.metrics import PROTOCOLS
from tests.helpers import CLASSIFIERS, mixed_dataset, read_yaml

needs = pytest.mark.skipif(not importlib.util.find_spec("lightgbm"), reason="lightgbm is an extra")
EACH = [pytest.param(c, marks=needs if c == "lightgbm" else ()) for c in CLASSIFIERS]


def coded(split, protocol="corrected"):
    encoder = CodeEncoder.fit(split.train.features, split.schema)
    return code_rows(protocol, split.train.features, split.test.features, split.schema, encoder)


@pytest.mark.parametrize("kinds", ("mixed", "numbers", "words"))
@pytest.mark.parametrize("name", EACH)
def test_contract(name, kinds):
    split = split_dataset(mixed_dataset(200, 60, kinds=kinds), 0, 0.5)
    config = read_yaml("classifier", name)
    assert config["name"] == name
    labels = split.train.labels.to_numpy()
    for protocol in PROTOCOLS:
        one, two = (fit_predict(config, coded(split, protocol), labels, 2, 3, None) for _ in range(2))
        assert one.shape == (len(split.test), 2)
        np.testing.assert_allclose(one.sum(axis=1), 1, atol=1e-6)
        assert one.dtype == np.float32
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("name", EACH)
def test_learns_something(name):
    split = split_dataset(mixed_dataset(400, 150), 0, 0.5)
    scores = classifier_scores(
        split, split.train, split.train, {name: read_yaml("classifier", name)}, 0, None
    )
    assert scores[name]["corrected"]["auc"] > 0.7


@pytest.mark.parametrize("name", EACH)
def test_class_weight_reaches_the_classifier(name):
    split = split_dataset(mixed_dataset(400, 80), 0, 0.3)
    labels, config = split.train.labels.to_numpy(), read_yaml("classifier", name)
    if not has_fit_parameter(_make(config, 0), "sample_weight"):
        with pytest.raises(ConfigError, match=f"'{name}' takes no weights of rows"):
            fit_predict(config, coded(split), labels, 2, 0, "balanced")
        return
    config |= {"max_depth": 2} if "max_depth" in _make(config, 0).get_params() else {}
    called = [
        (fit_predict(config, coded(split), labels, 2, 0, w).argmax(axis=1) == 0).sum()
        for w in (None, "balanced")
    ]
    assert called[1] > called[0]


@pytest.mark.parametrize("name", EACH)
def test_a_class_that_training_rows_lack(name):
    split = split_dataset(mixed_dataset(200, 60), 0, 0.5)
    labels = split.train.labels.to_numpy() * 2
    found = fit_predict(read_yaml("classifier", name), coded(split), labels, 3, 0, None)
    assert found.shape[1] == 3 and (found[:, 1] == 0).all()
    called = found.argmax(axis=1)
    assert set(called) <= {0, 2} and 2 in called


def test_codes_are_categories_and_not_numbers():
    """A rule that no cut through sorted codes can express is found at depth one."""
    codes = np.tile(np.arange(4.0), 100)[:, None]
    labels = np.isin(codes[:, 0], (0, 2)).astype(int)
    config = read_yaml("classifier", "xgboost") | {"max_depth": 1, "n_estimators": 1}
    as_codes, as_numbers = (
        fit_predict(config, Coded(codes, codes, np.array([kind])), labels, 2, 0, None)
        for kind in (True, False)
    )
    assert (as_codes.argmax(axis=1) == labels).all() and (as_numbers.argmax(axis=1) != labels).any()


def test_the_seed_reaches_the_classifier():
    split = split_dataset(mixed_dataset(200, 60), 0, 0.5)
    config, labels = read_yaml("classifier", "random_forest"), split.train.labels.to_numpy()
    one, two = (fit_predict(config, coded(split), labels, 2, seed, None) for seed in (0, 1))
    assert (one != two).any()


@pytest.mark.parametrize(
    "name", [c for c in CLASSIFIERS if read_yaml("classifier", c).get("balances_classes")]
)
def test_a_classifier_that_balances_by_itself_calls_more_rows_minority(name):
    split = split_dataset(mixed_dataset(400, 80), 0, 0.3)
    labels = split.train.labels.to_numpy()
    plain = "xgboost" if "xgboost" in name else "random_forest"
    balanced, usual = (
        fit_predict(read_yaml("classifier", c), coded(split), labels, 2, 0, None)[:, 0].mean()
        for c in (name, plain)
    )
    assert balanced > 1.3 * usual


def test_messages():
    split = split_dataset(mixed_dataset(200, 60), 0, 0.5)
    labels = split.train.labels.to_numpy()
    config = read_yaml("classifier", "xgboost")
    with pytest.raises(ConfigError, match="one class only"):
        fit_predict(config, coded(split), labels * 0, 2, 0, None)
    with pytest.raises(ConfigError, match=r"categories=wrong is not one of xgboost, lightgbm, one_hot"):
        fit_predict(config | {"categories": "wrong"}, coded(split), labels, 2, 0, None)
    missing = config | {"_target_": "no_such_package.Classifier"}
    with pytest.raises(ConfigError, match=r"Classifier 'xgboost' cannot be made.*no_such_package"):
        fit_predict(missing, coded(split), labels, 2, 0, None)
