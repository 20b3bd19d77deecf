"""Classifiers by configuration: fit on coded training rows, predict the test rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from imbench.errors import ConfigError
from imbench.scoring.encodings import Coded
from imbench.utils.allowed_classes import make

#: Keys of a classifier's YAML for the harness; the others are the library's parameters.
HARNESS_OPTIONS = ("name", "categories", "scale")
CATEGORIES = ("xgboost", "lightgbm", "one_hot")


def fit_predict(
    config: Mapping[str, Any],
    coded: Coded,
    labels: np.ndarray,
    classes: int,
    seed: int,
    class_weight: str | None,
) -> np.ndarray:
    """Class probabilities of the test rows (n × ``classes``, float32, columns in code order).

    ``labels`` are the training rows' class codes. ``class_weight="balanced"`` gives each class the same
    total weight. Classes that the training rows lack get probability 0. Raises :class:`ConfigError` when
    there is one class only or the classifier cannot be made.
    """
    from sklearn.utils.class_weight import compute_sample_weight

    weight = None if class_weight is None else compute_sample_weight(class_weight, labels)
    present, positions = np.unique(labels, return_inverse=True)
    if len(present) < 2:
        raise ConfigError(
            "The training rows have one class only; there is nothing to learn. Raise imbalance_ratio."
        )
    probabilities = np.zeros((len(coded.test), classes), dtype="float32")
    probabilities[:, present] = _probabilities(config, coded, positions, seed, weight)
    return probabilities


def _make(config: Mapping[str, Any], seed: int, **extra: Any) -> Any:
    from hydra.errors import InstantiationException

    wanted = {k: v for k, v in config.items() if k not in HARNESS_OPTIONS}
    try:
        model = make(wanted, **extra)
    except (InstantiationException, ConfigError) as error:
        hint = " Install it with: pip install -e '.[lightgbm]'" if "lightgbm" in str(error) else ""
        raise ConfigError(f"Classifier '{config['name']}' cannot be made: {error}{hint}") from error
    return model.set_params(random_state=seed) if "random_state" in model.get_params() else model


def _probabilities(
    config: Mapping[str, Any], coded: Coded, labels: np.ndarray, seed: int, weight: np.ndarray | None
) -> np.ndarray:
    kind = config.get("categories", "one_hot")
    if kind == "xgboost":
        # Codes, not text: recent versions map text categories by name and refuse unseen ones.
        types = ["c" if is_code else "q" for is_code in coded.categorical]
        model = _make(config, seed, enable_categorical=True, feature_types=types)
        model.fit(coded.train, labels, sample_weight=weight)
        return model.predict_proba(coded.test)
    if kind == "lightgbm":
        model = _make(config, seed)
        positions = [int(i) for i in np.flatnonzero(coded.categorical)]
        model.fit(coded.train, labels, sample_weight=weight, categorical_feature=positions)
        return model.predict_proba(coded.test)
    if kind == "one_hot":
        prepare = _one_hot(coded.categorical, bool(config.get("scale")))
        model = _make(config, seed)
        model.fit(prepare.fit_transform(coded.train), labels, sample_weight=weight)
        return model.predict_proba(prepare.transform(coded.test))
    raise ConfigError(f"classifier.categories={kind} is not one of {', '.join(CATEGORIES)}.")


def _one_hot(categorical: np.ndarray, scale: bool) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = [SimpleImputer(keep_empty_features=True)] + ([StandardScaler()] if scale else [])
    return ColumnTransformer(
        [
            ("numbers", make_pipeline(*numbers), np.flatnonzero(~categorical)),
            ("codes", OneHotEncoder(handle_unknown="ignore"), np.flatnonzero(categorical)),
        ]
    )
