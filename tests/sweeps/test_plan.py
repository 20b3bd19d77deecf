"""Sweeps as a user starts them: one bad run, twice the same, side by side, killed at random moments."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from imbench.utils.paths import ROOT
from tests.helpers import folders, imbench, score_bytes

JOBS = ("dataset=insurance", "method=duplicate,smote,smotenc", "seed=0,1")
NUMBER = 6


def sweep(runs_dir, *overrides, jobs=JOBS):
    return imbench("-m", *jobs, f"runs_dir={runs_dir}", "tracking=none", *overrides)


def states(runs_dir):
    return [json.loads((f / "status.json").read_text())["state"] for f in folders(runs_dir)]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The folder and the finished process of the sweep with nothing in its way."""
    runs_dir = tmp_path_factory.mktemp("undisturbed")
    return runs_dir, sweep(runs_dir)


def test_a_line_for_each_job_and_a_summary(undisturbed):
    runs_dir, done = undisturbed
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == f"{NUMBER} runs planned, records in {runs_dir}"
    assert lines[1].startswith("[1/6] insurance · duplicate · seed 0 · q 0.2: corrected F1 0.")
    assert lines[-1] == "sweep: 6 done"
    assert len(lines) == NUMBER + 2 and states(runs_dir) == ["done"] * NUMBER


def test_the_same_sweep_gives_the_same_scores_to_the_last_digit(undisturbed, tmp_path):
    assert sweep(tmp_path).returncode == 0
    assert score_bytes(tmp_path) == score_bytes(undisturbed[0])


def test_side_by_side_gives_the_same(undisturbed, tmp_path):
    done = sweep(tmp_path, "launcher=joblib", "launcher.workers=2")
    assert done.returncode == 0, done.stderr
    assert score_bytes(tmp_path) == score_bytes(undisturbed[0])
    assert "sweep: 6 done" in done.stdout


def test_a_finished_sweep_does_nothing(undisturbed):
    runs_dir, _ = undisturbed
    before = {p: p.stat().st_mtime_ns for f in folders(runs_dir) for p in f.iterdir()}
    done = sweep(runs_dir)
    assert done.returncode == 0 and "sweep: 6 skipped" in done.stdout and "done before" in done.stdout
    assert {p: p.stat().st_mtime_ns for f in folders(runs_dir) for p in f.iterdir()} == before


def test_one_bad_run_never_stops_a_sweep(tmp_path):
    """Two of four jobs cannot work; the others end, the reasons are printed, the exit code is 1."""
    jobs = ("dataset=insurance", "method=duplicate,smote", "imbalance_ratio=7,0.2")
    done = sweep(tmp_path, jobs=jobs)
    assert done.returncode == 1
    assert sorted(states(tmp_path)) == ["done", "done", "failed", "failed"]
    assert "sweep: 2 done, 2 failed" in done.stdout
    assert "failed: insurance · smote · seed 0 · q 7.0: imbalance_ratio=7 is not in (0, 1]" in done.stdout
    status = imbench(*jobs, f"runs_dir={tmp_path}", script="scripts/status.py")
    assert status.returncode == 1 and "4 runs: 2 failed, 2 done" in status.stdout
    assert "failed: split: imbalance_ratio=7 is not in (0, 1]" in status.stdout


def test_a_run_that_fails_alone_exits_with_one(tmp_path):
    done = imbench("dataset=insurance", "imbalance_ratio=0", f"runs_dir={tmp_path}", "tracking=none")
    assert done.returncode == 1
    assert "FAILED — imbalance_ratio=0 is not in (0, 1]" in done.stdout and "Traceback" not in done.stderr


@pytest.mark.parametrize("group", ("dataset", "method", "llm", "tracking"))
def test_unknown_names_list_the_known_ones(tmp_path, group):
    done = imbench(f"{group}=nosuch", f"runs_dir={tmp_path / 'runs'}")
    assert done.returncode != 0 and f"Could not find '{group}/nosuch'" in done.stderr
    known = {p.stem for p in (ROOT / "conf" / group).glob("*.yaml")}
    assert known <= set(done.stderr.split()), "every known name is listed"
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("script", ("run.py", "scripts/status.py"))
def test_an_unknown_name_in_a_list_lists_the_known_ones(tmp_path, script):
    done = imbench("classifier=[xgboost,nosuch]", f"runs_dir={tmp_path / 'runs'}", script=script)
    known = sorted(p.stem for p in (ROOT / "conf" / "classifier").glob("*.yaml"))
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert f"there is no classifier 'nosuch'. Known: {', '.join(known)}." in done.stderr
    assert not (tmp_path / "runs").exists()


def test_overrides_that_make_no_run_are_reported_and_the_others_run(tmp_path):
    done = imbench("-m", "dataset=insurance", "method=duplicate", "imbalance_ratio=0.2,lots", "tracking=none",
                   f"runs_dir={tmp_path}")  # fmt: skip
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "imbalance_ratio=lots: it must be a valid number" in done.stderr
    assert "sweep: 1 done, 1 refused" in done.stdout and "lost" not in done.stdout


def test_a_bad_csv_says_so_on_the_command_line(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("a,b\n1,x\n2,x\n3,x\n")
    for target, message in (
        ("y", f"'{path}' has no column 'y'"),
        ("b", "target 'b' has one class only ('x')"),
    ):
        overrides = (
            "dataset=csv",
            f"dataset.path={path}",
            f"dataset.target={target}",
            f"runs_dir={tmp_path / 'runs'}",
        )
        done = imbench(*overrides, "tracking=none")
        assert done.returncode == 1 and message in done.stdout and "Traceback" not in done.stderr


def kill_and_resume(runs_dir, jobs, kills, *overrides):
    """Start the sweep, kill it with all it started, so often; then let it end.

    Each round goes on until a further run has begun, and then for a random time. Returns the markers
    as they were first seen, the number of kills that came in time, and the last round's process.
    """
    moments, finished, hit = random.Random(kills), {}, 0
    command = [sys.executable, "run.py", "-m", *jobs, f"runs_dir={runs_dir}", "tracking=none", *overrides]
    for _ in range(kills):
        process = subprocess.Popen(
            command, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while process.poll() is None:
            time.sleep(0.02)
            if len(list(runs_dir.glob("*/config.yaml"))) > len(finished):
                time.sleep(moments.uniform(0, 0.5))
                break
        hit += process.poll() is None
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for marker in runs_dir.glob("*/status.json"):
            finished.setdefault(marker, (marker.read_bytes(), marker.stat().st_mtime_ns))
    return finished, hit, sweep(runs_dir, *overrides, jobs=jobs)


def check_resumed(runs_dir, whole_dir, finished, last):
    assert last.returncode == 0, last.stdout + last.stderr
    assert score_bytes(runs_dir) == score_bytes(whole_dir), "none lost, none different"
    for marker, before in finished.items():
        assert (marker.read_bytes(), marker.stat().st_mtime_ns) == before, "a finished run was made again"
    assert last.stdout.count("done before") == len(finished)
    assert set(states(runs_dir)) == {"done"}


def test_killed_three_times(undisturbed, tmp_path):
    finished, hit, last = kill_and_resume(tmp_path, JOBS, 3)
    assert hit >= 2, "the kills came too late"
    check_resumed(tmp_path, undisturbed[0], finished, last)


@pytest.mark.slow
@pytest.mark.parametrize("overrides", ((), ("launcher=joblib",)), ids=("serial", "joblib"))
def test_killed_ten_times(tmp_path, overrides):
    jobs = ("dataset=insurance,car", "method=duplicate,smote,smotenc", "seed=0,1,2,3,4,5,6,7")
    assert sweep(tmp_path / "whole", jobs=jobs).returncode == 0
    (tmp_path / "killed").mkdir()
    finished, hit, last = kill_and_resume(tmp_path / "killed", jobs, 10, *overrides)
    assert hit == 10, f"only {hit} of 10 kills came in time"
    check_resumed(tmp_path / "killed", tmp_path / "whole", finished, last)
