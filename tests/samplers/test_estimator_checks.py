"""Every sampler class of ``conf/method`` as imbalanced-learn's: common checks, pipelines, clone, pickle.

The classes are found by their YAML: a new one is checked without a change here. Generators that train have
smaller settings and a smaller dataset in the default run; ``-m slow`` has the libraries' own dataset.
"""

import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import make_pipeline
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, TunedThresholdClassifierCV, cross_val_score
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from tests.samplers.common_checks import (
    EXCEPTIONS,
    LIBRARIES,
    MOST_EXCEPTIONS,
    PASSED,
    SKIPPED,
    checks_of,
    is_installed,
    key_of,
    name_of,
    outcome,
    own_classes,
    read_table,
    sampler_of,
    small_dataset,
)

CLASSES = list(own_classes())
#: Classes that the libraries' own dataset takes no time; and those that any dataset takes minutes.
QUICK, LONG = ("InterpolateMarginal", "WrappedSampler"), ("BeGreatSampler", "TabularARGNSampler")
BY_COST = [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in CLASSES]
#: Networks have their base class in common with the quicker ones, which the default run checks.
NETWORKS = (*LONG, "CTGANSampler", "SDVSampler")
CHECKED = [pytest.param(name, marks=pytest.mark.slow) if name in NETWORKS else name for name in CLASSES]
#: Checks that only call ``fit``, which trains nothing, or that expect an error.
TRAINS_NOTHING = ("check_param_validation", "check_dataframe_column_names_consistency")


def sampler_or_skip(name):
    sampler = sampler_of(name)
    if not is_installed(sampler):
        pytest.skip(f"{name} needs {sampler.needs_module}")
    return sampler


def failures(sampler, library):
    found = {key_of(c): (name_of(c), outcome(sampler, c)) for c in checks_of(sampler, library)}
    name = type(sampler).__name__
    for key, (check, text) in found.items():
        expected = (name, check) in EXCEPTIONS
        assert (text not in (PASSED, SKIPPED)) == expected, f"{key}: {text}"


@pytest.mark.parametrize("name", CLASSES)
def test_scikit_learn(name):
    failures(sampler_of(name), "scikit-learn")


@pytest.mark.parametrize("name", CHECKED)
def test_imbalanced_learn(name):
    sampler = sampler_or_skip(name)
    if name in QUICK:
        failures(sampler, "imbalanced-learn")
    else:
        with small_dataset():
            failures(sampler, "imbalanced-learn")


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in CLASSES if name not in QUICK])
def test_imbalanced_learn_with_its_own_dataset(name):
    failures(sampler_or_skip(name), "imbalanced-learn")


def test_the_table_holds_every_class_and_check():
    """``python -m tests.samplers.common_checks`` writes it."""
    table = read_table()
    for name in CLASSES:
        for library in LIBRARIES:
            for check in checks_of(sampler_of(name), library):
                cell = table[f"{library}: {key_of(check)}"][name]
                expected = (name, name_of(check)) in EXCEPTIONS
                assert (cell not in (PASSED, SKIPPED)) == expected, (name, key_of(check), cell)
    listed = [name for name, _ in EXCEPTIONS]
    assert set(listed) <= set(CLASSES) and all(listed.count(n) <= MOST_EXCEPTIONS for n in listed)


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    labels = pd.Series(["no"] * 60 + ["yes"] * 24, name="bought")
    age = rng.integers(18, 60, 84) + 30.0 * (labels == "yes")
    return pd.DataFrame({"age": age, "city": rng.choice(["a, b", "c"], 84)}), labels


def pipeline(sampler):
    encode = make_column_transformer((StandardScaler(), ["age"]), (OneHotEncoder(), ["city"]))
    return make_pipeline(clone(sampler), encode, LogisticRegression())


@pytest.mark.parametrize("name", BY_COST)
def test_pipelines_are_deterministic(name, rows):
    """cross_val_score twice; a tuned threshold and a grid over the sampler's own parameter."""
    sampler = sampler_or_skip(name)
    model, (X, y) = pipeline(sampler), rows
    scores = [
        cross_val_score(clone(model), X, y, cv=2, scoring="f1_macro", error_score="raise") for _ in "12"
    ]
    np.testing.assert_array_equal(*scores)
    assert (scores[0] > 0.5).all(), "the classes are apart"
    tuned = TunedThresholdClassifierCV(model, cv=2, scoring="balanced_accuracy").fit(X, y)
    assert set(tuned.predict(X)) == {"no", "yes"}
    step = type(sampler).__name__.lower()
    grid = GridSearchCV(model, {f"{step}__sampling_strategy": ["auto", 0.8]}, cv=2, error_score="raise")
    assert np.isfinite(grid.fit(X, y).cv_results_["mean_test_score"]).all()


@pytest.mark.parametrize("name", BY_COST)
def test_clone_pickle_and_joblib(name, rows, tmp_path):
    sampler = sampler_or_skip(name)
    copies = [clone(sampler), pickle.loads(pickle.dumps(sampler))]
    assert len({str(s.get_params()) for s in (sampler, *copies)}) == 1
    generated = [s.fit_resample(*rows) for s in copies]
    pd.testing.assert_frame_equal(generated[0][0], generated[1][0])
    pd.testing.assert_series_equal(generated[0][1], generated[1][1])
    joblib.dump(copies[0], tmp_path / "fitted")
    fitted = joblib.load(tmp_path / "fitted")
    assert fitted.ledger_["accepted"] == copies[0].ledger_["accepted"] == 36
    assert fitted.sampling_strategy_ == {"yes": 36} and list(fitted.feature_names_in_) == ["age", "city"]
    assert list(fitted.get_feature_names_out()) == ["age", "city"]


@pytest.mark.parametrize("name", CLASSES)
def test_sparse_matrices_are_refused(name):
    with pytest.raises(TypeError, match=r"[Ss]parse"):
        sampler_of(name).fit_resample(sparse.eye(12, format="csr"), [0] * 8 + [1] * 4)


@pytest.mark.parametrize("name", CLASSES)
def test_metadata_is_not_requested(name):
    """As of imbalanced-learn's samplers: ``fit_resample`` asks for nothing beside X and y."""
    assert sampler_of(name).get_metadata_routing().fit_resample.requests == {}
