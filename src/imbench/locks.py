"""One process at a time at a piece of work whose result is stored and shared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from imbench.errors import StorageError


@contextmanager
def exclusive(result: Path) -> Iterator[None]:
    """Hold the lock of ``result``, a file or folder that the block looks for and else makes.

    Others wait, and then find the result. The operating system frees the lock of a process that dies,
    however it dies, so a killed owner never blocks anybody; the empty lock file beside the result stays.
    """
    from filelock import FileLock

    try:
        result.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(result.parent / f".{result.name}.lock")
        lock.acquire()
    except (OSError, NotImplementedError) as error:
        raise StorageError(
            f"Cannot lock '{result}': {error}. The folder must be writable and on a file system with locks."
        ) from error
    try:
        yield
    finally:
        lock.release()
