"""The two readings of a run: how its rows are presented to the classifier.

``published`` follows the paper's code: the categories of a column become codes by sorting the
values *separately* in the training and in the test frame, and fractional codes left by SMOTE are
categories of their own. ``corrected`` fits one encoder on the training rows and uses it everywhere;
a value that it does not know is a missing value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from imbench.data.dataset import Schema
from imbench.data.raw_codes import MARK, to_codes
from imbench.scoring.encodings import CodeEncoder

PROTOCOLS = ("published", "corrected")


@dataclass(frozen=True)
class Coded:
    """Training and test rows as float64 arrays; ``categorical`` marks the columns that hold codes."""

    train: np.ndarray
    test: np.ndarray
    categorical: np.ndarray


def own_codes(features: pd.DataFrame, schema: Schema) -> np.ndarray:
    """Codes by sorting the values of this very frame (float64, n × columns).

    Raw codes sort among the categories' codes, as they did when the column held numbers only.
    """
    columns = [features[c].to_numpy(dtype="float64") for c in schema.continuous]
    for c in schema.categorical:
        values = features[c].astype(object)
        known = sorted(v for v in values.dropna().unique() if not str(v).startswith(MARK))
        numbers = to_codes(values, known)
        ranks = pd.Categorical(numbers).codes.astype("float64")
        columns.append(np.where(ranks < 0, np.nan, ranks))
    return np.column_stack(columns)


def code_rows(
    reading: str, train: pd.DataFrame, test: pd.DataFrame, schema: Schema, encoder: CodeEncoder
) -> Coded:
    """Rows under a reading. ``encoder`` is the one fitted on the real training rows."""
    categorical = np.array([False] * len(schema.continuous) + [True] * len(schema.categorical))
    if reading == "published":
        return Coded(own_codes(train, schema), own_codes(test, schema), categorical)
    if reading == "corrected":
        return Coded(encoder.transform(train), encoder.transform(test), categorical)
    raise ValueError(f"unknown reading '{reading}': one of {', '.join(PROTOCOLS)}")
