"""The two sides of `scripts/benchmark.py tiny` get the same splits in turn, and the ratio is of medians."""

from types import SimpleNamespace

import pytest
from benchmark import tiny_peer


def test_sides_alternate_on_the_same_split_and_the_ratio_is_of_medians(monkeypatch):
    seconds = {"method=imbllm": [1.0, 9.0, 2.0], "method=tabular_argn": [4.0, 5.0, 100.0]}
    calls = []

    def fake(split, seed, overrides):
        calls.append((split.hash, seed, *overrides))
        sampler = SimpleNamespace(ledger_={"accepted": 7})
        return sampler, {"f1": 0.5 + seed / 10, "average_precision": 0.25}, seconds[overrides[0]][seed]

    monkeypatch.setattr(tiny_peer, "run_tiny", fake)
    found = tiny_peer.against_peer("insurance", 3)
    assert [c[2] for c in calls] == ["method=imbllm", "method=tabular_argn"] * 3, "in turn"
    assert [c[1] for c in calls] == [0, 0, 1, 1, 2, 2]
    assert all(one[0] == two[0] for one, two in zip(calls[::2], calls[1::2], strict=True))
    assert len({c[0] for c in calls}) == 3
    assert found["ratio"] == 2.0 / 5.0
    line = tiny_peer.lines([found])[0]
    assert line == ["insurance", "7", "2.00", "5.00", "**0.40**", "0.600", "0.600", "0.250", "0.250"]
    with pytest.raises(ValueError, match="alternations=0"):
        tiny_peer.against_peer("insurance", 0)


def test_what_was_sampled_alone_has_no_peer():
    line = tiny_peer.lines([{"table": "adult", "made": 9, "tiny": {"cpu_seconds": [0.3, 0.1, 0.2]}}])[0]
    assert line == ["adult", "9", "0.20", *["–"] * 6]
