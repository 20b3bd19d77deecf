"""The check that a generated row belongs to the requested class: one class for each kind of check.

========== ==================================================================================
none       every row passes (GReaT, ImbLLM)
classifier an XGBoost trained on the imbalanced rows labels each row (TapTap)
self       the language model predicts the label after the features (Pred-LLM, LITO)
========== ==================================================================================
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from imbench.data.raw_codes import to_codes
from imbench.errors import ConfigError
from imbench.samplers.base import column_kinds
from imbench.samplers.llm.training_rows import TrainingRows

if TYPE_CHECKING:
    from imbench.lm.row_model import RowModel


class Check(ABC):
    """Accepts or rejects generated rows. ``name`` is the key of the rejected rows in the ledger."""

    name: ClassVar[str]

    @abstractmethod
    def __call__(self, rows: pd.DataFrame) -> np.ndarray:
        """Whether each row of features passes, shape (rows,)."""


class NoCheck(Check):
    """Every row passes."""

    name = "none"

    def __call__(self, rows: pd.DataFrame) -> np.ndarray:
        """See :class:`Check`."""
        return np.ones(len(rows), dtype=bool)


class ClassifierCheck(Check):
    """Rows pass that an XGBoost (default settings, fitted on the training rows) labels as requested.

    Category codes are plain numbers to it, as in the published checker.
    """

    name = "classifier"

    def __init__(self, rows: TrainingRows, seed: int):
        try:
            from xgboost import XGBClassifier
        except ModuleNotFoundError as error:
            raise ConfigError(
                "verification=classifier needs the package xgboost: pip install xgboost-cpu, or use "
                "verification=self."
            ) from error
        self.features, self.label = rows.features, rows.label
        categorical = set(column_kinds(rows.features)[1])
        self.categories = {c.name: list(c.categories or ()) for c in rows.columns if c.name in categorical}
        self.classes, positions = np.unique(rows.labels, return_inverse=True)
        self.classifier = XGBClassifier(random_state=seed, n_jobs=1)
        self.classifier.fit(self._codes(rows.features), positions)

    def __call__(self, rows: pd.DataFrame) -> np.ndarray:
        """See :class:`Check`."""
        if not len(rows):
            return np.zeros(0, dtype=bool)
        return self.classes[self.classifier.predict(self._codes(rows))] == self.label

    def _codes(self, rows: pd.DataFrame) -> np.ndarray:
        columns = []
        for c in self.features.columns:
            if c in self.categories:
                text = rows[c].astype(object).where(rows[c].isna(), rows[c].astype(str))
                columns.append(to_codes(text, self.categories[c]))
            else:
                columns.append(rows[c].to_numpy(dtype="float64"))
        return np.column_stack(columns)


class SelfCheck(Check):
    """Rows pass for which the model predicts the requested label after the features in their order.

    The label is drawn from the model's probabilities at ``temperature``, as the published check does by
    sampling. Where the class is rare the model seldom predicts it, and few rows pass.
    """

    name = "self"

    def __init__(self, rows: TrainingRows, model: RowModel, temperature: float, rng: np.random.RandomState):
        self.label_position, self.label = rows.label_cell
        self.model, self.temperature, self.rng = model, temperature, rng

    def __call__(self, rows: pd.DataFrame) -> np.ndarray:
        """See :class:`Check`."""
        if not len(rows):
            return np.zeros(0, dtype=bool)
        probabilities, labels = self.model.label_probabilities(rows, self.label_position)
        sharpened = probabilities ** (1 / self.temperature)
        sharpened /= sharpened.sum(axis=1, keepdims=True)
        drawn = (sharpened.cumsum(axis=1) < self.rng.uniform(size=(len(rows), 1))).sum(axis=1)
        return np.array([labels[min(i, len(labels) - 1)] == self.label for i in drawn], dtype=bool)
