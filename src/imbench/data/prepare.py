"""From a file to the paper's columns: reading, recoding, dropping, cutting. All words come from YAML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from imbench.errors import DataError

MAX_BYTES = 2 << 30


def read_rows(
    path: Path, reader: Mapping[str, Any] | None = None, missing: list[str] | None = None
) -> pd.DataFrame:
    """Read a delimited text file as strings; cells listed in ``missing`` become NaN.

    ``reader`` may hold ``separator``, ``names`` (for files without a header line) and ``comment``
    (lines that begin with this character are left out).
    """
    reader = dict(reader or {})
    _check_readable(path)
    names = list(reader["names"]) if "names" in reader else None
    try:
        frame = pd.read_csv(
            path,
            sep=reader.get("separator", ","),
            header=None if names else "infer",
            names=names,
            comment=reader.get("comment"),
            dtype=str,
            keep_default_na=False,
            na_values=list(missing if missing is not None else [""]),
            encoding="utf-8-sig",
            skipinitialspace=True,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError, ValueError) as error:
        raise DataError(f"'{path}' could not be read as a table: {error}") from error
    if names is None:
        _check_header(path, reader.get("separator", ","))
    if isinstance(frame.index, pd.MultiIndex) or not isinstance(frame.index, pd.RangeIndex):
        raise DataError(f"'{path}' has more cells in its rows than names in its header line.")
    return frame


def _check_readable(path: Path) -> None:
    if not path.is_file():
        raise DataError(f"There is no file '{path}'.")
    size = path.stat().st_size
    if size == 0:
        raise DataError(f"'{path}' is empty.")
    if size > MAX_BYTES:
        raise DataError(f"'{path}' has {size:,} bytes; at most {MAX_BYTES:,} are read. Take a sample of it.")


def _check_header(path: Path, separator: str) -> None:
    """Pandas renames the second of two equal names silently; here that is an error."""
    import csv

    with path.open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file, delimiter=separator, skipinitialspace=True))
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise DataError(f"'{path}' has two columns of the same name: {', '.join(twice)}. Rename one.")


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
