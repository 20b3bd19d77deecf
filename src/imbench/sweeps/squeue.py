"""What Slurm has of this user's jobs, by ``squeue``, which needs no accounting (``sacct`` does)."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from imbench.errors import ImbenchError

#: States that a job does not leave again. (PREEMPTED: Slurm shows a requeued job as PENDING.)
ENDED = {
    "BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED",
    "REVOKED", "TIMEOUT",
}  # fmt: skip
#: Seconds without an answer after which Slurm is given up.
PATIENCE = 600.0
PAUSE = 5.0


class SlurmSilent(ImbenchError):
    """Slurm does not answer."""


@dataclass(frozen=True)
class QueuedJob:
    """One job: its number (``12_3`` in an array), its state, and the path of its batch file."""

    job: str
    state: str
    command: str

    @property
    def is_live(self) -> bool:
        """Whether it waits, runs, or is about to end."""
        return self.state not in ENDED


def own_jobs() -> list[QueuedJob] | None:
    """This user's jobs, with those that ended minutes ago; None when Slurm does not answer."""
    command = [
        "squeue", "--noheader", "--array", "--states=all", f"--user={os.getuid()}", "--format=%i|%T|%o",
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    except (subprocess.SubprocessError, OSError):
        return None
    found = [line.strip().split("|", 2) for line in done.stdout.splitlines()]
    return [QueuedJob(*words) for words in found if len(words) == 3]


def answering(
    look: Callable[[], list[QueuedJob] | None] = own_jobs, patience: float = PATIENCE, pause: float = PAUSE
) -> list[QueuedJob]:
    """The same, waiting for a Slurm that is away for a while. Raises :class:`SlurmSilent` after that."""
    started = time.monotonic()
    while (found := look()) is None:
        if time.monotonic() - started >= patience:
            raise SlurmSilent(
                f"Slurm has not answered (squeue) for {patience:g} seconds. Its jobs may still run; start "
                "the same command again when it is back: finished runs are kept."
            )
        time.sleep(pause)
    return found
