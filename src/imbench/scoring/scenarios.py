"""Scenarios: how the imbalance arose and what the test part looks like; the scores of a run under each.

``natural``: both parts as they are. ``shifted``: the training part's minority is thinned to a share q, the
test part is whole. ``thinned``: the test part's minority is thinned as well, by weight: each of its rows
counts q, so that a score is that of the expected counts of a test part thinned at random. The fits are the
same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from imbench.scoring.calibration import RECALIBRATIONS, recalibrated, reliability_curve
from imbench.scoring.metrics import CORRECTED, DECISION, METRICS, PROBABILITIES, RANKING, Metric, value_of
from imbench.scoring.predictions import Case, Predictions
from imbench.scoring.thresholds import POLICIES

SHIFTED, THINNED, NATURAL = "shifted", "thinned", "natural"
SCENARIOS = (SHIFTED, THINNED, NATURAL)
#: Decimals of the points of a stored reliability curve.
CURVE_PLACES = 6


@dataclass(frozen=True)
class Shares:
    """The minority's share among the real training rows, and among the rows each classifier was fitted on.

    The latter by classifier's name and by weight, where classes are weighted.
    """

    real: float | None = None
    fitted: Mapping[str, float] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a record."""
        return {"real": self.real, "fitted": dict(self.fitted or {})}

    @classmethod
    def of(cls, recorded: Mapping[str, Any] | None) -> Shares:
        """The shares that a record holds; None for those that it lacks."""
        recorded = recorded or {}
        return cls(recorded.get("real"), recorded.get("fitted"))


def scenarios_of(imbalance_ratio: float) -> tuple[str, ...]:
    """The scenarios that a run with this imbalance ratio q is scored under."""
    return (NATURAL,) if imbalance_ratio == 1 else (SHIFTED, THINNED)


def under(scenario: str, found: Predictions, imbalance_ratio: float) -> Predictions:
    """Predictions of the test part with the weights of a scenario. Raises ValueError for an unknown one."""
    if scenario not in SCENARIOS:
        raise ValueError(f"unknown scenario '{scenario}': one of {', '.join(SCENARIOS)}")
    if scenario != THINNED:
        return found
    return replace(found, weights=np.where(found.is_minority, float(imbalance_ratio), 1.0))


def scenario_scores(
    predictions: Mapping[str, Mapping[str, Predictions]],
    out_of_fold: Mapping[str, Predictions] | None,
    imbalance_ratio: float,
    shares: Shares,
) -> dict[str, dict[str, dict[str, Any]]]:
    """The scores of every classifier under every scenario: ``{classifier: {scenario: scores}}``.

    ``predictions`` are by classifier and protocol, of which ``corrected`` is scored; ``out_of_fold`` by
    classifier. See :func:`case_scores` for what ``scores`` holds.
    """
    return {
        name: {
            scenario: case_scores(
                Case(
                    under(scenario, by_protocol[CORRECTED], imbalance_ratio),
                    (out_of_fold or {}).get(name),
                    shares.real,
                    (shares.fitted or {}).get(name),
                ),
                known_prior=scenario == SHIFTED,
            )
            for scenario in scenarios_of(imbalance_ratio)
        }
        for name, by_protocol in predictions.items()
        if CORRECTED in by_protocol
    }


def case_scores(case: Case, known_prior: bool = False) -> dict[str, Any]:
    """All scores of one classifier in one scenario, from the registry of metrics.

    ``{"ranking": {metric: value}, "decisions": {policy: {"threshold": value, metric: value}},
    "probabilities": {recalibration: {metric: value}}, "reliability": {recalibration: curve}}``.
    Policies and recalibrations without what they need are left out; those that use the test part's prior are
    there with ``known_prior`` only. A threshold of null is the most probable class.
    """
    decisions: dict[str, Any] = {}
    for policy in POLICIES.values():
        if policy.applies(case) and (known_prior or not policy.known_prior):
            threshold = policy.function(case)
            found = replace(case.test, threshold=threshold)
            decisions[policy.name] = {"threshold": threshold} | _values(DECISION, found)
    probabilities: dict[str, Any] = {}
    reliability: dict[str, Any] = {}
    for entry in RECALIBRATIONS.values():
        if entry.known_prior and not known_prior:
            continue
        if (changed := recalibrated(case, entry.name)) is not None:
            probabilities[entry.name] = _values(PROBABILITIES, changed)
            if entry.curve:
                reliability[entry.name] = reliability_curve(changed).round(CURVE_PLACES).tolist()
    return {
        "ranking": _values(RANKING, case.test),
        "decisions": decisions,
        "probabilities": probabilities,
        "reliability": reliability,
    }


def _values(reads: str, found: Predictions) -> dict[str, float | None]:
    return {m.name: value_of(m, found) for m in scenario_metrics(reads)}


def scenario_metrics(reads: str) -> list[Metric]:
    """The metrics of the protocol ``corrected`` that read labels, ranking or probabilities."""
    return [
        m for m in METRICS.values()
        if m.protocol == CORRECTED and not m.crossed and m.function is not None and m.reads == reads
    ]  # fmt: skip
