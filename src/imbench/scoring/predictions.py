"""Predictions for the test part: the only input of the classification metrics."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Predictions:
    """Predictions of one classifier under one protocol for n test rows and K classes.

    ``truth`` holds the class codes (n, integers), ``probabilities`` the class probabilities (n × K,
    float32, columns in the order of the codes), ``minority`` the code of the minority class, ``rows``
    the test rows' numbers in the dataset (n, integers; empty when unknown).
    """

    truth: np.ndarray
    probabilities: np.ndarray
    minority: int
    rows: np.ndarray | None = None

    @property
    def classes(self) -> int:
        """Number of classes K."""
        return self.probabilities.shape[1]

    @cached_property
    def labels(self) -> np.ndarray:
        """Predicted class codes (n): the most probable class, the lower code on a tie."""
        return self.probabilities.argmax(axis=1)

    @property
    def is_minority(self) -> np.ndarray:
        """Whether each row belongs to the minority class (n, bool)."""
        return self.truth == self.minority

    @property
    def minority_probability(self) -> np.ndarray:
        """Probability of the minority class (n, float64 copies of the float32 values)."""
        return self.probabilities[:, self.minority].astype("float64")
