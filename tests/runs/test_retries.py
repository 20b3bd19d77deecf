"""Which runs that ended without scores are tried again, and how often."""

import pytest

from imbench.records.record import ATTEMPTS, RunFolder
from imbench.runs import generation
from imbench.runs.key import identify
from imbench.runs.run import run_one
from tests.helpers import run_config


@pytest.fixture
def failing(monkeypatch):
    def fail(*_):
        raise ValueError("no luck")

    monkeypatch.setattr(generation, "generate", fail)


def test_failed_runs_can_be_left_as_they_are(tmp_path, failing, monkeypatch):
    assert run_one(run_config(tmp_path)).state == "failed"
    left = run_one(run_config(tmp_path, "retry_failed=false"))
    assert left.state == "failed" and not left.ran and "retry_failed=false" in left.reason
    assert "no luck" in left.reason
    monkeypatch.undo()
    assert run_one(run_config(tmp_path, "retry_failed=false", "rerun=true")).ok


def test_retries_are_bounded(tmp_path, failing, monkeypatch):
    for attempt in (1, 2, 3):
        outcome = run_one(run_config(tmp_path, "max_retries=2"))
        assert outcome.ran and RunFolder(outcome.folder).status()["attempts"] == attempt
    left = run_one(run_config(tmp_path, "max_retries=2"))
    assert not left.ran and "3 attempts, max_retries=2" in left.reason
    monkeypatch.undo()
    assert run_one(run_config(tmp_path)).ok


def test_attempts_whose_process_died_count(tmp_path, monkeypatch):
    folder = RunFolder(tmp_path / identify(run_config(tmp_path)).key)

    def die(*_):
        raise SystemExit

    monkeypatch.setattr(generation, "generate", die)
    for times in (1, 2):
        with pytest.raises(SystemExit):
            run_one(run_config(tmp_path, "max_retries=1"))
        assert folder.attempts() == times and folder.status() is None
    left = run_one(run_config(tmp_path, "max_retries=1"))
    assert left.state == "failed" and "died without a record, 2 times" in left.reason
    assert folder.status()["state"] == "failed" and not (folder.path / ATTEMPTS).exists()
    monkeypatch.undo()
    assert run_one(run_config(tmp_path)).ok
