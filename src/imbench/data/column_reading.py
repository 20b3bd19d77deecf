"""How each column of a user's file is read, decided from its texts and reported in one line a column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from imbench.data.cell_formats import SHARE, parse_dates, parse_numbers
from imbench.errors import DataError
from imbench.utils.text import truncated

CONTINUOUS, CATEGORICAL = "continuous", "categorical"
#: A column of numbers with at most so many different values is categorical (a flag).
FLAG_VALUES = 2
#: Below this share of numbers a column of words is not worth a warning.
_FEW = 0.5
_EXAMPLES = 3


@dataclass
class ColumnReading:
    """One column as it was read.

    Attributes
    ----------
    name : the column's name.
    kind : ``continuous`` or ``categorical``.
    decided : why, in a few words.
    values : float64 for continuous columns, text (objects) otherwise; NaN where missing.
    distinct, missing : numbers of different values and of missing cells.
    examples : the commonest values as text.
    warnings : what the user should know: a sentence a kind of doubt.
    """

    name: str
    kind: str
    decided: str
    values: pd.Series
    distinct: int = 0
    missing: int = 0
    examples: list[str] = field(default_factory=list)
    warnings: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The facts as plain data, without the values."""
        return {
            "name": self.name, "kind": self.kind, "decided": self.decided, "distinct": self.distinct,
            "missing": self.missing, "examples": self.examples,
            "warnings": list(self.warnings.values()),
        }  # fmt: skip


def read_column(
    texts: pd.Series,
    kind: str | None = None,
    decimal: str = "auto",
    thousands: str = "auto",
    dates: str = "auto",
) -> ColumnReading:
    """Decide what one column of texts (NaN where missing) is.

    ``kind`` is what the user said it is, if anything. A column is numbers or dates when at least 95 % of its
    cells are; cells that are not become missing, with a warning that names them.
    """
    name, present = str(texts.name), texts.dropna()
    counts = present.value_counts()
    words = pd.Series(counts.index.astype(str), dtype=object).str.strip()
    found = None
    if kind != CATEGORICAL and len(words):
        found = _as_numbers(name, texts, counts, words, decimal, thousands)
        found = found or _as_dates(name, texts, counts, words, dates)
    if found is None and kind == CONTINUOUS:
        raise _not_a_number(name, texts, counts, words, decimal, thousands)
    if found is None:
        warnings = _mixed_warning(name, counts, words, decimal, thousands) if kind is None else {}
        decided = "named by dataset.categorical" if kind else ("text" if len(words) else "no values")
        found = ColumnReading(name, CATEGORICAL, decided, texts.astype(object), warnings=warnings)
    elif kind is None and found.kind == CONTINUOUS and found.values.nunique() <= FLAG_VALUES:
        found = ColumnReading(
            name, CATEGORICAL, f"{found.decided} with {FLAG_VALUES} values or fewer (a flag)",
            texts.astype(object), warnings=found.warnings,
        )  # fmt: skip
    elif kind == CONTINUOUS:
        found.decided += ", named by dataset.continuous"
    found.distinct, found.missing = int(found.values.nunique()), int(found.values.isna().sum())
    found.examples = [truncated(str(v), 20) for v in counts.index[:_EXAMPLES]]
    return found


def _as_numbers(
    name: str, texts: pd.Series, counts: pd.Series, words: pd.Series, decimal: str, thousands: str
) -> ColumnReading | None:
    parsed = parse_numbers(words, decimal, thousands)
    good = ~np.isnan(parsed.values)
    share = counts.to_numpy()[good].sum() / counts.sum()
    if share < SHARE:
        return None
    return _with_missing(name, texts, counts, parsed.values, good, parsed.how, "numbers")


def _not_a_number(
    name: str, texts: pd.Series, counts: pd.Series, words: pd.Series, decimal: str, thousands: str
) -> DataError:
    if not len(words):
        return DataError(f"Column '{name}' has no value. Take it out of dataset.continuous.")
    text = counts.index[np.isnan(parse_numbers(words, decimal, thousands).values)][0]
    row = texts.index[texts == text][0]
    return DataError(
        f"Column '{name}', row {row}: '{truncated(str(text))}' is not a number, nor are more than "
        f"{1 - SHARE:.0%} of the column's cells. Take it out of dataset.continuous, or mend the values."
    )


def _as_dates(
    name: str, texts: pd.Series, counts: pd.Series, words: pd.Series, order: str
) -> ColumnReading | None:
    parsed = parse_dates(words, order)
    good = ~np.isnan(parsed.values)
    if counts.to_numpy()[good].sum() / counts.sum() < SHARE:
        return None
    found = _with_missing(name, texts, counts, parsed.values, good, f"{parsed.how}, as days", "dates")
    if "guess" in parsed.how:
        found.warnings["order of dates"] = (
            f"Column '{name}': whether day or month comes first cannot be told from its dates; read as day "
            "first. Say dataset.dates='month first' where that is wrong."
        )
    return found


def _with_missing(
    name: str, texts: pd.Series, counts: pd.Series, values: np.ndarray, good: np.ndarray, how: str, what: str
) -> ColumnReading:
    mapped = texts.map(dict(zip(counts.index, values, strict=True))).astype("float64")
    found = ColumnReading(name, CONTINUOUS, how, mapped)
    if not good.all():
        bad = [f"'{truncated(str(v), 20)}' ({n})" for v, n in counts[~good].head(5).items()]
        more = f" and {int((~good).sum()) - 5} more" if (~good).sum() > 5 else ""
        found.warnings[f"stray cells among {what}"] = (
            f"Column '{name}' is read as {what}; other cells count as missing: {', '.join(bad)}{more}. "
            "Name the column in dataset.categorical to keep them."
        )
    return found


def _mixed_warning(
    name: str, counts: pd.Series, words: pd.Series, decimal: str, thousands: str
) -> dict[str, str]:
    """A column with many numbers that stayed text is worth a warning."""
    if not len(words):
        return {}
    good = ~np.isnan(parse_numbers(words, decimal, thousands).values)
    share = counts.to_numpy()[good].sum() / counts.sum()
    if share < _FEW:
        return {}
    bad = ", ".join(f"'{truncated(str(v), 20)}' ({n})" for v, n in counts[~good].head(5).items())
    return {
        "numbers and words": f"Column '{name}' became {len(counts)} categories: {share:.0%} of its cells are "
        f"numbers, fewer than {SHARE:.0%}. Others: {bad}. Name them in dataset.missing, or the column in "
        "dataset.continuous."
    }


def summary_lines(columns: Iterable[Mapping[str, Any]]) -> list[str]:
    """One line a column (:meth:`ColumnReading.as_dict`): kind, reason, values, missing cells, examples."""
    rows = [
        (
            truncated(c["name"], 30), c["kind"], truncated(c["decided"], 40), str(c["distinct"]),
            str(c["missing"]), truncated(", ".join(c["examples"]), 50),
        )
        for c in columns
    ]  # fmt: skip
    head = ("column", "kind", "decided by", "distinct", "missing", "examples")
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [head, *rows]
    ]
