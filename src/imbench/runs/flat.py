"""One run as one flat line: what exports, reports and MLflow read."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from imbench.runs.record import STATUS, RunFolder
from imbench.utils.files import read_bytes

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
ENVIRONMENT = "environment.json"
WHERE = ("git_commit", "git_dirty", "processor")
#: The files that a line is made of (``index.py`` watches them).
FILES = (STATUS, "scores.json", "ledger.json", ENVIRONMENT)
#: The settings' hash of each classifier by its name: a dict, for reports only.
CLASSIFIERS = "classifiers"
#: Scores that mix the two readings and carry their reading in their own names.
CROSSED = "crossed"
#: Of each histogram a line keeps the number of its fullest bin.
HISTOGRAM, MODE = "_histogram", "_mode_bin"
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
    "model_reused",
    "seconds_training",
)


def flat_run(folder: RunFolder) -> dict[str, Any] | None:
    """All facts, scores and costs of one ended run; None when it has not ended.

    Scores of the first classifier are named ``<reading>_<metric>``, those of further ones
    ``<classifier>_<reading>_<metric>``. Of a list (a
    histogram) the number of its fullest bin is kept.
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
    return line | _where(f"{folder.path}/{ENVIRONMENT}") | {"key": status["key"]}


def _where(path: str) -> dict[str, Any]:
    """Commit, dirty flag and processor of an environment file."""
    return _where_in(read_bytes(path) or b"{}")


@lru_cache(maxsize=256)
def _where_in(content: bytes) -> dict[str, Any]:
    """The same of its content, which is the same for most runs of a sweep."""
    import orjson

    try:
        environment = orjson.loads(content)  # unlike json it refuses half a surrogate, which no file can hold
    except ValueError:
        environment = None
    environment = environment if isinstance(environment, dict) else {}
    found = {name: environment.get(name) for name in WHERE}
    return {name: value if isinstance(value, str | bool) else None for name, value in found.items()}


def flat_scores(scores: dict[str, Any]) -> dict[str, Any]:
    """The scores of ``scores.json`` as flat names."""
    line: dict[str, Any] = {}
    for position, (classifier, by_protocol) in enumerate((scores.get("classifiers") or {}).items()):
        prefix = "" if position == 0 else f"{classifier}_"
        if position == 0:
            line["classifier"] = classifier
        for reading, metrics in by_protocol.items():
            label = "" if reading == CROSSED else f"{reading}_"
            line |= {f"{prefix}{label}{metric}": value for metric, value in metrics.items()}
    quality = scores.get("quality") or {}
    line |= {
        name if name != "rows" else "synthetic_rows": v
        for name, v in quality.items()
        if not isinstance(v, list)
    }
    line |= {
        name.replace(HISTOGRAM, MODE): _fullest(counts)
        for name, counts in quality.items()
        if name.endswith(HISTOGRAM)
    }
    return line


def _fullest(counts: list[int] | None) -> int | None:
    """The first of the fullest bins, counted from 0; None where nothing was counted."""
    return counts.index(max(counts)) if counts and any(counts) else None
