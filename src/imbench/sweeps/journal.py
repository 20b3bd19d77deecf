"""The journal of a sweep: how each of its jobs ended, on whatever machine it ran."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imbench.records.record import RunFolder
from imbench.utils.files import read_json

FOLDER_VARIABLE = "IMBENCH_SWEEP_JOURNAL"
TOTAL_VARIABLE = "IMBENCH_SWEEP_TOTAL"
HEAD = "sweep.json"


@dataclass(frozen=True)
class Journal:
    """A folder with one file a job, so that jobs on several nodes never write to the same file.

    Jobs find it by two environment variables, which a launcher passes on.
    """

    folder: Path
    planned: int

    @classmethod
    def begin(cls, runs_dir: Path, overrides: list[str], planned: int) -> Journal:
        """A new journal, set in this process's environment. Raises :class:`StorageError`."""
        name = f"{time.strftime('%Y-%m-%d_%H-%M-%S')}-{os.getpid()}"
        journal = cls(runs_dir / ".sweeps" / name, planned)
        RunFolder(journal.folder).write_json(HEAD, {"overrides": overrides, "planned": planned})
        os.environ.update(journal.environment)
        return journal

    @classmethod
    def here(cls) -> Journal | None:
        """The journal of the sweep that this process belongs to, or None."""
        folder, total = os.environ.get(FOLDER_VARIABLE), os.environ.get(TOTAL_VARIABLE)
        return cls(Path(folder), int(total)) if folder and total else None

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables by which a job finds the journal."""
        return {FOLDER_VARIABLE: str(self.folder), TOTAL_VARIABLE: str(self.planned)}

    def begin_job(self, number: int) -> None:
        """Write that job ``number`` has begun. Raises :class:`StorageError`."""
        RunFolder(self.folder).write_text(self.begun(number).name, "")

    def begun(self, number: int) -> Path:
        """The file that exists once a job has begun (under launchers that write it)."""
        return self.folder / f"{number}.begun"

    def write(self, number: int, line: dict[str, Any]) -> None:
        """Write how job ``number`` ended. Raises :class:`StorageError`."""
        RunFolder(self.folder).write_json(f"{number}.json", line)

    def line(self, number: int) -> dict[str, Any] | None:
        """How a job ended, or None while it has not."""
        return read_json(self.folder / f"{number}.json")

    def lines(self) -> Iterator[dict[str, Any]]:
        """How each job ended that has ended, in the order of their numbers."""
        return (line for n in range(self.planned) if (line := self.line(n)) is not None)

    def left(self, numbers: Iterable[int]) -> list[int]:
        """Those of the jobs that have not ended."""
        return [n for n in numbers if self.line(n) is None]
