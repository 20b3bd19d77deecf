"""Time and peak memory of a phase, also of one that fails."""

import time

import numpy as np
import pytest

from imbench.runs import phases as phases_module
from imbench.runs.phases import Phases
from imbench.utils import locks


@pytest.mark.parametrize("counted_by", ("kernel", "samples"))
def test_seconds_and_peak(monkeypatch, tmp_path, counted_by):
    if counted_by == "samples":
        monkeypatch.setattr(phases_module, "RESET", tmp_path / "nothing" / "clear_refs")
    elif not phases_module.RESET.exists():
        pytest.skip("this system keeps no peak that can be reset")
    with Phases().phase("larger than all that follows"):
        np.ones(60_000_000)
    phases = Phases()
    with phases.phase("quiet"):
        time.sleep(0.05)
    with phases.phase("large"):
        block = np.ones(30_000_000)  # 240 MB
        time.sleep(0.06)
        del block
    assert list(phases.records) == ["quiet", "large"]
    assert 0.05 <= phases.records["quiet"]["seconds"] < 1
    assert phases.records["large"]["peak_mb"] > phases.records["quiet"]["peak_mb"] + 150
    assert phases.seconds == pytest.approx(sum(r["seconds"] for r in phases.records.values()), abs=1e-3)


def test_waiting_does_not_count_as_a_phase(monkeypatch):
    phases, began = Phases(), time.perf_counter()
    with phases.phase("generate"):
        time.sleep(0.2)
        monkeypatch.setattr(locks._waits, "seconds", locks.waited() + 0.15)
    assert 0.04 <= phases.records["generate"]["seconds"] <= time.perf_counter() - began - 0.14


def test_a_failed_phase_is_timed_and_named():
    phases = Phases()
    with pytest.raises(KeyError), phases.phase("split"):
        raise KeyError
    assert phases.current == "split" and "split" in phases.records
