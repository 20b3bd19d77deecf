"""Few minority rows, columns of one kind only, missing values: a method works or raises a clear error."""

import numpy as np
import pytest

from imbench.errors import MethodError
from imbench.runs.run import run_one
from imbench.samplers.build import build_method
from tests.helpers import (
    METHODS,
    csv_overrides,
    is_llm,
    method_config,
    mixed_dataset,
    mixed_frame,
    read_yaml,
    removes_rows,
    run_config,
    small,
    training_rows,
)

FALL_BACK = [m for m in METHODS if read_yaml("method", m).get("few_rows") == "duplicate"]


def resample(name, dataset, few=None):
    X, y = training_rows(dataset)
    method = build_method(method_config(name), 0)
    X_new, y_new = method.sampler.fit_resample(X.copy(), y.copy())
    assert list(X_new.columns) == list(X.columns)
    if removes_rows(name):
        assert set(map(tuple, X_new.astype(str).to_numpy())) <= set(map(tuple, X.astype(str).to_numpy()))
    else:
        assert X_new.iloc[: len(X)].reset_index(drop=True).astype(str).equals(X.astype(str))
    return method, X, X_new, np.asarray(y_new)


@pytest.mark.parametrize("few", (1, 2, 3, 4, 5))
@pytest.mark.parametrize("name", METHODS)
def test_few_minority_rows(name, few):
    """Works, or a MethodError with the number of rows and the number needed."""
    try:
        method, X, X_new, y_new = resample(name, mixed_dataset(40, few))
    except MethodError as error:
        assert name not in FALL_BACK and "row" in str(error), error
        return
    if len(X_new) > len(X) and not is_llm(name):
        share = read_yaml("method", name).get("fill_to", 1)
        assert np.bincount(y_new).tolist() == [int(share * (40 - few)), 40 - few]
    if name in FALL_BACK:
        assert method.sampler.ledger_["fallback"].startswith(f"random duplicates: {few} minority rows")
        real = set(X[:][training_rows(mixed_dataset(40, few))[1] == 0].astype(str).agg("|".join, axis=1))
        assert set(X_new.iloc[len(X) :].astype(str).agg("|".join, axis=1)) <= real


def test_the_fallback_ends_at_six_rows():
    for few, falls in ((5, True), (6, False)):
        sampler = resample("smote", mixed_dataset(40, few))[0].sampler
        assert ("fallback" in sampler.ledger_) == falls


def test_without_the_fallback_the_message_names_the_needed_rows():
    config = method_config("smote", "method.few_rows=error")
    with pytest.raises(MethodError, match=r"3 minority rows, SMOTE needs 6\. Set few_rows: duplicate"):
        build_method(config, 0).sampler.fit_resample(*training_rows(mixed_dataset(40, 3)))


@pytest.mark.parametrize("kinds", ("numbers", "words"))
@pytest.mark.parametrize("name", METHODS)
def test_datasets_of_one_kind(name, kinds):
    try:
        _, X, X_new, y_new = resample(name, mixed_dataset(80, 16, kinds=kinds))
    except MethodError as error:
        assert kinds == "words" and "needs a column of numbers" in str(error), error
        return
    assert len(X_new) == len(y_new)
    assert X_new.iloc[len(X) :].notna().all().all()


@pytest.mark.parametrize("name", METHODS)
def test_missing_values(name):
    """Rows with missing values: works, or a MethodError that names the columns; never a raw failure."""
    frame = mixed_frame(90, 18)
    frame.loc[frame.index % 7 == 0, "size"] = np.nan
    frame.loc[frame.index % 5 == 0, "colour"] = np.nan
    from imbench.data.dataset import build_dataset

    dataset = build_dataset(
        "has_missing", frame, "label", ["size", "count", "level"], ["colour", "shape", "place"]
    )
    try:
        resample(name, dataset)
    except MethodError as error:
        assert "size" in str(error) and "missing" in str(error)


@pytest.mark.parametrize("name", ("smote", "ctgan", "gaussian_copula", "interpolate_marginal"))
@pytest.mark.parametrize("few", (1, 5))
def test_few_rows_end_as_a_record(tmp_path, name, few):
    """The same through the harness, q = 1: done, or failed with phase, reason and traceback."""
    path = tmp_path / "few.csv"
    mixed_frame(60, few + 1).to_csv(path, index=False)  # one minority row goes to the test part
    config = run_config(
        tmp_path / "runs", *csv_overrides(path), f"method={name}", "imbalance_ratio=1", *small(name)
    )
    outcome = run_one(config)
    assert outcome.state in ("done", "failed")
    if outcome.state == "failed":
        assert "row" in outcome.reason and "Error:" not in outcome.reason


@pytest.mark.parametrize("kinds", ("numbers", "words"))
@pytest.mark.parametrize("name", ("smote", "smotenc", "interpolate_marginal"))
def test_datasets_of_one_kind_end_as_a_record(tmp_path, name, kinds):
    path = tmp_path / "kind.csv"
    mixed_frame(150, 60, kinds=kinds).to_csv(path, index=False)
    outcome = run_one(run_config(tmp_path / "runs", *csv_overrides(path), f"method={name}"))
    assert outcome.state == "done", outcome.reason
    assert outcome.scores["quality"]["rows"] > 0
