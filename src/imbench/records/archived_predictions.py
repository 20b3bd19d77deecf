"""An archive's files of predictions: a run's rows together, by ascending key, in bounded row groups."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from imbench.records import prediction_files
from imbench.records.prediction_files import PredictionTable
from imbench.utils.parquet import TEXT, Bounds, read_groups, values_of

BOUNDS = Bounds(rows=20_000_000, columns=20, unpacked=256 << 30, distinct=4 << 30, longest=1 << 30)
#: Bytes of a row group before compression.
BYTES_A_GROUP = 64 << 20
COMPRESSION = {"compression": "zstd", "compression_level": 15, "write_statistics": False,
               "data_page_size": 4 << 20, "dictionary_pagesize_limit": 32 << 20}  # fmt: skip

Lines = Iterable[tuple[str, list[dict[str, Any]]]]


def _kinds(table: PredictionTable) -> dict[str, str]:
    return {"key": TEXT} | dict(table.kinds)


def groups_by_key(path: Path, table: PredictionTable) -> dict[str, tuple[int, ...]]:
    """The row groups that hold each run's rows. Raises :class:`UnreadableError`."""
    found: dict[str, tuple[int, ...]] = {}
    for number, group in enumerate(read_groups(path, _kinds(table), BOUNDS, ["key"])):
        for key in dict.fromkeys(values_of(group, "key")):
            found[key] = (*found.get(key, ()), number)
    return found


def read(path: Path, table: PredictionTable, keys: set[str], groups: list[int]) -> Lines:
    """Keys and the rows of each of these runs, from these row groups. Raises :class:`UnreadableError`."""
    current, lines = None, []
    kinds = _kinds(table)
    for group in read_groups(path, kinds, BOUNDS, groups=groups):
        for line in prediction_files.lines_in(group, kinds):
            key = line.pop("key")
            if key != current:
                if lines:
                    yield str(current), lines
                current, lines = key, []
            if key in keys:
                lines.append(line)
    if lines:
        yield str(current), lines


def write(lines_by_key: Lines, path: Path, table: PredictionTable) -> None:
    """Write the rows of runs in the order of their keys; no file without any."""
    import pyarrow.parquet as pq

    temporary, writer = path.with_name(f".{path.name}.{os.getpid()}"), None
    try:
        for keys, lines in _batches(lines_by_key):
            content = prediction_files.table_of(lines, keys, table.kinds)
            if writer is None:
                repeated = ["key", *prediction_files.dictionary_columns(table.kinds)]
                writer = pq.ParquetWriter(
                    temporary, content.schema, use_dictionary=repeated, store_schema=False, **COMPRESSION
                )
            writer.write_table(content)
    finally:
        if writer is not None:
            writer.close()
    if writer is None:
        path.unlink(missing_ok=True)
    else:
        temporary.replace(path)


def _batches(lines_by_key: Lines) -> Iterator[tuple[list[str], list[dict[str, Any]]]]:
    """Keys and rows of one row group each."""
    keys: list[str] = []
    lines: list[dict[str, Any]] = []
    size = 0
    for key, found in lines_by_key:
        lines += found
        keys += [key] * len(found)
        size += sum(len(line[name]) for line in found for name in ("rows", "labels", "probabilities"))
        if size > BYTES_A_GROUP:
            yield keys, lines
            keys, lines, size = [], [], 0
    if lines:
        yield keys, lines
