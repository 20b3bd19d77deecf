"""The contract of every method of conf/method; a new YAML is tested without a change here."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE, SMOTENC, BorderlineSMOTE, RandomOverSampler

from imbench.data.raw_codes import MARK
from imbench.samplers.build import build_method
from tests.helpers import (
    METHODS,
    is_llm,
    makes_rows,
    method_config,
    mixed_dataset,
    read_yaml,
    removes_rows,
    training_rows,
)

ROWS, MINORITY = 110, 20
#: Samplers of imbalanced-learn that generate the requested number of rows exactly.
EXACT = (SMOTE, SMOTENC, BorderlineSMOTE, RandomOverSampler)
#: Methods that make rows at all, and those whose rows are not drawn from a continuous space.
MAKES_ROWS = [m for m in METHODS if makes_rows(m)]
REMOVES_ROWS = [m for m in METHODS if removes_rows(m)]
KEEPS_ROWS = [m for m in METHODS if m not in REMOVES_ROWS]


@pytest.fixture(scope="module")
def given():
    return training_rows(mixed_dataset(ROWS, MINORITY))


@pytest.fixture(scope="module")
def resampled(given):
    """``resampled(method, seed, again)``: what the method returns for the module's rows, computed once."""
    cache = {}

    def run(name, seed=0, again=0):
        if (name, seed, again) not in cache:
            X, y = (part.copy() for part in given)
            method = build_method(method_config(name), seed)
            cache[name, seed, again] = (method, *method.sampler.fit_resample(X, y), X, y)
        return cache[name, seed, again]

    return run


@pytest.mark.parametrize("name", METHODS)
def test_yaml_has_the_required_options(name):
    options = read_yaml("method", name)
    assert options["name"] == name, "the name in records is the name on the command line"
    assert options.get("version", 1) >= 1
    assert set(options.get("metadata", {})) <= {"title", "group", "paper_column"}
    assert options.get("trains_on", "reduced") == ("complete" if name == "original" else "reduced")


@pytest.mark.parametrize("name", REMOVES_ROWS)
def test_rows_are_removed_and_none_is_made(resampled, given, name):
    _, X_new, y_new, X, y = resampled(name)
    assert X.equals(given[0]) and y.equals(given[1]), "the input was changed"
    before, after = (
        Counter(map(tuple, f.astype(object).assign(y=list(t)).to_numpy()))
        for f, t in ((X, y), (X_new, y_new))
    )
    assert after < before and (np.asarray(y_new) == 0).sum() == MINORITY


@pytest.mark.parametrize("name", KEEPS_ROWS)
def test_original_rows_are_first_and_unchanged(resampled, given, name):
    _, X_new, y_new, X, y = resampled(name)
    for before, now in zip(given, (X, y), strict=True):
        assert before.equals(now), "the input was changed"
        if isinstance(before, pd.DataFrame):
            pd.testing.assert_frame_equal(before, now)
    first = X_new.iloc[: len(X)].reset_index(drop=True)
    for column in X:
        assert first[column].tolist() == X[column].tolist(), column
    assert list(y_new[: len(y)]) == list(y)


@pytest.mark.parametrize("name", METHODS)
def test_columns_and_dtypes(resampled, name):
    _, X_new, y_new, X, _ = resampled(name)
    assert list(X_new.columns) == list(X.columns)
    assert len(X_new) == len(y_new)
    for column in X:
        if X[column].dtype == "float64":
            assert X_new[column].dtype == "float64" and np.isfinite(X_new[column]).all()
        else:
            assert isinstance(X_new[column].dtype, pd.CategoricalDtype)
            assert X_new[column].notna().all()
    assert np.asarray(y_new).dtype.kind == "i"


@pytest.mark.parametrize("name", METHODS)
def test_categories_are_valid(resampled, name):
    _, X_new, _, X, _ = resampled(name)
    for column in X.columns[X.dtypes == "category"]:
        extra = set(X_new[column].unique()) - set(X[column].unique())
        if name.endswith("_raw"):
            assert extra and all(value.startswith(MARK) for value in extra), (
                "fractional codes are kept as such"
            )
        else:
            assert not extra


@pytest.mark.parametrize("name", METHODS)
def test_whole_numbers(resampled, name):
    """Columns of whole numbers keep whole numbers, unless the method's YAML sets it otherwise."""
    _, X_new, _, _, _ = resampled(name)
    fractions = read_yaml("method", name).get("whole_numbers") is False
    assert (X_new["count"] % 1 == 0).all() != fractions


@pytest.mark.parametrize("name", METHODS)
def test_number_and_class_of_the_rows(resampled, name):
    method, _, y_new, _, y = resampled(name)
    added = np.asarray(y_new)[len(y) :]
    missing = int(read_yaml("method", name).get("fill_to", 1) * (ROWS - MINORITY)) - MINORITY
    if name not in MAKES_ROWS:
        assert len(added) == 0
        return
    assert (added == 0).all(), "rows of the minority class only"
    inner = getattr(method.sampler, "sampler", None)
    if inner is not None and not isinstance(inner, EXACT):
        assert abs(len(added) - missing) <= 5, "ADASYN and KMeansSMOTE round the share of each row or cluster"
    elif is_llm(name) and getattr(method.sampler, "verification", "none") != "none":
        assert len(added) <= missing
    else:
        assert len(added) == missing
    ledger = getattr(method.sampler, "ledger_", None)
    if ledger is not None:
        assert ledger["accepted"] == len(added) and ledger["generated"] >= len(added)


@pytest.mark.parametrize("name", METHODS)
def test_same_seed_same_rows(resampled, name):
    _, X_one, y_one, _, _ = resampled(name)
    _, X_two, y_two, _, _ = resampled(name, again=1)
    pd.testing.assert_frame_equal(X_one, X_two, check_exact=True)
    np.testing.assert_array_equal(np.asarray(y_one), np.asarray(y_two))


@pytest.mark.parametrize("name", MAKES_ROWS)
def test_other_seed_other_rows(resampled, name):
    _, X_one, _, X, _ = resampled(name)
    _, X_two, _, _, _ = resampled(name, seed=1)
    if is_llm(name) and len(X_one) == len(X_two) == len(X):
        pytest.skip("its check let no row of the barely trained model through")
    assert not X_one.iloc[len(X) :].astype(str).equals(X_two.iloc[len(X) :].astype(str))


@pytest.mark.parametrize("name", ("tvae", "gaussian_copula"))
def test_global_generators_are_unchanged(resampled, given, name):
    """A method seeds torch and numpy for itself only, and does not depend on their state."""
    import torch

    torch.manual_seed(5)
    np.random.seed(5)
    expected = torch.rand(1).item(), np.random.rand()
    torch.manual_seed(5)
    np.random.seed(5)
    rows = build_method(method_config(name), 0).sampler.fit_resample(*given)[0]
    assert (torch.rand(1).item(), np.random.rand()) == expected
    pd.testing.assert_frame_equal(rows, resampled(name)[1], check_exact=True)
