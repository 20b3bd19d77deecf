"""Classifiers by configuration: fit on coded training rows, predict the test rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from imbench.errors import ConfigError
from imbench.scoring.encodings import Coded
from imbench.utils.allowed_classes import make

#: Keys of a classifier's YAML for the harness; the others are the library's parameters.
HARNESS_OPTIONS = ("name", "categories", "scale", "balances_classes")
#: The largest one-hot array (cells) that is made dense: 400 MB. Trees are six times slower on a sparse one.
DENSE_CELLS = 50_000_000
CATEGORIES = ("xgboost", "lightgbm", "one_hot")


def fit_predict(
    config: Mapping[str, Any],
    coded: Coded,
    labels: np.ndarray,
    classes: int,
    seed: int,
    class_weight: str | float | None,
) -> np.ndarray:
    """Class probabilities of the test rows (n × ``classes``, float32, columns in code order).

    ``labels`` are the training rows' class codes. For ``class_weight`` see
    :func:`class_weights`. Classes that the training rows lack get probability 0. Raises :class:`ConfigError`
    when there is one class only or the classifier cannot be made.
    """
    weight = class_weights(class_weight, labels)
    present, positions = np.unique(labels, return_inverse=True)
    if len(present) < 2:
        raise ConfigError(
            "The training rows have one class only; there is nothing to learn. Raise imbalance_ratio."
        )
    probabilities = np.zeros((len(coded.test), classes), dtype="float32")
    probabilities[:, present] = _probabilities(config, coded, positions, seed, weight)
    return probabilities


def class_weights(class_weight: str | float | None, labels: np.ndarray) -> np.ndarray | None:
    """Row weights (n) by class; None without ``class_weight``.

    ``"balanced"`` gives each class the same total weight; a number is the power to which those weights are
    raised: 1 is ``"balanced"``, 0.5 its half strength, 0 none.
    """
    from sklearn.utils.class_weight import compute_sample_weight

    if class_weight is None:
        return None
    balanced = compute_sample_weight("balanced", labels)
    return balanced if class_weight == "balanced" else balanced ** float(class_weight)


def fitted_share(
    config: Mapping[str, Any], labels: np.ndarray, minority: int, class_weight: str | float | None
) -> float:
    """The minority's share of the weight of the rows that a classifier is fitted on (n labels).

    A classifier whose YAML says ``balances_classes: true`` resamples or weights inside: 1 over the classes.
    """
    if config.get("balances_classes"):
        return 1 / len(np.unique(labels))
    return float(np.average(labels == minority, weights=class_weights(class_weight, labels)))


def _make(config: Mapping[str, Any], seed: int, **extra: Any) -> Any:
    from hydra.errors import InstantiationException

    wanted = {k: v for k, v in config.items() if k not in HARNESS_OPTIONS}
    if isinstance(wanted.get("estimator"), Mapping):  # an ensemble: its members take the kinds of columns
        wanted["estimator"], extra = {**wanted["estimator"], **extra}, {}
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
        return _fitted(model, config, coded.train, labels, weight).predict_proba(coded.test)
    if kind == "lightgbm":
        model = _make(config, seed)
        positions = [int(i) for i in np.flatnonzero(coded.categorical)]
        _fitted(model, config, coded.train, labels, weight, categorical_feature=positions)
        return model.predict_proba(coded.test)
    if kind == "one_hot":
        prepare = _one_hot(coded.categorical, bool(config.get("scale")))
        model = _make(config, seed)
        _fitted(model, config, _dense(prepare.fit_transform(coded.train)), labels, weight)
        return model.predict_proba(_dense(prepare.transform(coded.test)))
    raise ConfigError(f"classifier.categories={kind} is not one of {', '.join(CATEGORIES)}.")


def _fitted(
    model: Any,
    config: Mapping[str, Any],
    rows: Any,
    labels: np.ndarray,
    weight: np.ndarray | None,
    **options: Any,
) -> Any:
    """The model, fitted. Raises :class:`ConfigError` for weights where it takes none."""
    from sklearn.utils.validation import has_fit_parameter

    if weight is not None:
        if not has_fit_parameter(model, "sample_weight"):
            raise ConfigError(
                f"Classifier '{config['name']}' takes no weights of rows, which a method with class_weight "
                "needs. Choose another classifier for this method."
            )
        options["sample_weight"] = weight
    return model.fit(rows, labels, **options)


def _dense(rows: Any) -> Any:
    """The same array dense, unless it is large."""
    small = hasattr(rows, "toarray") and rows.shape[0] * rows.shape[1] <= DENSE_CELLS
    return rows.toarray() if small else rows


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
