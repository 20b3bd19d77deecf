"""The word ``corpus``: which rows a language model is fine-tuned on.

===================== ====================================================================
all                   all training rows
minority              the rows of the class asked for
minority_interpolated those, and rows interpolated between them (ImbLLM); the sentence of an
                      interpolated row holds the label and the continuous columns only
===================== ====================================================================
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from imbench.samplers.base import column_kinds
from imbench.samplers.interpolation import interpolate_neighbours, interpolate_pairs

CORPORA = ("all", "minority", "minority_interpolated")
INTERPOLATIONS = ("pairs", "neighbours")


def interpolated_rows(
    minority: pd.DataFrame, count: int, how: str, decimals: int | None, rng: np.random.RandomState
) -> pd.DataFrame:
    """``count`` rows of the continuous columns, between ``pairs`` (eq. 5) or ``neighbours`` (the code)."""
    continuous, _ = column_kinds(minority)
    if how == "pairs":
        return interpolate_pairs(minority[continuous], count, rng, decimals)
    return interpolate_neighbours(minority, count, rng, decimals)


def corpus_frames(
    word: str,
    features: pd.DataFrame,
    labels: np.ndarray,
    label: object,
    interpolated: pd.DataFrame,
    target: str,
) -> list[pd.DataFrame]:
    """The frames of the corpus, with the label as the column ``target`` (text), last."""
    if word == "all":
        return [features.assign(**{target: labels.astype(str)})]
    frames = [features[labels == label].assign(**{target: str(label)})]
    if word == "minority_interpolated" and len(interpolated) and interpolated.shape[1]:
        frames.append(interpolated.assign(**{target: str(label)}))
    return frames
