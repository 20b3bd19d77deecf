"""How the sentence of a row to be generated begins: one class for each kind of prompt.

============= ==============================================================================
condition_y   the label
condition_yx  the label and one feature with a value of the minority's distribution (ImbLLM)
condition_x   one feature with a value of the training rows' distribution (Pred-LLM)
imputation    the label and what is left of a majority row (LITO, see ``lito.py``)
============= ==============================================================================
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from imbench.lm.text.columns import Cell, write_cells
from imbench.lm.text.partial import Prompt
from imbench.samplers.llm.checks import Check
from imbench.samplers.llm.corpus import Corpus
from imbench.samplers.llm.training_rows import TrainingRows

if TYPE_CHECKING:
    from imbench.lm.row_model import RowModel
    from imbench.samplers.llm.prompt_completion import Completion

#: How the feature of a prompt is chosen: uniformly at random (the paper), or every feature equally often.
FEATURE_CHOICES = ("random", "in_turn")


class Prompts(ABC):
    """Prompts for rows of one class.

    ``feature_choice`` is one of :data:`FEATURE_CHOICES`; ``rng`` draws features and their values.
    """

    def __init__(
        self, rows: TrainingRows, corpus: Corpus, model: RowModel, feature_choice: str,
        rng: np.random.RandomState,
    ):  # fmt: skip
        self.rows, self.corpus, self.model = rows, corpus, model
        self.feature_choice, self.rng = feature_choice, rng

    @abstractmethod
    def generate(self, count: int, completion: Completion, check: Check) -> pd.DataFrame:
        """Up to ``count`` generated rows, features only, still to be checked."""


class SingleRoundPrompts(Prompts):
    """Prompts that are completed once, all in the same way."""

    def generate(self, count: int, completion: Completion, check: Check) -> pd.DataFrame:
        """See :meth:`Prompts.generate`."""
        return completion.complete(self.prompts(count))

    @abstractmethod
    def prompts(self, count: int) -> list[Prompt]:
        """``count`` prompts, each a list of (column position, cell)."""

    def _feature_cells(self, frames: list[pd.DataFrame], choice: str, count: int) -> list[tuple[int, Cell]]:
        """``count`` cells of chosen features, each value drawn from the ``frames`` that have the column."""
        features = len(self.rows.feature_columns)
        chosen = self.rng.randint(features, size=count) if choice == "random" else np.arange(count) % features
        cells: list[tuple[int, Cell]] = [(int(j), None) for j in chosen]
        for j in np.unique(chosen):
            column = self.rows.columns[j]
            values = np.concatenate(
                [f[column.name].to_numpy(dtype=object) for f in frames if column.name in f.columns]
            )
            places = np.flatnonzero(chosen == j)
            drawn = values[self.rng.randint(len(values), size=len(places))]
            texts = write_cells(list(drawn), column, self.model.padded)
            for place, text in zip(places, texts, strict=True):
                cells[place] = (int(j), text)
        return cells


class LabelPrompts(SingleRoundPrompts):
    """``condition_y``: the label."""

    def prompts(self, count: int) -> list[Prompt]:
        """See :meth:`SingleRoundPrompts.prompts`."""
        return [[self.rows.label_cell] for _ in range(count)]


class LabelFeaturePrompts(SingleRoundPrompts):
    """``condition_yx``: the label and a feature; ``in_turn`` also draws values of interpolated rows."""

    def prompts(self, count: int) -> list[Prompt]:
        """See :meth:`SingleRoundPrompts.prompts`."""
        frames = [self.rows.minority]
        if self.feature_choice == "in_turn":
            frames.append(self.corpus.interpolated)
        cells = self._feature_cells(frames, self.feature_choice, count)
        return [[self.rows.label_cell, cell] for cell in cells]


class FeaturePrompts(SingleRoundPrompts):
    """``condition_x``: a feature with a value of any training row, features in turn."""

    def prompts(self, count: int) -> list[Prompt]:
        """See :meth:`SingleRoundPrompts.prompts`."""
        return [[cell] for cell in self._feature_cells([self.rows.features], "in_turn", count)]
