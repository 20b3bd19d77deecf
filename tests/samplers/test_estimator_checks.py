"""The project's own samplers as imbalanced-learn's: its common checks, pipelines, clone, pickle.

The checks want every class filled up (``sampling_strategy="auto"``); the default here fills up the rarest one
only, as the paper does. Sparse matrices are refused: a row of text and numbers is never sparse, and
the samplers' tags say so.
"""

import pickle

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline
from imblearn.utils.estimator_checks import parametrize_with_checks
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from imbench.samplers.interpolation import InterpolateMarginal
from imbench.samplers.llm.sampler import LLMOversampler
from imbench.samplers.wrapped import WrappedSampler

SHORT = {
    "name": "small", "source": "table", "numbers": "padded", "size": {"layers": 1, "width": 16, "heads": 2},
    "training": {"epochs": 1, "batch": 64, "lr": 5e-3, "max_steps": 2},
}  # fmt: skip
MARGINAL = InterpolateMarginal(random_state=0, sampling_strategy="auto")
LANGUAGE_MODEL = LLMOversampler(llm=SHORT, random_state=0, sampling_strategy="auto")
WRAPPED = WrappedSampler(SMOTE(), random_state=0)
#: Checks that a class does not pass, with the reason.
EXCEPTIONS = {
    ("WrappedSampler", "check_samplers_sampling_strategy_fit_resample"): (
        "its sampling strategy is a parameter of the sampler inside: sampler__sampling_strategy"
    ),
}


def named(check):
    return getattr(check, "func", check).__name__


def run(estimator, check):
    if (type(estimator).__name__, named(check)) in EXCEPTIONS:
        with pytest.raises(ValueError, match="Invalid parameter 'sampling_strategy'"):
            check(estimator)
    else:
        check(estimator)


@parametrize_with_checks([MARGINAL, WRAPPED])
def test_common_checks(estimator, check):
    run(estimator, check)


@pytest.mark.slow
@parametrize_with_checks([LANGUAGE_MODEL])
def test_language_model(estimator, check):
    run(estimator, check)


@pytest.mark.parametrize("sampler", [MARGINAL, WRAPPED, LANGUAGE_MODEL], ids=["marginal", "wrapped", "llm"])
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
    assert str(first.get_params()) == str(sampler.get_params()) == str(second.get_params())
    generated = [s.fit_resample(rows, labels)[0] for s in (first, second)]
    pd.testing.assert_frame_equal(*generated)
    fitted = pickle.loads(pickle.dumps(first))
    assert fitted.ledger_ == first.ledger_ and len(generated[0]) == 180
