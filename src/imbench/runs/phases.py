"""Wall time and peak memory of each phase of a run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from imbench.utils.locks import waited

SAMPLE_SECONDS = 0.02
MIB = 1 << 20


class Phases:
    """Collects ``{phase: {seconds, peak_mb}}``; ``current`` is the current phase.

    ``report`` is called with the name of each phase when it begins. Memory is this process's resident set,
    sampled every 20 ms, so that short peaks can be missed.
    """

    def __init__(self, report: Callable[[str], None] | None = None) -> None:
        self._report = report
        self.records: dict[str, dict[str, float]] = {}
        self.current = "start"

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time the block under ``name``, also when it fails; waiting for other processes is not counted."""
        self.current = name
        if self._report is not None:
            self._report(name)
        watch = _PeakWatch()
        started, before = time.perf_counter(), waited()
        try:
            yield
        finally:
            self.records[name] = {
                "seconds": round(time.perf_counter() - started - (waited() - before), 4),
                "peak_mb": round(watch.stop() / MIB, 1),
            }

    @property
    def seconds(self) -> float:
        """Seconds of all phases together."""
        return round(sum(record["seconds"] for record in self.records.values()), 4)


class _PeakWatch:
    def __init__(self) -> None:
        import psutil

        self._process = psutil.Process()
        self._peak = self._process.memory_info().rss
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._done.wait(SAMPLE_SECONDS):
            self._peak = max(self._peak, self._process.memory_info().rss)

    def stop(self) -> int:
        self._done.set()
        self._thread.join()
        return max(self._peak, self._process.memory_info().rss)
