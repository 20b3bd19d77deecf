"""One run as one flat line: the form that exports, reports and MLflow read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NotRequired, TypedDict

from imbench.records.record import DONE, ENVIRONMENT, LEDGER, SCORES, Record
from imbench.records.shapes import decode
from imbench.scoring.metrics import CROSSED

LABELS = ("dataset", "method", "llm", "seed", "imbalance_ratio", "interpolation_ratio")
FACTS = (
    "variant", "reason", "phase", "attempts", "seconds", "generation_key", "split_hash", "started",
    "finished", "dataset_checksum",
)  # fmt: skip
#: The settings' hash of each classifier by its name: a dict, for reports only.
CLASSIFIERS = "classifiers"
#: The scores of each classifier by its name under each scenario: a nested dict, for reports only.
SCENARIOS = "scenarios"
#: What of a line is no single value.
NESTED = (CLASSIFIERS, SCENARIOS)
#: The bins of a histogram, and in a line the number of its fullest bin.
HISTOGRAM, MODE = "_histogram", "_mode_bin"
#: Entries of the ledger in a line.
LEDGER_ENTRIES = (
    "requested", "generated", "accepted", "added", "repaired_cells", "tokens", "fallback", "entropy_token",
    "entropy_row", "model_reused", "seconds_training",
)  # fmt: skip


class Environment(TypedDict):
    """The part of ``environment.json`` that a line has."""

    git_commit: NotRequired[str | None]
    git_dirty: NotRequired[bool | None]
    processor: NotRequired[str | None]


def flat_run(record: Record) -> dict[str, Any] | None:
    """All facts, scores and costs of one ended run; None when it has not ended.

    Scores of the first classifier are named ``<protocol>_<metric>``, those of further ones
    ``<classifier>_<protocol>_<metric>``; measures of the synthetic rows have their own names.
    """
    status = record.status()
    if status is None:
        return None
    line = {name: status.get(name) for name in LABELS}
    line["overrides"] = " ".join(status.get("overrides") or [])
    line |= {"status": status["state"]} | {name: status.get(name) for name in FACTS}
    line[CLASSIFIERS] = status.get("classifiers") or {}
    tuned = status.get("tuning") or {}
    line |= {"tuning": tuned.get("state"), "folds": tuned.get("used"), "seconds_tuning": tuned.get("seconds")}
    done = status["state"] == DONE
    scores = (record.read(SCORES) if done else None) or {}
    line |= flat_scores(scores) | {SCENARIOS: _without_curves(scores.get("scenarios") or {})}
    ledger = (record.read(LEDGER) if done else None) or {}
    line |= {f"ledger_{name}": ledger.get(name) for name in LEDGER_ENTRIES}
    for phase, cost in (status.get("phases") or {}).items():
        line |= {f"seconds_{phase}": cost["seconds"], f"peak_mb_{phase}": cost["peak_mb"]}
    return line | _environment(record.content(ENVIRONMENT) or b"{}") | {"key": status["key"]}


def _without_curves(scenarios: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The scores by classifier and scenario; reliability curves are read from the record."""
    return {
        classifier: {
            scenario: {part: values for part, values in found.items() if part != "reliability"}
            for scenario, found in by_scenario.items()
        }
        for classifier, by_scenario in scenarios.items()
    }


@lru_cache(maxsize=256)
def _environment(content: bytes) -> dict[str, Any]:
    """Commit, dirty flag and processor; most runs of a sweep share one content."""
    found = decode(content, Environment) or {}
    return {name: found.get(name) for name in Environment.__annotations__}


def flat_scores(scores: dict[str, Any]) -> dict[str, Any]:
    """The scores of ``scores.json`` by their flat names."""
    line: dict[str, Any] = {}
    for position, (classifier, by_protocol) in enumerate((scores.get("classifiers") or {}).items()):
        prefix = f"{classifier}_" if position else ""
        if position == 0:
            line["classifier"] = classifier
        for protocol, metrics in by_protocol.items():
            section = prefix if protocol == CROSSED else f"{prefix}{protocol}_"
            line |= {section + metric: value for metric, value in metrics.items()}
    for name, value in (scores.get("quality") or {}).items():
        if name.endswith(HISTOGRAM):
            line[name.replace(HISTOGRAM, MODE)] = _fullest(value)
        elif not isinstance(value, list):
            line["synthetic_rows" if name == "rows" else name] = value
    return line


def _fullest(counts: Any) -> int | None:
    """The first of the fullest bins, counted from 0; None where nothing was counted."""
    counts = [count or 0 for count in counts] if isinstance(counts, list) else []
    return counts.index(max(counts)) if any(counts) else None
