"""LITO: majority rows become minority rows (Yang et al., ICLR 2024; the paper under test had no code).

What follows its authors: the model is GReaT's, fine-tuned on all rows; a majority row loses the
columns that matter most for its label, by the model's own attention from the label to the columns;
the model fills them in under the minority label; imputation is progressive, a few columns at a
time; the model itself then predicts the label, and the row is kept when it says minority.

What is our reading: importance is the attention of the position that predicts the label (the end
of ``Y is``), label last, mean over heads and layers, summed over a column's tokens; it is measured
once for each majority row. ``STEPS`` rounds replace ``SHARE`` of the columns each (at least one):
the most important ones first, each round sees what the rounds before it wrote. A row leaves early,
as soon as the model takes it for a minority row after a round. Majority rows are drawn with
replacement from the commonest class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from imbench.lm.row_model import RowModel
    from imbench.samplers.llm.fit import Work

#: Share of the columns that one round replaces, and the number of rounds.
SHARE = 0.2
STEPS = 3


def column_importance(model: RowModel, rows: pd.DataFrame, target: int, batch: int = 64) -> np.ndarray:
    """Attention from the label to each feature column, shape (rows, features), rows sum to 1.

    ``rows`` holds the feature columns; the label is asked for after them in the table's order.
    """
    return np.concatenate(
        [model.attention_to_columns(rows.iloc[i : i + batch], target) for i in range(0, len(rows), batch)]
    )


def _known_importance(work: Work, drawn: np.ndarray, target: int) -> np.ndarray:
    """Importance for drawn rows (positions in the table); each row is looked at once, however often drawn."""
    new = np.array([i for i in np.unique(drawn) if i not in work.importance], dtype=np.int64)
    if len(new):
        found = column_importance(work.model, work.features.iloc[new], target)
        work.importance.update(zip(new.tolist(), found, strict=True))
    return np.stack([work.importance[i] for i in drawn.tolist()])


def impute_majority(work: Work, count: int) -> pd.DataFrame:
    """``count`` rows made from majority rows, a few of the most important columns at a time."""
    features, target = len(work.wanted), len(work.columns) - 1
    pool = np.flatnonzero(work.labels == work.commonest)
    drawn = work.rng.choice(pool, size=count)
    rows = work.features.iloc[drawn].reset_index(drop=True)
    ranking = np.argsort(-_known_importance(work, drawn, target), axis=1, kind="stable")
    width = max(1, round(SHARE * features))
    left = np.arange(count)
    finished: list[pd.DataFrame] = []
    for done in range(0, min(features, width * STEPS), width):
        replaced = ranking[left, done : done + width]
        prompts = work.prompts_without(rows, replaced)
        rows = work.complete(prompts)
        if len(rows) < len(left):  # free sampling dropped rows: what is left of the ranking is not theirs
            left, ranking = np.arange(len(rows)), ranking[: len(rows)]
        passed = work.check(rows)
        finished.append(rows[passed])
        rows, left = rows[~passed].reset_index(drop=True), left[~passed]
        if not len(rows):
            break
    return pd.concat([*finished, rows], ignore_index=True)
