"""The project's own samplers as imbalanced-learn's: its common checks, pipelines, clone, pickle.

Two exceptions, both on purpose: sparse matrices are refused (a row of text and numbers is never
sparse), and the checks want every class filled up (``sampling_strategy="auto"``), where the default
here fills up the rarest one only, as the paper does.
"""

import pickle

import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import make_pipeline
from imblearn.utils.estimator_checks import parametrize_with_checks
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from imbench.samplers.interpolation import InterpolateMarginal
from imbench.samplers.llm.sampler import LLMOversampler

SHORT = {
    "name": "tiny", "source": "table", "numbers": "padded", "size": {"layers": 1, "width": 16, "heads": 2},
    "training": {"epochs": 1, "batch": 64, "lr": 5e-3, "max_steps": 2},
}  # fmt: skip
MARGINAL = InterpolateMarginal(random_state=0, sampling_strategy="auto")
LANGUAGE_MODEL = LLMOversampler(llm=SHORT, random_state=0, sampling_strategy="auto")
REFUSED = "check_samplers_sparse"


def named(check):
    return getattr(check, "func", check).__name__


def run(estimator, check):
    if named(check) == REFUSED:
        with pytest.raises(TypeError, match="Sparse data was passed"):
            check(estimator)
    else:
        check(estimator)


@parametrize_with_checks([MARGINAL])
def test_marginal_control(estimator, check):
    run(estimator, check)


@pytest.mark.slow
@parametrize_with_checks([LANGUAGE_MODEL])
def test_language_model(estimator, check):
    run(estimator, check)


@pytest.mark.parametrize("sampler", [MARGINAL, LANGUAGE_MODEL], ids=["marginal", "llm"])
def test_pipeline_clone_and_pickle(sampler):
    rng = np.random.default_rng(0)
    labels = pd.Series([0] * 90 + [1] * 30, name="bought")
    rows = pd.DataFrame(
        {"age": rng.integers(18, 60, 120) + 15.0 * labels, "city": rng.choice(["a, b", "c"], 120)}
    )
    encode = make_column_transformer((StandardScaler(), ["age"]), (OneHotEncoder(), ["city"]))
    model = make_pipeline(clone(sampler), encode, LogisticRegression())
    scores = cross_val_score(model, rows, labels, cv=3, scoring="f1", error_score="raise")
    assert scores.shape == (3,) and (scores > 0).all(), (
        "generated rows are in training, so the class is predicted"
    )
    first, second = clone(sampler), pickle.loads(pickle.dumps(sampler))
    assert first.get_params() == sampler.get_params() == second.get_params()
    generated = [s.fit_resample(rows, labels)[0] for s in (first, second)]
    pd.testing.assert_frame_equal(*generated)
    fitted = pickle.loads(pickle.dumps(first))
    assert fitted.ledger_ == first.ledger_ and len(generated[0]) == 180
