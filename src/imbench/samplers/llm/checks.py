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

from imbench.data.raw_codes import to_codes
from imbench.errors import ConfigError
from imbench.samplers.base import column_kinds

if TYPE_CHECKING:
    from imbench.lm.row_model import RowModel

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


def by_model(
    model: RowModel, target: int, label: str, temperature: float, rng: np.random.RandomState
) -> Check:
    """Rows pass for which the model, asked after the features in the table's order, says ``label``.

    It says a label with the probability it gives it at ``temperature``, as the published check does
    by sampling. Where the class is rare the model seldom says so, and few rows pass.
    """

    def check(rows: pd.DataFrame) -> np.ndarray:
        chances, words = model.label_probabilities(rows, target)
        sharpened = chances ** (1 / temperature)
        sharpened /= sharpened.sum(axis=1, keepdims=True)
        said = (sharpened.cumsum(axis=1) < rng.uniform(size=(len(rows), 1))).sum(axis=1)
        return np.array([words[min(i, len(words) - 1)] == label for i in said], dtype=bool)

    return check
