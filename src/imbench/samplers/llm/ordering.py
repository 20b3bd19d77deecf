"""The order of a row's columns in its sentence.

=============== ==========================================================================
permute_xy      all columns shuffled, the label too (GReaT, LITO)
fix_y           the label first, features shuffled (ImbLLM)
y_last          every row twice: features shuffled with the label last, and the dataset's
                own order with the label last (Pred-LLM)
features_only   features shuffled, the label not in the sentence (TapTap)
=============== ==========================================================================
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ORDERINGS = ("permute_xy", "fix_y", "y_last", "features_only")


@dataclass(frozen=True)
class Ordering:
    """The order of ``features`` feature columns and of the label, which is the last column.

    ``kind`` is one of :data:`ORDERINGS`.
    """

    kind: str
    features: int

    @property
    def passes(self) -> int:
        """How often a row is read in an epoch."""
        return 2 if self.kind == "y_last" else 1

    def __call__(self, reads: np.ndarray, rows: int, rng: np.random.Generator) -> np.ndarray:
        """Column positions (reads × columns in the sentence); read i is row i % rows."""
        count = len(reads)
        if self.kind == "permute_xy":
            return _shuffled(count, self.features + 1, rng)
        order = _shuffled(count, self.features, rng)
        if self.kind == "features_only":
            return order
        label = np.full((count, 1), self.features)
        if self.kind == "fix_y":
            return np.hstack([label, order])
        order[reads >= rows] = np.arange(self.features)
        return np.hstack([order, label])


def _shuffled(count: int, columns: int, rng: np.random.Generator) -> np.ndarray:
    return rng.random((count, columns)).argsort(axis=1)
