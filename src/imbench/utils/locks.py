"""One process at a time at a piece of work whose result is stored and shared."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from imbench.errors import StorageError


class _Waits(threading.local):
    seconds = 0.0
    tell: Callable[[bool], object] | None = None


_waits = _Waits()


def waited() -> float:
    """Seconds for which this thread has waited so far for others. They are no work of its own."""
    return _waits.seconds


def report_waits(tell: Callable[[bool], object] | None) -> None:
    """Call ``tell`` with True when a wait of this thread begins, and with False when it ends."""
    _waits.tell = tell


@contextmanager
def exclusive(result: Path, tidy: bool = False) -> Iterator[None]:
    """Hold the lock of ``result``, a file or folder that the block looks for and else makes.

    Others wait, and then find the result. The operating system frees the lock of a process that dies,
    however it dies, so a killed owner never blocks anybody. The empty lock file beside the result stays;
    ``tidy`` takes it away, and then who waited may, on a network's file system, come in beside another
    one: for work that may be done twice.
    """
    from filelock import FileLock, Timeout

    file = result.parent / f".{result.name}.lock"
    # Newer versions fall back to a soft lock, which would outlive its owner.
    falls_back = "fallback_to_soft" in inspect.signature(FileLock).parameters
    try:
        result.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(file, **({"fallback_to_soft": False} if falls_back else {}))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            with _waiting():
                lock.acquire()
    except (OSError, NotImplementedError) as error:
        raise StorageError(
            f"Cannot lock '{result}': {error}. The folder must be writable and on a file system with locks."
        ) from error
    try:
        yield
    finally:
        if tidy:  # while it is held: a file that somebody else holds is never taken away
            with suppress(OSError):
                file.unlink()
        lock.release()


@contextmanager
def _waiting() -> Iterator[None]:
    began, tell = time.monotonic(), _waits.tell
    if tell is not None:
        tell(True)
    try:
        yield
    finally:
        _waits.seconds += time.monotonic() - began
        if tell is not None:
            tell(False)
