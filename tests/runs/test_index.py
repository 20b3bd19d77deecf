"""The index of a runs folder says what the records say, whatever happened to them or to it."""

import json
import os
import shutil

import pytest
from benchmark.many_records import many_records

from imbench.reports.select import load_runs
from imbench.runs import index
from imbench.runs.flat import FILES, flat_run
from imbench.runs.index import INDEX, flat_runs
from imbench.runs.record import iterate
from tests.reports.stored import write_run

COUNT = 60


@pytest.fixture
def runs_dir(tmp_path):
    """Records that are old enough to be remembered, with their index."""
    for seed, state in enumerate(("done", "failed", "shortfall")):
        write_run(tmp_path / "few", "german", "smote", seed, state, phase="generate", reason="none")
    many_records(tmp_path / "few", tmp_path / "runs", COUNT)
    age(tmp_path / "runs")
    list(flat_runs(tmp_path / "runs"))
    assert (tmp_path / "runs" / INDEX).is_file()
    return tmp_path / "runs"


def age(runs_dir):
    """As if nothing had been written of late: times of change cannot be set, so the clock is."""
    index.time = type("Clock", (), {"time": staticmethod(lambda: os.stat(runs_dir).st_mtime + 3600)})


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(index, "time", index.time)  # put back afterwards


def plain(runs_dir):
    """What the records say, without an index."""
    return [line for folder in iterate(runs_dir) if (line := flat_run(folder)) is not None]


@pytest.fixture
def read(monkeypatch):
    """The folders whose records were really read."""
    seen, original = [], index.flat.flat_run
    watched = lambda folder: seen.append(folder.path.name) or original(folder)  # noqa: E731
    monkeypatch.setattr(index.flat, "flat_run", watched)
    return seen


def some_run(runs_dir):
    return next(f.path for f in iterate(runs_dir) if f.status()["state"] == "done")


def test_the_index_says_what_the_records_say(runs_dir, read):
    lines = load_runs(runs_dir)
    assert read == [], "nothing was read again"
    wanted = plain(runs_dir)
    assert lines == wanted and [list(a) for a in lines] == [list(b) for b in wanted] and len(lines) == COUNT


@pytest.mark.parametrize("name", ("status.json", "scores.json", "ledger.json", "environment.json"))
@pytest.mark.parametrize("how", ("replaced", "written to", "removed", "added"))
def test_a_change_of_one_record_is_seen(runs_dir, read, name, how):
    path = some_run(runs_dir) / name
    if how == "added":
        path.unlink(missing_ok=True)
        list(flat_runs(runs_dir))
        path.write_text(json.dumps({"asked": 7, "processor": "x"} if name != "status.json" else {}))
    elif how == "removed":
        path.unlink(missing_ok=True)
    text = path.read_text() if path.is_file() else "{}"
    changed = text.replace("0", "1").replace("3", "4").replace("false", "true ")
    if how == "replaced":
        (path.parent / "half").write_text(changed)
        (path.parent / "half").replace(path)
    elif how == "written to":
        path.write_text(changed)  # the same length
    if name == "status.json" and how == "added":
        path.unlink()
    assert load_runs(runs_dir) == plain(runs_dir)
    if how in ("replaced", "written to") and changed != text:
        assert path.parent.name in read


def test_the_same_length_and_time_of_another_file(runs_dir):
    """A record restored with the old one's length and time is another file all the same."""
    path = some_run(runs_dir) / "scores.json"
    before, text = path.stat(), path.read_text()
    copy = path.parent / "copy"
    copy.write_text(text.replace("0.5", "0.6"))
    os.utime(copy, ns=(before.st_atime_ns, before.st_mtime_ns))
    copy.replace(path)
    assert path.stat().st_size == before.st_size and path.stat().st_mtime_ns == before.st_mtime_ns
    assert load_runs(runs_dir) == plain(runs_dir)


def test_young_records_are_not_remembered(tmp_path, monkeypatch, read):
    """Within the clock's grain a file can change twice and look the same."""
    monkeypatch.undo()
    write_run(tmp_path / "few", "german", "smote", 0)
    many_records(tmp_path / "few", tmp_path / "runs", COUNT)
    list(flat_runs(tmp_path / "runs"))
    entries = json.loads((tmp_path / "runs" / INDEX).read_text())["runs"]
    assert entries == []


def test_runs_that_come_and_go(runs_dir, tmp_path):
    shutil.rmtree(some_run(runs_dir))
    (some_run(runs_dir) / "status.json").unlink()
    write_run(runs_dir, "german", "adasyn", 5)
    lines = load_runs(runs_dir)
    assert lines == plain(runs_dir) and len(lines) == COUNT - 1


@pytest.mark.parametrize(
    "content", (b"", b"\x00" * 99, b"[]", b"{}", b'{"form": 1}', b'{"runs": 3}', b'"x"', b"\xff\xfe")
)
def test_a_broken_index_is_made_again(runs_dir, content, read):
    form = json.loads((runs_dir / INDEX).read_text())["form"]
    uneven = {"form": form, "names": [["a"]], "runs": [["k", [], 0, []]]}
    for broken in (content, json.dumps(uneven).encode()):
        (runs_dir / INDEX).write_bytes(broken)
        assert load_runs(runs_dir) == plain(runs_dir) and len(read) >= COUNT
        read.clear()
        load_runs(runs_dir)
        assert read == []


def test_other_code_makes_its_own(runs_dir, monkeypatch, read):
    monkeypatch.setattr(index, "_form", lambda: "other")
    load_runs(runs_dir)
    assert len(read) == COUNT


def test_a_copied_folder_is_not_believed(runs_dir, tmp_path, read):
    shutil.copytree(runs_dir, tmp_path / "elsewhere")
    assert load_runs(tmp_path / "elsewhere") == plain(runs_dir)
    assert len(read) == COUNT


def test_a_folder_that_cannot_be_written(runs_dir, monkeypatch):
    (runs_dir / INDEX).unlink()

    def full(self, *_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(index.Path, "write_bytes", full)
    assert load_runs(runs_dir) == plain(runs_dir)
    assert sorted(p.name for p in runs_dir.iterdir() if p.name.startswith(".")) == []


@pytest.mark.parametrize("name", FILES)
def test_half_a_surrogate_in_a_record_harms_no_report(runs_dir, name):
    """JSON can escape what no file in UTF-8 can hold, so the index could not be written with it."""
    (runs_dir / INDEX).unlink()
    (some_run(runs_dir) / name).write_text(
        '{"git_commit": "\\ud800", "reason": "\\ud800", "asked": "\\ud800"}'
    )
    assert load_runs(runs_dir) == plain(runs_dir)
    assert (runs_dir / INDEX).is_file()


def test_few_runs_have_no_index(tmp_path):
    write_run(tmp_path, "german", "smote", 0)
    assert len(load_runs(tmp_path)) == 1 and not (tmp_path / INDEX).exists()
