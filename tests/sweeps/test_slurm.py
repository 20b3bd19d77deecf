"""A sweep through a real Slurm on this machine, started by scripts/slurm_local.sh."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from imbench.sweeps import squeue
from imbench.utils.paths import ROOT
from tests.helpers import folders, imbench, score_bytes

SCRIPT = str(ROOT / "scripts" / "slurm_local.sh")
NEEDED = ("slurmctld", "slurmd", "munged", "sbatch", "squeue", "scancel", "srun")
ABSENT = [p for p in NEEDED if shutil.which(p, path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None]
SWEEP = ("dataset=insurance", "method=duplicate,smote", "seed=0,1", "tracking=none")
NUMBER = 4
WORKER = "submitit.core._submit"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(ABSENT),
        reason=f"{', '.join(ABSENT)} not installed: apt-get install slurmctld slurmd slurm-client munge",
    ),
]


def processes(folder, fits=lambda line: True):
    """Processes whose command line names the folder and fulfils ``fits``."""
    import psutil

    found = []
    for process in psutil.process_iter():
        try:
            line = process.cmdline()
        except psutil.Error:  # it has just ended
            continue
        if any(str(folder) in argument for argument in line) and fits(line):
            found.append(process)
    return [p for p in found if p.pid != os.getpid()]


def workers(folder):
    """The processes that compute a run."""
    return processes(folder, lambda line: WORKER in line and not line[0].endswith("srun"))


def until(condition, seconds=300):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.1)
    return found


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    """A running Slurm with two processors; ended with everything it started."""
    folder = tmp_path_factory.mktemp("slurm")
    os.environ["IMBENCH_SLURM_CPUS"] = "2"
    started = subprocess.run([SCRIPT, "start", str(folder)], capture_output=True, text=True, timeout=60)
    assert started.returncode == 0, started.stderr
    assert started.stdout.strip() == f"export SLURM_CONF={folder}/slurm.conf"
    os.environ["SLURM_CONF"] = f"{folder}/slurm.conf"
    daemons = [int(line.split()[0]) for line in (folder / "slurm_local.pids").read_text().splitlines()]
    assert len(daemons) == 3
    try:
        yield folder
    finally:
        stopped = subprocess.run([SCRIPT, "stop", str(folder)], capture_output=True, text=True, timeout=90)
        del os.environ["SLURM_CONF"], os.environ["IMBENCH_SLURM_CPUS"]
    assert stopped.returncode == 0, stopped.stderr
    assert not [pid for pid in daemons if os.path.exists(f"/proc/{pid}")], "a daemon is still there"
    assert not processes(folder), "the script left something behind"


def overrides(place):
    """launcher.folder is the test's own; the sweep's folder is ``place / "runs"``."""
    return ("-m", *SWEEP, f"runs_dir={place / 'runs'}", "launcher=slurm", f"launcher.folder={place / 'jobs'}",
            "launcher.parallel=2", "launcher.memory_gb=1")  # fmt: skip


def begun(place):
    """The command under way, with its messages in a file."""
    log = (place / "log").open("w")
    return subprocess.Popen([sys.executable, "run.py", *overrides(place)], cwd=ROOT, stdout=log, stderr=log)


def again(place):
    """The same command; it must end well and say which runs were done before."""
    done = imbench(*overrides(place), timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    place = tmp_path_factory.mktemp("undisturbed")
    assert imbench("-m", *SWEEP, f"runs_dir={place}").returncode == 0
    return score_bytes(place)


def test_a_sweep_through_slurm(slurm, undisturbed, tmp_path):
    done = again(tmp_path)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("4 runs planned") and re.match(r"4 jobs in Slurm's array \d+, ", lines[1])
    assert any(line.startswith("[1/4] insurance · duplicate · seed 0") for line in lines)
    assert lines[-1] == "sweep: 4 done"
    assert score_bytes(tmp_path / "runs") == undisturbed
    status = json.loads((folders(tmp_path / "runs")[0] / "status.json").read_text())
    assert not [o for o in status["overrides"] if "launcher" in o]
    assert not list((tmp_path / "jobs").iterdir()), "Slurm's files are gone after a sweep that lost nothing"
    done = again(tmp_path)
    assert "array" not in done.stdout and done.stdout.count("done before") == 4


def test_jobs_need_no_environment_of_the_command(slurm, tmp_path, monkeypatch):
    """Some clusters pass no variable on; the journal is found all the same, and one thread computes."""
    monkeypatch.setenv("SBATCH_EXPORT", "NONE")
    monkeypatch.setenv("SLURM_EXPORT_ENV", "ALL")
    assert again(tmp_path).stdout.splitlines()[-1] == "sweep: 4 done"


def test_a_bad_run_is_recorded_and_the_exit_code_is_honest(slurm, tmp_path):
    done = imbench(*overrides(tmp_path), "seed=0", "imbalance_ratio=7,0.2", timeout=600)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "sweep: 2 done, 2 failed" in done.stdout
    assert "failed: insurance · smote · seed 0 · q 7.0: imbalance_ratio=7 is not in (0, 1]" in done.stdout


def test_what_slurm_refuses_is_reported(slurm, tmp_path):
    done = imbench(*overrides(tmp_path), "launcher.partition=nosuch")
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "Slurm refused the jobs" in done.stderr and "invalid partition" in done.stderr


def test_cancelled_and_killed_jobs_cost_their_own_runs(slurm, undisturbed, tmp_path):
    """One job gets scancel, one worker SIGKILL; the command still ends, with 1, and again makes the rest."""
    process = begun(tmp_path)
    running = until(lambda: [j for j in squeue.own_jobs() or [] if j.state == "RUNNING"])
    subprocess.run(["scancel", running[0].job], check=True)
    mine = until(lambda: [w for w in workers(tmp_path) if w.environ().get("SLURM_ARRAY_TASK_ID") == "1"])
    os.kill(mine[0].pid, signal.SIGKILL)
    assert process.wait(timeout=900) == 1, "the wait is bounded without accounting"
    log = (tmp_path / "log").read_text()
    assert "is CANCELLED" in log and "is FAILED" in log and "2 lost" in log, log
    assert "2 of 4 runs could not be recorded" in log and "Traceback" not in log
    done = again(tmp_path)
    assert "2 jobs in Slurm's array" in done.stdout, "what is done needs no job"
    assert done.stdout.count("done before") == 2 and score_bytes(tmp_path / "runs") == undisturbed


def test_a_killed_command_leaves_no_job_that_computes_beside_the_next(slurm, undisturbed, tmp_path):
    """Jobs that ran when the launcher died are waited for; those that waited are cancelled and made anew."""
    process = begun(tmp_path)
    until(lambda: list((tmp_path / "runs").glob("*/config.yaml")))
    process.kill()
    process.wait()
    left = [j for j in squeue.own_jobs() if j.is_live and str(tmp_path) in j.command]
    assert left, "the jobs outlived their launcher"
    done = again(tmp_path)
    assert "jobs of an earlier command that still run" in done.stdout
    markers = [json.loads((f / "status.json").read_text()) for f in folders(tmp_path / "runs")]
    assert [m["attempts"] for m in markers] == [1] * NUMBER, "no run was begun twice"
    assert done.stdout.count("done before") >= 1 and score_bytes(tmp_path / "runs") == undisturbed


def test_status_of_the_local_slurm(slurm):
    done = subprocess.run([SCRIPT, "status"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 and "local*" in done.stdout


def test_a_folder_in_use_is_refused(slurm):
    done = subprocess.run([SCRIPT, "start", str(slurm)], capture_output=True, text=True, timeout=30)
    assert done.returncode == 1 and "is in use" in done.stderr
