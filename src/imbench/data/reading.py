"""From a file to the paper's columns: reading, recoding, dropping, cutting. All words come from YAML."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from imbench.data.bounds import Bounds, check_frame, check_header, scan
from imbench.errors import DataError
from imbench.utils.text import truncated


def read_rows(
    path: Path,
    reader: Mapping[str, Any] | None = None,
    missing: list[str] | None = None,
    bounds: Bounds | None = None,
) -> pd.DataFrame:
    """Read a delimited text file as strings; cells listed in ``missing`` become NaN.

    ``reader`` may hold ``separator``, ``names`` (for files without a header line) and ``comment``
    (lines that begin with this character are left out). The file is never taken for a compressed one,
    and is scanned for its size (``bounds``) before it is read.
    """
    reader, bounds = dict(reader or {}), bounds or Bounds()
    separator = reader.get("separator", ",")
    names = list(reader["names"]) if "names" in reader else None
    try:
        _check_readable(path)
        lines = scan(path, separator, bounds)
        check_header(path, len(names or _header(path, separator)), lines, bounds)
        frame = pd.read_csv(
            path,
            sep=separator,
            header=None if names else "infer",
            names=names,
            comment=reader.get("comment"),
            dtype=str,
            keep_default_na=False,
            na_values=list(missing if missing is not None else [""]),
            encoding="utf-8-sig",
            skipinitialspace=True,
            compression=None,
        )
    except MemoryError as error:
        raise DataError(f"'{path}' does not fit into the free memory. Take a sample of it.") from error
    # ValueError: also a parser's error, bytes that are no UTF-8, and no column at all
    except (ValueError, OSError, OverflowError, csv.Error) as error:
        raise DataError(f"'{path}' could not be read as a table: {truncated(str(error), 300)}") from error
    if isinstance(frame.index, pd.MultiIndex) or not isinstance(frame.index, pd.RangeIndex):
        raise DataError(f"'{path}' has more cells in its rows than names in its header line.")
    check_frame(path, frame, bounds)
    return frame


def _check_readable(path: Path) -> None:
    if not path.is_file():
        raise DataError(f"There is no file '{path}'.")
    if path.stat().st_size == 0:
        raise DataError(f"'{path}' is empty.")


def _header(path: Path, separator: str) -> list[str]:
    """The names of the first line. Pandas renames the second of two equal ones silently; here that is an
    error.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file, delimiter=separator, skipinitialspace=True)
        header = next((line for line in lines if line not in ([], [""])), [])
    twice = sorted(name for name, count in Counter(header).items() if count > 1)
    if twice:
        raise DataError(
            f"'{path}' has two columns of the same name: {truncated(', '.join(twice), 300)}. Rename one."
        )
    return header


def recode(frame: pd.DataFrame, recipe: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Rewrite columns by small recipes, one a column.

    ``{cut: 25, below: youth, from: adult}`` turns a number into one of two words;
    ``{map: {A92: female}, other: male}`` translates words (without ``other`` the rest stays).
    """
    frame = frame.copy()
    for column, step in recipe.items():
        if "cut" in step:
            frame[column] = cut(frame[column], step)
        else:
            words = {str(k): str(v) for k, v in step["map"].items()}
            mapped = frame[column].map(words)
            frame[column] = mapped.fillna(step["other"]) if "other" in step else mapped.fillna(frame[column])
    return frame


def cut(column: pd.Series, step: Mapping[str, Any]) -> pd.Series:
    """Two words from a number: ``below`` where it is under ``cut``, ``from`` where it is not."""
    numbers = pd.to_numeric(column, errors="coerce")
    if numbers.isna().any():
        row = numbers.index[numbers.isna()][0]
        raise DataError(f"Column '{column.name}', row {row}: '{column[row]}' is no number and cannot be cut.")
    return pd.Series(
        np.where(numbers < float(step["cut"]), step["below"], step["from"]), column.index, name=column.name
    )
