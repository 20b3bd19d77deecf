"""A run in a child process, which is ended with its own children when it exceeds a limit.

The child also ends when its parent does, so a killed worker leaves no process behind.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from imbench.errors import ConfigError, StorageError
from imbench.records.record import FAILED, OUT_OF_MEMORY, TIMEOUT
from imbench.runs import process_group
from imbench.runs.options import Limits
from imbench.utils.locks import report_waits

#: Seconds between two measurements of the memory; a shorter peak can be missed.
MEMORY_INTERVAL = 0.1
#: Seconds between two checks whether the process has ended, which may happen without a message.
STATUS_INTERVAL = 1.0
GIB = 1 << 30
#: Called with the name of each phase when it begins.
ReportPhase = Callable[[str], None]


@dataclass(frozen=True)
class Ended:
    """How a process ended without a record of its own: state, reason, phase, seconds of work."""

    state: str
    reason: str
    phase: str
    seconds: float = 0.0


class _Clock:
    """Seconds of work, without those in which the child waits for another process."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._waiting_since: float | None = None

    @property
    def paused(self) -> bool:
        """Whether the child is waiting."""
        return self._waiting_since is not None

    @property
    def seconds(self) -> float:
        now = time.monotonic() if self._waiting_since is None else self._waiting_since
        return now - self._started

    def wait(self, begins: bool) -> None:
        """Pause when the child begins to wait, continue when it ends to."""
        if begins:
            self._waiting_since = time.monotonic()
        elif self._waiting_since is not None:
            self._started += time.monotonic() - self._waiting_since
            self._waiting_since = None


def supervise(
    work: Callable[[ReportPhase], None], limits: Limits, modules: Iterable[str] = ()
) -> Ended | None:
    """Call ``work`` in a child process within ``limits``; None when it returned.

    ``modules`` are imported before the fork, so that they are loaded once for all children. A
    :class:`StorageError` of ``work`` is raised here, too; :class:`ConfigError` where processes cannot fork.
    """
    import multiprocessing
    from multiprocessing.connection import wait

    if "fork" not in multiprocessing.get_all_start_methods():
        raise ConfigError("limits need a system that can fork processes; use limits.seconds=null here.")
    for module in modules:
        importlib.import_module(module)
    context = multiprocessing.get_context("fork")
    messages, sender = context.Pipe(duplex=False)
    parent_alive, held_open = context.Pipe(duplex=False)  # closed by the system when this process ends
    child = context.Process(target=_child, args=(work, sender, parent_alive, (messages, held_open)))
    child.start()
    try:
        process_group.start(child.pid)
        sender.close()
        parent_alive.close()
        clock, phase, exceeded = _Clock(), "start", None
        while exceeded is None:
            wait([child.sentinel, messages], timeout=_interval(limits, clock))
            ended = process_group.has_ended(child.pid)  # before the messages are read: all are there by then
            for kind, content in _received(messages):
                if kind == "storage":
                    raise StorageError(content)
                if kind == "wait":
                    clock.wait(content)
                else:
                    phase = content
            if ended:
                break
            exceeded = _exceeded(child.pid, limits, clock)
    finally:  # also at an interrupt: Ctrl-C reaches this process only
        process_group.kill(child.pid)
        child.join()
        messages.close()
        held_open.close()
    state, reason = exceeded or _failure(child.exitcode) or (None, "")
    return Ended(state, reason, phase, round(clock.seconds, 4)) if state else None


def _received(messages: Any) -> Iterator[tuple[str, Any]]:
    try:
        while messages.poll():
            yield messages.recv()
    except EOFError:
        return


def _interval(limits: Limits, clock: _Clock) -> float:
    longest = STATUS_INTERVAL if limits.memory_gb is None else MEMORY_INTERVAL
    if limits.seconds is None or clock.paused:
        return longest
    return min(longest, max(0.0, limits.seconds - clock.seconds))


def _exceeded(pid: int, limits: Limits, clock: _Clock) -> tuple[str, str] | None:
    """State and reason when a limit is exceeded."""
    if limits.seconds is not None and clock.seconds >= limits.seconds:
        return TIMEOUT, f"ended after limits.seconds={limits.seconds:g} seconds"
    if limits.memory_gb is not None and (used := process_group.memory(pid) / GIB) > limits.memory_gb:
        return OUT_OF_MEMORY, f"ended at {used:.2f} GiB of memory (limits.memory_gb={limits.memory_gb:g})"
    return None


def _failure(code: int) -> tuple[str, str] | None:
    """State and reason of a process that ended by itself, or None for exit code 0."""
    if code == 0:
        return None
    if code < 0:
        name = signal.Signals(-code).name
        why = " (the system does that when memory runs out)" if name == "SIGKILL" else ""
        return FAILED, f"the run's process was ended by {name}{why}"
    return FAILED, f"the run's process ended with exit code {code} and left no record"


def _child(
    work: Callable[[ReportPhase], None], sender: Any, parent_alive: Any, parents: Iterable[Any]
) -> None:
    process_group.start()
    for end in parents:  # the parent's ends of the pipes: only the parent may hold them open
        end.close()
    threading.Thread(target=_end_with_parent, args=(parent_alive,), daemon=True).start()
    _prefer_for_oom_killer()
    report_waits(lambda begins: sender.send(("wait", begins)))
    try:
        work(lambda phase: sender.send(("phase", phase)))
    except StorageError as error:
        sender.send(("storage", str(error)))


def _end_with_parent(parent_alive: Any) -> None:
    try:
        parent_alive.recv()  # nothing is ever sent: this returns when the parent has ended
    except (EOFError, OSError):
        process_group.kill(os.getpid())


def _prefer_for_oom_killer() -> None:
    """Make this process the first that Linux ends when the machine's memory runs out."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
