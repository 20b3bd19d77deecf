"""Categories as integer codes, and raw codes that are no category.

SMOTE and ADASYN were published on integer codes, which they interpolate to fractions. In a column of text,
a fractional code is stored as ``MARK`` and the shortest exact form of the number.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

MARK = "code≈"


def to_codes(column: pd.Series, categories: list[str], raw: bool = True) -> np.ndarray:
    """Positions in ``categories`` as floats; with ``raw`` a marked code keeps its number; the rest is NaN."""
    known = {category: float(i) for i, category in enumerate(categories)}

    def code(value: object) -> float:
        if isinstance(value, str):
            if value.startswith(MARK) and value not in known:
                return float(value[len(MARK) :]) if raw else np.nan
            return known.get(value, np.nan)
        return np.nan

    positions, values = pd.factorize(column.astype(object), use_na_sentinel=False)
    return np.array([code(value) for value in values], dtype="float64")[positions]


def from_codes(codes: np.ndarray, categories: list[str], raw: bool) -> np.ndarray:
    """Category of each code (objects). ``raw`` keeps a fractional code as marked text, else it is rounded.

    Rounding is to the nearest existing category. NaN stays missing.
    """
    codes = np.asarray(codes, dtype="float64")
    missing = np.isnan(codes)
    nearest = np.clip(np.rint(np.where(missing, 0.0, codes)), 0, len(categories) - 1).astype(int)
    cells = np.array([*categories, np.nan], dtype=object)[np.where(missing, len(categories), nearest)]
    if raw:
        fractional = ~missing & (nearest != codes)
        cells[fractional] = [f"{MARK}{float(code)!r}" for code in codes[fractional]]
    return cells
