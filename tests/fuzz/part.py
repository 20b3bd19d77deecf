"""What a fuzzer is: inputs to draw, and a replay that fails on everything but a message for people."""

from __future__ import annotations

import json
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from imbench.errors import ImbenchError

#: Limit of CPU seconds for one input, and the factor for wall seconds (a busy machine delays all).
SECONDS, WAITS = 20, 10
PARTS = ("csv", "sentences", "overrides", "records")


class TooSlow(BaseException):
    """A replay exceeded its time limit. Not an ``Exception``, so that no code under test catches it."""


@dataclass(frozen=True)
class Part:
    """``inputs()`` is a Hypothesis strategy of JSON values; ``play(input, folder)`` uses one.

    ``folder`` is empty and used by one input only. ``ready`` does once what takes long and does not depend on
    the input: imports, a first run.
    """

    name: str
    inputs: Callable[[], Any]
    play: Callable[[Any, Path], None]
    ready: Callable[[], Any] = lambda: None

    def replay(self, given: Any, folder: Path) -> None:
        """Play one input; raises what no input may cause (a crash, an endless loop)."""
        self.ready()
        try:
            with at_most(SECONDS):
                self.play(given, folder)
        except ImbenchError as error:
            if not str(error).strip():
                raise AssertionError("an error without a message") from error
            if _memory_ran_out(error):
                raise AssertionError("the memory ran out, and no bound had refused the input") from error


def _memory_ran_out(error: BaseException) -> bool:
    """Whether the memory ran out. (Pandas' parser raises an error of its own for that.)"""
    cause = error.__cause__
    return isinstance(cause, MemoryError) or "out of memory" in str(cause).lower()


@cache
def part_of(name: str) -> Part:
    """The fuzzer of that name, one of ``PARTS``."""
    from importlib import import_module

    return import_module(f"tests.fuzz.{name}_input").PART


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Raise :class:`TooSlow` in the block after so many seconds of computing, or :data:`WAITS` times as many
    by the clock (main thread only).
    """

    def stop(*_: Any) -> None:
        raise TooSlow(f"took more than {seconds} s")

    timers = {signal.ITIMER_PROF: signal.SIGPROF, signal.ITIMER_REAL: signal.SIGALRM}
    before = {number: signal.signal(number, stop) for number in timers.values()}
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, seconds * WAITS)
    try:
        yield
    finally:
        for timer, number in timers.items():
            signal.setitimer(timer, 0)
            signal.signal(number, before[number])


def signature(error: BaseException) -> str:
    """What makes two failures one finding: the error's kind and the last place in this project's code."""
    frames = [
        f
        for f in traceback.extract_tb(error.__traceback__)
        if "/imbench/" in f.filename or ("/tests/fuzz/" in f.filename and "/test_" not in f.filename)
    ]
    own = [f for f in frames if "/tests/fuzz/" not in f.filename] or frames
    place = f"{Path(own[-1].filename).name}:{own[-1].name}" if own else "?"
    options = str(error).split("\n")[0][:60] if isinstance(error, AssertionError) else ""
    return f"{type(error).__name__} in {place} {options}".strip()


def corpus(folder: Path) -> list[Path]:
    """The kept inputs of one fuzzer's folder, in the order of their names."""
    return sorted(folder.glob("*.json"))


def kept_input(path: Path) -> Any:
    """The input that a corpus file holds."""
    return json.loads(path.read_text(encoding="utf-8"))["input"]
