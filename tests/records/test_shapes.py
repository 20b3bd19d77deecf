"""Schemas of the files of a record, and bounded reads of small files."""

import json
import os

import pytest

from imbench.records.record import STATES
from imbench.records.shapes import MOST_ATTEMPTS, Scores, Status, decode
from imbench.utils.files import read_text

STATUS = {
    "key": "0123456789abcdef", "state": "failed", "dataset": "german", "method": "smote", "seed": 0,
    "imbalance_ratio": 0.2, "attempts": 1, "started": "2026-01-01T00:00:00.000+00:00",
    "finished": "2026-01-01T00:00:01+00:00",
}  # fmt: skip
NO_MOMENT = (None, "", 0, "yesterday", "2026-01-01", "2026-01-01T00:00:00", "2026-02-31T00:00:00Z",
             "2026-01-01T00:00:00+00:00\n")  # fmt: skip
WRONG = [("attempts", v) for v in (None, -1, True, 1.0, "1", MOST_ATTEMPTS + 1, 2**63 - 1)]
WRONG += [(word, v) for word in ("started", "finished") for v in NO_MOMENT]


def is_status(content):
    return decode(json.dumps(content).encode(), Status) is not None


def is_scores(content):
    return decode(json.dumps(content).encode(), Scores) is not None


def test_other_kinds_of_content():
    assert [decode(c, Status) for c in (None, b"", b"[]", b"{", b"[" * 10**6, b"\xff")] == [None] * 6


@pytest.mark.parametrize("word", ("key", "dataset", "method", "generation_key"))
@pytest.mark.parametrize("name", ("../up", "a/b", "a\n", ".a", "a..b", "x" * 101, "", 1))
def test_names_are_safe_in_a_path(word, name):
    assert is_status(STATUS | {word: "grün+1 a.b"}) and not is_status(STATUS | {word: name})


@pytest.mark.parametrize(("word", "value"), WRONG)
def test_required_entries(word, value):
    """A resumed sweep adds to the attempts; reports and MLflow compare the moments."""
    assert is_status(STATUS)
    assert not is_status(STATUS | {word: value})
    assert not is_status({k: v for k, v in STATUS.items() if k != word})


def test_states():
    assert all(is_status(STATUS | {"state": state}) for state in STATES)
    assert not is_status(STATUS | {"state": "skipped"})


def _scores(value):
    return {"classifiers": {"xgboost": {"published": {"f1": value}}}, "quality": None}


@pytest.mark.parametrize("value", (0, 1.5, -3, 10**18, None))
def test_numbers_alone_and_in_a_list(value):
    assert is_scores(_scores(value)) and is_scores(_scores([0.5, value]))


@pytest.mark.parametrize("value", (True, "1", float("nan"), float("inf"), -1e301, 10**400))
def test_other_values_are_refused(value):
    assert not is_scores(_scores([0.5, value])) and not is_scores(_scores([value, 0.5]))
    assert not is_scores(_scores(value))


def test_an_empty_list_is_a_measure():
    assert is_scores(_scores([]))


def test_only_plain_files_within_bounds_are_read(tmp_path):
    (tmp_path / "text").write_text("grün", encoding="utf-8")
    assert read_text(tmp_path / "text") == "grün"
    assert read_text(tmp_path / "text", limit=4) is None
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    os.mkfifo(tmp_path / "pipe")  # a reader that waited here would wait for ever
    assert [read_text(tmp_path / name) for name in ("bytes", "pipe", "absent", ".")] == [None] * 4
