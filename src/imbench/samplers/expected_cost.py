"""What a method that trains a network will take, estimated from columns, categories and rows.

A sampler that can tell has a method ``expected_cost(features, labels)``, which returns :class:`ExpectedCost`;
:mod:`imbench.runs.forecast` reports it and refuses what exceeds the limits. Floating-point operations are
divided by this machine's measured rate; the shares of that rate were fitted to measured runs
(docs/scale.md), and an estimate is meant to be right within a factor of two or three.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from imbench.samplers.base import column_kinds

#: GiB of a process with its libraries, before any data.
BASE_GB = 0.45
GIB = 1 << 30


@dataclass(frozen=True)
class ExpectedCost:
    """Seconds of one core and GiB of memory."""

    seconds: float
    memory_gb: float


@dataclass(frozen=True)
class Shape:
    """What an estimate needs of training rows.

    ``categories`` has the number of categories of each categorical column, ``digits`` the characters of each
    continuous column's longest number, and ``letters`` those of all columns' names.
    """

    rows: int
    minority: int
    requested: int
    categories: tuple[int, ...]
    digits: tuple[int, ...]
    letters: int = 0

    @classmethod
    def of(cls, features: pd.DataFrame, labels: np.ndarray) -> Shape:
        """The shape of a call that fills up the rarest class."""
        continuous, categorical = column_kinds(features)
        counts = pd.Series(labels).value_counts()
        sample = features[continuous].iloc[:: max(1, len(features) // 100)]
        return cls(
            len(features), int(counts.min()), int(counts.max() - counts.min()),
            tuple(int(features[c].nunique()) for c in categorical),
            tuple(max((len(f"{v:.10g}") for v in sample[c].dropna()), default=1) for c in continuous),
            sum(len(str(c)) for c in features.columns),
        )  # fmt: skip

    @property
    def columns(self) -> int:
        """Number of features."""
        return len(self.categories) + len(self.digits)


@lru_cache(maxsize=1)
def flops_a_second() -> float:
    """Floating-point operations a second of one core, in matrix products of 512 × 512 floats."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        one, best = torch.ones(512, 512), 0.0
        for _ in range(5):
            started = time.thread_time()
            for _ in range(4):
                one @ one
            best = max(best, 8 * 512**3 / max(time.thread_time() - started, 1e-6))
    finally:
        torch.set_num_threads(threads)
    return best
