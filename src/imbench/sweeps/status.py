"""How far a sweep is: planned, done, failed, missing, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

from imbench.runs.record import DONE, STATUS
from imbench.runs.store import find, records
from imbench.sweeps.guess import ELSEWHERE, alike, dataset_factor, mean_seconds
from imbench.utils.paths import from_root

if TYPE_CHECKING:
    from imbench.runs.key import Identity

MISSING = "missing"
INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class RunStatus:
    """One run and where it stands: a record's state, ``interrupted`` (half-written), or ``missing``."""

    key: str
    name: str
    state: str
    reason: str = ""
    seconds: float | None = None
    dataset: str | None = None
    method: str | None = None
    llm: str | None = None
    variant: str | None = None


def run_status_of(path: Path, ended: Mapping[str, Any] | None, labels: Mapping[str, Any] | None) -> RunStatus:
    """Where the run of a folder stands.

    ``ended`` is what its record says (None without a marker); ``labels`` describe a run without one.
    """
    from imbench.runs.key import name_of

    facts = labels if ended is None else ended
    name = name_of(dict(facts)) if facts else path.name
    words = {word: (facts or {}).get(word) for word in ("dataset", "method", "llm", "variant")}
    if ended is None:
        return RunStatus(path.name, name, INTERRUPTED if path.is_dir() else MISSING, **words)
    state = ended["state"]
    reason = "" if state == DONE else f"{ended.get('phase') or '?'}: {ended.get('reason') or '?'}"
    return RunStatus(ended["key"], name, state, reason, ended.get("seconds"), **words)


def stored(runs_dir: Path) -> list[RunStatus]:
    """Where all stored runs stand; only their markers are read."""
    return [run_status_of(runs_dir / run.key, run.status(), None) for run in records(runs_dir)]


@dataclass(frozen=True)
class Planned:
    """One run of a sweep that is planned: its configuration, what identifies it, where it stands."""

    config: Mapping[str, Any]
    identity: Identity
    standing: RunStatus


def plan(overrides: list[str]) -> tuple[list[Planned], Path]:
    """Exactly the runs that this sweep plans, and the folder where it puts its records."""
    from imbench.runs.key import identify
    from imbench.sweeps.plan import planned

    configs = planned(overrides)
    runs_dir = from_root(configs[0]["runs_dir"])
    identities = [identify(config) for config in configs]
    found = []
    for identity in identities:
        record = find(runs_dir, identity.key)
        labels = identity.labels | {"variant": identity.variant}
        found.append(run_status_of(runs_dir / identity.key, record and record.status(), labels))
    told_apart = _separate(found, configs)
    return [Planned(*run) for run in zip(configs, identities, told_apart, strict=True)], runs_dir


def run_statuses(overrides: list[str]) -> tuple[list[RunStatus], Path]:
    """Where the runs of :func:`plan` stand, and the folder where the sweep puts its records."""
    found, runs_dir = plan(overrides)
    return [run.standing for run in found], runs_dir


def _separate(found: list[RunStatus], configs: list[Mapping[str, Any]]) -> list[RunStatus]:
    """Runs of one name get the method's settings in which they differ as a part of it."""
    groups: dict[str, list[int]] = {}
    for position, standing in enumerate(found):
        groups.setdefault(standing.name, []).append(position)
    named = list(found)
    for name, positions in groups.items():
        methods = [configs[p]["method"] for p in positions]
        differing = [w for w in methods[0] if len({str(m.get(w)) for m in methods}) > 1]
        for position, method in zip(positions, methods, strict=True):
            words = [f"{w}={method.get(w)}" for w in differing]
            named[position] = replace(found[position], name=" · ".join([name, *words]))
    return named


def summary(found: Iterable[RunStatus], known: Iterable[RunStatus] = ()) -> list[str]:
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


def _time_left(found: list[RunStatus], known: list[RunStatus]) -> list[str]:
    """The mean seconds of done runs with the same table and settings, else of the same table and method,
    else of the same table and language model, else of the method on other tables, scaled to this one.
    """
    seconds: dict[tuple[str, ...], dict[str, float]] = {}
    done = {s.key: s for s in known if s.state == DONE and s.seconds is not None}
    for s in done.values():
        for group in alike(s):
            seconds.setdefault(group, {})[s.key] = float(s.seconds or 0.0)
    by_method = mean_seconds((s, float(s.seconds or 0.0)) for s in done.values())
    waiting = [s for s in found if s.state != DONE]
    total, unknown, far = 0.0, 0, 0
    for s in waiting:
        group = next((g for g in alike(s) if g in seconds), None)
        if group is None:
            unknown += 1
            continue
        away = group[0] == ELSEWHERE
        far += away
        total += mean(seconds[group].values()) * (dataset_factor(s, by_method) if away else 1.0)
    if not waiting:
        return []
    if unknown == len(waiting):
        return ["time left: unknown, for no run of these methods is done"]
    rest = f"; {far} of {len(waiting)} guessed from other tables" if far else ""
    rest += f"; {unknown} runs of methods without any record not counted" if unknown else ""
    return [f"about {total / 60:.1f} minutes of one process left, by the means of runs already done{rest}"]


def _by_reason(found: list[RunStatus]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for s in found:
        if s.state == MISSING:
            groups.setdefault("missing: not run yet", []).append(s.name)
        elif s.state == INTERRUPTED:
            groups.setdefault(f"interrupted or under way: a folder without {STATUS}", []).append(s.name)
        elif s.state != DONE:
            groups.setdefault(f"{s.state}: {s.reason}", []).append(s.name)
    return groups
