"""The training rows of one call, seen from the class that is to be generated."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from imbench.errors import MethodError
from imbench.lm.text.columns import Cell, Column, describe_columns


@dataclass(frozen=True)
class TrainingRows:
    """Features (rows × features, column names are text), labels (rows), and the class to generate.

    ``target`` is the name of the label in a sentence. It differs from every feature's name.
    """

    features: pd.DataFrame
    labels: np.ndarray
    label: Any
    target: str

    @classmethod
    def of(cls, features: pd.DataFrame, labels: np.ndarray, label: Any, target: str) -> TrainingRows:
        """Raises :class:`MethodError` when there is no row of class ``label``."""
        features = features.rename(columns=str)
        while target in set(features.columns):
            target += "_"
        if not (labels == label).any():
            raise MethodError(
                f"There is no training row of class {label} to learn from. Name classes that have rows in "
                "sampling_strategy."
            )
        return cls(features, labels, label, target)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns of a sentence: all features, then the label."""
        label = Column(self.target, tuple(sorted({str(v) for v in self.labels})))
        return (*describe_columns(self.features), label)

    @property
    def feature_columns(self) -> tuple[Column, ...]:
        """The columns that a row is generated for."""
        return self.columns[:-1]

    @cached_property
    def label_cell(self) -> tuple[int, Cell]:
        """The label of the class to generate, as the cell of a prompt."""
        return len(self.columns) - 1, str(self.label)

    @cached_property
    def minority(self) -> pd.DataFrame:
        """The features of the class to generate."""
        return self.features[self.labels == self.label]

    @cached_property
    def majority_positions(self) -> np.ndarray:
        """Positions of the rows of the most frequent class."""
        values, counts = np.unique(self.labels, return_counts=True)
        return np.flatnonzero(self.labels == values[counts.argmax()])
