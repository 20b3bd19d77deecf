"""The status of runs: planned, done, failed, missing, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

from imbench.records.record import DONE, STATUS
from imbench.records.store import find, records
from imbench.runs.key import name_of
from imbench.sweeps.similar import OTHER_DATASETS, dataset_factor, mean_seconds, similar_groups
from imbench.utils.paths import from_root

if TYPE_CHECKING:
    from imbench.runs.key import Identity

MISSING = "missing"
INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class RunStatus:
    """One run and its state: that of its record, ``interrupted`` (half-written), or ``missing``."""

    key: str
    name: str
    state: str
    reason: str = ""
    seconds: float | None = None
    dataset: str | None = None
    method: str | None = None
    llm: str | None = None
    variant: str | None = None


def status_of(folder: Path, marker: Mapping[str, Any] | None, labels: Mapping[str, Any] | None) -> RunStatus:
    """The status of one run.

    ``marker`` is the content of its record's marker, or None; ``labels`` describe a run without a marker.
    """
    facts = labels if marker is None else marker
    name = name_of(dict(facts)) if facts else folder.name
    shared = {label: (facts or {}).get(label) for label in ("dataset", "method", "llm", "variant")}
    if marker is None:
        return RunStatus(folder.name, name, INTERRUPTED if folder.is_dir() else MISSING, **shared)
    state = marker["state"]
    reason = "" if state == DONE else f"{marker.get('phase') or '?'}: {marker.get('reason') or '?'}"
    return RunStatus(marker["key"], name, state, reason, marker.get("seconds"), **shared)


def stored(runs_dir: Path) -> list[RunStatus]:
    """The status of all stored runs; only their markers are read."""
    return [status_of(runs_dir / run.key, run.status(), None) for run in records(runs_dir)]


@dataclass(frozen=True)
class Planned:
    """One planned run of a sweep: its configuration, its identity and its status."""

    config: Mapping[str, Any]
    identity: Identity
    status: RunStatus


def plan(overrides: list[str]) -> tuple[list[Planned], Path]:
    """The runs that this sweep plans, and its runs folder."""
    from imbench.runs.key import identify
    from imbench.runs.options import folds_of
    from imbench.sweeps.plan import planned

    configs = planned(overrides)
    runs_dir = from_root(configs[0]["runs_dir"])
    identities = [identify(config) for config in configs]
    found = []
    for identity, config in zip(identities, configs, strict=True):
        record = find(runs_dir, identity.key)
        labels = identity.labels | {"variant": identity.variant}
        marker = record and record.status()
        status = status_of(runs_dir / identity.key, marker, labels)
        found.append(with_tuning(status, marker or {}, folds_of(config)))
    return [Planned(*run) for run in zip(configs, identities, _named(found, configs), strict=True)], runs_dir


def with_tuning(status: RunStatus, marker: Mapping[str, Any], folds: int | None) -> RunStatus:
    """The status of a run that is to have out-of-fold predictions: without them it is not done."""
    from imbench.runs.tuning import PHASE, is_done

    if status.state != DONE or is_done(marker, folds):
        return status
    found = marker.get("tuning") or {}
    if found.get("folds") != folds or found.get("state") in (None, DONE):
        return replace(status, state=MISSING, reason=f"{PHASE}: not run yet")
    return replace(status, state=found["state"], reason=f"{PHASE}: {found.get('reason') or '?'}")


def _named(found: list[RunStatus], configs: list[Mapping[str, Any]]) -> list[RunStatus]:
    """The same with different names: runs of one name get the method's settings in which they differ."""
    groups: dict[str, list[int]] = {}
    for position, status in enumerate(found):
        groups.setdefault(status.name, []).append(position)
    named = list(found)
    for name, positions in groups.items():
        methods = [configs[p]["method"] for p in positions]
        differing = [option for option in methods[0] if len({str(m.get(option)) for m in methods}) > 1]
        for position, method in zip(positions, methods, strict=True):
            settings = [f"{option}={method.get(option)}" for option in differing]
            named[position] = replace(found[position], name=" · ".join([name, *settings]))
    return named


def summary(found: Iterable[RunStatus], known: Iterable[RunStatus] = ()) -> list[str]:
    """Lines for a person: counts by state, time left, and the reasons of what is not done.

    ``known`` are further runs whose seconds are used for the time left.
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
    """The time left by the mean seconds of the most similar done runs; see :func:`similar_groups`."""
    seconds: dict[tuple[str, ...], dict[str, float]] = {}
    done = {s.key: s for s in known if s.state == DONE and s.seconds is not None}
    for s in done.values():
        for group in similar_groups(s):
            seconds.setdefault(group, {})[s.key] = float(s.seconds or 0.0)
    by_method = mean_seconds((s, float(s.seconds or 0.0)) for s in done.values())
    left = [s for s in found if s.state != DONE]
    total, unknown, elsewhere = 0.0, 0, 0
    for s in left:
        group = next((g for g in similar_groups(s) if g in seconds), None)
        if group is None:
            unknown += 1
            continue
        scaled = group[0] == OTHER_DATASETS
        elsewhere += scaled
        total += mean(seconds[group].values()) * (dataset_factor(s, by_method) if scaled else 1.0)
    if not left:
        return []
    if unknown == len(left):
        return ["time left: unknown, for no run of these methods is done"]
    rest = f"; {elsewhere} of {len(left)} estimated from other datasets" if elsewhere else ""
    rest += f"; {unknown} runs of methods without any record not counted" if unknown else ""
    return [f"about {total / 60:.1f} minutes of one process left, by the means of runs already done{rest}"]


def _by_reason(found: list[RunStatus]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for s in found:
        if s.state == MISSING:
            groups.setdefault("missing: not run yet", []).append(s.name)
        elif s.state == INTERRUPTED:
            groups.setdefault(f"interrupted or running: a folder without {STATUS}", []).append(s.name)
        elif s.state != DONE:
            groups.setdefault(f"{s.state}: {s.reason}", []).append(s.name)
    return groups
