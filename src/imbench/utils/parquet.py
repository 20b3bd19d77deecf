"""Parquet files of any origin, read within bounds: row counts, sizes and column types are checked first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imbench.errors import ImbenchError

#: Kinds of columns. Text and binary columns are read as dictionaries: equal cells share one value.
TEXT, BINARY, FLOAT, INTEGER = "text", "binary", "float", "integer"


class UnreadableError(ImbenchError):
    """A parquet file is damaged, too large, or has other columns than expected."""


@dataclass(frozen=True)
class Bounds:
    """The largest file that is read: rows, columns, bytes when unpacked (8 a cell at least), bytes of the
    distinct values of text and binary columns, and bytes of the longest value.
    """

    rows: int = 50_000_000
    columns: int = 20_000
    unpacked: int = 2 << 30
    distinct: int = 256 << 20
    longest: int = 400_000


def read_groups(
    path: Path, kinds: Mapping[str, str], bounds: Bounds, columns: list[str] | None = None,
    groups: Sequence[int] | None = None,
) -> Iterator[Any]:  # fmt: skip
    """The row groups of a file as Arrow tables, with the given columns (all of ``kinds`` by default).

    ``groups`` are the numbers of those that are read, from 0; None for all.

    The file must have exactly the columns of ``kinds``, in any order. The unpacked size in a file's footer
    does not count repetitions of a value, hence the dictionaries. Raises :class:`UnreadableError`.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    distinct = 0
    try:
        if not path.is_file():
            raise ValueError("it is not a file")
        shared = [name for name, kind in kinds.items() if kind in (TEXT, BINARY)]
        with pq.ParquetFile(path, read_dictionary=shared) as file:
            _check_footer(file, kinds, bounds)
            for group in range(file.metadata.num_row_groups) if groups is None else groups:
                table = file.read_row_group(group, columns=columns or list(kinds))
                distinct += _distinct_bytes(table, bounds)
                if distinct > bounds.distinct:
                    raise ValueError(f"over {bounds.distinct:,} bytes of distinct values")
                yield table
    except (pa.ArrowException, OSError, ValueError, OverflowError, KeyError) as error:
        raise UnreadableError(f"'{path}' cannot be read: {error}") from error


def _check_footer(file: Any, kinds: Mapping[str, str], bounds: Bounds) -> None:
    facts, schema = file.metadata, file.schema_arrow
    unpacked = sum(facts.row_group(i).total_byte_size for i in range(facts.num_row_groups))
    cells = facts.num_rows * max(1, facts.num_columns)
    if facts.num_rows > bounds.rows or facts.num_columns > bounds.columns:
        raise ValueError(f"{facts.num_rows:,} rows of {facts.num_columns:,} columns are too many")
    if max(unpacked, 8 * cells) > bounds.unpacked:
        raise ValueError(f"over {bounds.unpacked:,} bytes when unpacked")
    if sorted(schema.names) != sorted(kinds):
        raise ValueError("other columns than expected")
    for name, kind in kinds.items():
        if not _is_of_kind(schema.field(name).type, kind):
            raise ValueError(f"column {name!r} is not of the kind '{kind}'")


def _is_of_kind(found: Any, kind: str) -> bool:
    from pyarrow import types

    if types.is_dictionary(found) and kind in (TEXT, BINARY):
        found = found.value_type
    fits = {
        TEXT: types.is_string(found) or types.is_large_string(found),
        BINARY: types.is_binary(found) or types.is_large_binary(found),
        FLOAT: types.is_floating(found),
        INTEGER: types.is_integer(found),
    }
    return fits[kind] or (kind in (TEXT, FLOAT) and types.is_null(found))


def _distinct_bytes(table: Any, bounds: Bounds) -> int:
    import pyarrow as pa
    import pyarrow.compute as pc

    total = 0
    for column in table.columns:
        for chunk in column.chunks if pa.types.is_dictionary(column.type) else ():
            total += chunk.dictionary.nbytes
            if (pc.max(pc.binary_length(chunk.dictionary)).as_py() or 0) > bounds.longest:
                raise ValueError(f"a value of over {bounds.longest:,} bytes")
    return total


def values_of(table: Any, name: str) -> list[Any]:
    """A column of a table of :func:`read_groups` as a list, None for missing values."""
    import pyarrow as pa

    column, found = table.column(name), []
    if not pa.types.is_dictionary(column.type):
        return column.to_pylist()
    for chunk in column.chunks:
        values = chunk.dictionary.to_pylist()
        found += [None if i is None else values[i] for i in chunk.indices.to_pylist()]
    return found
