"""A sweep as an array of Slurm jobs: ``launcher=slurm``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imbench.errors import ConfigError, ImbenchError
from imbench.sweeps.jobs import Job, run_job
from imbench.sweeps.journal import Journal
from imbench.sweeps.squeue import QueuedJob, current_jobs
from imbench.utils.paths import from_root

COMMANDS = ("sbatch", "srun", "squeue", "scancel")
#: Files in a sweep's folder: the path of its results folder, and the lock that its launcher holds.
RUNS_DIR, LOCK = "runs_dir", "launcher.lock"
#: Seconds after a job's end in Slurm until its result must be visible here (network file systems).
GRACE = 15.0
SLOWEST = 15.0  # seconds between two polls at most


def run(pending: Callable[[], list[Job]], options: Mapping[str, Any], runs_dir: str) -> None:
    """Submit every pending job and wait until each has ended or was lost.

    ``pending`` is called once no earlier command's jobs are left. ``options`` are those of
    hydra-submitit-launcher. A lost job (cancelled, killed, its node gone) does not end the wait for the
    others; it is missing in the sweep's journal, by which the command's exit code is set. Exits with 2 where
    Slurm is not installed or refuses the jobs.
    """
    from filelock import FileLock

    journal = Journal.here()
    name = f"{time.strftime('%Y-%m-%d_%H-%M-%S')}-{os.getpid()}" if journal is None else journal.folder.name
    folder = from_root(options["submitit_folder"]) / name
    try:
        missing = [c for c in COMMANDS if shutil.which(c) is None]
        if missing:
            raise ConfigError(
                f"launcher=slurm needs Slurm's commands, and {', '.join(missing)} cannot be found. Start on "
                "a node of the cluster, or use launcher=joblib. (scripts/slurm_local.sh starts one to try.)"
            )
        folder.mkdir(parents=True, exist_ok=True)
        (folder / RUNS_DIR).write_text(str(from_root(runs_dir)), encoding="utf-8")
        with FileLock(folder / LOCK):
            end_earlier_jobs(folder.parent, from_root(runs_dir))
            jobs = pending()
            lost = wait(_submit(options, folder, jobs, journal), journal) if jobs else []
    except ImbenchError as error:
        print(f"imbench: {error}", file=sys.stderr, flush=True)
        sys.exit(2)
    if not lost:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Remote:
    """Runs a job on its node; ``environment`` is set even where Slurm passes none on (``--export=NONE``)."""

    environment: dict[str, str]

    def __call__(self, job: Job) -> None:
        """Run one job; called on its node."""
        os.environ.update(self.environment)
        run_job(job)


def _submit(
    options: Mapping[str, Any], folder: Path, jobs: Sequence[Job], journal: Journal | None
) -> dict[int, Any]:
    """The submitted jobs by their numbers."""
    import submitit
    from hydra_plugins.hydra_submitit_launcher.config import BaseQueueConf
    from omegaconf import OmegaConf
    from submitit.core.utils import FailedJobError

    parameters = {name: value for name, value in options.items() if name != "submitit_folder"}
    retries = parameters.pop("max_num_timeout", 0)
    shared = set(OmegaConf.structured(BaseQueueConf).keys())
    try:
        executor = submitit.AutoExecutor(cluster="slurm", folder=folder / "%j", slurm_max_num_timeout=retries)
        executor.update_parameters(
            **{name if name in shared else f"slurm_{name}": value for name, value in parameters.items()}
        )
        submitted = executor.map_array(Remote({} if journal is None else journal.environment), jobs)
    except FailedJobError as error:
        raise ConfigError(f"Slurm refused the jobs (see conf/launcher/slurm.yaml): {error}") from error
    array = submitted[0].job_id.split("_")[0]
    print(f"{len(submitted)} jobs in Slurm's array {array}, output in {folder}", flush=True)
    return {job.number: slurm_job for job, slurm_job in zip(jobs, submitted, strict=True)}


def end_earlier_jobs(folder: Path, runs_dir: Path) -> None:
    """End the jobs that an earlier command, killed meanwhile, left in Slurm.

    Jobs for the same results folder whose launcher is gone are cancelled while they wait, for this command
    submits them anew, and waited for when they run, so that no run is executed twice at the same time.
    """
    reported = False
    while earlier := _left_behind(folder, runs_dir):
        waiting = [j.job for j in earlier if j.state == "PENDING"]
        if waiting:
            subprocess.run(["scancel", *waiting], check=False)
        elif not reported:
            print(f"waiting for {len(earlier)} jobs of an earlier command that still run", flush=True)
            reported = True
        time.sleep(1.0)


def _left_behind(folder: Path, runs_dir: Path) -> list[QueuedJob]:
    """The live jobs of other sweeps into ``runs_dir`` whose launcher has died."""
    from filelock import FileLock, Timeout

    found, dead = [], {}
    for job in current_jobs():
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
            queue = {j.job: j for j in current_jobs()}
            now = time.monotonic()
            for number, job in list(waiting.items()):
                if job.paths.result_pickle.exists():
                    _show(journal, number)
                    del waiting[number]
                elif job.job_id in queue and queue[job.job_id].is_live:
                    gone.pop(number, None)
                elif now - gone.setdefault(number, now) >= GRACE:
                    state = queue[job.job_id].state if job.job_id in queue else "no longer known"
                    _show(journal, number) or _report_lost(number, job, state)
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
    """Print how a job ended; False when the journal has no line of it."""
    line = journal.line(number) if journal else None
    if line:
        print(line["line"], flush=True)
    return line is not None


def _report_lost(number: int, job: Any, state: str) -> None:
    message = f"run {number + 1} was lost: Slurm's job {job.job_id} is {state}; output: {job.paths.stdout}"
    print(f"imbench: {message}", file=sys.stderr, flush=True)
