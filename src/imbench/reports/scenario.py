"""Scores of stored runs under a scenario, a threshold policy and a recalibration, by the names of metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from imbench.records.flat import SCENARIOS
from imbench.scoring.calibration import RAW
from imbench.scoring.metrics import CORRECTED, DECISION, METRICS, PROBABILITIES, RANKING
from imbench.scoring.scenarios import scenario_metrics, scenarios_of
from imbench.scoring.thresholds import HALF


def value(
    run: Mapping[str, Any], classifier: str, scenario: str | None, metric: str, threshold: str = HALF,
    recalibration: str = RAW,
) -> float | None:  # fmt: skip
    """One score of a flat line; None where the run has none, as of ``tuned`` without its tuning stage.

    ``metric`` is a name of the protocol ``corrected`` without it: of ``f1`` and others that read labels the
    ``threshold`` counts, of ``log_loss`` and others that read probabilities the ``recalibration``, of
    ``average_precision`` and ``auc`` neither. ``scenario`` None is the first one of the run: ``natural`` or
    ``shifted``. Raises :class:`KeyError` for an unknown metric.
    """
    found = _found(run, classifier, scenario)
    part = {
        RANKING: found.get("ranking"),
        DECISION: (found.get("decisions") or {}).get(threshold),
        PROBABILITIES: (found.get("probabilities") or {}).get(recalibration),
    }[METRICS[f"{CORRECTED}_{metric}"].reads]
    return (part or {}).get(metric)


def scores_under(
    run: Mapping[str, Any], classifier: str, scenario: str | None, threshold: str | None,
    recalibration: str | None,
) -> dict[str, float | None]:  # fmt: skip
    """All scores of the protocol ``corrected`` by their flat names; None for those that the run lacks."""
    return {
        m.id: value(run, classifier, scenario, m.name, threshold or HALF, recalibration or RAW)
        for reads in (RANKING, DECISION, PROBABILITIES)
        for m in scenario_metrics(reads)
    }


def _found(run: Mapping[str, Any], classifier: str, scenario: str | None) -> Mapping[str, Any]:
    name = scenario or scenarios_of(run["imbalance_ratio"])[0]
    return ((run.get(SCENARIOS) or {}).get(classifier) or {}).get(name) or {}
