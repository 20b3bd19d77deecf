"""Wall time and peak memory of each phase of a run, and what ended it."""

from __future__ import annotations

import re
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from imbench.errors import ImbenchError, Shortfall
from imbench.records.record import FAILED, SHORTFALL
from imbench.utils.locks import waited

SAMPLE_SECONDS = 0.02
MIB = 1 << 20
#: Linux: writing 5 into the first file resets the peak (``VmHWM``, in kB) that the second one holds.
RESET, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")
PEAK = re.compile(rb"VmHWM:\s+(\d+) kB")


#: Called with the name of each phase when it begins.
Report = Callable[[str], None]


def failure(error: Exception, phase: str) -> dict[str, Any]:
    """What a record says of a stage that an error ended."""
    expected = isinstance(error, ImbenchError)
    return {
        "state": SHORTFALL if isinstance(error, Shortfall) else FAILED,
        "phase": phase,
        "reason": str(error) if expected else f"{type(error).__name__}: {error}",
        "traceback": "".join(traceback.format_exception(error)),
    }


class Phases:
    """Collects ``{phase: {seconds, peak_mb}}``; ``current`` is the current phase.

    ``report`` is called with the name of each phase when it begins. Memory is this process's resident set in
    MiB: its peak as Linux counts it; elsewhere sampled every 20 ms, so that short peaks can be missed.
    """

    def __init__(self, report: Report | None = None) -> None:
        self._report = report
        self.records: dict[str, dict[str, float]] = {}
        self.current = "start"

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time the block under ``name``, also when it fails; waiting for other processes is not counted."""
        self.current = name
        if self._report is not None:
            self._report(name)
        peak = _KernelPeak() if _KernelPeak.reset() else _SampledPeak()
        started, before = time.perf_counter(), waited()
        try:
            yield
        finally:
            self.records[name] = {
                "seconds": round(time.perf_counter() - started - (waited() - before), 4),
                "peak_mb": round(peak.stop() / MIB, 1),
            }

    @property
    def seconds(self) -> float:
        """Seconds of all phases together."""
        return round(sum(record["seconds"] for record in self.records.values()), 4)


class _KernelPeak:
    """The peak since :meth:`reset`, kept by the kernel."""

    @staticmethod
    def reset() -> bool:
        """Begin anew; False where the system has no such peak."""
        try:
            RESET.write_text("5")
        except OSError:
            return False
        return PEAK.search(STATUS.read_bytes()) is not None

    def stop(self) -> int:
        """The peak in bytes."""
        found = PEAK.search(STATUS.read_bytes())
        return int(found.group(1)) << 10 if found else 0


class _SampledPeak:
    """The highest of many samples, taken by a thread of its own."""

    def __init__(self) -> None:
        import psutil

        self._process = psutil.Process()
        self._peak = self._process.memory_info().rss
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def _sample(self) -> None:
        while not self._done.wait(SAMPLE_SECONDS):
            self._peak = max(self._peak, self._process.memory_info().rss)

    def stop(self) -> int:
        """The peak in bytes."""
        self._done.set()
        self._thread.join()
        return max(self._peak, self._process.memory_info().rss)
