"""A lock between processes for work whose result is stored and shared."""

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
    report: Callable[[bool], object] | None = None


_waits = _Waits()


def waited() -> float:
    """Seconds that this thread has spent so far waiting for locks."""
    return _waits.seconds


def report_waits(report: Callable[[bool], object] | None) -> None:
    """Call ``report`` with True when a wait of this thread begins, and with False when it ends."""
    _waits.report = report


@contextmanager
def exclusive(result: Path, tidy: bool = False) -> Iterator[None]:
    """Hold the lock of ``result``, a file or folder that the block reads or, if missing, creates.

    Other processes wait until the block has ended. The operating system frees the lock of a process that
    dies. The empty lock file beside the result remains; ``tidy`` removes it, after which, on a network file
    system, two waiting processes may both enter: for work that may be repeated. Raises :class:`StorageError`
    where the file system has no locks.
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
        if tidy:  # while the lock is held, so that no other process's file is removed
            with suppress(OSError):
                file.unlink()
        lock.release()


@contextmanager
def _waiting() -> Iterator[None]:
    began, report = time.monotonic(), _waits.report
    if report is not None:
        report(True)
    try:
        yield
    finally:
        _waits.seconds += time.monotonic() - began
        if report is not None:
            report(False)
