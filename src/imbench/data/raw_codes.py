"""Categories as integer codes, and raw codes that are no category.

SMOTE and ADASYN were published on integer codes, which they interpolate to fractions. In a column of text,
a fractional code is stored as ``MARK`` and the shortest exact form of the number.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

MARK = "code≈"


def to_codes(column: pd.Series, categories: list[str]) -> np.ndarray:
    """Positions in ``categories`` as floats; a marked raw code keeps its number; the rest is NaN."""
    known = {category: float(i) for i, category in enumerate(categories)}

    def code(value: object) -> float:
        if isinstance(value, str):
            if value in known:
                return known[value]
            if value.startswith(MARK):
                return float(value[len(MARK) :])
        return np.nan

    distinct = {value: code(value) for value in column.astype(object).unique()}
    return column.astype(object).map(distinct).to_numpy(dtype="float64")


def from_codes(codes: np.ndarray, categories: list[str], raw: bool) -> list[object]:
    """Category of each code. ``raw`` keeps a fractional code as marked text, else it is rounded.

    Rounding is to the nearest existing category. NaN stays missing.
    """
    cells: list[object] = []
    for code in codes:
        if np.isnan(code):
            cells.append(np.nan)
        elif raw and not (float(code).is_integer() and 0 <= code < len(categories)):
            cells.append(f"{MARK}{float(code)!r}")
        else:
            cells.append(categories[int(np.clip(np.rint(code), 0, len(categories) - 1))])
    return cells
