"""Predictions and classification scores of one training set: every classifier under both protocols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from imbench.data.split import Part, Split
from imbench.scoring.classifiers import fit_predict, fitted_share
from imbench.scoring.encodings import Coded, CodeEncoder, code_rows
from imbench.scoring.leakage import refuse_test_rows
from imbench.scoring.metrics import PROTOCOLS, scores_of
from imbench.scoring.predictions import Predictions
from imbench.scoring.scenarios import Shares, scenario_scores


def predict(
    split: Split,
    training_rows: Part,
    training_set: Part,
    classifiers: Mapping[str, Mapping[str, Any]],
    seed: int,
    class_weight: str | float | None,
    protocols: Sequence[str] = PROTOCOLS,
) -> dict[str, dict[str, Predictions]]:
    """Fit each classifier under each protocol; ``{classifier: {protocol: Predictions}}`` of the test part.

    ``training_rows`` are the real rows that the method received (the encoder is fitted on them);
    ``training_set`` is the method's output: real rows, then synthetic ones. ``classifiers`` maps names to
    the classifiers' configurations, ``class_weight`` is None, ``balanced`` or its strength
    (see :func:`imbench.scoring.classifiers.class_weights`). Raises
    :class:`LeakageError` when the encoder would see a test row.
    """
    encoder = CodeEncoder.fit(training_rows.features, split.schema)
    refuse_test_rows(split, encoder.fitted_on, "the rows that the encoder was fitted on")
    test, labels = split.test, training_set.labels.to_numpy()
    truth, rows, classes = test.labels.to_numpy(), test.labels.index.to_numpy(), len(split.schema.classes)
    coded = {p: code_rows(p, training_set.features, test.features, split.schema, encoder) for p in protocols}
    # Where every category occurs in both parts the protocols' codes are equal, and one fit serves both.
    first = next(iter(protocols))
    fits = {p: first if _equal(coded[first], coded[p]) else p for p in protocols}
    predictions = {}
    for name, config in classifiers.items():
        found = {
            p: fit_predict(config, coded[p], labels, classes, seed, class_weight) for p in set(fits.values())
        }
        predictions[name] = {p: Predictions(truth, found[fits[p]], split.minority, rows) for p in protocols}
    return predictions


def _equal(one: Coded, other: Coded) -> bool:
    """Whether a classifier would receive the same numbers."""
    pairs = ((one.train, other.train), (one.test, other.test))
    return all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)


def score(
    predictions: Mapping[str, Mapping[str, Predictions]],
) -> dict[str, dict[str, dict[str, float | None]]]:
    """All scores by classifier: ``{classifier: {protocol or "crossed": {metric: value}}}``."""
    return {name: scores_of(by_protocol) for name, by_protocol in predictions.items()}


def minority_shares(
    split: Split,
    training_rows: Part,
    training_set: Part,
    classifiers: Mapping[str, Mapping[str, Any]],
    class_weight: str | float | None,
) -> Shares:
    """The minority's share among the real training rows and among the rows each classifier is fitted on."""
    labels = training_set.labels.to_numpy()
    return Shares(
        float(np.mean(training_rows.labels.to_numpy() == split.minority)),
        {name: fitted_share(c, labels, split.minority, class_weight) for name, c in classifiers.items()},
    )


def all_scores(
    predictions: Mapping[str, Mapping[str, Predictions]],
    out_of_fold: Mapping[str, Predictions] | None,
    imbalance_ratio: float,
    shares: Shares,
) -> dict[str, Any]:
    """The sections of ``scores.json`` that predictions decide: ``classifiers`` and ``scenarios``."""
    return {
        "classifiers": score(predictions),
        "scenarios": scenario_scores(predictions, out_of_fold, imbalance_ratio, shares),
    }


def classifier_scores(
    split: Split,
    training_rows: Part,
    training_set: Part,
    classifiers: Mapping[str, Mapping[str, Any]],
    seed: int,
    class_weight: str | float | None,
) -> dict[str, dict[str, dict[str, float | None]]]:
    """:func:`predict`, then :func:`score`."""
    return score(predict(split, training_rows, training_set, classifiers, seed, class_weight))
