"""Rows as texts that the package ``be_great`` can write and parse, and the parsed texts as rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from imbench.lm.text.columns import MISSING, Cell, Column, describe_columns, read_cells
from imbench.lm.text.repair import averages
from imbench.samplers.base import for_other_packages

#: The package's texts for a missing value and for a column that was not generated.
MISSING_TEXT, ABSENT = "None", "placeholder"


class RowText:
    """The rows of one dataset as the package writes and parses them.

    The package's parser splits at commas and " is ", strips, and reserves some texts. A name or category
    that it would change is replaced by another text, unique in its column, and mapped back afterwards.
    """

    def __init__(self, features: pd.DataFrame, labels: np.ndarray, target: str):
        named = features.rename(columns=str)
        self.columns = describe_columns(named)
        self.average = averages([named], self.columns)
        names = [c.name for c in self.columns]
        while target in names:
            target += "_"
        safe = safe_texts([*names, target])
        self.names, self.target = [safe[n] for n in names], safe[target]
        self.feature_names = list(features.columns)
        self.label_texts = safe_texts(sorted({str(v) for v in labels}))
        self.category_texts = [safe_texts(c.categories or ()) for c in self.columns]
        rows = for_other_packages(named, named)
        for column, texts in zip(self.columns, self.category_texts, strict=True):
            if not column.is_number:
                rows[column.name] = [MISSING if pd.isna(v) else texts[str(v)] for v in rows[column.name]]
        rows.columns = self.names
        self.frame = rows.assign(**{self.target: [self.label_texts[str(v)] for v in labels]})

    @property
    def categories(self) -> set[str]:
        """Every text that is not a number: categories, labels and the text of a missing value."""
        return {
            MISSING_TEXT,
            *(t for texts in (*self.category_texts, self.label_texts) for t in texts.values()),
        }

    def sentences(self) -> list[str]:
        """The rows as sentences, columns in the dataset's order."""
        filled = self.frame.astype(object).where(self.frame.notna(), MISSING_TEXT)
        return [
            ", ".join(f"{name} is {value}" for name, value in zip(filled.columns, row, strict=True))
            for row in filled.itertuples(index=False)
        ]

    def cells(self, parsed: pd.DataFrame) -> list[dict[int, Cell]]:
        """The package's parsed rows as column → cell; columns that were not generated are left out."""
        original = [{safe: text for text, safe in texts.items()} for texts in self.category_texts]
        found: list[dict[int, Cell]] = [{} for _ in range(len(parsed))]
        for j, name in enumerate(self.names):
            for row, value in zip(found, parsed[name], strict=True):
                if value is None or value == MISSING_TEXT:
                    row[j] = MISSING
                elif value != ABSENT:
                    row[j] = value if self.columns[j].is_number else original[j].get(value, value)
        return found

    def read(self, rows: Sequence[Mapping[int, Cell]]) -> pd.DataFrame:
        """Complete rows as a frame with the columns of the features."""
        values = {j: read_cells([row[j] for row in rows], c) for j, c in enumerate(self.columns)}
        return pd.DataFrame(values).set_axis(self.feature_names, axis=1)


def safe_texts(texts: Iterable[str]) -> dict[str, str]:
    """Each text as the package can write and parse it, different for different texts."""
    texts = list(texts)
    safe = {text: text for text in texts if _is_safe(text)}
    for text in texts:
        if text not in safe:
            other = re.sub(r"\W+", "_", text) or "_"
            while other in safe.values() or not _is_safe(other):
                other += "_"
            safe[text] = other
    return safe


def _is_safe(text: str) -> bool:
    plain = bool(text) and text == text.strip() and text.isprintable() and text not in (MISSING_TEXT, ABSENT)
    return plain and not any(mark in f" {text} " for mark in (",", " is ", "<|endoftext|>"))


def find_fault(row: Mapping[int, Cell], columns: Sequence[Column]) -> str | None:
    """Why a generated row is not a valid row of the dataset, or None."""
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
