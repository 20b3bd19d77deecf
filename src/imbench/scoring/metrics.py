"""The registry of all scores: name, title, direction, and for classification metrics the function.

``METRICS`` maps a score's name in a flat result line (``corrected_f1``, ``coverage``) to its
:class:`Metric`. A new classification metric is one function here, decorated with :func:`metric`; stored
runs get it by ``scripts/rescore.py``. Measures of the synthetic rows are computed in
:mod:`imbench.scoring.quality`; their titles and directions are registered below.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from imbench.errors import ConfigError
from imbench.scoring.calibration import EPS, equal_mass_bins
from imbench.scoring.predictions import Predictions

PUBLISHED, CORRECTED = "published", "corrected"
#: The protocols of a run, in the order of the records.
PROTOCOLS = (PUBLISHED, CORRECTED)
#: The section of ``scores.json`` with each protocol's metrics on the other protocol's predictions.
CROSSED = "crossed"
#: Decimals to which the paper's code rounded each run's scores.
PUBLISHED_PLACES = 4
#: Recorded with the scores; increased when a function here gives other values for the same predictions.
SCORING_VERSION = 5
#: What of the predictions a metric reads: labels (which depend on the threshold), the order of the rows by
#: probability, or the probabilities themselves (which a recalibration changes).
DECISION, RANKING, PROBABILITIES = "decision", "ranking", "probabilities"

Function = Callable[[Predictions], float]


@dataclass(frozen=True)
class Metric:
    """One score. ``protocol`` and ``function`` are None for measures of the synthetic rows.

    ``higher_is_better`` is None where neither direction is better. ``predictions`` is the protocol whose
    predictions are scored; it differs from ``protocol`` for crossed scores. ``reads`` is :data:`DECISION`,
    :data:`RANKING` or :data:`PROBABILITIES`.
    """

    name: str
    title: str
    higher_is_better: bool | None
    protocol: str | None = None
    function: Function | None = None
    predictions: str | None = None
    reads: str = DECISION

    @property
    def id(self) -> str:
        """The name in a flat result line: ``<protocol>_<name>``, or the name of a quality measure."""
        return f"{self.protocol}_{self.name}" if self.protocol else self.name

    @property
    def crossed(self) -> bool:
        """Whether the score mixes the two protocols."""
        return self.predictions != self.protocol

    @property
    def direction(self) -> int:
        """+1 where more is better, -1 where less is better, 0 where neither is."""
        return 0 if self.higher_is_better is None else 1 if self.higher_is_better else -1


METRICS: dict[str, Metric] = {}


def register(entry: Metric) -> None:
    """Add a score to :data:`METRICS`. Raises :class:`ValueError` when its name is taken."""
    if entry.id in METRICS:
        raise ValueError(f"a metric of the name '{entry.id}' is registered already")
    METRICS[entry.id] = entry


def metric(
    name: str, title: str, higher_is_better: bool, protocols: tuple[str, ...] = (CORRECTED,),
    reads: str = DECISION,
) -> Callable[[Function], Function]:  # fmt: skip
    """Register a function of :class:`Predictions` as a score under each of ``protocols``.

    The function returns one number; NaN stands for an undefined score and is stored as null. It takes the
    rows' weights into account, and ``reads`` says which of labels, ranking and probabilities it depends on.
    """

    def add(function: Function) -> Function:
        for protocol in protocols:
            register(Metric(name, title, higher_is_better, protocol, function, protocol, reads))
        return function

    return add


def lookup(flat_name: str) -> Metric:
    """The metric of a name in a flat result line; further classifiers' names have a prefix.

    Raises :class:`ConfigError` for a name that is not registered.
    """
    for protocol in PROTOCOLS:
        _, separator, name = flat_name.rpartition(f"_{protocol}_")
        if separator and f"{protocol}_{name}" in METRICS:
            return METRICS[f"{protocol}_{name}"]
    if flat_name not in METRICS:
        raise ConfigError(f"metric '{flat_name}' is not one of {', '.join(METRICS)}.")
    return METRICS[flat_name]


def quality_id(protocol: str, name: str) -> str:
    """The name in a flat result line of a measure of the synthetic rows that both protocols have.

    ``published``: unscaled numbers and integer codes; ``corrected``: scaled numbers, categories one-hot.
    """
    return f"{PUBLISHED}_{name}" if protocol == PUBLISHED else name


def scores_of(predictions: Mapping[str, Predictions]) -> dict[str, dict[str, float | None]]:
    """All scores of one classifier from its predictions by protocol, at the most probable class.

    Returns ``{protocol: {name: value}, "crossed": {id: value}}`` with null for undefined scores; without
    the sections of a protocol that has no predictions.
    """
    found: dict[str, dict[str, float | None]] = {}
    for entry in METRICS.values():
        if entry.function is None or not {entry.protocol, entry.predictions} <= predictions.keys():
            continue
        section, name = (CROSSED, entry.id) if entry.crossed else (str(entry.protocol), entry.name)
        found.setdefault(section, {})[name] = value_of(entry, predictions[str(entry.predictions)])
    return found


def value_of(entry: Metric, found: Predictions) -> float | None:
    """One metric of some predictions; None where it is undefined."""
    assert entry.function is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a class without test rows: the score is defined as 0 or NaN
        return none_for_nan(float(entry.function(found)))


def none_for_nan(value: Any) -> Any:
    """NaN and infinity as None, for plain JSON; other values unchanged."""
    return None if isinstance(value, float) and not np.isfinite(value) else value


@metric("f1", title="F1", higher_is_better=True, protocols=(PUBLISHED,))
def published_f1(found: Predictions) -> float:
    """F1 as the paper's code computes it: of class code 1 for two classes, else weighted; four decimals."""
    from sklearn.metrics import f1_score

    kind = {"pos_label": 1} if found.classes == 2 else {"average": "weighted"}
    return round(float(f1_score(found.truth, found.labels, zero_division=0, **kind)), PUBLISHED_PLACES)


@metric("auc", title="AUC", higher_is_better=True, protocols=(PUBLISHED,))
def published_auc(found: Predictions) -> float:
    """AUC of the predicted labels as the paper's code computes it, four decimals.

    For two classes it equals balanced accuracy; for more it is the mean over the classes, each against
    the rest.
    """
    from sklearn.metrics import roc_auc_score

    if found.classes == 2:
        value = roc_auc_score(found.truth, found.labels)
    else:
        one_hot = np.eye(found.classes)
        value = roc_auc_score(one_hot[found.truth], one_hot[found.labels], average="macro")
    return round(float(value), PUBLISHED_PLACES)


@metric("f1", title="F1", higher_is_better=True)
def minority_f1(found: Predictions) -> float:
    """F1 of the minority class against the rest; 0 without a predicted minority row."""
    hit, called, present = _minority_counts(found)
    return _ratio(2 * hit, called + present)


@metric("precision", title="precision", higher_is_better=True)
def minority_precision(found: Predictions) -> float:
    """Share of true minority rows among the predicted ones; 0 without a predicted minority row."""
    hit, called, _ = _minority_counts(found)
    return _ratio(hit, called)


@metric("recall", title="recall", higher_is_better=True)
def minority_recall(found: Predictions) -> float:
    """Share of the minority rows that are predicted as such."""
    hit, _, present = _minority_counts(found)
    return _ratio(hit, present)


@metric("auc", title="AUC", higher_is_better=True, reads=RANKING)
def minority_auc(found: Predictions) -> float:
    """Area under the ROC curve of the minority class against the rest, from probabilities."""
    from sklearn.metrics import roc_auc_score

    return roc_auc_score(found.is_minority, found.minority_probability, sample_weight=found.weights)


@metric("average_precision", title="average precision", higher_is_better=True, reads=RANKING)
def average_precision(found: Predictions) -> float:
    """Average precision of the minority class against the rest, from probabilities."""
    from sklearn.metrics import average_precision_score

    return average_precision_score(found.is_minority, found.minority_probability, sample_weight=found.weights)


@metric("balanced_accuracy", title="balanced accuracy", higher_is_better=True)
def balanced_accuracy(found: Predictions) -> float:
    """Mean of the recalls of all classes."""
    counts = found.confusion
    present = counts.sum(axis=1)
    return float((counts.diagonal()[present > 0] / present[present > 0]).mean())


@metric("g_mean", title="G-mean", higher_is_better=True)
def g_mean(found: Predictions) -> float:
    """Geometric mean of the recalls of all classes; 0 when a predicted class has no row."""
    counts = found.confusion
    present, called = counts.sum(axis=1), counts.sum(axis=0)
    occurs = present + called > 0
    recalls = [_ratio(hit, n) for hit, n in zip(counts.diagonal()[occurs], present[occurs], strict=True)]
    return float(np.exp(np.mean(np.log(recalls)))) if all(recalls) else 0.0


@metric("mcc", title="MCC", higher_is_better=True)
def mcc(found: Predictions) -> float:
    """Matthews correlation coefficient over all classes; 0 where it is undefined (Gorodkin, 2004)."""
    counts = found.confusion
    present, called, total = counts.sum(axis=1), counts.sum(axis=0), counts.sum()
    spread = (total**2 - called @ called) * (total**2 - present @ present)
    return float((counts.trace() * total - present @ called) / np.sqrt(spread)) if spread > 0 else 0.0


@metric("macro_f1", title="macro F1", higher_is_better=True)
def macro_f1(found: Predictions) -> float:
    """Mean of the F1 of all classes that occur among the labels or the predictions."""
    counts = found.confusion
    both = counts.sum(axis=1) + counts.sum(axis=0)
    return float((2 * counts.diagonal()[both > 0] / both[both > 0]).mean())


@metric("log_loss", title="log-loss", higher_is_better=False, reads=PROBABILITIES)
def log_loss(found: Predictions) -> float:
    """Negative mean log-likelihood of minority against rest, in nats.

    Probabilities are clipped to [eps, 1 - eps] with eps = 2^-23, the float32 machine epsilon, so that a
    probability of exactly 0 or 1 costs at most 15.9 nats.
    """
    probability = np.clip(found.minority_probability, EPS, 1 - EPS)
    losses = -np.log(np.where(found.is_minority, probability, 1 - probability))
    return float(np.average(losses, weights=found.weights))


@metric("brier_score", title="Brier score", higher_is_better=False, reads=PROBABILITIES)
def brier_score(found: Predictions) -> float:
    """Mean squared difference of the minority's probability and outcome, in [0, 1] (Brier, 1950).

    Brier's own sum runs over both classes and is twice this value.
    """
    squares = (found.minority_probability - found.is_minority) ** 2
    return float(np.average(squares, weights=found.weights))


@metric(
    "expected_calibration_error", title="expected calibration error", higher_is_better=False,
    reads=PROBABILITIES,
)  # fmt: skip
def expected_calibration_error(found: Predictions) -> float:
    """Calibration error of the minority's probability in ten bins of equal mass (Naeini et al., 2015).

    The mean over the rows of |observed share - mean probability| of their bin, in [0, 1]; see
    :func:`imbench.scoring.calibration.equal_mass_bins`.
    """
    gaps = found.is_minority - found.minority_probability
    gaps = gaps if found.weights is None else gaps * found.weights
    total = len(gaps) if found.weights is None else found.weights.sum()
    return float(sum(abs(gaps[b].sum()) for b in equal_mass_bins(found)) / total)


def _minority_counts(found: Predictions) -> tuple[float, float, float]:
    """Weights of the minority rows predicted as such, of all rows predicted as such, of all minority rows."""
    counts, m = found.confusion, found.minority
    return counts[m, m], counts[:, m].sum(), counts[m].sum()


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else 0.0


def _cross(name: str, protocol: str, predictions: str, suffix: str, note: str) -> None:
    base = METRICS[f"{protocol}_{name}"]
    title = f"{base.title} ({note})"
    register(
        Metric(
            f"{name}_{suffix}", title, base.higher_is_better, protocol, base.function, predictions, base.reads
        )
    )


_cross("f1", PUBLISHED, CORRECTED, "one_encoder", "one encoder")
_cross("auc", PUBLISHED, CORRECTED, "one_encoder", "one encoder")
_cross("f1", CORRECTED, PUBLISHED, "own_codes", "separate codes")
_cross("auc", CORRECTED, PUBLISHED, "own_codes", "separate codes")

#: Measures of the synthetic rows: title and whether more is better (None: neither direction).
QUALITY: dict[str, tuple[str, bool | None]] = {
    "close_probability": ("close probability", True),
    "close_probability_unscaled": ("close probability, unscaled", True),
    "coverage": ("coverage", True),
    "density": ("density", True),
    "precision": ("precision of the rows", True),
    "recall": ("recall of the rows", True),
    "dcr_test_median": ("DCR to test rows, median", None),
    "dcr_test_mean": ("DCR to test rows, mean", None),
    "dcr_train_median": ("DCR to training rows, median", None),
    "dcr_train_mean": ("DCR to training rows, mean", None),
    "published_close_probability": ("close probability, raw codes", True),
    "published_coverage": ("coverage, raw codes", True),
    "published_dcr_test_median": ("DCR to test rows, raw codes, median", None),
    "published_dcr_test_mean": ("DCR to test rows, raw codes, mean", None),
    "copies_of_train": ("share of copies of training rows", False),
    "copies_of_test": ("share of copies of test rows", False),
    "duplicates": ("share of duplicates", False),
    "entropy_columns": ("entropy of the columns (nats)", True),
    "entropy_pairs": ("entropy of column pairs (nats)", True),
    "nearest_synthetic_median": ("distance between synthetic rows, median", None),
    "nearest_synthetic_mean": ("distance between synthetic rows, mean", None),
    "valid_cells": ("share of valid cells", True),
    "valid_rows": ("share of valid rows", True),
    "valid_category_cells": ("share of known categories", True),
    "valid_range_cells": ("share of numbers in range", True),
    "valid_integer_cells": ("share of whole numbers where due", True),
}
for _name, (_title, _better) in QUALITY.items():
    register(Metric(_name, _title, _better))
