"""Size limits of a dataset, checked before it takes memory: a file is scanned in blocks before it is parsed.

The limits are :class:`~imbench.data.dataset_options.Bounds`.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from imbench.data.dataset_options import Bounds
from imbench.errors import DataError
from imbench.utils.text import truncated

_BLOCK = 1 << 20
#: First bytes of compressed files, which are refused: their unpacked size is not known in advance.
_COMPRESSED = {
    b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}  # fmt: skip


def scan(path: Path, separator: str, bounds: Bounds) -> int:
    """Check a file's bytes, lines, separators and cell lengths in one pass, in blocks of 1 MiB.

    Line breaks and separators inside quotes are counted as well, so the counts are upper bounds. Returns the
    number of lines. Raises :class:`DataError`.
    """
    size = path.stat().st_size
    bounds.check(f"'{path}' has {size:,} bytes", size, "bytes", "Take a sample of it")
    mark = separator.encode("utf-8")
    lines = marks = columns = length = 0
    in_header = True
    refuse_compressed(path)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            lines += block.count(b"\n") + block.count(b"\r") - block.count(b"\r\n")
            marks += block.count(mark)
            if in_header:
                ends = [at for end in (b"\n", b"\r") if (at := block.find(end)) >= 0]
                columns += block[: min(ends, default=len(block))].count(mark)
                in_header = not ends
            bounds.check(f"'{path}' has {columns + 1:,} columns or more", columns + 1, "columns",
                         "Leave columns out")  # fmt: skip
            # One line is the header, and the last one may be incomplete.
            bounds.check(f"'{path}' has {lines:,} lines or more", lines - 1, "rows", "Take a sample of it")
            bounds.check(f"'{path}' has {marks:,} cells or more", marks, "cells", "Take a sample of it")
            length = _last_cell(path, length, block, mark, bounds)
    return lines + 1


def check_header(path: Path, names: int, lines: int, bounds: Bounds) -> None:
    """Check the number of columns, and of cells when all lines are filled up to that many columns."""
    bounds.check(f"'{path}' has {names:,} columns", names, "columns", "Leave columns out")
    cells = names * max(0, lines - 2)
    bounds.check(f"'{path}' has {cells:,} cells or more", cells, "cells", "Take a sample of it")


def check_frame(path: Path, frame: pd.DataFrame, bounds: Bounds) -> None:
    """Check the exact number of columns and cells and the length of each name and cell."""
    bounds.check(f"'{path}' has {frame.shape[1]:,} columns", frame.shape[1], "columns", "Leave columns out")
    bounds.check(f"'{path}' has {frame.size:,} cells", frame.size, "cells", "Take a sample of it")
    for column in frame.columns:
        bounds.check(
            f"'{path}': the name of column '{truncated(column)}' has {len(column):,} characters",
            len(column), "characters", "Shorten it",
        )  # fmt: skip
        longest = max(map(len, frame[column].dropna()), default=0)
        if longest > bounds.characters:
            row = frame[column].str.len().idxmax()
            bounds.check(
                f"'{path}', column '{truncated(column)}', row {row}: the cell has {longest:,} characters",
                longest, "characters", "Shorten it",
            )  # fmt: skip


def check_categories(
    name: str, features: pd.DataFrame, categorical: list[str], counts: pd.Series, bounds: Bounds
) -> None:
    """Check the numbers of classes and categories, whose encoding takes memory. ``counts``: rows by class."""
    where, total = f"Dataset '{name}'", 0
    bounds.check(
        f"{where}: the target has {len(counts):,} different values", len(counts), "classes",
        "Name a target with few classes, or cut a number in two by dataset.cut",
    )  # fmt: skip
    for column in categorical:
        found = features[column].nunique()
        total += found
        bounds.check(
            f"{where}, column '{truncated(column)}': {found:,} different values", found, "categories",
            "Leave it out by dataset.ignore",
        )  # fmt: skip
    encoded = int(counts.min()) * total
    bounds.check(
        f"{where}: {total:,} categories in {int(counts.min()):,} rows of the smallest class make "
        f"{encoded:,} encoded cells", encoded, "encoded",
        "Leave the columns with the most categories out by dataset.ignore",
    )  # fmt: skip


def refuse_compressed(path: Path) -> None:
    """Raise :class:`DataError` for a compressed file."""
    with path.open("rb") as file:
        begin = file.read(8)
    for mark, kind in _COMPRESSED.items():
        if begin.startswith(mark):
            raise DataError(
                f"'{path}' is a compressed file ({kind}). Unpack it, and name the plain text file."
            )


def _last_cell(path: Path, before: int, block: bytes, mark: bytes, bounds: Bounds) -> int:
    """Check a cell that continues from ``before`` bytes; returns the bytes of the block's last, open cell."""
    found = [(block.find(end), block.rfind(end)) for end in (b"\n", b"\r", mark) if end in block]
    length = before + min((first for first, _ in found), default=len(block))
    # A character takes up to four bytes, so the cell has at least this many characters.
    bounds.check(f"'{path}' has a cell of {length // 4:,} characters or more", length // 4, "characters",
                 "Is the separator right (dataset.separator)? Shorten the cell")  # fmt: skip
    return len(block) - 1 - max(last for _, last in found) if found else length
