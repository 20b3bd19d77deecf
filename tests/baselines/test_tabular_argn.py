"""TabularARGN by its package: values of every kind come back, and nothing of the package stays behind."""

import hashlib
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from baselines import argn_engine, tabular_argn
from baselines.tabular_argn import FEWEST_ROWS, TabularARGNSampler
from imbench.errors import MethodError
from imbench.utils.paths import ROOT

needs = pytest.mark.skipif(not argn_engine.is_installed(), reason="mostlyai-engine is not installed")
MINORITY, ROWS = 24, 80


def hard_frame():
    """Names and categories that the package uses itself, missing values, constants, wide ranges."""
    rng = np.random.default_rng(0)
    label = np.arange(ROWS) < MINORITY
    frame = pd.DataFrame({
        "__key": rng.choice(["_RARE_", "<<NULL>>", "nan", "", "1"], ROWS),
        "label": rng.choice(["a", "ä,b", "c is d"], ROWS).astype(object),
        "seven": rng.integers(-5, 300, ROWS),
        "wide": rng.choice([1e-12, 3.5, -1e15, 1e300], ROWS),
        "steps": rng.normal(size=ROWS).round(3),
        "day": pd.Timestamp("2024-02-01") + pd.to_timedelta(rng.integers(0, 90, ROWS), "D"),
        "flag": rng.choice([True, False], ROWS),
        "constant": 4,
        "same": "x",
        "nothing": np.nan,
        "only_usual": np.where(label, np.nan, rng.normal(size=ROWS)),
        "usual_text": np.where(label, None, "t"),
        "whole_with_holes": pd.array(np.where(rng.uniform(size=ROWS) < 0.3, None, 3), dtype="Int64"),
    })  # fmt: skip
    frame.loc[::5, "steps"] = np.nan
    frame.loc[::4, "label"] = None
    return frame, np.where(label, "rare", "usual")


def resample(rows="minority", seed=0, **options):
    X, y = hard_frame()
    sampler = TabularARGNSampler(rows=rows, max_epochs=2, random_state=seed, **options)
    return (X, *sampler.fit_resample(X, y), sampler)


@needs
@pytest.mark.parametrize("rows", ("minority", "all"))
def test_values_of_every_kind_come_back(rows):
    X, X_new, y_new, sampler = resample(rows)
    made = X_new.iloc[ROWS:]
    assert len(made) == ROWS - 2 * MINORITY and (y_new[ROWS:] == "rare").all()
    pd.testing.assert_series_equal(X_new.dtypes, X.dtypes)
    fitted = X.iloc[:MINORITY] if rows == "minority" else X
    assert sampler.ledger_["training_rows"] == len(fitted)
    for column in X:
        known, values = fitted[column].dropna(), made[column].dropna()
        assert made[column].isna().any() <= fitted[column].isna().any(), column
        if pd.api.types.is_numeric_dtype(X[column]) and X[column].dtype != bool and len(known):
            assert values.between(known.min(), known.max()).all(), column
        elif column != "day":
            assert set(values) <= set(known), column
    assert made["nothing"].isna().all()
    assert made["steps"].isna().any() and made["label"].isna().any(), "missing values are values"
    assert np.allclose(made["steps"].dropna(), made["steps"].dropna().round(3)), "the column's decimals"


@pytest.mark.parametrize("wanted", ("rare", "other"))
def test_the_label_is_the_seed_of_rows_all(monkeypatch, wanted):
    """The model reads all rows with their class, and is given the class of the requested rows."""
    y = np.repeat(["usual", "rare", "other"], [30, 10, 20])
    X = pd.DataFrame({"copy": y, "number": np.arange(60.0)})

    def fake(rows, options, seed, count, given):
        assert len(rows) == 60 and not set(given) - set(rows)
        chosen = rows[(rows[list(given)] == given.iloc[0]).all(axis=1)]
        assert len(chosen) in (10, 20), "rows of one class"
        return chosen.sample(count, replace=True, random_state=0), {}

    monkeypatch.setattr(tabular_argn, "fit_and_sample", fake)
    sampler = TabularARGNSampler(rows="all", sampling_strategy={wanted: 25})
    X_new, y_new = sampler.fit_resample(X, y)
    assert len(X_new) > 60 and set(X_new["copy"].iloc[60:]) == {wanted} == set(y_new[60:])


@needs
def test_another_process_makes_the_same_rows():
    """Hash seeds, threads and the memory that is free play no part."""
    code = (
        "import hashlib, torch; torch.set_num_threads(2)\n"
        "from tests.baselines.test_tabular_argn import resample\n"
        "print(hashlib.sha256(resample()[1].to_csv().encode()).hexdigest())"
    )
    variables = os.environ | {"PYTHONHASHSEED": "3", "OMP_NUM_THREADS": "2",
                              "MOSTLY_ENGINE_AVAILABLE_RAM_FOR_HEURISTICS": "1G"}  # fmt: skip
    other = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", code],
        cwd=ROOT, env=variables, capture_output=True, text=True,
    )  # fmt: skip
    assert other.stdout.strip() == hashlib.sha256(resample()[1].to_csv().encode()).hexdigest(), other.stderr
    assert other.stdout.count("\n") == 1, "the package prints nothing"


@needs
def test_nothing_of_the_package_stays_behind(monkeypatch, tmp_path):
    import datasets
    import torch

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv(argn_engine.SEED_VARIABLE, "41")
    torch.manual_seed(5)
    np.random.seed(5)
    expected = torch.rand(1).item(), np.random.rand()
    torch.manual_seed(5)
    np.random.seed(5)
    cache = Path(datasets.config.HF_DATASETS_CACHE)
    cached = set(cache.rglob("*"))
    filters, variables = list(warnings.filters), dict(os.environ)
    resample()
    assert (torch.rand(1).item(), np.random.rand()) == expected
    assert warnings.filters == filters and dict(os.environ) == variables
    assert not os.listdir(tmp_path)
    assert cached == set(cache.rglob("*")) and cache == datasets.config.HF_DATASETS_CACHE
    assert (torch.tensor([1e-40]) * 0.5).item() > 0, "denormal numbers are still numbers"


@pytest.mark.parametrize("few", range(1, FEWEST_ROWS))
def test_too_few_rows(few):
    X, y = pd.DataFrame({"a": range(20)}), np.array([1] * few + [0] * (20 - few))
    with pytest.raises(MethodError, match=rf"needs {FEWEST_ROWS} minority rows to fit on, there \w+ {few}"):
        TabularARGNSampler().fit_resample(X, y)


def test_message_without_the_package(monkeypatch):
    monkeypatch.setattr(argn_engine, "is_installed", lambda: False)
    with pytest.raises(MethodError, match=r"mostlyai-engine, which is not installed: pip install .*no-deps"):
        resample()


@needs
def test_a_failure_inside_the_package_is_a_message(monkeypatch):
    from mostlyai.engine import TabularARGN

    monkeypatch.setattr(TabularARGN, "fit", lambda *_: 1 / 0)
    with pytest.raises(MethodError, match="failed on these rows: ZeroDivisionError"):
        resample()
