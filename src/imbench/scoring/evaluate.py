"""All classification scores of one run: every classifier under both readings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from imbench.data.split import Part, Split
from imbench.scoring.classifiers import Prediction, fit_predict
from imbench.scoring.encodings import CodeEncoder
from imbench.scoring.leakage import refuse_test_rows
from imbench.scoring.metrics import corrected_scores, published_scores
from imbench.scoring.protocols import PROTOCOLS, code_rows
from imbench.scoring.quality import none_for_nan


def classifier_scores(
    split: Split,
    given: Part,
    training: Part,
    classifiers: Mapping[str, Mapping[str, Any]],
    seed: int,
    class_weight: str | None,
) -> dict[str, dict[str, dict[str, float | None]]]:
    """``{classifier: {reading: {metric: value}}}`` on the test part.

    Besides the two readings there is ``crossed``: each one's metrics on the other's codes.

    ``given`` are the real rows that the method received (the encoder is fitted on them);
    ``training`` is what came out of the method: real rows, then synthetic ones.
    """
    encoder = CodeEncoder.fit(given.features, split.schema)
    refuse_test_rows(split, encoder.fitted_on, "the rows that the encoder was fitted on")
    classes = len(split.schema.classes)
    truth, labels = split.test.labels.to_numpy(), training.labels.to_numpy()
    coded = {
        r: code_rows(r, training.features, split.test.features, split.schema, encoder) for r in PROTOCOLS
    }
    found: dict[str, dict[str, dict[str, float | None]]] = {}
    for name, config in classifiers.items():
        made = {r: fit_predict(config, coded[r], labels, classes, seed, class_weight) for r in PROTOCOLS}
        scores = {
            "published": published_scores(truth, made["published"], classes),
            "corrected": corrected_scores(truth, made["corrected"], classes, split.minority),
        }
        found[name] = scores | {"crossed": _crossed(truth, made, classes, split.minority)}
        for metrics in found[name].values():
            metrics.update({metric: none_for_nan(value) for metric, value in metrics.items()})
    return found


def _crossed(
    truth: np.ndarray, made: Mapping[str, Prediction], classes: int, minority: int
) -> dict[str, float]:
    """Each reading's metrics on the other's codes, so that their parts can be told apart."""
    one_encoder = published_scores(truth, made["corrected"], classes)
    own_codes = corrected_scores(truth, made["published"], classes, minority)
    return {
        "published_f1_one_encoder": one_encoder["f1"],
        "published_auc_one_encoder": one_encoder["auc"],
        "corrected_f1_own_codes": own_codes["f1"],
        "corrected_auc_own_codes": own_codes["auc"],
    }
