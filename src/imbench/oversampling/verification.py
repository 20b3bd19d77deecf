"""The word ``verification``: who checks that a made row belongs to the class asked for.

========== ==================================================================================
none       nobody (GReaT, ImbLLM)
classifier an XGBoost trained on the imbalanced rows labels each row (TapTap)
self       the language model predicts the label after the features (Pred-LLM, LITO)
========== ==================================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from imbench.errors import ConfigError
from imbench.oversampling.base import column_kinds
from imbench.oversampling.raw_codes import to_codes

if TYPE_CHECKING:
    from imbench.lm.table_model import TableModel

VERIFICATIONS = ("none", "classifier", "self")
#: Tells for each row of a frame whether it passes.
Check = Callable[[pd.DataFrame], np.ndarray]


def accept_all(rows: pd.DataFrame) -> np.ndarray:
    """Every row passes."""
    return np.ones(len(rows), dtype=bool)


def by_classifier(features: pd.DataFrame, labels: np.ndarray, label: Any, seed: int) -> Check:
    """Rows pass that an XGBoost (defaults), trained on ``features`` and ``labels``, gives ``label``."""
    try:
        from xgboost import XGBClassifier
    except ModuleNotFoundError as error:
        raise ConfigError("verification: classifier needs the package xgboost (or xgboost-cpu).") from error
    continuous, categorical = column_kinds(features)
    categories = {c: sorted(str(v) for v in features[c].dropna().unique()) for c in categorical}
    # Category codes enter as plain numbers, as in the published checker.
    def code(rows: pd.DataFrame) -> np.ndarray:
        text = {c: rows[c].astype(object).where(rows[c].isna(), rows[c].astype(str)) for c in categorical}
        parts = [rows[c].to_numpy(dtype="float64") if c in continuous else to_codes(text[c], categories[c])
                 for c in features.columns]  # fmt: skip
        return np.column_stack(parts)

    present, positions = np.unique(labels, return_inverse=True)
    checker = XGBClassifier(random_state=seed, n_jobs=1).fit(code(features), positions)
    return lambda rows: present[checker.predict(code(rows))] == label


def by_model(model: TableModel, target: int, label: str) -> Check:
    """Rows pass for which the model holds ``label`` the likeliest after the features, in the table's order.

    The published check samples the label once at T = 0.7; the likeliest one is the same decision
    without the dice.
    """

    def check(rows: pd.DataFrame) -> np.ndarray:
        chances, words = model.label_chances(rows, target)
        return np.array([words[i] == label for i in chances.argmax(axis=1)], dtype=bool)

    return check
