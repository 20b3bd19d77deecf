"""A sweep as an array of Slurm jobs: ``launcher=slurm``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from imbench.errors import ConfigError, ImbenchError
from imbench.sweeps.journal import Journal
from imbench.sweeps.squeue import QueuedJob, answering
from imbench.utils.paths import from_root

COMMANDS = ("sbatch", "srun", "squeue", "scancel")
#: The file in a sweep's folder that names its results folder, and the lock that its launcher holds.
RUNS_DIR, LOCK = "runs_dir", "launcher.lock"
#: Seconds that a job's result may take to be seen here after Slurm has ended the job (network file systems).
GRACE = 15.0
SLOWEST = 15.0  # seconds between two looks


def launch(launcher: Any, job_overrides: Sequence[Sequence[str]], first: int) -> list[Any]:
    """Submit every job and wait until each has ended or was lost; ``first`` is the first one's number.

    A run that is done is told here, for a job would start Python on a node to say so.
    A lost job (cancelled, killed, its node gone) does not end the wait for the others; it is missing in
    the sweep's journal, by which the command's exit code is set.
    """
    from filelock import FileLock
    from hydra.core.utils import JobReturn, JobStatus

    journal = Journal.here()
    name = f"{time.strftime('%Y-%m-%d_%H-%M-%S')}-{os.getpid()}" if journal is None else journal.folder.name
    folder = from_root(launcher.params["submitit_folder"]) / name
    runs_dir = from_root(launcher.config.runs_dir)
    try:
        missing = [c for c in COMMANDS if shutil.which(c) is None]
        if missing:
            raise ConfigError(
                f"launcher=slurm needs Slurm's commands, and {', '.join(missing)} cannot be found. Start on "
                "a node of the cluster, or use launcher=joblib. (scripts/slurm_local.sh starts one to try.)"
            )
        folder.mkdir(parents=True, exist_ok=True)
        (folder / RUNS_DIR).write_text(str(runs_dir), encoding="utf-8")
        with FileLock(folder / LOCK):
            settle(folder.parent, runs_dir)
            launcher.environment = {} if journal is None else journal.environment
            left = _left_to_do(job_overrides, first)
            lost = wait(_submit(launcher, folder, left), journal) if left else []
    except ImbenchError as error:
        print(f"imbench: {error}", file=sys.stderr, flush=True)
        sys.exit(2)
    if not lost:
        shutil.rmtree(folder, ignore_errors=True)
    return [JobReturn(status=JobStatus.COMPLETED) for _ in job_overrides]


def _left_to_do(job_overrides: Sequence[Sequence[str]], first: int) -> dict[int, list[str]]:
    """The words of each job whose run is not done, by its number; the others are reported."""
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    from imbench.runs.run import done_before
    from imbench.sweeps.plan import composed, report

    left, jobs = {}, [list(words) for words in job_overrides]
    for number, (words, config) in enumerate(zip(jobs, composed(jobs), strict=True), first):
        try:
            OmegaConf.resolve(config)
            outcome = done_before(config)
        except (ImbenchError, OmegaConfBaseException):  # which the job will tell
            outcome = None
        if outcome is None:
            left[number] = words
        else:
            report(outcome, number, words)
    return left


def _submit(launcher: Any, folder: Path, job_overrides: Mapping[int, list[str]]) -> dict[int, Any]:
    """The submitted jobs by their numbers."""
    import submitit
    from hydra.core.singleton import Singleton
    from hydra_plugins.hydra_submitit_launcher.config import BaseQueueConf
    from omegaconf import OmegaConf
    from submitit.core.utils import FailedJobError

    words = {w: v for w, v in launcher.params.items() if w != "submitit_folder"}
    retries = words.pop("max_num_timeout", 0)
    shared = set(OmegaConf.structured(BaseQueueConf).keys())
    state = Singleton.get_state()
    calls = [(words, "hydra.sweep.dir", n, str(n), state) for n, words in job_overrides.items()]
    try:
        executor = submitit.AutoExecutor(cluster="slurm", folder=folder / "%j", slurm_max_num_timeout=retries)
        executor.update_parameters(**{w if w in shared else f"slurm_{w}": v for w, v in words.items()})
        jobs = executor.map_array(launcher, *zip(*calls, strict=True))
    except FailedJobError as error:
        raise ConfigError(f"Slurm refused the jobs (see conf/launcher/slurm.yaml): {error}") from error
    print(f"{len(jobs)} jobs in Slurm's array {jobs[0].job_id.split('_')[0]}, output in {folder}", flush=True)
    return dict(zip(job_overrides, jobs, strict=True))


def settle(folder: Path, runs_dir: Path) -> None:
    """Leave no job of an earlier command that was killed while its jobs were in Slurm's hands.

    Jobs for the same results folder whose launcher is gone are cancelled while they wait, for this command
    submits them anew, and waited for when they run, so that no run is made twice at the same time.
    """
    told = False
    while earlier := _left_behind(folder, runs_dir):
        waiting = [j.job for j in earlier if j.state == "PENDING"]
        if waiting:
            subprocess.run(["scancel", *waiting], check=False)
        elif not told:
            print(f"waiting for {len(earlier)} jobs of an earlier command that still run", flush=True)
            told = True
        time.sleep(1.0)


def _left_behind(folder: Path, runs_dir: Path) -> list[QueuedJob]:
    """The live jobs of other sweeps into ``runs_dir`` whose launcher has died."""
    from filelock import FileLock, Timeout

    found, dead = [], {}
    for job in answering():
        sweep = Path(job.command).parent
        if not job.is_live or sweep.parent != folder or not (sweep / RUNS_DIR).is_file():
            continue
        if sweep not in dead:
            dead[sweep] = (sweep / RUNS_DIR).read_text(encoding="utf-8") == str(runs_dir)
            try:
                with FileLock(sweep / LOCK, timeout=0):
                    pass
            except Timeout:  # its launcher holds it
                dead[sweep] = False
        if dead[sweep]:
            found.append(job)
    return found


def wait(jobs: Mapping[int, Any], journal: Journal | None) -> list[int]:
    """Wait for all jobs, show their lines as they end, and return the numbers of those that were lost.

    A job is lost when Slurm has it no longer and its result is not there :data:`GRACE` seconds later.
    """
    waiting, gone, lost, started = dict(jobs), {}, [], time.monotonic()
    try:
        while waiting:
            queue = {j.job: j for j in answering()}
            now = time.monotonic()
            for number, job in list(waiting.items()):
                if job.paths.result_pickle.exists():
                    _show(journal, number)
                    del waiting[number]
                elif job.job_id in queue and queue[job.job_id].is_live:
                    gone.pop(number, None)
                elif now - gone.setdefault(number, now) >= GRACE:
                    state = queue[job.job_id].state if job.job_id in queue else "no longer known"
                    _show(journal, number) or _tell_lost(number, job, state)
                    lost.append(number)
                    del waiting[number]
            if waiting:
                time.sleep(min(SLOWEST, max(1.0, (now - started) / 20)))
    except KeyboardInterrupt:
        array = next(iter(jobs.values())).job_id.split("_")[0]
        print(
            f"\nimbench: the jobs stay with Slurm. `scancel {array}` ends them; the same command again takes "
            "over from them.", file=sys.stderr, flush=True,
        )  # fmt: skip
        sys.exit(130)
    return lost


def _show(journal: Journal | None, number: int) -> bool:
    """Print how a job ended; False when it has not told."""
    line = journal.line(number) if journal else None
    if line:
        print(line["said"], flush=True)
    return line is not None


def _tell_lost(number: int, job: Any, state: str) -> None:
    words = f"run {number + 1} was lost: Slurm's job {job.job_id} is {state}; output: {job.paths.stdout}"
    print(f"imbench: {words}", file=sys.stderr, flush=True)
