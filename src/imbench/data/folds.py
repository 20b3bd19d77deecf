"""Folds of training rows: each is a split whose training part are the other folds' rows."""

from __future__ import annotations

import numpy as np

from imbench.data.split import Part, Split, as_part, split_hash
from imbench.errors import DataError


def fold_splits(split: Split, training_rows: Part, folds: int, seed: int) -> list[Split]:
    """Stratified, shuffled folds of real training rows as splits.

    Each fold's rows are the ``test`` part of one split, and the other rows its ``train`` and ``complete``
    part, so that whatever is asserted of a split holds for a fold. With fewer minority rows than ``folds``
    there are as many folds as minority rows. ``seed`` is the random state of scikit-learn's
    ``StratifiedKFold``. Raises :class:`DataError` with fewer than two minority rows.
    """
    from sklearn.model_selection import StratifiedKFold

    labels = training_rows.labels
    rarest = int(labels.value_counts().min())
    if rarest < 2:
        raise DataError(
            f"{rarest} minority row in the training part: out-of-fold predictions need at least two. Raise "
            "imbalance_ratio, or leave out tuning.folds."
        )
    splitter = StratifiedKFold(min(folds, rarest), shuffle=True, random_state=seed)
    found = []
    for rest, held_out in splitter.split(np.zeros(len(labels)), labels.to_numpy()):
        part, fold = (
            as_part(training_rows.features.iloc[which], labels.iloc[which], split.schema)
            for which in (rest, held_out)
        )
        numbers = [p.labels.index.to_numpy() for p in (part, fold)]
        fingerprint = split_hash(split.hash, *numbers)
        found.append(Split(split.schema, part, part, fold, split.minority, fingerprint))
    return found
