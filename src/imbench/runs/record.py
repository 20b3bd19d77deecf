"""Run records on disk: plain files in ``<runs_dir>/<key>/``, with the marker written last.

``status.json`` is the marker. A folder without it is half-written and does not count. All files are
written under another name first and renamed, so that no reader ever sees half a file.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imbench.runs import shapes
from imbench.utils.files import json_text, read_json, storing, write_parquet, write_text
from imbench.utils.locks import exclusive

if TYPE_CHECKING:
    import pandas as pd

STATUS = "status.json"
DONE, FAILED, SHORTFALL = "done", "failed", "shortfall"
TIMEOUT, OUT_OF_MEMORY = "timeout", "out_of_memory"
STATES = (DONE, FAILED, SHORTFALL, TIMEOUT, OUT_OF_MEMORY)
ROWS = "synthetic.parquet"
#: What a file of a record must look like to count.
SHAPES = {"scores.json": shapes.is_scores, "ledger.json": shapes.is_ledger}
#: How often a run was begun that did not end yet; gone when its marker is there.
BEGUN = ".begun"


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run. Every write that fails becomes a :class:`StorageError`."""

    path: Path

    def status(self) -> dict[str, Any] | None:
        """The marker's content, or None when the run has not ended (or its marker is unreadable)."""
        content = read_json(f"{self.path}/{STATUS}")
        return content if content is not None and shapes.is_status(content, STATES) else None

    def read(self, name: str) -> dict[str, Any] | None:
        """One of the run's JSON files, or None (also when it has not the shape that a run writes)."""
        content = read_json(f"{self.path}/{name}")
        fits = SHAPES.get(name)
        return content if content is None or fits is None or fits(content) else None

    def begun(self) -> int:
        """How often the run was begun and then died without a marker."""
        times = (read_json(self.path / BEGUN) or {}).get("times", 0)
        return times if shapes.is_attempts(times) else 0

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from the run: one makes it, and who comes second finds its record.

        The lock's file lies beside the folder and goes when the run has ended; a killed process leaves it.
        """
        with storing(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        with exclusive(self.path, tidy=True):
            yield

    def begin(self, attempt: int) -> None:
        """Take the marker away before the run is made again: from here on it does not count."""
        with storing(self.path):
            for half in self.path.glob(".*.*"):  # of a process that was killed while it wrote
                half.unlink(missing_ok=True)
        self.write_json(BEGUN, {"times": attempt})
        with storing(self.path):
            (self.path / STATUS).unlink(missing_ok=True)

    def end(self, status: Mapping[str, Any]) -> None:
        """Write the marker: the run has ended."""
        self.write_json(STATUS, status)
        with storing(self.path):
            (self.path / BEGUN).unlink(missing_ok=True)

    def write_json(self, name: str, content: Mapping[str, Any]) -> None:
        """Write one JSON file, whole or not at all."""
        self.write_text(name, json_text(content))

    def write_text(self, name: str, text: str) -> None:
        """Write one text file, whole or not at all."""
        write_text(self.path / name, text)

    def write_rows(self, rows: pd.DataFrame) -> None:
        """Write the synthetic rows as parquet, whole or not at all."""
        write_parquet(self.path / ROWS, rows)


def iterate(runs_dir: Path) -> Iterator[RunFolder]:
    """All run folders below ``runs_dir``, in the order of their keys."""
    if not runs_dir.is_dir():
        return
    with os.scandir(runs_dir) as entries:
        names = sorted(e.name for e in entries if e.is_dir() and not e.name.startswith("."))
    for name in names:
        yield RunFolder(runs_dir / name)


def check_writable(runs_dir: Path) -> None:
    """Fail before any work when nothing could be stored in ``runs_dir``."""
    with storing(runs_dir):
        runs_dir.mkdir(parents=True, exist_ok=True)
        probe = runs_dir / f".probe.{os.getpid()}"
        probe.write_text("")
        probe.unlink()


def link_or_copy(source: Path, target: Path) -> None:
    """The same bytes under a second name, without a second copy where the file system allows it."""
    with storing(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)
