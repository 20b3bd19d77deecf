"""What a stored record may hold: numbers in measure, in plain files."""

import os

import pytest

from imbench.runs.shapes import is_scores
from imbench.stored import read_small


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
    assert read_small(tmp_path / "text") == "grün"
    assert read_small(tmp_path / "text", most=4) is None
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    os.mkfifo(tmp_path / "pipe")  # a reader that waited here would wait for ever
    assert [read_small(tmp_path / name) for name in ("bytes", "pipe", "absent", ".")] == [None] * 4
