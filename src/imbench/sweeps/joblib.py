"""A sweep in worker processes of this machine: ``launcher=joblib``."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import cache
from typing import Any

from omegaconf.errors import OmegaConfBaseException

from imbench.errors import ImbenchError
from imbench.sweeps import lost
from imbench.sweeps.jobs import Job, run_job
from imbench.sweeps.journal import Journal

#: Deaths of workers in a row with no run begun or ended in between after which the sweep gives up; also the
#: deaths of the worker of a single run after which that run counts as failed.
MOST_DEATHS = 2
POLL_SECONDS = 0.1  # between two checks whether the launcher lives
#: Parameters of joblib's Parallel that are whole numbers and that Hydra may hand over as text.
INTEGERS = ("pre_dispatch", "batch_size", "max_nbytes")


def run(jobs: Sequence[Job], options: Mapping[str, Any]) -> None:
    """Run every job in one of the workers; ``options`` are those of ``joblib.Parallel``.

    When a worker dies, joblib ends all of them. The runs that had begun then wait, for one of them may be the
    cause, and new workers go on with the others. At the end each of those runs gets a worker to itself; one
    whose worker dies :data:`MOST_DEATHS` times is recorded as failed. A job that never ended is missing in
    the sweep's journal.
    """
    from joblib import Parallel, delayed

    if not jobs:
        return
    options = {**options, "backend": "loky"}
    for name in INTEGERS:
        with suppress(ValueError):
            options[name] = int(options[name]) if options.get(name) else options.get(name)
    launcher = os.getpid()

    def work(part: Sequence[Job], **changed: Any) -> None:
        Parallel(**{**options, **changed})(delayed(_work)(job, launcher) for job in part)

    for job in _run_together(work, list(jobs), Journal.here()):
        _run_alone(work, job)


def _work(job: Job, launcher: int) -> None:
    """Run one job; called in a worker. The journal is written first, so that a death can be attributed."""
    _end_with(launcher)
    if journal := Journal.here():
        journal.begin_job(job.number)
    run_job(job)


@cache
def _end_with(launcher: int) -> None:
    """End this process when the launcher ends: else it goes on beside the next command."""
    if os.getpid() == launcher:  # a single worker is the launcher itself
        return
    threading.Thread(target=_watch, args=(launcher,), daemon=True).start()


def _watch(launcher: int) -> None:
    while os.getppid() == launcher:
        time.sleep(POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


def _run_together(work: Callable[..., None], left: list[Job], journal: Journal | None) -> list[Job]:
    """Run the jobs; returns those that had begun when a worker died, which may have been the cause."""
    suspects: list[Job] = []
    deaths = 0
    while left and deaths < MOST_DEATHS:
        try:
            work(left)
            break
        except BrokenProcessPool:
            before, left = len(left), [job for job in left if journal and journal.line(job.number) is None]
            begun = [job for job in left if journal and journal.begun(job.number).exists()]
            for job in begun:
                _uncount(job)
            suspects += begun
            left = [job for job in left if job not in begun]
            deaths = 0 if len(left) < before else deaths + 1
            _print(f"a worker process died (killed, or out of memory?); {len(left)} runs are left"
                   + (f", and {len(begun)} that had begun follow at the end, one at a time"
                      if begun else ""))  # fmt: skip
    else:
        if left:
            _print(f"given up, for workers died {MOST_DEATHS} times in a row before any run had begun")
    return suspects


def _run_alone(work: Callable[..., None], job: Job) -> None:
    """Run one job in a worker while nothing else runs; record it as failed when its worker dies each time."""
    journal = Journal.here()
    for deaths in range(1, MOST_DEATHS + 1):
        try:
            # One of the two workers is idle. With a single one joblib runs the job in this process.
            work([job], n_jobs=2)
            return
        except BrokenProcessPool:
            _print(f"the worker of run {job.number + 1} died, death {deaths} of that run alone")
        if journal and journal.line(job.number) is not None:  # it had ended before
            return
    try:
        lost.record_lost(job, MOST_DEATHS)
    except (ImbenchError, OmegaConfBaseException) as error:
        _print(f"run {job.number + 1}, whose worker died, has no record: {error}")


def _uncount(job: Job) -> None:
    """Take back the attempt of a run that was not alone; without a record of it there is nothing to do."""
    if journal := Journal.here():
        with suppress(ImbenchError, OmegaConfBaseException):
            lost.uncount(job, journal.begun(job.number))


def _print(message: str) -> None:
    print(f"imbench: {message}", file=sys.stderr, flush=True)
