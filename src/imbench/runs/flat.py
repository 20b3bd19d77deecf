"""One run as one flat line: what exports, reports and MLflow read."""

from __future__ import annotations

from typing import Any

from imbench.runs.record import RunFolder

LABELS = ("dataset", "method", "llm", "seed", "imbalance_ratio", "interpolation_ratio")
FACTS = (
    "variant",
    "reason",
    "phase",
    "attempts",
    "seconds",
    "generation_key",
    "split_hash",
    "started",
    "finished",
)
#: The settings' hash of each classifier by its name: a dict, for reports only.
CLASSIFIERS = "classifiers"
#: Scores that mix the two readings and carry their reading in their own names.
CROSSED = "crossed"
LEDGER = (
    "asked",
    "generated",
    "accepted",
    "added",
    "repaired_cells",
    "tokens",
    "fallback",
    "entropy_token",
    "entropy_row",
)


def flat_run(folder: RunFolder) -> dict[str, Any] | None:
    """All facts, scores and costs of one ended run; None when it has not ended.

    Scores of the first classifier are named ``<reading>_<metric>``, those of further ones
    ``<classifier>_<reading>_<metric>``. Lists (histograms) are left out.
    """
    status = folder.status()
    if status is None:
        return None
    line = {name: status.get(name) for name in LABELS}
    line["overrides"] = " ".join(status.get("overrides") or [])
    line |= {"status": status["state"]} | {name: status.get(name) for name in FACTS}
    line[CLASSIFIERS] = status.get("classifiers") or {}
    scores = folder.read("scores.json") if status["state"] == "done" else None
    line |= flat_scores(scores or {})
    ledger = folder.read("ledger.json") if status["state"] == "done" else None
    line |= {f"ledger_{name}": (ledger or {}).get(name) for name in LEDGER}
    for phase, cost in (status.get("phases") or {}).items():
        line |= {f"seconds_{phase}": cost["seconds"], f"peak_mb_{phase}": cost["peak_mb"]}
    environment = folder.read("environment.json") or {}
    line |= {"git_commit": environment.get("git_commit"), "git_dirty": environment.get("git_dirty")}
    return line | {"key": status["key"]}


def flat_scores(scores: dict[str, Any]) -> dict[str, Any]:
    """The scores of ``scores.json`` as flat names."""
    line: dict[str, Any] = {}
    for position, (classifier, by_reading) in enumerate((scores.get("classifiers") or {}).items()):
        prefix = "" if position == 0 else f"{classifier}_"
        if position == 0:
            line["classifier"] = classifier
        for reading, metrics in by_reading.items():
            label = "" if reading == CROSSED else f"{reading}_"
            line |= {f"{prefix}{label}{metric}": value for metric, value in metrics.items()}
    quality = scores.get("quality") or {}
    line |= {
        name if name != "rows" else "synthetic_rows": v
        for name, v in quality.items()
        if not isinstance(v, list)
    }
    return line
