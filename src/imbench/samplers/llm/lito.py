"""LITO's prompts: majority rows become minority rows by progressive imputation.

From the authors' paper (Yang et al., ICLR 2024; the paper under test published no code for it): the
model is GReaT's, fine-tuned on all rows; a majority row loses the columns that matter most for its
label, by the model's attention from the label to the columns; the model fills them in under the
minority label, a few columns at a time; the model then predicts the label, and the row is kept when
that is the minority's.

This project's choices: importance is the attention of the position that predicts the label (the end of
``Y is``), label last, mean over heads and layers, summed over a column's tokens; it is computed once
for each majority row. ``STEPS`` rounds replace ``SHARE`` of the columns each (at least one), the most
important ones first, and each round reads what the rounds before it wrote. A row that passes the check
after a round is finished. Majority rows are drawn with replacement from the most frequent class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from imbench.lm.text.columns import write_cells
from imbench.lm.text.partial import Prompt
from imbench.samplers.llm.checks import Check
from imbench.samplers.llm.prompts import Prompts

if TYPE_CHECKING:
    from imbench.lm.row_model import RowModel
    from imbench.samplers.llm.prompt_completion import Completion

#: Share of the columns that one round replaces, and the number of rounds.
SHARE = 0.2
STEPS = 3


class ImputationPrompts(Prompts):
    """``imputation``: the label and a majority row without its most important columns."""

    def __init__(self, *args: Any):
        super().__init__(*args)
        self._importance: dict[int, np.ndarray] = {}

    def generate(self, count: int, completion: Completion, check: Check) -> pd.DataFrame:
        """``count`` majority rows, imputed until they pass ``check`` or the rounds are over."""
        drawn = self.rng.choice(self.rows.majority_positions, size=count)
        rows = self.rows.features.iloc[drawn].reset_index(drop=True)
        ranking = np.argsort(-self.importance(drawn), axis=1, kind="stable")
        left = np.arange(count)  # the lines of the ranking that belong to the rows
        features = len(self.rows.feature_columns)
        width = max(1, round(SHARE * features))
        finished: list[pd.DataFrame] = []
        for start in range(0, min(features, width * STEPS), width):
            rows = completion.complete(self.without(rows, ranking[left, start : start + width]))
            if len(rows) < len(left):  # free sampling left rows out, it is not known which
                left, ranking = np.arange(len(rows)), ranking[: len(rows)]
            passed = check(rows)
            finished.append(rows[passed])
            rows, left = rows[~passed].reset_index(drop=True), left[~passed]
            if not len(rows):
                break
        return pd.concat([*finished, rows], ignore_index=True)

    def importance(self, drawn: np.ndarray) -> np.ndarray:
        """Importance of each feature for the training rows ``drawn`` (positions): (drawn, features)."""
        new = np.array([i for i in np.unique(drawn) if i not in self._importance], dtype=np.int64)
        if len(new):
            found = column_importance(self.model, self.rows.features.iloc[new], self.rows.label_cell[0])
            self._importance.update(zip(new.tolist(), found, strict=True))
        return np.stack([self._importance[i] for i in drawn.tolist()])

    def without(self, rows: pd.DataFrame, removed: np.ndarray) -> list[Prompt]:
        """For each row the label and the row's cells but the ``removed`` ones (rows × k positions)."""
        columns = self.rows.feature_columns
        texts = [write_cells(list(rows[c.name]), c, self.model.padded) for c in columns]
        prompts = []
        for i, gone in enumerate(removed.tolist()):
            kept = [(j, texts[j][i]) for j in range(len(columns)) if j not in gone]
            prompts.append([self.rows.label_cell, *kept])
        return prompts


def column_importance(model: RowModel, rows: pd.DataFrame, target: int, batch: int = 64) -> np.ndarray:
    """Attention from the label to each feature column, shape (rows, features); each row sums to 1.

    ``rows`` holds the feature columns; the label (column ``target``) is predicted after them in the
    dataset's order.
    """
    return np.concatenate(
        [model.attention_to_columns(rows.iloc[i : i + batch], target) for i in range(0, len(rows), batch)]
    )
