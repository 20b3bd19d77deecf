"""How large a table may be. A file is scanned in blocks before it is read, so that no file, however it
was made, takes the machine's memory.

Any bound is raised from the command line, for example ``+dataset.limits.rows=50000000``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import pandas as pd

from imbench.errors import ConfigError, DataError
from imbench.utils.text import truncated

_BLOCK = 1 << 20
#: First bytes of compressed files, which are not read: what they unpack to cannot be known before.
_PACKED = {
    b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz",
        b"\x28\xb5\x2f\xfd": "zstd",
}  # fmt: skip


@dataclass(frozen=True)
class Bounds:
    """The most that a table may hold.

    ``cells`` is rows × columns (a cell takes 8 to 120 bytes of memory while the table is read, so a table
    within the default bound takes up to 2.4 GB), ``characters`` the length of one cell or name,
    ``categories`` the different values of one column of words, ``classes`` those of the target. ``encoded``
    is rows of the smallest class × categories of all columns: the table that the distances between rows
    need, 8 bytes a cell.
    """

    bytes: int = 2 << 30
    rows: int = 20_000_000
    columns: int = 10_000
    cells: int = 20_000_000
    characters: int = 100_000
    categories: int = 100_000
    classes: int = 1_000
    encoded: int = 250_000_000

    def refuse(self, what: str, found: int, word: str, remedy: str) -> None:
        """Raise :class:`DataError` when ``found`` is over the bound called ``word``."""
        most = getattr(self, word)
        if found > most:
            raise DataError(
                f"{what}; at most {most:,} are read. {remedy}, or raise the bound by +dataset.limits.{word}=…"
            )


def bounds_of(config: Mapping[str, Any]) -> Bounds:
    """The default bounds with those that ``dataset.limits`` changes."""
    words = config.get("limits") or {}
    known = [f.name for f in fields(Bounds)]
    if not isinstance(words, Mapping):
        raise ConfigError(
            f"dataset.limits={truncated(words)} is no mapping. It may hold: {', '.join(known)}."
        )
    for word, most in words.items():
        if word not in known:
            raise ConfigError(
                f"dataset.limits.{truncated(word)} is unknown. It may hold: {', '.join(known)}."
            )
        if isinstance(most, bool) or not isinstance(most, int) or most < 1:
            raise ConfigError(f"dataset.limits.{word}={truncated(most)} is no whole number above zero.")
    return replace(Bounds(), **words)


def scan(path: Path, separator: str, bounds: Bounds) -> int:
    """Refuse a file over the bounds (or packed) by one pass over its bytes, in blocks of a MiB.

    Lines and separators inside quotes are counted, too: the counts are upper bounds. Returns the lines.
    """
    size = path.stat().st_size
    bounds.refuse(f"'{path}' has {size:,} bytes", size, "bytes", "Take a sample of it")
    mark = separator.encode("utf-8")
    lines = marks = columns = run = 0
    first = True  # the header line is under way
    with path.open("rb") as file:
        _refuse_packed(path, file.read(8))
        file.seek(0)
        while block := file.read(_BLOCK):
            lines += block.count(b"\n") + block.count(b"\r") - block.count(b"\r\n")
            marks += block.count(mark)
            if first:
                ends = [at for end in (b"\n", b"\r") if (at := block.find(end)) >= 0]
                columns += block[: min(ends, default=len(block))].count(mark)
                first = not ends
            bounds.refuse(f"'{path}' has {columns + 1:,} columns or more", columns + 1, "columns",
                          "Leave columns out")  # fmt: skip
            # One line is the header, and the last one may be open.
            bounds.refuse(f"'{path}' has {lines:,} lines or more", lines - 1, "rows", "Take a sample of it")
            bounds.refuse(f"'{path}' has {marks:,} cells or more", marks, "cells", "Take a sample of it")
            run = _open_cell(path, run, block, mark, bounds)
    return lines + 1


def check_header(path: Path, names: int, lines: int, bounds: Bounds) -> None:
    """Refuse too many columns, and short lines that many columns would fill up with missing cells."""
    bounds.refuse(f"'{path}' has {names:,} columns", names, "columns", "Leave columns out")
    cells = names * max(0, lines - 2)
    bounds.refuse(f"'{path}' has {cells:,} cells or more", cells, "cells", "Take a sample of it")


def _refuse_packed(path: Path, begin: bytes) -> None:
    for mark, kind in _PACKED.items():
        if begin.startswith(mark):
            raise DataError(
                f"'{path}' is a compressed file ({kind}). Unpack it, and name the plain text file."
            )


def _open_cell(path: Path, before: int, block: bytes, mark: bytes, bounds: Bounds) -> int:
    """Refuse an endless cell; returns the bytes that the block's last, open cell has so far."""
    found = [(block.find(end), block.rfind(end)) for end in (b"\n", b"\r", mark) if end in block]
    length = before + min((first for first, _ in found), default=len(block))
    # A character takes up to four bytes, so these are the fewest that the cell can have.
    bounds.refuse(f"'{path}' has a cell of {length // 4:,} characters or more", length // 4, "characters",
                  "Is the separator right (dataset.separator)? Shorten the cell")  # fmt: skip
    return len(block) - 1 - max(last for _, last in found) if found else length


def check_frame(path: Path, frame: pd.DataFrame, bounds: Bounds) -> None:
    """Refuse long names and cells, which the scan cannot see exactly, with their column and row."""
    bounds.refuse(f"'{path}' has {frame.shape[1]:,} columns", frame.shape[1], "columns", "Leave columns out")
    bounds.refuse(f"'{path}' has {frame.size:,} cells", frame.size, "cells", "Take a sample of it")
    for column in frame.columns:
        bounds.refuse(
            f"'{path}': the name of column '{truncated(column)}' has {len(column):,} characters",
            len(column), "characters", "Shorten it",
        )  # fmt: skip
        lengths = frame[column].str.len()
        longest = lengths.max()
        if longest > bounds.characters:
            bounds.refuse(
                f"'{path}', column '{truncated(column)}', row {lengths.idxmax()}: the cell has "
                f"{int(longest):,} characters", int(longest), "characters", "Shorten it",
            )  # fmt: skip


def check_categories(
    name: str, features: pd.DataFrame, categorical: list[str], counts: pd.Series, bounds: Bounds
) -> None:
    """Refuse columns with so many different words that their encoding would take the memory.

    ``counts`` are the rows of each class.
    """
    where, total = f"Table '{name}'", 0
    bounds.refuse(
        f"{where}: the target has {len(counts):,} different values", len(counts), "classes",
        "Name a target with few classes, or cut a number in two by dataset.cut",
    )  # fmt: skip
    for column in categorical:
        found = features[column].nunique()
        total += found
        bounds.refuse(
            f"{where}, column '{truncated(column)}': {found:,} different values", found, "categories",
            "Leave it out by dataset.ignore",
        )  # fmt: skip
    encoded = int(counts.min()) * total
    bounds.refuse(
        f"{where}: {total:,} categories in {int(counts.min()):,} rows of the smallest class make "
        f"{encoded:,} encoded cells", encoded, "encoded",
        "Leave the columns with the most categories out by dataset.ignore",
    )  # fmt: skip
