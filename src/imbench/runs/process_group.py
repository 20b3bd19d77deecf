"""A process and all that it started: a group of its own, whose memory is counted and which ends as one.

A process whose parent has ended does not show any longer who started it, but it is still in the group. One
that made a group of its own (a shell's job) left this one, but shows its parent. So both are looked at.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import Any


def lead(pid: int = 0) -> None:
    """Make a process (0: this one) the first of a new group. Child and parent both do: either may be late.

    Its terminal's Ctrl-C does not reach it any longer: the parent has to end it.
    """
    with suppress(OSError):
        os.setpgid(pid, pid)


def has_ended(pid: int) -> bool:
    """Whether a child has ended. It is not reaped by that, so its number still is its own and its group's.

    (Its pipes do not tell: a process that it forked may hold them open.)
    """
    import psutil

    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def memory(pid: int) -> int:
    """Resident bytes of a process with all that it started."""
    import psutil

    total = 0
    for process in {*_descendants(pid), *_group(pid)}:
        with suppress(psutil.Error):  # it ended meanwhile
            total += process.memory_info().rss
    return total


def end(pid: int) -> None:
    """End a process with all that it started, itself last, for it may be the process that calls this.

    Call it before the process is reaped, or its number may be somebody else's.
    """
    import psutil

    for process in reversed(_descendants(pid)):
        if process.pid != pid:
            with suppress(psutil.Error):
                process.kill()
    for kill in (os.killpg, os.kill):  # by number, too, where it could not lead a group
        with suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def _descendants(pid: int) -> list[Any]:
    """The process and its children, theirs, and so on."""
    import psutil

    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def _group(pid: int) -> list[Any]:
    import psutil

    found = []
    for one in psutil.pids():
        with suppress(OSError, psutil.Error):
            if os.getpgid(one) == pid:
                found.append(psutil.Process(one))
    return found
