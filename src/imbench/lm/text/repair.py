"""The published repair of freely sampled rows, with every repaired cell counted.

A missing or unknown category becomes the column's mode, a missing or unreadable number its mean
(rounded to two places), a row without any column is dropped. Invalid rows quietly turn into average
rows that way; that is why they are counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from imbench.lm.text.columns import MISSING, Cell, Column


def averages(frames: Sequence[pd.DataFrame], columns: Sequence[Column]) -> dict[int, float | str]:
    """Mean of each number column and mode of each other one over rows that may lack columns."""
    found: dict[int, float | str] = {}
    for j, column in enumerate(columns):
        parts = [f[column.name].dropna() for f in frames if column.name in f.columns]
        if column.is_number:
            numbers = np.concatenate([p.to_numpy(dtype="float64") for p in parts])
            found[j] = round(float(numbers.mean()), 2) if len(numbers) else (column.low + column.high) / 2
        else:
            counts = pd.concat([p.astype(object) for p in parts]).astype(str).value_counts(sort=True)
            found[j] = str(counts.index[0]) if len(counts) else (column.categories or ("",))[0]
    return found


def _number(text: Cell) -> float | None:
    try:
        value = float(text) if text is not None else np.nan
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def repair_rows(
    rows: Sequence[Mapping[int, Cell]], prompted: Sequence[int], columns: Sequence[Column],
    average: Mapping[int, float | str],
) -> tuple[list[dict[int, Cell]], int, int]:  # fmt: skip
    """Rows made whole, the number of repaired cells, and the number of dropped rows.

    ``prompted`` counts, for each row, the wanted cells that were in its prompt: a row that holds no
    more than those was not generated at all and is dropped. ``columns`` are the wanted ones.
    """
    whole, repaired, dropped = [], 0, 0
    for row, given in zip(rows, prompted, strict=True):
        if sum(j in row for j in range(len(columns))) <= given:
            dropped += 1
            continue
        fixed: dict[int, Cell] = {}
        for j, column in enumerate(columns):
            text = row.get(j, MISSING)
            hole_fits = j in row and text is MISSING and column.holes
            if column.is_number:
                valid = hole_fits or _number(text) is not None
            else:
                valid = hole_fits or text in (column.categories or ())
            if not valid:
                repaired += 1
                text = str(average[j])
            fixed[j] = text
        whole.append(fixed)
    return whole, repaired, dropped
