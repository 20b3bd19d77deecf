"""Predictions of one classifier: the only input of the classification metrics."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Predictions:
    """Predictions of one classifier under one protocol for n rows and K classes.

    ``truth`` holds the class codes (n, integers), ``probabilities`` the class probabilities (n × K,
    float32, columns in the order of the codes), ``minority`` the code of the minority class, ``rows``
    the rows' numbers in the dataset (n, integers; empty when unknown). ``weights`` (n, above 0) are the rows'
    weights in every score; None weights all equally. ``threshold`` is the probability from which a row is
    called minority; None calls each row by its most probable class.
    """

    truth: np.ndarray
    probabilities: np.ndarray
    minority: int
    rows: np.ndarray | None = None
    weights: np.ndarray | None = None
    threshold: float | None = None

    @property
    def classes(self) -> int:
        """Number of classes K."""
        return self.probabilities.shape[1]

    @cached_property
    def labels(self) -> np.ndarray:
        """Predicted class codes (n).

        Without a threshold the most probable class, the lower code on a tie. With one the minority where its
        probability is at least the threshold, elsewhere the most probable of the other classes.
        """
        if self.threshold is None:
            return self.probabilities.argmax(axis=1)
        others = self.probabilities.astype("float64")
        others[:, self.minority] = -1.0
        return np.where(self.minority_probability >= self.threshold, self.minority, others.argmax(axis=1))

    @cached_property
    def confusion(self) -> np.ndarray:
        """Weights of the rows by true (rows) and predicted class (columns), K × K, float64."""
        k = self.classes
        counts = np.bincount(self.truth * k + self.labels, weights=self.weights, minlength=k * k)
        return counts.reshape(k, k).astype("float64")

    @property
    def is_minority(self) -> np.ndarray:
        """Whether each row belongs to the minority class (n, bool)."""
        return self.truth == self.minority

    @cached_property
    def minority_probability(self) -> np.ndarray:
        """Probability of the minority class (n, float64 copies of the float32 values)."""
        return self.probabilities[:, self.minority].astype("float64")

    @property
    def minority_share(self) -> float:
        """The minority's share of the rows' weight."""
        return float(np.average(self.is_minority, weights=self.weights))


@dataclass(frozen=True)
class OutOfFold(Predictions):
    """Predictions for real training rows, each by a classifier that was fitted without the row's fold.

    ``folds`` holds the number of each row's fold (n, integers from 0).
    """

    folds: np.ndarray | None = None


@dataclass(frozen=True)
class Case:
    """What a threshold policy or a recalibration may use: one classifier's predictions in one scenario.

    ``test`` are the predictions of the test part, weighted as the scenario says; ``out_of_fold`` those of the
    real training rows, None where there are none. ``real_share`` is the minority's share among the real
    training rows, ``fitted_share`` its share, by weight, among the rows that the classifier was fitted on;
    None where a record does not hold them.
    """

    test: Predictions
    out_of_fold: Predictions | None = None
    real_share: float | None = None
    fitted_share: float | None = None
