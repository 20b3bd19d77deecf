"""A small sweep whose processes are killed, and the check of its result on damaged folders."""

import json
import shutil

import pytest

from imbench.utils.paths import ROOT
from tests.chaos.check import MEANING, check, passed, report
from tests.chaos.kills import KilledSweep
from tests.helpers import folders, imbench

#: A package elsewhere on the path may also be called tests.
HERE = {"PYTHONPATH": str(ROOT)}
SWEEP = ("dataset=insurance", "method=duplicate", "seed=0,1", "tracking=none")


@pytest.mark.slow
def test_a_small_grid_under_joblib(tmp_path):
    places = ("--folder", tmp_path / "grid", "--out", tmp_path / "out")
    arguments = ("joblib", "--runs", "12", "--kills", "3", "--mlflow", *places)
    done = imbench(*arguments, script="tests/chaos/__main__.py", env=HERE, timeout=1200)
    assert done.returncode == 0, done.stdout + done.stderr
    stored = json.loads((tmp_path / "out" / "joblib.json").read_text())
    assert stored["passed"] and len(stored["kills"]) == 3 and stored["findings"]["done"] == 12
    assert stored["findings"]["copies"] == 0
    assert {"launcher"} <= {kill["victim"] for kill in stored["kills"]}
    assert stored["starts"] > 1 and stored["exits"][-1] == 0
    assert "**passed**" in (tmp_path / "out" / "joblib.md").read_text()


def test_a_folder_with_runs_is_refused(tmp_path):
    (tmp_path / "joblib").mkdir()
    done = imbench("joblib", "--folder", tmp_path, script="tests/chaos/__main__.py", env=HERE)
    assert done.returncode == 2 and "exists; remove it" in done.stderr


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    assert imbench("-m", *SWEEP, f"runs_dir={folder}").returncode == 0
    return folder


def marks(folder):
    found = {}
    for run in folders(folder):
        path = run / "status.json"
        found[run.name] = (path.read_bytes(), path.stat().st_mtime_ns)
    return found


def unmarked(runs):
    (folders(runs)[0] / "status.json").unlink()


def half_written(runs):
    path = folders(runs)[0] / "ledger.json"
    path.write_text(path.read_text()[:-5])


def truncated_rows(runs):
    path = folders(runs)[0] / "synthetic.parquet"
    whole = path.read_bytes()
    path.unlink()  # it may be the same file as the stage's
    path.write_bytes(whole[: len(whole) // 2])


def made_twice(runs):
    path = folders(runs)[0] / "status.json"
    path.write_text(path.read_text())


def another_score(runs):
    path = folders(runs)[0] / "scores.json"
    path.write_text(path.read_text() + "\n")


def a_further_folder(runs):
    shutil.copytree(folders(runs)[0], runs / "further")


def no_folder(runs):
    shutil.rmtree(folders(runs)[0])


@pytest.mark.parametrize(
    ("damage", "finding"),
    (
        (unmarked, "not done"), (half_written, "unreadable"), (truncated_rows, "unreadable"),
        (made_twice, "made twice"), (another_score, "other scores"), (a_further_folder, "not planned"),
        (no_folder, "missing"),
    ),
)  # fmt: skip
def test_the_check_finds_every_damage(whole, tmp_path, damage, finding):
    runs = tmp_path / "runs"
    shutil.copytree(whole, runs)
    keys, seen = [f.name for f in folders(runs)], marks(runs)
    assert passed(check(runs, whole, keys, seen))
    damage(runs)
    found = check(runs, whole, keys, seen)
    assert found[finding] == 1 and not passed(found)


@pytest.mark.parametrize("copies", (0, 2))
def test_the_check_finds_a_run_without_its_one_copy(whole, copies):
    keys = [f.name for f in folders(whole)]
    once = dict.fromkeys(keys, 1)
    assert passed(check(whole, whole, keys, marks(whole), once))
    for wrong in (once | {keys[0]: copies}, once | {"of no run": 1}, dict.fromkeys(keys[1:], 1)):
        found = check(whole, whole, keys, marks(whole), wrong)
        assert found["copies"] == 1 and not passed(found)


def test_only_a_done_run_counts_as_finished(whole, tmp_path):
    """One whose worker was killed each time it ran alone has failed, and is made again by the next start."""
    runs = tmp_path / "runs"
    shutil.copytree(whole, runs)
    marker = folders(runs)[0] / "status.json"
    marker.write_text(marker.read_text().replace('"done"', '"failed"'))
    sweep = KilledSweep([], runs, "joblib", tmp_path / "log")
    assert sweep.observe() == 1 and list(sweep.finished) == [folders(runs)[1].name]


def test_nothing_planned_does_not_pass(tmp_path):
    assert not passed(check(tmp_path, tmp_path, [], {}))


def test_the_report_names_what_was_killed():
    stored = {
        "launcher": "joblib", "passed": True, "seed": 0, "starts": 2, "exits": [-9, 0], "seconds": 12.3,
        "kills": [{"second": 4.5, "victim": "launcher", "pid": 7, "runs_done": 1}], "commit": "abc",
        "findings": dict.fromkeys(MEANING, 0), "grid": {"dataset": "car"}, "undisturbed_seconds": None,
        "machine": {"processor": "x", "processors": 2},
    }  # fmt: skip
    text = report(stored)
    assert "0 workers and 1 times the launcher" in text and "| 4.5 | launcher | 7 | 1 |" in text
    assert "exit codes -9, 0" in text and "existed already" in text
