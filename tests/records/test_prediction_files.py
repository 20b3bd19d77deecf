"""Predictions are kept with a run, and its scores are computed from them."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imbench.records.prediction_files import from_lines, lines_of, read_predictions, table_of
from imbench.records.record import PREDICTIONS, RunFolder
from imbench.runs.run import run_one
from imbench.scoring.evaluate import score
from imbench.scoring.predictions import Predictions
from tests.helpers import run_config


def some(classes=2, rows=7, seed=0, minority=0, exact=False):
    rng = np.random.default_rng(seed)
    found = {}
    for protocol in ("published", "corrected"):
        probabilities = rng.dirichlet(np.ones(classes), rows).astype("float32")
        if exact:
            probabilities[:, 0] = np.float32(1) - probabilities[:, 1]
        truth = rng.integers(0, classes, rows)
        found[protocol] = Predictions(truth, probabilities, minority, rng.permutation(rows * 3)[:rows])
    return {"xgboost": found}


def assert_equal(one, two):
    assert {c: list(p) for c, p in one.items()} == {c: list(p) for c, p in two.items()}
    for classifier, by_protocol in one.items():
        for protocol, left in by_protocol.items():
            right = two[classifier][protocol]
            assert left.minority == right.minority
            for name in ("truth", "probabilities", "rows"):
                np.testing.assert_array_equal(getattr(left, name), getattr(right, name))


@given(classes=st.integers(2, 5), rows=st.integers(1, 30), seed=st.integers(0, 99), exact=st.booleans())
def test_there_and_back(tmp_path_factory, classes, rows, seed, exact):
    predictions = some(classes, rows, seed, exact=exact and classes == 2)
    folder = RunFolder(tmp_path_factory.mktemp("run"))
    folder.write_predictions(predictions)
    assert_equal(folder.predictions(), predictions)
    size = len(lines_of(predictions)[0]["probabilities"]) // (4 * rows)
    assert size == (1 if exact and classes == 2 else classes) or classes == 2


@pytest.mark.parametrize(
    "words", (["dataset=insurance"], ["dataset=car"], ["classifier=[xgboost,random_forest]"])
)
def test_a_run_is_scored_from_its_predictions(tmp_path, words):
    outcome = run_one(run_config(tmp_path, *words))
    found = RunFolder(outcome.folder).predictions()
    assert score(found) == outcome.scores["classifiers"], "to the last digit"
    for by_protocol in found.values():
        one, two = by_protocol["published"], by_protocol["corrected"]
        np.testing.assert_array_equal(one.rows, two.rows)
        assert one.probabilities.dtype == np.float32 and len(one.truth) == len(one.probabilities)


def test_an_absent_or_foreign_file_is_no_prediction(tmp_path):
    folder = RunFolder(tmp_path)
    assert folder.predictions() is None
    for content in (b"", b"PAR1", b"{}", b"PAR1" * 10):
        (tmp_path / PREDICTIONS).write_bytes(content)
        assert folder.predictions() is None
    lines = lines_of(some())
    table = table_of(lines)
    for wrong in (
        table.append_column("x", pa.array([1, 2])),
        table.drop_columns(["rows"]),
        table.set_column(0, "classifier", pa.array([1, 2])),
        table.slice(0, 0),
    ):
        pq.write_table(wrong, tmp_path / PREDICTIONS)
        assert read_predictions(tmp_path / PREDICTIONS) is None


@pytest.mark.parametrize(
    "wrong",
    (
        {"classifier": "../x"}, {"protocol": "other"}, {"classes": 1}, {"classes": 3}, {"minority": 2},
        {"minority": -1}, {"rows": b"1234"}, {"labels": b""}, {"labels": b"1"}, {"probabilities": b"1234"},
        {"labels": np.full(7, 2, "<i2").tobytes()}, {"labels": np.full(7, -1, "<i2").tobytes()},
        {"probabilities": np.full(14, 1.5, "<f4").tobytes()},
        {"probabilities": np.full(14, np.nan, "<f4").tobytes()}, {"rows": None},
    ),
)  # fmt: skip
def test_invalid_values(wrong):
    lines = lines_of(some())
    assert from_lines(lines) is not None
    assert from_lines([lines[0] | wrong, lines[1]]) is None
    assert from_lines(lines[:1]) is None, "one protocol is missing"
