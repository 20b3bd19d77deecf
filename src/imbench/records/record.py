"""Run records: the plain files of one run, in a folder ``<runs_dir>/<key>/`` or in an archive.

``status.json`` is the marker and is written last. A folder without it is incomplete and does not count.
All files are written under a temporary name and renamed, so that no reader sees a partial file.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imbench.records import shapes
from imbench.utils.files import json_text, read_bytes, storing, write_bytes
from imbench.utils.locks import exclusive

if TYPE_CHECKING:
    from imbench.scoring.predictions import OutOfFold, Predictions

DONE, FAILED, SHORTFALL = "done", "failed", "shortfall"
TIMEOUT, OUT_OF_MEMORY = "timeout", "out_of_memory"
STATES = (DONE, FAILED, SHORTFALL, TIMEOUT, OUT_OF_MEMORY)
STATUS, SCORES, LEDGER = "status.json", "scores.json", "ledger.json"
CONFIG, ENVIRONMENT = "config.yaml", "environment.json"
ROWS, PREDICTIONS, OUT_OF_FOLD = "synthetic.parquet", "predictions.parquet", "out_of_fold.parquet"
#: The schema of each file that has one.
SCHEMAS = {STATUS: shapes.Status, SCORES: shapes.Scores, LEDGER: shapes.Ledger}
#: The number of attempts so far of a run that has not ended; removed when its marker is written.
ATTEMPTS = ".attempts"


class Record:
    """Read access to the record of one run, wherever it is stored."""

    @property
    def key(self) -> str:
        """The run's key."""
        raise NotImplementedError

    def content(self, name: str) -> bytes | None:
        """The bytes of one of the record's text files, or None."""
        raise NotImplementedError

    def predictions(self) -> dict[str, dict[str, Predictions]] | None:
        """The stored predictions by classifier and protocol, or None without (valid) ones."""
        raise NotImplementedError

    def out_of_fold(self) -> dict[str, OutOfFold] | None:
        """The stored out-of-fold predictions by classifier, or None without (valid) ones."""
        raise NotImplementedError

    def status(self) -> dict[str, Any] | None:
        """The marker's content, or None when the run has not ended or its marker is invalid."""
        return self.read(STATUS)

    def read(self, name: str) -> dict[str, Any] | None:
        """One of the record's JSON files, or None when it is absent or does not fit its schema."""
        return shapes.decode(self.content(name), SCHEMAS.get(name, dict[str, Any]))

    def scores(self) -> dict[str, Any] | None:
        """The scores of a run that is done, or None; also when they are invalid."""
        status = self.status()
        return self.read(SCORES) if status is not None and status["state"] == DONE else None


@dataclass(frozen=True)
class RunFolder(Record):
    """The folder of one run. Every write that fails raises a :class:`StorageError`."""

    path: Path

    @property
    def key(self) -> str:
        """The run's key, which is the folder's name."""
        return self.path.name

    def content(self, name: str) -> bytes | None:
        """The bytes of a regular file of the folder within the bound of :mod:`imbench.utils.files`."""
        return read_bytes(f"{self.path}/{name}")

    def predictions(self) -> dict[str, dict[str, Predictions]] | None:
        """The predictions in the folder, or None without (valid) ones."""
        from imbench.records.prediction_files import read_predictions

        return read_predictions(self.path / PREDICTIONS)

    def out_of_fold(self) -> dict[str, OutOfFold] | None:
        """The out-of-fold predictions in the folder, or None without (valid) ones."""
        from imbench.records import prediction_files as files

        return files.out_of_fold_in(files.read_predictions(self.path / OUT_OF_FOLD, files.OUT_OF_FOLD))

    def write_predictions(self, predictions: dict[str, dict[str, Predictions]]) -> None:
        """Write the predictions by classifier and protocol."""
        from imbench.records.prediction_files import prediction_bytes

        self.write_bytes(PREDICTIONS, prediction_bytes(predictions))

    def write_out_of_fold(self, predictions: Mapping[str, OutOfFold]) -> None:
        """Write the out-of-fold predictions by classifier."""
        from imbench.records import prediction_files as files

        by_protocol = {name: {files.CORRECTED: found} for name, found in predictions.items()}
        self.write_bytes(OUT_OF_FOLD, files.prediction_bytes(by_protocol, files.OUT_OF_FOLD))

    def attempts(self) -> int:
        """How often the run was started and then ended without a marker."""
        found = shapes.decode(self.content(ATTEMPTS), shapes.Attempt)
        return found["attempts"] if found else 0

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run's lock: of several processes one executes it, the others wait for its record.

        The lock file lies beside the folder and is removed when the run has ended; a killed process leaves
        it.
        """
        with storing(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        with exclusive(self.path, tidy=True):
            yield

    def begin(self, attempt: int) -> None:
        """Remove the marker and count the attempt: from here on the folder is incomplete.

        Out-of-fold predictions of an earlier run are removed as well.
        """
        with storing(self.path):
            for temporary in self.path.glob(".*.*"):  # of a process that was killed while it wrote
                temporary.unlink(missing_ok=True)
        self.write_json(ATTEMPTS, {"attempts": attempt})
        with storing(self.path):
            (self.path / STATUS).unlink(missing_ok=True)
            (self.path / OUT_OF_FOLD).unlink(missing_ok=True)

    def end(self, status: Mapping[str, Any]) -> None:
        """Write the marker: the run has ended."""
        self.write_json(STATUS, status)
        with storing(self.path):
            (self.path / ATTEMPTS).unlink(missing_ok=True)

    def write_json(self, name: str, content: Mapping[str, Any]) -> None:
        """Write one JSON file, complete or not at all."""
        self.write_text(name, json_text(content))

    def write_text(self, name: str, text: str) -> None:
        """Write one UTF-8 text file, complete or not at all."""
        self.write_bytes(name, text.encode("utf-8"))

    def write_bytes(self, name: str, content: bytes) -> None:
        """Write one file, complete or not at all."""
        write_bytes(self.path / name, content)


def iterate(runs_dir: Path) -> Iterator[RunFolder]:
    """All run folders below ``runs_dir``, in the order of their keys."""
    if not runs_dir.is_dir():
        return
    with os.scandir(runs_dir) as entries:
        names = sorted(e.name for e in entries if e.is_dir() and not e.name.startswith("."))
    for name in names:
        yield RunFolder(runs_dir / name)


def check_writable(runs_dir: Path) -> None:
    """Raise :class:`StorageError` when nothing can be stored in ``runs_dir``."""
    with storing(runs_dir):
        runs_dir.mkdir(parents=True, exist_ok=True)
        probe = runs_dir / f".probe.{os.getpid()}"
        probe.write_text("")
        probe.unlink()


def link_or_copy(source: Path, target: Path) -> None:
    """The same bytes under a second name: a hard link, or a copy where the file system has none."""
    with storing(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)
