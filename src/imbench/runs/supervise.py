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
from imbench.runs.record import FAILED, OUT_OF_MEMORY, TIMEOUT

#: Seconds between two looks at the memory, so that a peak shorter than that can be missed.
LOOK = 0.1
GIB = 1 << 30
#: Called with the name of each phase that begins.
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Limits:
    """The most that one run may take: wall seconds, and GiB of memory (resident, with its children)."""

    seconds: float | None = None
    memory_gb: float | None = None

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Limits:
        """The limits of a configuration. Raises :class:`ConfigError` for what is no positive number."""
        words = dict(config.get("limits") or {})
        for word, value in words.items():
            if word not in ("seconds", "memory_gb"):
                raise ConfigError(f"limits knows 'seconds' and 'memory_gb', not '{word}'.")
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if value is not None and not (number and value > 0):
                raise ConfigError(f"limits.{word} must be a number above 0, or null; it is {value!r}.")
        return cls(**words)

    def __bool__(self) -> bool:
        return self.seconds is not None or self.memory_gb is not None


@dataclass(frozen=True)
class Ended:
    """How a process ended that left no record of its own."""

    state: str
    reason: str
    phase: str


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
    told.close()
    alive.close()
    started, phase = time.monotonic(), "start"
    try:
        while True:
            wait([child.sentinel, heard], timeout=_patience(limits, started))
            code = child.exitcode  # before listening: what it said is all there once it has ended
            for kind, words in _said(heard):
                if kind == "storage":
                    raise StorageError(words)
                phase = words
            if code is not None:
                return _end_of(code, phase)
            if over := _over(child.pid, limits, started):
                return Ended(*over, phase)
    finally:
        _kill(child.pid)
        child.join()
        heard.close()
        held.close()


def _said(heard: Any) -> Iterator[tuple[str, str]]:
    try:
        while heard.poll():
            yield heard.recv()
    except EOFError:
        return


def _patience(limits: Limits, started: float) -> float | None:
    left = None if limits.seconds is None else max(0.0, limits.seconds - (time.monotonic() - started))
    if limits.memory_gb is None:
        return left
    return LOOK if left is None else min(LOOK, left)


def _over(pid: int, limits: Limits, started: float) -> tuple[str, str] | None:
    """State and reason when a limit is passed."""
    if limits.seconds is not None and time.monotonic() - started >= limits.seconds:
        return TIMEOUT, f"ended after limits.seconds={limits.seconds:g} seconds"
    if limits.memory_gb is not None and (used := _memory(pid) / GIB) > limits.memory_gb:
        return OUT_OF_MEMORY, f"ended at {used:.2f} GiB of memory (limits.memory_gb={limits.memory_gb:g})"
    return None


def _family(pid: int) -> list[Any]:
    import psutil

    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def _memory(pid: int) -> int:
    """Resident bytes of a process and its children."""
    import psutil

    total = 0
    for process in _family(pid):
        try:
            total += process.memory_info().rss
        except psutil.Error:  # it ended meanwhile
            continue
    return total


def _kill(pid: int) -> None:
    """End a process and its children, itself last, for it may be the process that calls this."""
    import psutil

    for process in reversed(_family(pid)):
        with contextlib.suppress(psutil.Error):
            process.kill()


def _end_of(code: int, phase: str) -> Ended | None:
    if code == 0:
        return None
    if code < 0:
        name = signal.Signals(-code).name
        why = " (the system does that when memory runs out)" if name == "SIGKILL" else ""
        return Ended(FAILED, f"the run's process was ended by {name}{why}", phase)
    return Ended(FAILED, f"the run's process ended with exit code {code} and left no record", phase)


def _child(work: Callable[[Tell], None], told: Any, alive: Any, others: Iterable[Any]) -> None:
    for end in others:  # the parent's ends: only the parent may hold them open
        end.close()
    threading.Thread(target=_die_with_parent, args=(alive,), daemon=True).start()
    _first_to_go()
    try:
        work(lambda phase: told.send(("phase", phase)))
    except StorageError as error:
        told.send(("storage", str(error)))


def _die_with_parent(alive: Any) -> None:
    try:
        alive.recv()  # nothing is ever sent: this returns when the parent is gone
    except (EOFError, OSError):
        _kill(os.getpid())


def _first_to_go() -> None:
    """When the machine's memory runs out, let the system end this process before others (Linux)."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
