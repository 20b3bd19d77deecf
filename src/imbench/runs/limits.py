"""A run in a process of its own, ended with its children when it goes over a limit.

The process dies with the one that started it, so a killed worker leaves nothing behind that computes on.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from imbench.errors import ConfigError, StorageError
from imbench.runs import process_group as family
from imbench.runs.record import FAILED, OUT_OF_MEMORY, TIMEOUT
from imbench.utils.locks import report_waits
from imbench.utils.text import truncated

#: Seconds between two looks at the memory, so that a peak shorter than that can be missed.
LOOK = 0.1
#: Seconds between two looks at all, for the end of a process may pass without a word.
LONGEST_INTERVAL = 1.0
GIB = 1 << 30
#: The largest limit: 30 years, an exbibyte.
MOST = 1e9
#: Called with the name of each phase that begins.
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Limits:
    """The most that one run may take: wall seconds of its own work (waiting for what another process makes
    for both is none), and GiB of memory (resident, with all that it started).
    """

    seconds: float | None = None
    memory_gb: float | None = None

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Limits:
        """The limits of a configuration. Raises :class:`ConfigError` for what is no positive number."""
        words = config.get("limits")
        if not isinstance(words, Mapping | None):
            raise ConfigError(
                f"limits={truncated(words)} is no section of words. Use limits.seconds= or limits.memory_gb=."
            )
        for word, value in (words or {}).items():
            if word not in ("seconds", "memory_gb"):
                raise ConfigError(f"limits knows 'seconds' and 'memory_gb', not '{truncated(word)}'.")
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if value is not None and not (number and 0 < value <= MOST):  # no infinity, no NaN
                raise ConfigError(
                    f"limits.{word} must be a number above 0 and at most {MOST:.0f}, or null; "
                    f"it is {truncated(value)}."
                )
        return cls(**(words or {}))

    def __bool__(self) -> bool:
        return self.seconds is not None or self.memory_gb is not None


@dataclass(frozen=True)
class Ended:
    """How a process ended that left no record of its own, after so many seconds of work."""

    state: str
    reason: str
    phase: str
    seconds: float = 0.0


class _Clock:
    """Seconds of work: those in which the child waits for others are left out."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._waits_since: float | None = None

    @property
    def stands(self) -> bool:
        """Whether the child is waiting."""
        return self._waits_since is not None

    @property
    def seconds(self) -> float:
        now = time.monotonic() if self._waits_since is None else self._waits_since
        return now - self._started

    def wait(self, begins: bool) -> None:
        """Stop while the child waits, and go on."""
        if begins:
            self._waits_since = time.monotonic()
        elif self._waits_since is not None:
            self._started += time.monotonic() - self._waits_since
            self._waits_since = None


def supervise(work: Callable[[Tell], None], limits: Limits, modules: Iterable[str] = ()) -> Ended | None:
    """Do ``work`` in a child process within ``limits``; None when it came to its end.

    ``modules`` are imported before the process is forked, so that not every child has to. A
    :class:`StorageError` of the work is raised here, too.
    """
    import multiprocessing
    from multiprocessing.connection import wait

    if "fork" not in multiprocessing.get_all_start_methods():
        raise ConfigError("limits need a system that can fork processes; use limits.seconds=null here.")
    for module in modules:
        importlib.import_module(module)
    context = multiprocessing.get_context("fork")
    heard, told = context.Pipe(duplex=False)
    alive, held = context.Pipe(duplex=False)  # ends when this process does
    child = context.Process(target=_child, args=(work, told, alive, (heard, held)))
    child.start()
    try:
        family.lead(child.pid)
        told.close()
        alive.close()
        clock, phase, over = _Clock(), "start", None
        while over is None:
            wait([child.sentinel, heard], timeout=_patience(limits, clock))
            gone = family.has_ended(child.pid)  # before listening: what it said is all there by then
            for kind, words in _said(heard):
                if kind == "storage":
                    raise StorageError(words)
                if kind == "wait":
                    clock.wait(words)
                else:
                    phase = words
            if gone:
                break
            over = _over(child.pid, limits, clock)
    finally:  # also when it is interrupted, for Ctrl-C reaches this process alone
        family.end(child.pid)
        child.join()
        heard.close()
        held.close()
    state, reason = over or _end_of(child.exitcode) or (None, "")
    return Ended(state, reason, phase, round(clock.seconds, 4)) if state else None


def _said(heard: Any) -> Iterator[tuple[str, Any]]:
    try:
        while heard.poll():
            yield heard.recv()
    except EOFError:
        return


def _patience(limits: Limits, clock: _Clock) -> float:
    longest = LONGEST_INTERVAL if limits.memory_gb is None else LOOK
    if limits.seconds is None or clock.stands:
        return longest
    return min(longest, max(0.0, limits.seconds - clock.seconds))


def _over(pid: int, limits: Limits, clock: _Clock) -> tuple[str, str] | None:
    """State and reason when a limit is passed."""
    if limits.seconds is not None and clock.seconds >= limits.seconds:
        return TIMEOUT, f"ended after limits.seconds={limits.seconds:g} seconds"
    if limits.memory_gb is not None and (used := family.memory(pid) / GIB) > limits.memory_gb:
        return OUT_OF_MEMORY, f"ended at {used:.2f} GiB of memory (limits.memory_gb={limits.memory_gb:g})"
    return None


def _end_of(code: int) -> tuple[str, str] | None:
    """State and reason of a process that ended by itself, or nothing when all is well."""
    if code == 0:
        return None
    if code < 0:
        name = signal.Signals(-code).name
        why = " (the system does that when memory runs out)" if name == "SIGKILL" else ""
        return FAILED, f"the run's process was ended by {name}{why}"
    return FAILED, f"the run's process ended with exit code {code} and left no record"


def _child(work: Callable[[Tell], None], told: Any, alive: Any, others: Iterable[Any]) -> None:
    family.lead()
    for end in others:  # the parent's ends: only the parent may hold them open
        end.close()
    threading.Thread(target=_die_with_parent, args=(alive,), daemon=True).start()
    _first_to_go()
    report_waits(lambda begins: told.send(("wait", begins)))
    try:
        work(lambda phase: told.send(("phase", phase)))
    except StorageError as error:
        told.send(("storage", str(error)))


def _die_with_parent(alive: Any) -> None:
    try:
        alive.recv()  # nothing is ever sent: this returns when the parent is gone
    except (EOFError, OSError):
        family.end(os.getpid())


def _first_to_go() -> None:
    """When the machine's memory runs out, let the system end this process before others (Linux)."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
