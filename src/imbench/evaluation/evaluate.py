"""All classification scores of one run: every classifier under both readings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from imbench.data.split import Part, Split
from imbench.evaluation.classifier import fit_predict
from imbench.evaluation.encoding import CodeEncoder
from imbench.evaluation.leakage import refuse_test_rows
from imbench.evaluation.quality import none_for_nan
from imbench.evaluation.readings import READINGS, code_rows
from imbench.evaluation.scores import corrected_scores, published_scores


def classifier_scores(
    split: Split,
    given: Part,
    training: Part,
    classifiers: Mapping[str, Mapping[str, Any]],
    seed: int,
    class_weight: str | None,
) -> dict[str, dict[str, dict[str, float | None]]]:
    """``{classifier: {reading: {metric: value}}}`` on the test part.

    ``given`` are the real rows that the method received (the encoder is fitted on them);
    ``training`` is what came out of the method: real rows, then synthetic ones.
    """
    encoder = CodeEncoder.fit(given.features, split.schema)
    refuse_test_rows(split, encoder.fitted_on, "the rows that the encoder was fitted on")
    classes = len(split.schema.classes)
    truth, labels = split.test.labels.to_numpy(), training.labels.to_numpy()
    coded = {r: code_rows(r, training.features, split.test.features, split.schema, encoder) for r in READINGS}
    found: dict[str, dict[str, dict[str, float | None]]] = {}
    for name, config in classifiers.items():
        found[name] = {}
        for reading in READINGS:
            prediction = fit_predict(config, coded[reading], labels, classes, seed, class_weight)
            if reading == "published":
                scores = published_scores(truth, prediction, classes)
            else:
                scores = corrected_scores(truth, prediction, classes, split.minority)
            found[name][reading] = {metric: none_for_nan(value) for metric, value in scores.items()}
    return found
