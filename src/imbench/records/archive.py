"""Archives: many run records in one parquet file, and their predictions in a second one.

``<name>.records.parquet`` has a row for each run and a column for each text file of a record, with the
file's bytes; ``<name>.predictions.parquet`` has the rows of :mod:`imbench.records.prediction_files` with the
run's key. An archive belongs to the runs folder beside it: ``results/archive`` to ``results/runs``.
Synthetic rows are not archived.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from imbench.errors import ConfigError, StorageError
from imbench.records import prediction_files
from imbench.records.record import (
    CONFIG,
    ENVIRONMENT,
    LEDGER,
    PREDICTIONS,
    SCORES,
    STATUS,
    Record,
    RunFolder,
    storing,
)
from imbench.scoring.predictions import Predictions
from imbench.utils.files import MAX_BYTES, write_file
from imbench.utils.parquet import BINARY, TEXT, Bounds, UnreadableError, read_groups, values_of
from imbench.utils.text import check_name, is_safe

#: The text files of a record, in the order in which they are unpacked: the marker last.
FILES = (CONFIG, ENVIRONMENT, LEDGER, SCORES, STATUS)
RECORD_KINDS = {"key": TEXT} | dict.fromkeys(FILES, BINARY)
PREDICTION_KINDS = {"key": TEXT} | prediction_files.KINDS
RECORDS_SUFFIX, PREDICTIONS_SUFFIX = ".records.parquet", ".predictions.parquet"
BOUNDS = Bounds(rows=2_000_000, columns=20, unpacked=8 << 30, distinct=4 << 30, longest=MAX_BYTES)
PREDICTION_BOUNDS = Bounds(rows=20_000_000, columns=20, unpacked=256 << 30, distinct=4 << 30, longest=1 << 30)
#: Rows of a row group of records, and bytes of one of predictions before compression.
RECORDS_A_GROUP, BYTES_A_GROUP = 20_000, 64 << 20
COMPRESSION = {"compression": "zstd", "compression_level": 15, "write_statistics": False,
               "data_page_size": 4 << 20, "dictionary_pagesize_limit": 32 << 20}  # fmt: skip


@dataclass(frozen=True)
class ArchivedRun(Record):
    """A run's record in an archive."""

    archive: Archive
    position: int

    @property
    def key(self) -> str:
        """The run's key."""
        return self.archive.keys[self.position]

    def content(self, name: str) -> bytes | None:
        """The bytes of one of :data:`FILES`, or None."""
        return self.archive.column(name)[self.position] if name in FILES else None

    def predictions(self) -> dict[str, dict[str, Predictions]] | None:
        """The run's predictions; reads the archive's whole file of predictions."""
        return next((found for _, found in self.archive.predictions({self.key})), None)


class Archive:
    """One archive for reading. Columns are read when they are first needed and kept.

    Reading raises :class:`StorageError` when a file is damaged or not an archive.
    """

    def __init__(self, records: Path):
        self.path = records
        self.name = records.name.removesuffix(RECORDS_SUFFIX)
        self.predictions_path = records.with_name(self.name + PREDICTIONS_SUFFIX)
        self._columns: dict[str, list[Any]] = {}

    def column(self, name: str) -> list[Any]:
        """A column of the records."""
        if name not in self._columns:
            with _reading():
                groups = read_groups(self.path, RECORD_KINDS, BOUNDS, [name])
                self._columns[name] = [value for group in groups for value in values_of(group, name)]
        return self._columns[name]

    @cached_property
    def keys(self) -> list[str]:
        """The keys of the runs; names that are unsafe as a path are replaced by empty ones."""
        return [key if is_safe(key) else "" for key in self.column("key")]

    @cached_property
    def positions(self) -> dict[str, int]:
        """The row of each key."""
        return {key: position for position, key in enumerate(self.keys) if key}

    def runs(self) -> Iterator[ArchivedRun]:
        """All records, in the order of their keys."""
        for key in sorted(self.positions):
            yield ArchivedRun(self, self.positions[key])

    def find(self, key: str) -> ArchivedRun | None:
        """The record of a key, or None."""
        position = self.positions.get(key)
        return None if position is None else ArchivedRun(self, position)

    def predicted(self) -> int:
        """The number of runs with predictions."""
        if not self.predictions_path.is_file():
            return 0
        with _reading():
            groups = read_groups(self.predictions_path, PREDICTION_KINDS, PREDICTION_BOUNDS, ["key"])
            return len({key for group in groups for key in values_of(group, "key")})

    def predictions(
        self, keys: set[str] | None = None
    ) -> Iterator[tuple[str, prediction_files.ByClassifier]]:
        """Keys and valid predictions of these runs (None: of all)."""
        for key, lines in self.prediction_lines(keys):
            if (found := prediction_files.from_lines(lines)) is not None:
                yield key, found

    def prediction_lines(self, keys: set[str] | None = None) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Keys and the rows of each run in the file of predictions, which holds a run's rows together."""
        if not self.predictions_path.is_file():
            return
        current, lines = None, []
        with _reading():
            for group in read_groups(self.predictions_path, PREDICTION_KINDS, PREDICTION_BOUNDS):
                for line in prediction_files.lines_in(group, PREDICTION_KINDS):
                    key = line.pop("key")
                    if key != current:
                        if lines:
                            yield str(current), lines
                        current, lines = key, []
                    if keys is None or key in keys:
                        lines.append(line)
        if lines:
            yield str(current), lines


class _reading:
    """Turn an unreadable file into a message that names it."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type | None, error: BaseException | None, _: Any) -> None:
        if isinstance(error, UnreadableError):
            raise StorageError(f"The archive {error}. Restore the file or move it away.") from error


def archive_folder(runs_dir: Path) -> Path:
    """The folder of the archives that belong to a runs folder."""
    return runs_dir.parent / "archive"


def records_path(runs_dir: Path, name: str) -> Path:
    """The records file of an archive. Raises :class:`ConfigError` for an unsafe name."""
    return archive_folder(runs_dir) / (check_name(name, "archive name") + RECORDS_SUFFIX)


def pack(records: Iterable[Record], path: Path) -> int:
    """Write records (ended runs only) and their predictions as an archive; the number of runs in it.

    An archive of that name is replaced as a whole; runs that only it has are kept. ``path`` is that of the
    records file. Raises :class:`StorageError`.
    """
    chosen: dict[str, Record] = {record.key: record for record in records if record.status() is not None}
    kept = {run.key: run for run in Archive(path).runs()} if path.is_file() else {}
    write({**kept, **chosen}, path)
    return len(kept | chosen)


def write(records: dict[str, Record], path: Path) -> None:
    """Write an archive of these records by key: predictions first, the records last."""
    predictions = path.with_name(path.name.removesuffix(RECORDS_SUFFIX) + PREDICTIONS_SUFFIX)
    with storing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_predictions(sorted(records.items()), predictions)
    write_records(records, path)


def write_records(records: dict[str, Record], path: Path) -> None:
    """Write the records file of an archive alone."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    ordered = sorted(records.items())
    columns = {"key": pa.array([key for key, _ in ordered], pa.string())}
    columns |= {
        name: pa.array([record.content(name) for _, record in ordered], pa.binary()) for name in FILES
    }
    options = {"row_group_size": RECORDS_A_GROUP, "use_dictionary": ["key", CONFIG, ENVIRONMENT]}
    write_file(path, lambda temporary: pq.write_table(pa.table(columns), temporary, **options, **COMPRESSION))


def _write_predictions(ordered: list[tuple[str, Record]], path: Path) -> None:
    """Write the predictions of the records in row groups of bounded size; no file without any."""
    import pyarrow.parquet as pq

    temporary, writer = path.with_name(f".{path.name}.{os.getpid()}"), None
    lines: list[dict[str, Any]] = []
    keys: list[str] = []
    size = 0

    def flush() -> None:
        nonlocal writer, size
        table = prediction_files.table_of(lines, keys)
        if writer is None:
            writer = pq.ParquetWriter(
                temporary,
                table.schema,
                use_dictionary=prediction_files.DICTIONARY,
                store_schema=False,
                **COMPRESSION,
            )
        writer.write_table(table)
        lines.clear()
        keys.clear()
        size = 0

    try:
        for key, found in _lines_by_key(ordered):
            lines.extend(found)
            keys.extend([key] * len(found))
            size += sum(len(line[name]) for line in found for name in ("rows", "labels", "probabilities"))
            if size > BYTES_A_GROUP:
                flush()
        if lines:
            flush()
    finally:
        if writer is not None:
            writer.close()
    if writer is None:
        path.unlink(missing_ok=True)
    else:
        temporary.replace(path)


def _lines_by_key(ordered: list[tuple[str, Record]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The rows of predictions of each record, in order; each archive is read once."""
    archived: dict[Archive, set[str]] = {}
    for key, record in ordered:
        if isinstance(record, ArchivedRun):
            archived.setdefault(record.archive, set()).add(key)
    streams = {archive: archive.prediction_lines(keys) for archive, keys in archived.items()}
    heads = {archive: next(stream, None) for archive, stream in streams.items()}
    for key, record in ordered:
        if not isinstance(record, ArchivedRun):
            found = record.predictions()
            if found is not None:
                yield key, prediction_files.lines_of(found)
        elif (head := heads[record.archive]) is not None and head[0] == key:
            yield head
            heads[record.archive] = next(streams[record.archive], None)


def unpack(records: Iterable[Record], runs_dir: Path, replace: bool = False) -> int:
    """Write archived records as run folders; the number of folders written.

    A folder that has a marker is left as it is unless ``replace``. Raises :class:`StorageError`.
    """
    todo = {
        record.key: record
        for record in records
        if replace or RunFolder(runs_dir / record.key).status() is None
    }
    for key, lines in _lines_by_key(sorted(todo.items())):
        if (found := prediction_files.from_lines(lines)) is not None:
            RunFolder(runs_dir / key).write_predictions(found)
    for key, record in todo.items():
        for name in FILES:
            content = record.content(name)
            if content is not None:
                RunFolder(runs_dir / key).write_bytes(name, content)
    return len(todo)


def differences(
    record: Record, run: ArchivedRun, archived: prediction_files.ByClassifier | None
) -> list[str]:
    """The names of the files in which a record and its archived copy differ.

    Text files are compared by bytes, predictions by values; ``archived`` are those of the archive.
    """
    found = [name for name in FILES if record.content(name) != run.content(name)]
    lines = [None if p is None else prediction_files.lines_of(p) for p in (record.predictions(), archived)]
    return found + ([PREDICTIONS] if lines[0] != lines[1] else [])


def open_archive(runs_dir: Path, name: str) -> Archive:
    """The archive of a name. Raises :class:`ConfigError` when there is none."""
    path = records_path(runs_dir, name)
    if not path.is_file():
        raise ConfigError(f"There is no archive '{name}' in '{path.parent}'.")
    return Archive(path)
