"""``launcher=local|joblib|slurm``: one override in a command, which is no part of a run's identity."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from imbench.errors import ConfigError
from imbench.runs.key import identify, recorded, recorded_overrides
from imbench.sweeps import slurm, squeue
from imbench.sweeps.journal import Journal
from imbench.sweeps.plan import check_one_a_sweep, planned
from imbench.sweeps.squeue import QueuedJob, SlurmUnavailable, current_jobs
from imbench.utils.paths import ROOT
from tests.helpers import compose, folders, imbench, run_config

LAUNCHERS = ("local", "joblib", "slurm")
SWEEP = ("dataset=insurance", "method=duplicate", "seed=0,1", "tracking=none")


def hydra_of(*overrides):
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir

    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return hydra_compose("config", list(overrides), return_hydra_config=True).hydra


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_the_launcher_is_no_part_of_a_run(tmp_path, launcher):
    plain, launched = run_config(tmp_path), run_config(tmp_path, f"launcher={launcher}")
    assert launched.launcher.name == launcher
    assert identify(launched) == identify(plain)
    assert recorded(launched) == recorded(plain)


def test_a_record_does_not_name_the_launcher():
    overrides = ["seed=1", "launcher=joblib", "launcher.workers=4", "+launcher.x=1"]
    assert recorded_overrides(overrides) == ["seed=1"]


def test_options_reach_the_launchers():
    joblib = hydra_of("launcher=joblib", "launcher.workers=3").launcher
    assert (joblib.n_jobs, joblib.batch_size) == (3, "1") and joblib._target_.endswith("JoblibLauncher")
    overrides = ("parallel=5", "gpus=2", "minutes=90", "memory_gb=12", "cpus=4", "partition=long")
    options = hydra_of("launcher=slurm", *(f"launcher.{o}" for o in overrides)).launcher
    found = (options.array_parallelism, options.gpus_per_node, options.timeout_min, options.mem_gb)
    assert found == (5, 2, 90, 12) and (options.cpus_per_task, options.partition) == (4, "long")
    assert "OMP_NUM_THREADS=1" in options.setup[0]
    assert hydra_of().launcher._target_.endswith("LocalLauncher")


def test_hydras_own_override_still_works():
    launcher = hydra_of("hydra/launcher=joblib", "hydra.launcher.n_jobs=2").launcher
    assert launcher.n_jobs == 2 and launcher._target_.endswith("joblib_launcher.JoblibLauncher")


def test_an_experiment_that_is_not_swept_may_choose_its_launcher(tmp_path):
    """By a file outside conf, so that nothing is added to it; Hydra finds it by its search path."""
    text = "# @package _global_\ndefaults:\n  - override /launcher: joblib\n  - override /method: duplicate\n"
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_text(text)
    found = hydra_of("experiment=mine", f"hydra.searchpath=[file://{tmp_path}]")
    assert found.launcher._target_.endswith("JoblibLauncher")
    assert found.runtime.choices.method == "duplicate"


@pytest.mark.parametrize(
    ("word", "message"),
    (
        ("launcher=local,joblib", "launcher=local,joblib: a sweep has one launcher"),
        ("launcher.workers=1,2", "launcher.workers=1,2: a sweep has one launcher.workers"),
        ("experiment=table2,table3", "experiment=table2,table3: a sweep has one experiment"),
    ),
)
def test_a_swept_launcher_is_an_error(tmp_path, word, message):
    overrides = ("launcher=joblib", word) if word.startswith("launcher.") else (word,)
    done = imbench("-m", *SWEEP, *overrides, f"runs_dir={tmp_path / 'runs'}")
    assert done.returncode == 2 and message in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "runs").exists(), "nothing was begun"
    with pytest.raises(ConfigError, match=message.split(":")[0].replace(".", r"\.")):
        planned([*SWEEP, *overrides])


def test_a_launcher_chosen_in_a_swept_file_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr("imbench.sweeps.plan.CONF", tmp_path / "conf")
    folder = tmp_path / "conf" / "dataset"
    folder.mkdir(parents=True)
    (folder / "big.yaml").write_text("defaults:\n  - override /hydra/launcher: joblib\n")
    check_one_a_sweep(["dataset=big", "seed=0,1"])
    with pytest.raises(ConfigError, match="chooses a launcher, which is ignored when 'dataset' is swept"):
        check_one_a_sweep(["dataset=big,car", "seed=0"])


def test_status_takes_the_same_overrides(tmp_path):
    overrides = ("launcher=slurm", "experiment=table3", "dataset=car", "seed=0", f"runs_dir={tmp_path}")
    done = imbench(*overrides, script="scripts/status.py")
    assert done.returncode == 1 and done.stdout.startswith("8 runs: 8 missing"), done.stdout + done.stderr


def test_slurm_without_its_commands_is_reported(tmp_path):
    """The path holds this Python alone."""
    (tmp_path / "bin").mkdir()
    overrides = ("launcher=slurm", f"launcher.folder={tmp_path / 'slurm'}", f"runs_dir={tmp_path / 'runs'}")
    done = imbench("-m", *SWEEP, *overrides, env={"PATH": str(tmp_path / "bin")})
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "needs Slurm's commands, and sbatch, srun, squeue, scancel cannot be found" in done.stderr


def test_every_launcher_has_a_file_and_is_in_the_readme():
    assert {p.stem for p in (ROOT / "conf" / "launcher").glob("*.yaml")} == set(LAUNCHERS)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"launcher={name}" in readme for name in LAUNCHERS[1:])
    assert compose("launcher=joblib").launcher.workers == 2
    assert compose().launcher.name == "local"


# --- joblib ---------------------------------------------------------------------------------------


def children(pid):
    import psutil

    try:
        found = psutil.Process(pid).children()
        return [c for c in found if "popen_loky_posix" in " ".join(c.cmdline())]
    except psutil.Error:
        return []


def started(runs_dir, *overrides):
    command = [sys.executable, "run.py", "-m", *SWEEP, f"runs_dir={runs_dir}", "launcher=joblib", *overrides]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def until(condition, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.02)


def test_one_worker_is_the_command_itself(tmp_path):
    out, err = started(tmp_path, "launcher.workers=1").communicate(timeout=600)
    assert "sweep: 2 done" in out, out + err


@pytest.mark.slow
def test_a_killed_worker_does_not_end_the_sweep(tmp_path):
    process = started(tmp_path)
    until(lambda: list(tmp_path.glob("*/config.yaml")))
    os.kill(children(process.pid)[0].pid, signal.SIGKILL)
    out, err = process.communicate(timeout=600)
    assert process.returncode == 0 and "sweep: 2 done" in out, out + err
    assert "a worker process died" in err and "Traceback" not in err
    assert len(folders(tmp_path)) == 2


@pytest.mark.slow
def test_workers_end_with_a_killed_launcher(tmp_path):
    """Else they would go on beside those of the same command started again."""
    process = started(tmp_path)
    until(lambda: list(tmp_path.glob("*/config.yaml")))
    workers = children(process.pid)
    process.kill()
    process.communicate()
    assert workers
    until(lambda: not any(w.is_running() and w.status() != "zombie" for w in workers), seconds=5)


# --- Slurm, without one ---------------------------------------------------------------------------


class Job:
    """What ``wait`` needs of submitit's job."""

    def __init__(self, folder, job_id):
        from types import SimpleNamespace

        self.job_id = job_id
        self.paths = SimpleNamespace(result_pickle=folder / f"{job_id}.pkl", stdout=folder / "log.out")


@pytest.fixture
def clock(monkeypatch):
    """A clock that only advances in ``sleep``."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    return now


def test_a_job_that_slurm_has_no_longer_is_lost_after_a_while(tmp_path, monkeypatch, clock, capsys):
    """Job 0 ends well, job 1 is cancelled, job 2 is forgotten: no wait for accounting."""
    jobs = {n: Job(tmp_path, f"7_{n}") for n in range(3)}
    journal = Journal(tmp_path / "journal", 3)
    journal.write(0, {"line": "[1/3] the line of run 0"})

    def queue():
        if clock[0] >= 30:
            (tmp_path / "7_0.pkl").touch()
        first = "RUNNING" if clock[0] < 30 else "COMPLETED"
        return [QueuedJob("7_0", first, "x"), QueuedJob("7_1", "CANCELLED", "x")]

    monkeypatch.setattr(slurm, "current_jobs", queue)
    assert sorted(slurm.wait(jobs, journal)) == [1, 2]
    assert 30 <= clock[0] <= 60
    printed = capsys.readouterr()
    assert "[1/3] the line of run 0" in printed.out
    assert "run 2 was lost: Slurm's job 7_1 is CANCELLED" in printed.err
    assert "run 3 was lost: Slurm's job 7_2 is no longer known" in printed.err


def test_a_slurm_that_does_not_answer_for_too_long_is_an_error(clock):
    found = iter([None, None, [QueuedJob("1", "RUNNING", "x")]])
    assert current_jobs(lambda: next(found))[0].is_live
    before = clock[0]
    with pytest.raises(SlurmUnavailable, match="has not answered"):
        current_jobs(lambda: None, patience=100)
    assert clock[0] - before <= 110


def test_squeue_that_fails_is_no_answer(tmp_path, monkeypatch):
    (tmp_path / "squeue").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "squeue").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert squeue.own_jobs() is None
    (tmp_path / "squeue").write_text("#!/bin/sh\necho '7_1|PENDING|/a/b|c.sh'\n")
    assert squeue.own_jobs() == [QueuedJob("7_1", "PENDING", "/a/b|c.sh")]


def test_only_jobs_of_a_dead_launcher_are_taken_over(tmp_path, monkeypatch):
    from filelock import FileLock

    runs, sweeps = tmp_path / "runs", tmp_path / "slurm"
    for name, place in (("dead", runs), ("alive", runs), ("elsewhere", tmp_path / "other")):
        (sweeps / name).mkdir(parents=True)
        (sweeps / name / slurm.RUNS_DIR).write_text(str(place))
    queue = [QueuedJob(n, "RUNNING", f"{sweeps}/{n}/batch.sh") for n in ("dead", "alive", "elsewhere")]
    queue += [QueuedJob("ended", "FAILED", f"{sweeps}/dead/batch.sh"), QueuedJob("9", "RUNNING", "/a/b.sh")]
    monkeypatch.setattr(slurm, "current_jobs", lambda: queue)
    with FileLock(sweeps / "alive" / slurm.LOCK):
        assert [j.job for j in slurm._left_behind(sweeps, runs)] == ["dead"]


def test_the_journal_is_a_file_a_job(tmp_path, monkeypatch):
    for variable in ("IMBENCH_SWEEP_JOURNAL", "IMBENCH_SWEEP_TOTAL"):
        monkeypatch.setenv(variable, "")
    assert Journal.here() is None
    journal = Journal.begin(tmp_path, ["seed=0,1"], 3)
    assert Journal.here() == journal
    journal.write(1, {"state": "timeout", "ok": False})
    assert journal.left(range(3)) == [0, 2] and journal.line(1)["state"] == "timeout"
    assert json.loads((journal.folder / "sweep.json").read_text())["planned"] == 3
