"""Every method of conf/method × each value of ``missing`` × rows with missing cells of each kind."""

import warnings

import numpy as np
import pandas as pd
import pytest

from imbench.errors import ConfigError, MethodError, SamplerWarning
from imbench.samplers.build import build_method
from imbench.samplers.missing import TAKE_MISSING, share_differences
from imbench.samplers.missing_adapter import MissingAdapter
from tests.helpers import METHODS as ALL
from tests.helpers import is_llm, method_config, read_yaml, removes_rows

METHODS = [m for m in ALL if not removes_rows(m)]
ROWS, MINORITY = 320, 100
CASES = ("usual", "empty columns", "one row")
#: Methods whose rows have the minority's share of missing cells by construction, also under ``native``.
EXACT = [
    m for m in METHODS if not is_llm(m) and not read_yaml("method", m)["_target_"].startswith("baselines")
]


def holes(case: str) -> tuple[pd.DataFrame, pd.Series]:
    """Rows with missing numbers, categories, booleans and dates; the minority misses more than the rest."""
    rng = np.random.default_rng(1)
    y = pd.Series([1] * MINORITY + [0] * (ROWS - MINORITY), name="label")
    if case == "one row":
        y[1:MINORITY] = 0
    rare = (y == 1).to_numpy()
    X = pd.DataFrame(
        {
            "size": rng.normal(size=ROWS) + rare,
            "whole": pd.array(rng.integers(0, 9, ROWS), dtype="Int64"),
            "colour": pd.Categorical(rng.choice(["red", "green", "blue"], ROWS)),
            "member": pd.array(rng.random(ROWS) < 0.4, dtype="boolean"),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, ROWS), unit="D"),
            "known": rng.poisson(4, ROWS).astype(float),
        }
    )
    for j, column in enumerate(X.columns[:-1]):
        X.loc[rng.random(ROWS) < np.where(rare, 0.5, 0.1 + 0.05 * j), column] = None
    if case == "empty columns":  # two everywhere, two in the minority
        X["size"] = np.nan
        X["colour"] = pd.Categorical([None] * ROWS, ["red"])
        X.loc[rare, ["whole", "member"]] = None
    return X, y


def outcome(name, policy, case):
    """The synthetic rows, the minority's, and the sampler, or the error; training rows stay as they are."""
    X, y = holes(case)
    if name.endswith("_raw"):  # a boolean column cannot hold fractional codes
        X["member"] = X["member"].astype(object).astype("category")
    before = X.copy(deep=True)
    override = [] if policy is None else [f"method.missing={policy}"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SamplerWarning)
        try:
            sampler = build_method(method_config(name, *override), 0).sampler
            rows, labels = sampler.fit_resample(X, y)
        except (ConfigError, MethodError) as error:
            return None, None, error
    pd.testing.assert_frame_equal(X, before)
    pd.testing.assert_frame_equal(rows.iloc[:ROWS].astype(X.dtypes), X)
    assert (np.asarray(labels)[ROWS:] == 1).all()
    return rows.iloc[ROWS:], X[y == 1], sampler


def assert_valid(rows, X, raw):
    """No cell outside what its column can hold: dtypes, categories, ranges, whole numbers and days."""
    for column in X:
        if not (raw and column in ("colour", "member")):
            assert rows[column].dtype == X[column].dtype, column
    cells = rows["colour"].dropna().astype(str)
    assert raw or set(cells) <= {"red", "green", "blue"}
    assert raw or set(rows["member"].dropna()) <= {True, False}
    assert (rows["whole"].dropna() % 1 == 0).all()
    assert (rows["day"].dropna().dt.normalize() == rows["day"].dropna()).all()
    assert np.isfinite(rows["size"].dropna()).all()


def assert_shares(rows, minority):
    for column in minority.columns if len(rows) else ():
        share, found = minority[column].isna().mean(), rows[column].isna().mean()
        assert abs(found - share) <= 5 * np.sqrt(share * (1 - share) / max(1, len(rows))) + 1e-12, column


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", METHODS)
def test_impute_keeps_the_minoritys_share(name, case):
    rows, minority, sampler = outcome(name, "impute", case)
    if rows is None:
        assert case == "one row" and "row" in str(sampler) and "duplicate" in str(sampler), sampler
        return
    assert_valid(rows, holes(case)[0], name.endswith("_raw"))
    assert_shares(rows, minority)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", METHODS)
def test_native_keeps_the_share_or_says_so(name, case):
    rows, minority, sampler = outcome(name, "native", case)
    if rows is None:
        names = [*TAKE_MISSING, "method.missing=impute"]
        assert (case == "one row" and "duplicate" in str(sampler)) or all(n in str(sampler) for n in names)
        return
    assert_valid(rows, holes(case)[0], name.endswith("_raw"))
    if name in EXACT:
        assert_shares(rows, minority)
    else:
        assert sampler.ledger_.get("missing_shares", {}) == share_differences(rows, minority)


@pytest.mark.parametrize("name", METHODS)
def test_refuse_names_columns_and_ways_out(name):
    rows, _, error = outcome(name, "refuse", "usual")
    assert rows is None
    for part in ("size, whole, colour, member, day", "method.missing=impute", "dataset.drop_missing=true"):
        assert part in str(error)
    assert all(other in str(error) for other in TAKE_MISSING)


@pytest.mark.parametrize("name", [*EXACT, "gaussian_copula", "ctgan"])
def test_the_default_is_native_or_refuses_with_the_same_message(name):
    rows, _, found = outcome(name, None, "usual")
    if rows is None:
        assert "method.missing=impute" in str(found) and "size" in str(found)
    else:
        pd.testing.assert_frame_equal(rows, outcome(name, "native", "usual")[0])


@pytest.mark.parametrize("name", TAKE_MISSING)
def test_the_methods_that_messages_name_take_missing_values(name):
    assert outcome(name, None, "usual")[0] is not None


@pytest.mark.parametrize("policy", (None, "native", "impute"))
@pytest.mark.parametrize("name", [m for m in ALL if removes_rows(m)])
def test_rows_that_are_kept_keep_their_missing_cells(name, policy):
    X, y = holes("usual")
    override = [] if policy is None else [f"method.missing={policy}"]
    rows, labels = build_method(method_config(name, *override), 0).sampler.fit_resample(X, y)
    assert np.bincount(labels).tolist() == [MINORITY, MINORITY]
    real = set(map(tuple, X.astype(str).to_numpy()))
    assert set(map(tuple, rows.astype(str).to_numpy())) <= real


def test_impute_keeps_rows_that_a_sampler_changes():
    """With ``shrinkage`` random oversampling makes new rows, and names the rows that they were made from."""
    from imblearn.over_sampling import RandomOverSampler

    X = pd.DataFrame({"a": np.linspace(0, 1, 40), "b": np.where(np.arange(40) % 4 == 0, np.nan, 2.5)})
    sampler = MissingAdapter(
        RandomOverSampler(shrinkage=1.0, random_state=0), missing="impute", random_state=0
    )
    rows = sampler.fit_resample(X, np.repeat([0, 1], [30, 10]))[0]
    pd.testing.assert_frame_equal(rows.iloc[:40], X)
    assert not rows["a"].iloc[40:].isin(X["a"]).any() and rows["b"].iloc[40:].isna().any()
