"""The fuzzers for a few seconds with a fixed seed, and every input that was ever found to break something."""

import json

import pytest

from imbench.errors import DataError
from imbench.utils.paths import ROOT
from tests.fuzz import drive
from tests.fuzz.findings import add
from tests.fuzz.part import PARTS, Part, TooSlow, at_most, corpus, kept_input, part_of

CORPUS = ROOT / "tests" / "fuzz" / "corpus"
#: Inputs that take a few seconds together.
INPUTS = {"csv": 30, "sentences": 40, "overrides": 2, "records": 4}
KEPT = [path for part in PARTS for path in corpus(CORPUS / part)]


def _cases():
    """All of csv and sentences; of the slow parts every eighth, and the rest in the slow suite."""
    for number, path in enumerate(KEPT):
        slow = path.parent.name in ("overrides", "records") and number % 8
        marks = [pytest.mark.slow] if slow else []
        yield pytest.param(path, id=f"{path.parent.name}-{path.stem}", marks=marks)


@pytest.mark.parametrize("path", _cases())
def test_the_corpus_stays_mended(path, tmp_path):
    part_of(path.parent.name).replay(kept_input(path), tmp_path)


def test_every_fuzzer_has_a_corpus():
    assert {path.parent.name for path in KEPT} == set(PARTS)


@pytest.mark.parametrize("name", PARTS)
def test_a_short_fuzz_finds_nothing(name, tmp_path):
    result = drive.fuzz(part_of(name), 120, 2026, tmp_path, examples=INPUTS[name])
    assert result.findings == {}, "replay and mend it, then keep the file in tests/fuzz/corpus"
    assert result.inputs >= INPUTS[name] // 2


def _broken(error):
    from hypothesis import strategies as st

    def play(given, folder):
        if given > 5:
            raise error

    return Part("broken", lambda: st.integers(0, 100), play)


def test_a_finding_is_made_small_and_kept(tmp_path):
    result = drive.fuzz(_broken(KeyError("x")), 60, 0, tmp_path, examples=50)
    (file,) = tmp_path.iterdir()
    assert kept_input(file) == 6, "the smallest input that fails"
    assert list(result.findings) == ["KeyError in part.py:replay"], "one, named by kind and place"
    assert drive.failure(_broken(KeyError("x")), 6) is not None


def test_a_message_is_no_finding_but_an_empty_one_is(tmp_path):
    assert drive.fuzz(_broken(DataError("column 'x': …")), 60, 0, tmp_path, examples=50).findings == {}
    assert len(drive.fuzz(_broken(DataError(" ")), 60, 0, tmp_path, examples=50).findings) == 1


@pytest.mark.parametrize("cause", (MemoryError(), ValueError("Error tokenizing data: out of memory")))
def test_a_message_that_the_memory_ran_out_is_a_finding(cause):
    error = DataError("the table does not fit into the free memory")
    error.__cause__ = cause
    assert "no bound had refused" in str(drive.failure(_broken(error), 6))
    error.__cause__ = ValueError("Expected 2 fields in line 3")
    assert drive.failure(_broken(error), 6) is None


def test_a_table_that_takes_the_memory_is_a_finding(monkeypatch):
    """Pandas without memory, as under ``--memory-gb``."""
    import pandas as pd

    given = {"bytes": "a,label\n1,u\n2,r\n", "words": {"target": "label"}}

    def full(*_, **__):
        raise MemoryError

    monkeypatch.setattr(pd, "read_csv", full)
    assert "the memory ran out" in str(drive.failure(part_of("csv"), given))


@pytest.mark.parametrize(
    ("given", "options"),
    (
        (["@done"], "done before"), (["@failed", "retry_failed=false"], "not tried again: retry_failed"),
        (["@failed", "-m", "seed=0,1"], "sweep: 2 done"),
    ),
)  # fmt: skip
def test_words_meet_an_earlier_run_and_make_a_sweep(tmp_path, monkeypatch, given, options):
    from tests.fuzz import overrides_input

    overrides_input._usual_run()
    output = []
    run = overrides_input.run_script
    monkeypatch.setattr(overrides_input, "run_script", lambda *w: output.append(run(*w)) or output[-1])
    part_of("overrides").replay(given, tmp_path)
    assert options in output[-1][1], output


def test_the_words_of_a_sweep_and_of_a_retry_are_drawn():
    import hypothesis

    drawn = set()

    @hypothesis.settings(max_examples=150, database=None, derandomize=True)
    @hypothesis.given(part_of("overrides").inputs())
    def draw(given):
        drawn.update(word.lstrip("+~").split("=")[0] for word in given)

    draw()
    assert {"-m", "@done", "@failed", "max_retries", "retry_failed", "rerun"} <= drawn
    from tests.fuzz.overrides_input import KEYS

    assert {"launcher", "limits.memory_gb", "trust_config"} <= set(KEYS)


def test_an_endless_loop_is_a_finding():
    with pytest.raises(TooSlow), at_most(1):
        while True:
            pass


def test_waiting_for_ever_is_a_finding(monkeypatch):
    import time

    from tests.fuzz import part

    monkeypatch.setattr(part, "WAITS", 0.2)
    with pytest.raises(TooSlow), at_most(1):
        time.sleep(60)


def test_each_call_adds_a_line(tmp_path):
    for number in (1, 2):
        result = drive.FuzzResult("csv", inputs=100 * number, seconds=60.0)
        page = add(tmp_path, result, number, "hypothesis", CORPUS).read_text()
    assert len(json.loads((tmp_path / "fuzz.json").read_text())["calls"]) == 2
    assert "| csv | 2.0 | 300 | 0 |" in page and "Altogether 2.0 minutes." in page
