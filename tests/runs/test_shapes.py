"""What a stored record may hold: numbers in measure, in plain files."""

import os

import pytest

from imbench.runs.record import STATES
from imbench.runs.shapes import MOST_ATTEMPTS, is_line, is_scores, is_status
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


@pytest.mark.parametrize(("word", "value"), WRONG)
def test_what_readers_rely_on_must_be_there(word, value):
    """A resumed sweep adds to the attempts; reports and MLflow compare the moments."""
    line = STATUS | {"status": "failed"}
    assert is_status(STATUS, STATES) and is_line(line, STATUS["key"], STATES)
    assert not is_status(STATUS | {word: value}, STATES)
    assert not is_status({k: v for k, v in STATUS.items() if k != word}, STATES)
    assert not is_line(line | {word: value}, STATUS["key"], STATES)


def _scores(value):
    return {"classifiers": {"xgboost": {"published": {"f1": value}}}, "quality": None}


@pytest.mark.parametrize("value", (0, 1.5, -3, 10**20, None))
def test_numbers_count_alone_and_in_a_list(value):
    assert is_scores(_scores(value)) and is_scores(_scores([0.5, value]))


@pytest.mark.parametrize("value", (True, "1", float("nan"), float("inf"), -1e301, 10**400))
def test_anything_else_does_not(value):
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
