"""From a delimited file to a frame of strings, and the recoding steps of ``conf/dataset``."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from imbench.data.bounds import check_frame, check_header, scan
from imbench.data.dataset_options import Bounds, Cut, Reader, Translation
from imbench.errors import DataError
from imbench.utils.text import truncated


def read_rows(path: Path, reader: Reader, bounds: Bounds) -> pd.DataFrame:
    """Read a delimited text file as strings; cells that ``reader.missing`` lists become NaN.

    The file is scanned for its size before it is parsed, and never taken for a compressed one. Raises
    :class:`DataError`.
    """
    try:
        _check_readable(path)
        lines = scan(path, reader.separator, bounds)
        check_header(path, len(reader.names or _header(path, reader)), lines, bounds)
        frame = pd.read_csv(
            path,
            sep=reader.separator,
            header=None if reader.names else "infer",
            names=reader.names,
            comment=reader.comment,
            skiprows=reader.skip,
            dtype=str,
            keep_default_na=False,
            na_values=reader.missing,
            encoding=reader.encoding,
            quotechar=reader.quote,
            skipinitialspace=True,
            compression=None,
        )
    except MemoryError as error:
        raise DataError(f"'{path}' does not fit into the free memory. Take a sample of it.") from error
    # ValueError includes a parser's error, bytes that are not UTF-8, and no column at all
    except (ValueError, OSError, OverflowError, csv.Error) as error:
        raise DataError(
            f"'{path}' could not be read as a table: {truncated(str(error), 300)}. Mend the file, or name "
            "its format by dataset.separator=… and dataset.encoding=…"
        ) from error
    if isinstance(frame.index, pd.MultiIndex) or not isinstance(frame.index, pd.RangeIndex):
        raise DataError(
            f"'{path}' has more cells in its rows than names in its header line. Mend the file, or name its "
            "separator by dataset.separator=…"
        )
    check_frame(path, frame, bounds)
    return frame


def read_text_columns(path: Path, columns: list[str], bounds: Bounds) -> pd.DataFrame:
    """Read a parquet file whose columns are ``columns``, all of them text, with missing cells as NaN.

    Raises :class:`DataError`, before unpacking where the file is too large.
    """
    from imbench.utils import parquet

    limits = parquet.Bounds(rows=bounds.rows, columns=bounds.columns, longest=bounds.characters)
    kinds = dict.fromkeys(columns, parquet.TEXT)
    try:
        groups = [
            pd.DataFrame({name: pd.Series(parquet.values_of(table, name), dtype=object) for name in columns})
            for table in parquet.read_groups(path, kinds, limits)
        ]
    except parquet.UnreadableError as error:
        raise DataError(str(error)) from error
    frame = pd.concat(groups, ignore_index=True)
    return frame.where(frame.notna(), np.nan)


def _check_readable(path: Path) -> None:
    if not path.is_file():
        raise DataError(f"There is no file '{path}'. Correct dataset.path.")
    if path.stat().st_size == 0:
        raise DataError(f"'{path}' is empty. Name a file with a header line and rows.")


def _header(path: Path, reader: Reader) -> list[str]:
    """The names of the first line. Equal names, which pandas changes silently, are a :class:`DataError`."""
    with path.open(encoding=reader.encoding, newline="") as file:
        lines = csv.reader(file, delimiter=reader.separator, quotechar=reader.quote, skipinitialspace=True)
        header = next((line for line in lines if line not in ([], [""])), [])
    twice = sorted(name for name, count in Counter(header).items() if count > 1)
    if twice:
        raise DataError(
            f"'{path}' has two columns of the same name: {truncated(', '.join(twice), 300)}. Rename one."
        )
    return header


def recode(frame: pd.DataFrame, steps: Mapping[str, Cut | Translation]) -> pd.DataFrame:
    """Rewrite columns of text, one step a column."""
    frame = frame.copy()
    for column, step in steps.items():
        if isinstance(step, Cut):
            frame[column] = cut(frame[column], step)
        else:
            mapped = frame[column].map(step.map)
            other = frame[column] if step.other is None else step.other
            frame[column] = mapped.where(frame[column].isin(step.map) | frame[column].isna(), other)
    return frame


def cut(column: pd.Series, step: Cut) -> pd.Series:
    """Two texts from a number: ``below`` where it is under ``cut``, ``from`` where it is not."""
    numbers = pd.to_numeric(column, errors="coerce")
    if numbers.isna().any():
        row = numbers.index[numbers.isna()][0]
        raise DataError(
            f"Column '{column.name}', row {row}: '{column[row]}' is no number and cannot be cut. Mend the "
            "cell, or leave dataset.cut out."
        )
    return pd.Series(np.where(numbers < step.cut, step.below, step.from_), column.index, name=column.name)
