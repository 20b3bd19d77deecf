"""What is left of a planned sweep costs, from the stored runs: core-hours, memory, disk.

A run that is not done is estimated to cost what the most similar stored runs cost on average
(``similar.py``). Work that runs share is counted once: synthetic rows of runs that differ in the classifier
only, and language models of runs that differ in the sampling only. Seconds are those of one core. Times of
another machine are scaled by the reference timings of both machines (``scripts/benchmark/reference.py``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imbench.records.record import DONE
from imbench.runs.generation import MARKER, STAGES
from imbench.runs.key import digest
from imbench.sweeps.costs import ReferenceTimings, Sizes, Speeds, costs_of, mean_costs
from imbench.sweeps.similar import OTHER_DATASETS, dataset_factor, mean_seconds, similar_groups
from imbench.sweeps.status import Planned
from imbench.utils.config import plain

#: How an estimate is named in the output, by the kind of :func:`similar_groups`.
BASIS = {"settings": "measured", "method": "similar", "model": "similar", OTHER_DATASETS: OTHER_DATASETS}
UNKNOWN = "unknown"
#: Options of a method that change its model; those of the interpolation only where it makes the corpus.
MODEL_OPTIONS = ("_target_", "corpus", "ordering", "numbers", "accumulation", "llm", "number", "trains_on")
INTERPOLATION = ("interpolation_ratio", "interpolation", "interpolation_decimals")
SHARED_MODELS = "imbench.LLMOversampler"


@dataclass
class Estimate:
    """The runs that are left, their core-seconds, and what the figures are based on."""

    runs: int = 0
    seconds: float = 0.0
    trainings: int = 0
    models: int = 0
    peak_mb: float = 0.0
    peak_of: str = ""
    disk_bytes: float = 0.0
    basis: Counter[str] = field(default_factory=Counter)
    unscaled: set[str] = field(default_factory=set)
    scaled: dict[str, dict[str, float]] = field(default_factory=dict)


def estimate(
    planned: Iterable[Planned],
    known: Iterable[Mapping[str, Any]],
    runs_dir: Path,
    here: str,
    stored: ReferenceTimings,
    measure: Callable[[], Mapping[str, float]],
) -> Estimate:
    """The cost of the planned runs that are not done.

    ``known`` are flat lines of stored runs; ``here`` is this processor's name; ``stored`` are reference
    timings by processor. ``measure`` takes those of this machine and is called at most once.
    """
    planned, known = list(planned), list(known)
    found, speeds = Estimate(), Speeds(here, stored, measure)
    done = costs_of(known, speeds)
    costs = mean_costs(done)
    by_method = mean_seconds((run, cost.seconds) for run, cost in done)
    rows_there = {run.identity.generation_key for run in planned if run.status.state == DONE}
    models_there = {model_of(run) for run in planned if run.status.state == DONE}
    sizes = Sizes(runs_dir, known)
    for run in planned:
        if run.status.state == DONE:
            continue
        found.runs += 1
        group = next((g for g in similar_groups(run.status) if g in costs), None)
        found.basis[BASIS[group[0]] if group else UNKNOWN] += 1
        model, key = model_of(run), run.identity.generation_key
        new_rows = key not in rows_there and not (runs_dir / STAGES / key / MARKER).is_file()
        new_model = new_rows and model is not None and model not in models_there
        rows_there.add(key)
        models_there.add(model)
        found.models += model is not None
        found.trainings += new_model
        found.disk_bytes += sizes.run(run.status.dataset)
        found.disk_bytes += sizes.model(run.status.llm) if new_model else 0.0
        if group is None:
            continue
        cost = costs[group]
        factor = dataset_factor(run.status, by_method) if group[0] == OTHER_DATASETS else 1.0
        new = (cost.generation if new_rows else 0.0) + (cost.training if new_model else 0.0)
        found.seconds += factor * (cost.other + new)
        if cost.peak_mb > found.peak_mb:
            found.peak_mb, found.peak_of = cost.peak_mb, run.status.name
    found.unscaled, found.scaled = speeds.unscaled, speeds.scaled
    return found


def model_of(run: Planned) -> str | None:
    """A name of the run's fine-tuned model that is known before its rows are; None without a model."""
    config = plain(run.config)
    method = config["method"]
    if not isinstance(method.get("llm"), Mapping):
        return None
    if method.get("_target_") != SHARED_MODELS:
        return run.identity.generation_key
    options = MODEL_OPTIONS + (INTERPOLATION if method.get("corpus") == "minority_interpolated" else ())
    content = {option: method.get(option) for option in options}
    seeds = {axis: config["seeds"][axis] for axis in ("split", "generation")}
    return digest(content | {"of": config["dataset"], "seeds": seeds, "q": config["imbalance_ratio"]})


def lines_of(found: Estimate, planned: int, processors: int, memory_bytes: float) -> list[str]:
    """The estimate for a person; ``processors`` and ``memory_bytes`` are this machine's."""
    if not found.runs:
        return [f"estimate: nothing is left of {planned} planned runs"]
    hours, mib = found.seconds / 3600, 1 << 20
    lines = [f"estimate of the {found.runs} runs that are not done, of {planned} planned, on this machine:"]
    if found.models:
        lines.append(
            f"  {found.trainings} trainings of a language model at most, shared by {found.models} runs"
        )
    if found.runs > found.basis[UNKNOWN]:
        parallel = processors
        if found.peak_mb:
            parallel = max(1, min(processors, int(memory_bytes / mib / found.peak_mb)))
        unknown = f" without {found.basis[UNKNOWN]} unknown runs" if found.basis[UNKNOWN] else ""
        lines += [
            f"  {hours:.2f} core-hours{unknown}, so {hours / parallel:.2f} hours with {parallel} runs at a "
            "time",
            f"  {found.peak_mb / 1024:.2f} GiB of memory at most a run ({found.peak_of})",
            f"  {found.disk_bytes / mib:.1f} MiB of disk",
        ]
    lines.append(
        f"  based on: {found.basis['measured']} runs by stored ones of the same settings and dataset, "
        f"{found.basis['similar']} by similar ones, {found.basis[OTHER_DATASETS]} by other datasets, "
        f"{found.basis[UNKNOWN]} unknown (not counted)"
    )
    for processor, factors in sorted(found.scaled.items()):
        scales = ", ".join(f"{kind} × {factor:.2f}" for kind, factor in factors.items())
        lines.append(f"  times of '{processor}' scaled to this machine by a measurement now: {scales}")
    if found.unscaled:
        names = ", ".join(sorted(found.unscaled))
        lines.append(f"  times of other processors without a stored reference timing, not scaled: {names}")
    return lines
