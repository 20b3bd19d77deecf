"""A sweep in worker processes of this machine: ``launcher=joblib``."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import cache
from typing import Any

from omegaconf.errors import OmegaConfBaseException

from imbench.errors import ImbenchError
from imbench.sweeps import lost as launch_lost
from imbench.sweeps.journal import Journal

#: Rounds of workers in a row that may die before any of their runs has begun or ended, and deaths of a run
#: that is alone after which it counts as failed.
BARREN_ROUNDS = 2
LOOK = 0.1  # seconds between two looks whether the launcher is there


class Tied:
    """A task function whose process ends when the launcher does.

    Without that, the workers of a killed launcher would go on with the runs that were handed to them,
    beside those of the same command started again.
    """

    def __init__(self, function: Callable[[Any], Any], launcher: int):
        self.function, self.launcher = function, launcher

    def __call__(self, config: Any) -> Any:
        """Run one job; called in a worker. The journal is told first, so that a death can be laid to it."""
        from hydra.core.hydra_config import HydraConfig

        _tie(self.launcher)
        if journal := Journal.here():
            journal.begin_job(int(HydraConfig.get().job.num))
        return self.function(config)


@cache
def _tie(launcher: int) -> None:
    if os.getpid() == launcher:  # a single worker is the launcher itself
        return
    threading.Thread(target=_watch, args=(launcher,), daemon=True).start()


def _watch(launcher: int) -> None:
    while os.getppid() == launcher:
        time.sleep(LOOK)
    os.kill(os.getpid(), signal.SIGKILL)


def launch(launcher: Any, job_overrides: Sequence[Sequence[str]], first: int) -> list[Any]:
    """Run every job in one of the workers; ``first`` is the number of the first one.

    When a worker dies, joblib ends all of them. The runs that were under way then wait: one of them may be
    the cause, and new workers go on with the others. In the end each of those runs gets a worker to itself;
    one that dies :data:`BARREN_ROUNDS` times alone is recorded as failed. A job that never ended is missing
    in the sweep's journal.
    """
    from hydra.core.singleton import Singleton
    from hydra.core.utils import JobReturn, JobStatus, setup_globals
    from hydra_plugins.hydra_joblib_launcher._core import execute_job, process_joblib_cfg
    from joblib import Parallel, delayed

    setup_globals()
    words = {**launcher.joblib, "backend": "loky"}
    process_joblib_cfg(words)
    task, state = Tied(launcher.task_function, os.getpid()), Singleton.get_state()
    jobs = dict(enumerate(job_overrides, first))
    returned: dict[int, Any] = dict.fromkeys(jobs, JobReturn(status=JobStatus.COMPLETED))

    def work(numbers: Sequence[int], **more: Any) -> None:
        calls = (
            delayed(execute_job)(n, jobs[n], launcher.hydra_context, launcher.config, task, state)
            for n in numbers
        )
        returned.update(zip(numbers, Parallel(**{**words, **more})(calls), strict=True))

    journal = Journal.here()
    for number in _side_by_side(work, list(jobs), journal, lambda n: _uncount(launcher, jobs[n], n)):
        _alone(work, number, launcher, jobs[number])
    return list(returned.values())


def _side_by_side(
    work: Callable[..., None], left: list[int], journal: Journal | None, uncount: Callable[[int], None]
) -> list[int]:
    """Run the jobs; returns those under way when a worker died, which may have been the cause."""
    suspects: list[int] = []
    barren = 0
    while left and barren < BARREN_ROUNDS:
        try:
            work(left)
            break
        except BrokenProcessPool:
            before, left = len(left), journal.left(left) if journal else []
            begun = [n for n in left if journal and journal.begun(n).exists()]
            for number in begun:
                uncount(number)
            suspects += begun
            left = [n for n in left if n not in begun]
            barren = 0 if len(left) < before else barren + 1
            _tell(f"a worker process died (killed, or out of memory?); {len(left)} runs are left"
                  + (f", and {len(begun)} that were under way follow in the end, one at a time"
                     if begun else ""))  # fmt: skip
    else:
        if left:
            _tell(f"given up, for workers died {BARREN_ROUNDS} times in a row before any run had begun")
    return suspects


def _alone(work: Callable[..., None], number: int, launcher: Any, overrides: Sequence[str]) -> None:
    """Run one job in a worker while nothing else runs; record it as failed when its worker dies each time."""
    journal = Journal.here()
    for deaths in range(1, BARREN_ROUNDS + 1):
        try:
            # Of two workers one stays idle. With a single one joblib runs the job in this process.
            work([number], n_jobs=2)
            return
        except BrokenProcessPool:
            _tell(f"the worker of run {number + 1} died, death {deaths} of that run alone")
        if journal and journal.line(number) is not None:  # it ended before
            return
    try:
        launch_lost.record_lost(*launch_lost.config_of(launcher, overrides), number, BARREN_ROUNDS)
    except (ImbenchError, OmegaConfBaseException) as error:
        _tell(f"run {number + 1}, whose worker died, has no record: {error}")


def _uncount(launcher: Any, overrides: Sequence[str], number: int) -> None:
    """Take back the attempt of a run that was not alone; without a record of it nothing is to be done."""
    with suppress(ImbenchError, OmegaConfBaseException):
        launch_lost.uncount(launch_lost.config_of(launcher, overrides)[0], Journal.here().begun(number))


def _tell(words: str) -> None:
    print(f"imbench: {words}", file=sys.stderr, flush=True)
