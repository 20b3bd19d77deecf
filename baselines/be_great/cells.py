"""A table's rows in words that the package ``be_great`` can write and read, and what it may make of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from imbench.lm.text.columns import MISSING, Cell, Column, describe_columns, read_cells
from imbench.lm.text.repair import averages
from imbench.samplers.base import for_other_packages

#: The package's own words in a row's text: a hole, and a column that was not generated.
MISSING_TEXT, ABSENT = "None", "placeholder"


class RowText:
    """The rows of one table as the package reads and writes them.

    Its parser splits at commas and " is ", strips, and has words of its own: a name or category that
    would not survive stands as another word, unique among its column's, and comes back as itself.
    """

    def __init__(self, features: pd.DataFrame, labels: np.ndarray, target: str):
        named = features.rename(columns=str)
        self.columns = describe_columns(named)
        self.average = averages([named], self.columns)
        names = [c.name for c in self.columns]
        while target in names:
            target += "_"
        safe = safe_options([*names, target])
        self.names, self.target = [safe[n] for n in names], safe[target]
        self.given = list(features.columns)
        self.label_texts = safe_options(sorted({str(v) for v in labels}))
        self.words = [safe_options(c.categories or ()) for c in self.columns]
        rows = for_other_packages(named, named)
        for column, words in zip(self.columns, self.words, strict=True):
            if not column.is_number:
                rows[column.name] = [MISSING if pd.isna(v) else words[str(v)] for v in rows[column.name]]
        rows.columns = self.names
        self.frame = rows.assign(**{self.target: [self.label_texts[str(v)] for v in labels]})

    @property
    def categories(self) -> set[str]:
        """Every value that is not a number, as it is written, and the word for a hole."""
        return {MISSING_TEXT, *(w for words in (*self.words, self.label_texts) for w in words.values())}

    def sentences(self) -> list[str]:
        """The rows in the table's own order of columns."""
        has_missing = self.frame.astype(object).where(self.frame.notna(), MISSING_TEXT)
        return [
            ", ".join(f"{name} is {value}" for name, value in zip(has_missing.columns, row, strict=True))
            for row in has_missing.itertuples(index=False)
        ]

    def cells(self, parsed: pd.DataFrame) -> list[dict[int, Cell]]:
        """What the package's parser found, as column → cell; columns that it did not find are left out."""
        back = [{safe: word for word, safe in words.items()} for words in self.words]
        found: list[dict[int, Cell]] = [{} for _ in range(len(parsed))]
        for j, name in enumerate(self.names):
            for row, value in zip(found, parsed[name], strict=True):
                if value is None or value == MISSING_TEXT:
                    row[j] = MISSING
                elif value != ABSENT:
                    row[j] = value if self.columns[j].is_number else back[j].get(value, value)
        return found

    def read(self, rows: Sequence[Mapping[int, Cell]]) -> pd.DataFrame:
        """Complete rows as a frame with the table's columns."""
        made = {j: read_cells([row[j] for row in rows], c) for j, c in enumerate(self.columns)}
        return pd.DataFrame(made).set_axis(self.given, axis=1)


def safe_options(words: Iterable[str]) -> dict[str, str]:
    """Each word as the package can write and read it, different for different words."""
    words = list(words)
    safe = {w: w for w in words if _survives(w)}
    for word in words:
        if word not in safe:
            other = re.sub(r"\W+", "_", word) or "_"
            while other in safe.values() or not _survives(other):
                other += "_"
            safe[word] = other
    return safe


def _survives(word: str) -> bool:
    plain = bool(word) and word == word.strip() and word.isprintable() and word not in (MISSING_TEXT, ABSENT)
    return plain and not any(mark in f" {word} " for mark in (",", " is ", "<|endoftext|>"))


def find_fault(row: Mapping[int, Cell], columns: Sequence[Column]) -> str | None:
    """Why a generated row cannot be a row of the table, or None."""
    for j, column in enumerate(columns):
        if j not in row:
            return "missing column"
        text = row[j]
        if text is MISSING:
            if not column.has_missing:
                return "missing value"
        elif not column.is_number:
            if text not in (column.categories or ()):
                return "unknown category"
        elif not np.isfinite(pd.to_numeric(text, errors="coerce")):
            return "flawed number"
    return None
