"""The published repair of freely sampled rows, with every repaired cell counted.

A missing or unknown category becomes the column's mode, a missing or unreadable number its mean (rounded
to two places); a row without any column is dropped. Invalid rows become average rows in this way, so the
repaired cells are counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from imbench.lm.text.columns import MISSING, Cell, Column


def averages(frames: Sequence[pd.DataFrame], columns: Sequence[Column]) -> dict[int, float | Cell]:
    """Mean of each number column and mode of each other column over frames that may lack columns.

    Of a column without any value it is a missing value.
    """
    found: dict[int, float | Cell] = {}
    for j, column in enumerate(columns):
        parts = [f[column.name].dropna() for f in frames if column.name in f.columns]
        if column.is_number:
            numbers = np.concatenate([p.to_numpy(dtype="float64") for p in parts])
            found[j] = round(float(numbers.mean()), 2) if len(numbers) else (column.low + column.high) / 2
        else:
            counts = pd.concat([p.astype(object) for p in parts]).astype(str).value_counts(sort=True)
            found[j] = str(counts.index[0]) if len(counts) else next(iter(column.categories or ()), MISSING)
    return found


def _number(text: Cell) -> float | None:
    try:
        value = float(text) if text is not None else np.nan
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def repair_rows(
    rows: Sequence[Mapping[int, Cell]], prompted: Sequence[int], columns: Sequence[Column],
    average: Mapping[int, float | Cell],
) -> tuple[list[dict[int, Cell]], int, int]:  # fmt: skip
    """Complete rows, the number of repaired cells, and the number of dropped rows.

    ``prompted`` is the number of wanted cells in each row's prompt: a row with no other cells is dropped.
    ``columns`` are the wanted ones.
    """
    complete, repaired, dropped = [], 0, 0
    for row, in_prompt in zip(rows, prompted, strict=True):
        if sum(j in row for j in range(len(columns))) <= in_prompt:
            dropped += 1
            continue
        fixed: dict[int, Cell] = {}
        for j, column in enumerate(columns):
            text = row.get(j, MISSING)
            missing_fits = j in row and text is MISSING and column.has_missing
            if column.is_number:
                valid = missing_fits or _number(text) is not None
            else:
                valid = missing_fits or text in (column.categories or ())
            if not valid:
                repaired += 1
                text = MISSING if average[j] is MISSING else str(average[j])
            fixed[j] = text
        complete.append(fixed)
    return complete, repaired, dropped
