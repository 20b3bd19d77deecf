"""Predictions and classification scores of one training set: every classifier under both protocols."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from imbench.data.split import Part, Split
from imbench.scoring.classifiers import fit_predict
from imbench.scoring.encodings import Coded, CodeEncoder, code_rows
from imbench.scoring.leakage import refuse_test_rows
from imbench.scoring.metrics import PROTOCOLS, scores_of
from imbench.scoring.predictions import Predictions


def predict(
    split: Split,
    training_rows: Part,
    training_set: Part,
    classifiers: Mapping[str, Mapping[str, Any]],
    seed: int,
    class_weight: str | None,
) -> dict[str, dict[str, Predictions]]:
    """Fit each classifier under each protocol; ``{classifier: {protocol: Predictions}}`` of the test part.

    ``training_rows`` are the real rows that the method received (the encoder is fitted on them);
    ``training_set`` is the method's output: real rows, then synthetic ones. ``classifiers`` maps names to
    the classifiers' configurations, ``class_weight`` is None or ``balanced``. Raises
    :class:`LeakageError` when the encoder would see a test row.
    """
    encoder = CodeEncoder.fit(training_rows.features, split.schema)
    refuse_test_rows(split, encoder.fitted_on, "the rows that the encoder was fitted on")
    test, labels = split.test, training_set.labels.to_numpy()
    truth, rows, classes = test.labels.to_numpy(), test.labels.index.to_numpy(), len(split.schema.classes)
    coded = {p: code_rows(p, training_set.features, test.features, split.schema, encoder) for p in PROTOCOLS}
    # Where every category occurs in both parts the protocols' codes are equal, and one fit serves both.
    fits = PROTOCOLS[:1] if _equal(*(coded[p] for p in PROTOCOLS)) else PROTOCOLS
    predictions = {}
    for name, config in classifiers.items():
        found = {p: fit_predict(config, coded[p], labels, classes, seed, class_weight) for p in fits}
        predictions[name] = {
            p: Predictions(truth, found.get(p, found[fits[0]]), split.minority, rows) for p in PROTOCOLS
        }
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


def classifier_scores(
    split: Split,
    training_rows: Part,
    training_set: Part,
    classifiers: Mapping[str, Mapping[str, Any]],
    seed: int,
    class_weight: str | None,
) -> dict[str, dict[str, dict[str, float | None]]]:
    """:func:`predict`, then :func:`score`."""
    return score(predict(split, training_rows, training_set, classifiers, seed, class_weight))
