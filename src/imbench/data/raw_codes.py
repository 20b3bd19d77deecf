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
    positions, values = pd.factorize(column.astype(object), use_na_sentinel=False)
    start, missing = len(MARK), float("nan")
    # SMOTE leaves a value of its own in nearly every cell: one comprehension, no call of a function a value.
    codes = [
        missing if not isinstance(value, str)
        else known[value] if value in known
        else float(value[start:]) if raw and value.startswith(MARK)
        else missing
        for value in values
    ]  # fmt: skip
    return np.array(codes, dtype="float64")[positions]


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
        cells[fractional] = [MARK + repr(code) for code in codes[fractional].tolist()]
    return cells
