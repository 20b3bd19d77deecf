"""Archives: many run records in one parquet file, and their predictions in further ones.

``<name>.records.parquet`` has a row for each run and a column for each text file of a record, with the
file's bytes; ``<name>.predictions.parquet`` and ``<name>.out_of_fold.parquet`` hold the predictions
(:mod:`imbench.records.archived_predictions`). An archive belongs to the runs folder beside it:
``results/archive`` to ``results/runs``. Synthetic rows are not archived.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from imbench.errors import ConfigError, StorageError
from imbench.records import archived_predictions, prediction_files
from imbench.records.prediction_files import OUT_OF_FOLD, TABLES, TEST, PredictionTable
from imbench.records.record import (
    CONFIG,
    ENVIRONMENT,
    LEDGER,
    SCORES,
    STATUS,
    Record,
    RunFolder,
    storing,
)
from imbench.scoring.predictions import OutOfFold, Predictions
from imbench.utils.files import MAX_BYTES, write_file
from imbench.utils.parquet import BINARY, TEXT, Bounds, UnreadableError, read_groups, values_of
from imbench.utils.text import check_name, is_safe

#: The text files of a record, in the order in which they are unpacked: the marker last.
FILES = (CONFIG, ENVIRONMENT, LEDGER, SCORES, STATUS)
RECORD_KINDS = {"key": TEXT} | dict.fromkeys(FILES, BINARY)
RECORDS_SUFFIX = ".records.parquet"
BOUNDS = Bounds(rows=2_000_000, columns=20, unpacked=8 << 30, distinct=4 << 30, longest=MAX_BYTES)
#: Rows of a row group of records.
RECORDS_A_GROUP = 20_000


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
        """The run's predictions; reads the row groups of the archive's file that hold them."""
        return next((found for _, found in self.archive.predictions({self.key})), None)

    def out_of_fold(self) -> dict[str, OutOfFold] | None:
        """The run's out-of-fold predictions, in the same way."""
        found = next((found for _, found in self.archive.predictions({self.key}, OUT_OF_FOLD)), None)
        return prediction_files.out_of_fold_in(found)


class Archive:
    """One archive for reading. Columns are read when they are first needed and kept.

    Reading raises :class:`StorageError` when a file is damaged or not an archive.
    """

    def __init__(self, records: Path):
        self.path = records
        self.name = records.name.removesuffix(RECORDS_SUFFIX)
        self.predictions_path = self.path_of(TEST)
        self._columns: dict[str, list[Any]] = {}
        self._groups: dict[str, dict[str, tuple[int, ...]]] = {}

    def path_of(self, table: PredictionTable) -> Path:
        """The archive's file of one kind of predictions."""
        return self.path.with_name(self.name + table.archive_suffix)

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

    def groups_of(self, table: PredictionTable) -> dict[str, tuple[int, ...]]:
        """The row groups of the file that hold each run's predictions; empty without the file."""
        if table.file not in self._groups:
            path = self.path_of(table)
            with _reading():
                found = archived_predictions.groups_by_key(path, table) if path.is_file() else {}
            self._groups[table.file] = found
        return self._groups[table.file]

    def predicted(self, table: PredictionTable = TEST) -> int:
        """The number of runs with predictions."""
        return len(self.groups_of(table))

    def predictions(
        self, keys: set[str] | None = None, table: PredictionTable = TEST
    ) -> Iterator[tuple[str, prediction_files.ByClassifier]]:
        """Keys and valid predictions of these runs (None: of all)."""
        for key, lines in self.prediction_lines(keys, table):
            if (found := prediction_files.from_lines(lines)) is not None:
                yield key, found

    def prediction_lines(
        self, keys: set[str] | None = None, table: PredictionTable = TEST
    ) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Keys and the rows of each run in a file of predictions, which holds a run's rows together."""
        groups = self.groups_of(table)
        wanted = groups.keys() if keys is None else keys & groups.keys()
        if wanted:
            which = sorted({group for key in wanted for group in groups[key]})
            with _reading():
                yield from archived_predictions.read(self.path_of(table), table, set(wanted), which)


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
    with storing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        for table in TABLES:
            lines = _lines_by_key(sorted(records.items()), table)
            archived_predictions.write(lines, Archive(path).path_of(table), table)
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
    write_file(
        path,
        lambda temporary: pq.write_table(
            pa.table(columns), temporary, **options, **archived_predictions.COMPRESSION
        ),
    )


def _lines_by_key(
    ordered: list[tuple[str, Record]], table: PredictionTable
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The rows of predictions of each record, in order; each archive is read once."""
    archived: dict[Archive, set[str]] = {}
    for key, record in ordered:
        if isinstance(record, ArchivedRun):
            archived.setdefault(record.archive, set()).add(key)
    streams = {archive: archive.prediction_lines(keys, table) for archive, keys in archived.items()}
    heads = {archive: next(stream, None) for archive, stream in streams.items()}
    for key, record in ordered:
        if isinstance(record, RunFolder):
            found = prediction_files.read_predictions(record.path / table.file, table)
            if found is not None:
                yield key, prediction_files.lines_of(found)
        elif isinstance(record, ArchivedRun) and (heads[record.archive] or ("",))[0] == key:
            yield heads[record.archive]
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
    for table in TABLES:
        for key, lines in _lines_by_key(sorted(todo.items()), table):
            if (found := prediction_files.from_lines(lines)) is not None:
                content = prediction_files.prediction_bytes(found, table)
                RunFolder(runs_dir / key).write_bytes(table.file, content)
    for key, record in todo.items():
        for name in FILES:
            content = record.content(name)
            if content is not None:
                RunFolder(runs_dir / key).write_bytes(name, content)
    return len(todo)


def differences(
    record: Record, run: ArchivedRun, archived: Mapping[str, prediction_files.ByClassifier | None]
) -> list[str]:
    """The names of the files in which a record's folder and its archived copy differ.

    Text files are compared by bytes, predictions by values; ``archived`` are those of the archive by the
    name of their file in a folder.
    """
    found = [name for name in FILES if record.content(name) != run.content(name)]
    for table in TABLES if isinstance(record, RunFolder) else ():
        own = prediction_files.read_predictions(record.path / table.file, table)
        lines = [None if p is None else prediction_files.lines_of(p) for p in (own, archived.get(table.file))]
        found += [table.file] if lines[0] != lines[1] else []
    return found


def open_archive(runs_dir: Path, name: str) -> Archive:
    """The archive of a name. Raises :class:`ConfigError` when there is none."""
    path = records_path(runs_dir, name)
    if not path.is_file():
        raise ConfigError(f"There is no archive '{name}' in '{path.parent}'.")
    return Archive(path)
