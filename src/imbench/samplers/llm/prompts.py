"""The word ``prompts``: what starts the sentence of a row to be made.

============= ==============================================================================
condition_y   the label
condition_yx  the label and one feature with a value of the minority's distribution (ImbLLM)
condition_x   one feature with a value of the training rows' distribution (Pred-LLM)
imputation    the label and what is left of a majority row (LITO, see ``importance.py``)
============= ==============================================================================

The feature of a prompt: ``random`` draws it uniformly (the paper); ``in_turn`` takes every feature
equally often (the code, and Pred-LLM).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from imbench.lm.text.columns import Cell, Column, write_cells

PROMPTS = ("condition_y", "condition_yx", "condition_x", "imputation")
FEATURES = ("random", "in_turn")
Prompt = list[tuple[int, Cell]]


def choose_features(how: str, features: int, count: int, rng: np.random.RandomState) -> np.ndarray:
    """Positions of the features that start ``count`` prompts."""
    if how == "random":
        return rng.randint(features, size=count)
    return np.arange(count) % features


def feature_cells(
    chosen: np.ndarray, frames: list[pd.DataFrame], columns: tuple[Column, ...], padded: bool,
    rng: np.random.RandomState,
) -> list[tuple[int, Cell]]:  # fmt: skip
    """A cell for each chosen feature, its value drawn from the rows of ``frames`` that have it."""
    cells: list[tuple[int, Cell]] = [(int(j), None) for j in chosen]
    for j in np.unique(chosen):
        column = columns[j]
        values = np.concatenate(
            [f[column.name].to_numpy(dtype=object) for f in frames if column.name in f.columns]
        )
        places = np.flatnonzero(chosen == j)
        drawn = values[rng.randint(len(values), size=len(places))]
        for place, text in zip(places, write_cells(list(drawn), column, padded), strict=True):
            cells[place] = (int(j), text)
    return cells
