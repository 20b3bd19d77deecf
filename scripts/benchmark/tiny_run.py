"""One method with ``llm=tiny`` on one split: synthetic rows, scores and CPU seconds, without a record."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import pandas as pd

import imbench.lm.model_store  # noqa: F401  (imports are not part of what is timed)
from imbench.data.split import Part, Split
from imbench.samplers.build import build_method
from imbench.scoring.evaluate import classifier_scores
from imbench.utils.config import compose, plain


def run_tiny(split: Split, seed: int, overrides: Sequence[str]) -> tuple[Any, dict[str, float], float]:
    """The fitted sampler, XGBoost's scores under the protocol ``corrected``, CPU seconds of fit and sampling.

    ``overrides`` choose the method and its settings as on the command line.
    """
    config = plain(compose(["llm=tiny", *overrides]))
    sampler = build_method(config["method"], seed).sampler
    started = time.process_time()
    rows, labels = sampler.fit_resample(split.train.features, split.train.labels)
    seconds = time.process_time() - started
    training = Part(rows, pd.Series(labels, index=rows.index))
    scores = classifier_scores(split, split.train, training, config["classifier"], seed, None)
    return sampler, scores["xgboost"]["corrected"], seconds
