"""A sweep in worker processes of this machine: ``launcher=joblib``."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from typing import Any

from imbench.runs.launch_journal import Journal

#: Rounds of workers in a row that may die before any of their runs has ended.
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
        """Run one job; called in a worker."""
        _tie(self.launcher)
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

    When a worker dies, joblib ends all of them; new ones then go on with the jobs that have not ended.
    A job that never ended is missing in the sweep's journal.
    """
    from hydra.core.singleton import Singleton
    from hydra.core.utils import JobReturn, JobStatus, setup_globals
    from hydra_plugins.hydra_joblib_launcher._core import execute_job, process_joblib_cfg
    from joblib import Parallel, delayed

    setup_globals()
    journal = Journal.here()
    words = {**launcher.joblib, "backend": "loky"}
    process_joblib_cfg(words)
    task, state = Tied(launcher.task_function, os.getpid()), Singleton.get_state()
    jobs = dict(enumerate(job_overrides, first))
    returned: dict[int, Any] = dict.fromkeys(jobs, JobReturn(status=JobStatus.COMPLETED))
    left, barren = list(jobs), 0
    while left and barren < BARREN_ROUNDS:
        work = (
            delayed(execute_job)(n, jobs[n], launcher.hydra_context, launcher.config, task, state)
            for n in left
        )
        try:
            returned.update(zip(left, Parallel(**words)(work), strict=True))
            break
        except BrokenProcessPool:
            before, left = len(left), journal.left(left) if journal else []
            barren = barren + 1 if len(left) == before else 0
            _tell(f"a worker process died (killed, or out of memory?); {len(left)} runs are left")
    else:
        if left:
            _tell(f"given up, for workers died {BARREN_ROUNDS} times in a row before any run had ended")
    return list(returned.values())


def _tell(words: str) -> None:
    print(f"imbench: {words}", file=sys.stderr, flush=True)
