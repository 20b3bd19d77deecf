"""A dataset with its schema.

Feature frames hold the continuous columns first (``float64``, missing as NaN) and the categorical
ones after (strings, missing as NaN), both in the schema's order. Labels are integer codes, the
positions of the class names in alphabetical order, as in the published code.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from imbench.data.column_reading import ColumnReading
from imbench.data.raw_codes import MARK
from imbench.errors import DataError
from imbench.utils.text import truncated


@dataclass(frozen=True)
class Schema:
    """The columns of a dataset.

    ``classes`` are in alphabetical order: the code of a class is its position. ``integer`` names
    the continuous columns that hold whole numbers only.
    """

    target: str
    classes: tuple[str, ...]
    continuous: tuple[str, ...]
    categorical: tuple[str, ...]
    integer: tuple[str, ...] = ()

    @property
    def features(self) -> tuple[str, ...]:
        """All feature names, continuous first."""
        return self.continuous + self.categorical


@dataclass(frozen=True, eq=False)  # equal only to itself, so that caches tell readings of one file apart
class Dataset:
    """``n`` rows of features and labels.

    ``features`` is n × (continuous + categorical); ``labels`` has the codes 0 … K-1 and shares the
    index 0 … n-1. Of a user's file ``columns`` says how each column was read and ``warnings`` what makes
    its results doubtful; both are empty for a dataset with a known file.
    """

    name: str
    features: pd.DataFrame
    labels: pd.Series
    schema: Schema
    checksum: str = field(default="")
    columns: tuple[ColumnReading, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def minority(self) -> int:
        """Code of the class with the fewest rows (the first one, if several share that number)."""
        counts = np.bincount(self.labels, minlength=len(self.schema.classes))
        return int(counts.argmin())

    @property
    def majority(self) -> int:
        """Code of the class with the most rows."""
        return int(np.bincount(self.labels).argmax())


def rows_checksum(features: pd.DataFrame, labels: pd.Series, classes: tuple[str, ...]) -> str:
    """SHA-256 of the prepared rows, the same wherever the file came from.

    Numbers are hashed in their shortest exact form, so that ``1`` and ``1.0`` are one value.
    """
    frame = features.copy()
    frame[labels.name] = [classes[code] for code in labels]
    text = frame.to_csv(index=False, lineterminator="\n")
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def row_fingerprints(rows: pd.DataFrame) -> pd.Series:
    """A hash of each row's values, the same for text as objects and as categories."""
    return pd.util.hash_pandas_object(rows, index=False)


def build_dataset(
    name: str,
    raw: pd.DataFrame,
    target: str,
    continuous: list[str],
    categorical: list[str],
    classes: list[str] | None = None,
    checksum: str = "",
) -> Dataset:
    """A :class:`Dataset` from a raw frame of strings and numbers.

    Further columns of ``raw`` are left out; missing features are kept as NaN. ``classes`` are the expected
    class names, None for those in the data. Raises :class:`DataError` for a missing label, a cell of a
    continuous column that is no finite number, and other classes than expected.
    """
    _check_columns(name, raw, [*continuous, *categorical, target])
    if not continuous and not categorical:
        raise DataError(
            f"Dataset '{name}' has no feature column besides its target '{target}'. Name another separator "
            "or fewer columns to ignore."
        )
    columns = {c: _numbers(name, raw[c]).reset_index(drop=True) for c in continuous}
    columns |= {c: _texts(name, raw[c]) for c in categorical}
    features = pd.DataFrame(columns)
    labels, names = _labels(name, raw[target], classes)
    whole = [c for c in continuous if bool((features[c].dropna() % 1 == 0).all())]
    schema = Schema(target, names, tuple(continuous), tuple(categorical), tuple(whole))
    return Dataset(name, features, labels, schema, checksum or rows_checksum(features, labels, names))


def _check_columns(name: str, raw: pd.DataFrame, wanted: list[str]) -> None:
    if len(raw) == 0:
        raise DataError(f"Dataset '{name}' has no rows. Name a file with rows below its header line.")
    twice = sorted({str(c) for c in raw.columns[raw.columns.duplicated()]})
    if twice:
        names = truncated(", ".join(twice), 300)
        raise DataError(f"Dataset '{name}' has two columns of the same name: {names}. Rename one.")
    missing = [c for c in wanted if c not in raw.columns]
    if missing:
        raise DataError(
            f"Dataset '{name}' lacks the column(s) {truncated(', '.join(missing), 300)}. Correct the names; "
            "it has: "
            f"{truncated(', '.join(map(str, raw.columns[:200])), 2000)}."
        )
    check_named_once(f"Dataset '{name}'", wanted)


def check_named_once(where: str, names: Iterable[str]) -> None:
    """Raise :class:`DataError` for a column that is named as two of target, continuous and categorical."""
    repeated = sorted(name for name, times in Counter(names).items() if times > 1)
    if repeated:
        raise DataError(
            f"{where}: column(s) {', '.join(repeated)} are named more than once among the target, "
            "the continuous and the categorical columns. Name each column once."
        )


def _texts(name: str, column: pd.Series) -> pd.Series:
    """The cells as text, NaN where missing."""
    cells = column.astype(object).where(column.notna(), np.nan).reset_index(drop=True)
    if pd.api.types.infer_dtype(cells, skipna=True) != "string":
        cells = cells.map(lambda v: v if isinstance(v, float) else str(v)).astype(object)
    marked = [v for v in cells.unique() if str(v).startswith(MARK)]
    if marked:
        row = int((cells == marked[0]).argmax())
        raise DataError(
            f"Dataset '{name}', column '{column.name}', row {row}: '{truncated(marked[0])}' begins with "
            f"'{MARK}', which marks codes inside this program. Rename the value."
        )
    return cells


def _numbers(name: str, column: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce").astype("float64")
    bad = column[numbers.isna() & column.notna()]
    bad = bad[bad.astype(str).str.strip().str.lower() != "nan"]
    if len(bad):
        raise DataError(
            f"Dataset '{name}', column '{column.name}', row {bad.index[0]}: '{bad.iloc[0]}' is not a number. "
            "Name the column as categorical, or correct the value."
        )
    infinite = column[np.isinf(numbers)]
    if len(infinite):
        raise DataError(
            f"Dataset '{name}', column '{column.name}', row {infinite.index[0]}: the value is infinite. "
            "Replace it by a number, or leave it empty to mark it as missing."
        )
    return numbers


def _labels(name: str, column: pd.Series, classes: list[str] | None) -> tuple[pd.Series, tuple[str, ...]]:
    if column.isna().any():
        row = column.index[column.isna()][0]
        raise DataError(
            f"Dataset '{name}', target '{column.name}', row {row}: the label is missing. Add it, or leave "
            "the row out of the file."
        )
    values = column.astype(str)
    found = tuple(sorted(values.unique()))
    if classes is not None and set(found) != {str(c) for c in classes}:
        raise DataError(
            f"Dataset '{name}', target '{column.name}': expected the classes "
            f"{', '.join(sorted(map(str, classes)))}, found {', '.join(found)}. Correct dataset.classes, or "
            "the file."
        )
    if len(found) < 2:
        raise DataError(
            f"Dataset '{name}', target '{column.name}' has one class only ('{found[0]}'). "
            "An imbalanced problem needs two classes or more: name another column in dataset.target."
        )
    codes = values.map({c: i for i, c in enumerate(found)}).astype("int64")
    return codes.reset_index(drop=True).rename(str(column.name)), found
