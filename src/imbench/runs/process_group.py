"""A process and all that it started: their memory, and ending them together.

Two relations are followed, since each can be lost: a process whose parent has ended is still in the group,
and a process that started a group of its own (a shell's job) is still a child.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import Any


def start(pid: int = 0) -> None:
    """Make a process (0: this one) the first of a new group; called by child and parent, whichever is first.

    The terminal's Ctrl-C no longer reaches the group: the parent has to end it.
    """
    with suppress(OSError):
        os.setpgid(pid, pid)


def has_ended(pid: int) -> bool:
    """Whether a child has ended. It is not reaped, so its number remains that of its group.

    (The end of its pipes is no sign: a process that it forked may hold them open.)
    """
    import psutil

    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def memory(pid: int) -> int:
    """Resident bytes of a process and all that it started."""
    import psutil

    total = 0
    for process in {*_descendants(pid), *_group(pid)}:
        with suppress(psutil.Error):  # it has ended meanwhile
            total += process.memory_info().rss
    return total


def kill(pid: int) -> None:
    """End a process and all that it started; itself last, since it may be the calling process.

    To be called before the process is reaped, after which its number may belong to another process.
    """
    import psutil

    for process in reversed(_descendants(pid)):
        if process.pid != pid:
            with suppress(psutil.Error):
                process.kill()
    for send in (os.killpg, os.kill):  # by number as well, where it could not start a group
        with suppress(ProcessLookupError, PermissionError):
            send(pid, signal.SIGKILL)


def _descendants(pid: int) -> list[Any]:
    """The process, its children, their children, and so on."""
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
