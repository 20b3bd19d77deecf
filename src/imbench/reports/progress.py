"""How far a sweep is: planned, done, failed, missing, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imbench.runs.record import DONE, STATUS, RunFolder, iterate

MISSING = "missing"
INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class Standing:
    """One run and where it stands: a record's state, ``interrupted`` (half-written), or ``missing``."""

    key: str
    name: str
    state: str
    reason: str = ""
    seconds: float | None = None
    dataset: str | None = None
    method: str | None = None


def standing_of(folder: RunFolder, labels: dict[str, Any] | None = None) -> Standing:
    """Where the run of a folder stands; ``labels`` describe it when it has no record yet."""
    from imbench.runs.identity import name_of

    status = folder.status()
    if status is None:
        state = INTERRUPTED if folder.path.is_dir() else MISSING
        labels = labels or {}
        name = name_of(labels) if labels else folder.path.name
        return Standing(
            folder.path.name, name, state, dataset=labels.get("dataset"), method=labels.get("method")
        )
    return Standing(
        status["key"], name_of(status), status["state"], _reason(status), status.get("seconds"),
        status["dataset"], status["method"],
    )  # fmt: skip


def _reason(status: dict[str, Any]) -> str:
    return "" if status["state"] == DONE else f"{status.get('phase', '?')}: {status.get('reason', '?')}"


def standings(runs_dir: Path, overrides: list[str]) -> list[Standing]:
    """All stored runs, or, with overrides, exactly the runs that this sweep plans."""
    if not overrides:
        return [standing_of(folder) for folder in iterate(runs_dir)]
    from imbench.runs.identity import identify
    from imbench.runs.sweep import planned

    found = []
    for config in planned(overrides):
        identity = identify(config)
        found.append(standing_of(RunFolder(runs_dir / identity.key), identity.labels))
    return found


def summary(found: Iterable[Standing], known: Iterable[Standing] = ()) -> list[str]:
    """Lines for a person: counts by state, time left, and the reasons of what is not done.

    ``known`` are further runs whose seconds help to guess the time left.
    """
    found = list(found)
    counts = Counter(s.state for s in found)
    lines = [
        f"{len(found)} runs: " + (", ".join(f"{n} {state}" for state, n in counts.most_common()) or "none")
    ]
    lines += _time_left(found, [*found, *known])
    for reason, names in _by_reason(found).items():
        shown = "; ".join(names[:3]) + (f"; and {len(names) - 3} more" if len(names) > 3 else "")
        lines.append(f"  {reason}\n    {shown}")
    return lines


def _time_left(found: list[Standing], known: list[Standing]) -> list[str]:
    """The mean seconds of runs of the same method and table, else of the same method."""
    seconds: dict[tuple[str | None, ...], list[float]] = {}
    for s in known:
        if s.state == DONE and s.seconds is not None:
            for group in ((s.method, s.dataset), (s.method,)):
                seconds.setdefault(group, []).append(s.seconds)
    waiting = [s for s in found if s.state != DONE]
    guesses = [seconds.get((s.method, s.dataset)) or seconds.get((s.method,)) for s in waiting]
    total = sum(sum(g) / len(g) for g in guesses if g)
    unknown = sum(1 for g in guesses if not g)
    if not total:
        return []
    rest = f", {unknown} runs of methods without any record not counted" if unknown else ""
    return [f"about {total / 60:.1f} minutes of one process left, by the means of runs already done{rest}"]


def _by_reason(found: list[Standing]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for s in found:
        if s.state == MISSING:
            groups.setdefault("missing: not run yet", []).append(s.name)
        elif s.state == INTERRUPTED:
            groups.setdefault(f"interrupted or under way: a folder without {STATUS}", []).append(s.name)
        elif s.state != DONE:
            groups.setdefault(f"{s.state}: {s.reason}", []).append(s.name)
    return groups
