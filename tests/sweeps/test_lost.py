"""Workers that die under joblib: which runs are tried again, and what is recorded."""

import json

import pytest

from imbench.runs.key import identify
from imbench.sweeps.jobs import Job
from imbench.sweeps.journal import Journal
from imbench.utils.config import plain
from tests.helpers import folders, imbench, run_config


def pool(monkeypatch, folder, jobs, play):
    """joblib's pool, with ``play(numbers)`` for what its workers do; returns the rounds and the launcher."""
    from imbench.sweeps import joblib as launch_joblib

    monkeypatch.setenv("IMBENCH_SWEEP_JOURNAL", str(folder / "journal"))
    monkeypatch.setenv("IMBENCH_SWEEP_TOTAL", str(jobs))
    (folder / "journal").mkdir()
    rounds = []

    class Parallel:
        def __init__(self, **options):
            self.workers = options.get("n_jobs")

        def __call__(self, calls):
            rounds.append([args[0].number for _, args, _ in calls])
            return play(rounds[-1])

    monkeypatch.setattr("joblib.Parallel", Parallel)
    overrides = [["method=duplicate", f"seed={n}"] for n in range(jobs)]
    planned = [Job(n, o, plain(run_config(folder / "runs", *o))) for n, o in enumerate(overrides)]
    return rounds, lambda: launch_joblib.run(planned, {"n_jobs": 2})


def broken():
    from concurrent.futures.process import BrokenProcessPool

    raise BrokenProcessPool("killed")


def test_workers_that_always_die_end_the_sweep_with_one(tmp_path, monkeypatch, capsys):
    """No run can begin: the launcher gives up after two rounds, and the command says so."""
    rounds, launch = pool(monkeypatch, tmp_path, 2, lambda numbers: broken())
    launch()
    assert rounds == [[0, 1], [0, 1]]
    assert "given up, for workers died 2 times in a row" in capsys.readouterr().err


def test_a_run_that_kills_its_workers_fails_alone(tmp_path, monkeypatch, capsys):
    """Job 1 of six kills its worker each time, beside job 0 or 2: the other five end, none with an attempt
    more than it had alone, and job 1 has a record of its deaths."""
    from imbench.records.record import RunFolder

    def folder(number):
        config = run_config(tmp_path / "runs", "method=duplicate", f"seed={number}")
        return RunFolder(tmp_path / "runs" / identify(config).key)

    tried = []

    def play(numbers):
        journal = Journal.here()
        for at, number in enumerate(numbers):
            for begun in numbers[at : at + 2] if number == 1 else [number]:
                tried.append(begun)
                journal.begin_job(begun)
                folder(begun).begin(folder(begun).attempts() + 1)
            if number == 1:
                broken()
            journal.write(number, {"state": "done", "ok": True})
        return [None] * len(numbers)

    rounds, launch = pool(monkeypatch, tmp_path, 6, play)
    folder(1).begin(1)  # it died before, in an earlier command
    launch()
    assert rounds == [list(range(6)), [3, 4, 5], [1], [1], [2]], "the suspects come last, one at a time"
    assert [folder(n).attempts() for n in (0, 2, 3)] == [1, 1, 1], "an attempt beside others does not count"
    line, status = Journal.here().line(1), folder(1).status()
    assert status["state"] == line["state"] == "failed" and status["attempts"] == 3
    assert status["reason"] == line["reason"] and "died 2 times while it ran alone" in line["reason"]
    assert tried.count(1) == 3 and Journal.here().left(range(6)) == []
    assert "2 that had begun follow at the end" in capsys.readouterr().err


POISON = """
import os, signal, time
from imblearn.over_sampling import RandomOverSampler
class Poison(RandomOverSampler):
    def fit_resample(self, X, y, **options):
        if self.random_state == 1:
            time.sleep(1); os.kill(os.getpid(), signal.SIGKILL)
        return super().fit_resample(X, y, **options)
"""


@pytest.mark.slow
def test_a_poisoned_run_in_a_real_sweep(tmp_path):
    (tmp_path / "poison.py").write_text(POISON)
    overrides = ("dataset=insurance", "method=duplicate", "method._target_=poison.Poison", "seed=0,1,2",
             "tracking=none", "trust_config=true", "launcher=joblib", f"runs_dir={tmp_path / 'runs'}",
             "max_retries=1")  # fmt: skip
    done = imbench("-m", *overrides, env={"PYTHONPATH": str(tmp_path)}, timeout=900)
    assert done.returncode == 1 and "sweep: 2 done, 1 failed" in done.stdout, done.stdout + done.stderr
    states = {}
    for run in folders(tmp_path / "runs"):
        status = json.loads((run / "status.json").read_text())
        states[status["seed"]] = (status["state"], status["attempts"])
    assert states == {n: ("failed", 2) if n == 1 else ("done", 1) for n in range(3)}
