"""Classifiers by configuration. A reading decides the codes; here they are fed to the library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from imbench.errors import ConfigError
from imbench.scoring.protocols import Coded
from imbench.utils.allowed_classes import make

#: Keys of a classifier's YAML that speak to the harness.
HARNESS_OPTIONS = ("name", "categories", "scale")
CATEGORIES = ("xgboost", "lightgbm", "one_hot")


@dataclass(frozen=True)
class Prediction:
    """Test predictions: class codes (n) and probabilities (n × K, columns in code order)."""

    labels: np.ndarray
    probabilities: np.ndarray


def fit_predict(
    config: Mapping[str, Any],
    coded: Coded,
    labels: np.ndarray,
    classes: int,
    seed: int,
    class_weight: str | None,
) -> Prediction:
    """Fit the classifier of ``config`` on coded training rows and predict the test rows.

    ``class_weight="balanced"`` gives each class the same total weight. Classes that the training
    rows lack get probability 0.
    """
    from sklearn.utils.class_weight import compute_sample_weight

    weight = None if class_weight is None else compute_sample_weight(class_weight, labels)
    present, positions = np.unique(labels, return_inverse=True)
    if len(present) < 2:
        raise ConfigError("The training rows have one class only; there is nothing to learn.")
    found = _probabilities(config, coded, positions, seed, weight)
    probabilities = np.zeros((len(coded.test), classes))
    probabilities[:, present] = found
    return Prediction(present[found.argmax(axis=1)], probabilities)


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
        # Codes are given as such: recent versions map text categories by name and refuse unseen ones.
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
