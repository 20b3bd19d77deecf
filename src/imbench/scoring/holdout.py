"""Scores of resampled rows on the test part of a split, for Python code; a run uses ``evaluate.py``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from imbench.data.split import Part, Split
from imbench.errors import ConfigError, DataError
from imbench.scoring.evaluate import classifier_scores
from imbench.utils.config import entry, names


def score(
    split: Split,
    X: pd.DataFrame,
    y: Any,
    *,
    classifier: str | Mapping[str, Any] = "xgboost",
    class_weight: str | None = None,
    random_state: int = 0,
) -> dict[str, dict[str, float | None]]:
    """Fit a classifier on resampled rows and score it on the test part of their split.

    Parameters
    ----------
    split : Split
        The split whose ``train`` part was resampled; its ``test`` part is scored.
    X : DataFrame of shape (n_samples, n_features)
        Resampled features: real rows and synthetic ones.
    y : array-like of shape (n_samples,)
        Their class codes, the positions in ``split.schema.classes``.
    classifier : str or dict, default="xgboost"
        The name of a file of ``conf/classifier``, or a dict with its options.
    class_weight : {None, "balanced"}, default=None
        ``"balanced"`` gives each class the same total weight.
    random_state : int, default=0
        Random state of the classifier.

    Returns
    -------
    dict
        ``{protocol: {metric: value}}`` with the protocols ``published`` and ``corrected``; ``crossed``
        has each one's metrics on the other's predictions.

    Raises
    ------
    DataError
        When ``X`` or ``y`` do not fit the split.
    ConfigError
        When the classifier is unknown.

    Examples
    --------
    >>> from imbench import InterpolateMarginal, load_dataset, score, split_dataset
    >>> split = split_dataset(load_dataset("german"), imbalance_ratio=0.2)
    >>> sampler = InterpolateMarginal(random_state=0)
    >>> X, y = sampler.fit_resample(split.train.features, split.train.labels)
    >>> scores = score(split, X, y)
    >>> 0 < scores["corrected"]["f1"] < 1
    True
    """
    if not isinstance(split, Split):
        raise ConfigError(
            f"score(split, X, y) takes a Split first, as of split_dataset, not {type(split).__name__}."
        )
    settings = _settings(classifier)
    name = str(settings.setdefault("name", "classifier"))
    part = _part(split, X, np.asarray(y))
    return classifier_scores(split, split.train, part, {name: settings}, random_state, class_weight)[name]


def _settings(classifier: str | Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(classifier, str):
        return dict(classifier)
    known = names("classifier")
    if classifier not in known:
        raise ConfigError(f"classifier='{classifier}' is not one of {', '.join(known)}.")
    return entry("classifier", classifier)


def _part(split: Split, X: pd.DataFrame, y: np.ndarray) -> Part:
    schema = split.schema
    missing = [c for c in schema.features if c not in X.columns]
    if missing:
        raise DataError(f"X lacks the column '{missing[0]}' of the split. It has: {', '.join(map(str, X))}.")
    if len(X) != len(y):
        raise DataError(f"X has {len(X)} rows and y has {len(y)}.")
    codes = range(len(schema.classes))
    if not np.isin(y, codes).all():
        raise DataError(
            f"y holds '{y[~np.isin(y, codes)][0]}'; it must hold the class codes 0 … {codes[-1]} of "
            f"{', '.join(schema.classes)}."
        )
    types = dict.fromkeys(schema.continuous, "float64") | dict.fromkeys(schema.categorical, object)
    features = X[list(schema.features)].reset_index(drop=True).astype(types)
    return Part(features, pd.Series(y.astype("int64"), name=schema.target))
