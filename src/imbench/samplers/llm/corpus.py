"""The rows that a language model is fine-tuned on.

===================== ====================================================================
all                   all training rows
minority              the rows of the class to generate
minority_interpolated those, and rows interpolated between them (ImbLLM); the sentence of an
                      interpolated row holds the label and the continuous columns only
===================== ====================================================================
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from imbench.samplers.base import column_kinds
from imbench.samplers.interpolation import interpolate_neighbours, interpolate_pairs
from imbench.samplers.llm.training_rows import TrainingRows
from imbench.samplers.missing import blank_like

CORPORA = ("all", "minority", "minority_interpolated")
INTERPOLATIONS = ("pairs", "neighbours")


@dataclass(frozen=True)
class Interpolation:
    """How minority rows are interpolated: ``ratio`` in [0, 1] is the share of rows that is used.

    ``between`` is ``pairs`` (eq. 5 of the paper) or ``neighbours`` (the published code); ``decimals``
    rounds the values, None keeps them.
    """

    ratio: float = 1.0
    between: str = "pairs"
    decimals: int | None = None

    def rows(self, minority: pd.DataFrame, count: int, rng: np.random.RandomState) -> pd.DataFrame:
        """Interpolated continuous columns, shape (``ratio`` · ``count``, continuous columns).

        As many of their cells are missing as of the minority's.
        """
        count, numbers = round(self.ratio * count), minority[column_kinds(minority)[0]]
        if self.between == "neighbours":
            rows = interpolate_neighbours(minority, count, rng, self.decimals)
        else:
            rows = interpolate_pairs(numbers, count, rng, self.decimals)
        return blank_like(rows, numbers, rng)


@dataclass(frozen=True)
class Corpus:
    """The frames of a corpus with the label as their last column, and the interpolated rows in it."""

    frames: list[pd.DataFrame]
    interpolated: pd.DataFrame

    @classmethod
    def of(
        cls, kind: str, rows: TrainingRows, interpolation: Interpolation, count: int,
        rng: np.random.RandomState,
    ) -> Corpus:  # fmt: skip
        """The corpus of one of :data:`CORPORA`; ``count`` rows are interpolated at a ratio of 1."""
        none = rows.minority.iloc[:0]
        if kind == "all":
            return cls([rows.features.assign(**{rows.target: rows.labels.astype(str)})], none)
        label = {rows.target: str(rows.label)}
        minority = rows.minority.assign(**label)
        if kind == "minority":
            return cls([minority], none)
        interpolated = interpolation.rows(rows.minority, count, rng)
        usable = len(interpolated) and interpolated.shape[1]
        return cls([minority, interpolated.assign(**label)] if usable else [minority], interpolated)
