"""This user's jobs in Slurm, by ``squeue``, which needs no accounting (``sacct`` does)."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from imbench.errors import ImbenchError

#: Final states of a job. (PREEMPTED: Slurm shows a requeued job as PENDING.)
ENDED = {
    "BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED",
    "REVOKED", "TIMEOUT",
}  # fmt: skip
#: Seconds without an answer after which waiting for Slurm ends.
PATIENCE = 600.0
PAUSE = 5.0  # seconds between two questions


class SlurmUnavailable(ImbenchError):
    """Slurm does not answer."""


@dataclass(frozen=True)
class QueuedJob:
    """One job: its id (``12_3`` in an array), its state, and the path of its batch file."""

    job: str
    state: str
    command: str

    @property
    def is_live(self) -> bool:
        """Whether the job is pending, running or completing."""
        return self.state not in ENDED


def own_jobs() -> list[QueuedJob] | None:
    """This user's jobs, those that ended minutes ago included; None when Slurm does not answer."""
    command = [
        "squeue", "--noheader", "--array", "--states=all", f"--user={os.getuid()}", "--format=%i|%T|%o",
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    except (subprocess.SubprocessError, OSError):
        return None
    found = [line.strip().split("|", 2) for line in done.stdout.splitlines()]
    return [QueuedJob(*fields) for fields in found if len(fields) == 3]


def current_jobs(
    query: Callable[[], list[QueuedJob] | None] = own_jobs,
    patience: float = PATIENCE,
    pause: float = PAUSE,
) -> list[QueuedJob]:
    """The same, waiting for Slurm at most ``patience`` seconds, then :class:`SlurmUnavailable`."""
    started = time.monotonic()
    while (found := query()) is None:
        if time.monotonic() - started >= patience:
            raise SlurmUnavailable(
                f"Slurm has not answered (squeue) for {patience:g} seconds. Its jobs may still run; start "
                "the same command again when it answers: finished runs are kept."
            )
        time.sleep(pause)
    return found
