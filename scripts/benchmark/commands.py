"""Commands of the project, timed as a user meets them."""

from __future__ import annotations

import resource
import subprocess
import sys
import time

from imbench.utils.paths import ROOT


def timed(command: list[str], allowed: tuple[int, ...] = (0,)) -> tuple[float, float]:
    """Wall and CPU seconds of ``python <command>`` in the project's root, its children included.

    Raises :class:`subprocess.CalledProcessError` for an exit code that is not allowed.
    """
    before, started = _cpu(), time.perf_counter()
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True)
    seconds = time.perf_counter() - started
    if done.returncode not in allowed:
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
    return seconds, _cpu() - before


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
