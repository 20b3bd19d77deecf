"""What a planned sweep costs, from the runs that are stored: core-hours, memory, disk.

A run that was not made yet is taken to cost what the nearest stored runs cost on average: the same
settings on the same table (other seeds), else the same method on the table, the same language model on
the table, the method on other tables, scaled to this one (``guess.py``). Work that runs share is counted
once: rows that differ in the classifier only, and language models that differ in the sampling only. Seconds
are those of one core.
Times of another machine are scaled by the two machines' yardsticks (``speed/yardstick.py``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from statistics import mean
from typing import Any

from imbench.runs.generation import MARKER, MODELS, STAGES
from imbench.runs.key import digest
from imbench.runs.record import DONE
from imbench.sweeps.guess import ELSEWHERE, alike, dataset_factor, mean_seconds
from imbench.sweeps.status import Planned, RunStatus
from imbench.utils.config import plain
from imbench.utils.files import read_json

#: How near the runs are whose cost was taken, by the first word of :func:`guess.alike`.
NEAR = {"settings": "measured", "method": "alike", "model": "alike", ELSEWHERE: "other tables"}
UNKNOWN = "unknown"
REST = ("load", "split", "predict", "score", "quality")
#: Words of a method that change its model; those of the interpolation only where it makes the corpus.
MODEL_OPTIONS = ("_target_", "corpus", "ordering", "numbers", "accumulation", "llm", "number", "trains_on")
INTERPOLATION = ("interpolation_ratio", "interpolation", "interpolation_decimals")
SHARED_MODELS = "imbench.LLMOversampler"
#: Folders that are looked into for their size, of each table and each language model.
SIZED = 5

ReferenceTimings = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Cost:
    """Core-seconds of one run on this machine, by what can be shared, and its peak memory in MiB."""

    training: float
    making: float
    rest: float
    peak_mb: float

    @property
    def seconds(self) -> float:
        """Of the run when nothing of it is shared."""
        return self.training + self.making + self.rest


@dataclass
class Estimate:
    """What is left to do, in core-seconds, and what the figures rest on."""

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

    ``known`` are flat lines; ``here`` is this processor's name; ``stored`` are yardsticks by processor.
    ``measure`` is called once, only if there are times to scale.
    """
    found, speeds = Estimate(), _Speeds(here, stored, measure)
    made = _made(known, speeds)
    costs = _costs(made)
    by_method = mean_seconds((run, cost.seconds) for run, cost in made)
    planned = list(planned)
    rows_there = {run.identity.generation_key for run in planned if run.standing.state == DONE}
    models_there = {model_of(run) for run in planned if run.standing.state == DONE}
    sizes = _Sizes(runs_dir, known)
    for run in planned:
        if run.standing.state == DONE:
            continue
        found.runs += 1
        group = next((g for g in alike(run.standing) if g in costs), None)
        found.basis[NEAR[group[0]] if group else UNKNOWN] += 1
        model, key = model_of(run), run.identity.generation_key
        new_rows = key not in rows_there and not (runs_dir / STAGES / key / MARKER).is_file()
        new_model = new_rows and model is not None and model not in models_there
        rows_there.add(key)
        models_there.add(model)
        found.models += model is not None
        found.trainings += new_model
        found.disk_bytes += sizes.run(run.standing.dataset)
        found.disk_bytes += sizes.model(run.standing.llm) if new_model else 0.0
        if group is None:
            continue
        cost = costs[group]
        factor = dataset_factor(run.standing, by_method) if group[0] == ELSEWHERE else 1.0
        new = (cost.making if new_rows else 0.0) + (cost.training if new_model else 0.0)
        found.seconds += factor * (cost.rest + new)
        if cost.peak_mb > found.peak_mb:
            found.peak_mb, found.peak_of = cost.peak_mb, run.standing.name
    found.unscaled, found.scaled = speeds.unscaled, speeds.scaled
    return found


def model_of(run: Planned) -> str | None:
    """What names the fine-tuned model of a run before its rows are known; None without a model."""
    config = plain(run.config)
    method = config["method"]
    if not isinstance(method.get("llm"), Mapping):
        return None
    if method.get("_target_") != SHARED_MODELS:
        return run.identity.generation_key
    words = MODEL_OPTIONS + (INTERPOLATION if method.get("corpus") == "minority_interpolated" else ())
    content = {word: method.get(word) for word in words}
    seeds = {axis: config["seeds"][axis] for axis in ("split", "generation")}
    return digest(content | {"of": config["dataset"], "seeds": seeds, "q": config["imbalance_ratio"]})


def _made(known: Iterable[Mapping[str, Any]], speeds: _Speeds) -> list[tuple[RunStatus, Cost]]:
    """The done runs and what each cost."""
    words = ("dataset", "method", "llm", "variant")
    return [
        (RunStatus(line["key"], "", DONE, **{word: line[word] for word in words}), _cost(line, speeds))
        for line in known
        if line["status"] == DONE and line.get("seconds_generate") is not None
    ]


def _costs(made: Iterable[tuple[RunStatus, Cost]]) -> dict[tuple[str, ...], Cost]:
    """The mean cost of the done runs of every group of alike ones; the peak is the highest."""
    groups: dict[tuple[str, ...], list[Cost]] = {}
    for run, cost in made:
        for group in alike(run):
            groups.setdefault(group, []).append(cost)
    return {
        group: Cost(
            *(mean(getattr(c, part) for c in costs) for part in ("training", "making", "rest")),
            max(c.peak_mb for c in costs),
        )
        for group, costs in groups.items()
    }


def _cost(line: Mapping[str, Any], speeds: _Speeds) -> Cost:
    training, classifier = speeds.factors(line.get("processor"))
    trained = float(line.get("ledger_seconds_training") or 0.0)
    # A run that found its model spent the training in another run.
    made = float(line["seconds_generate"]) - (0.0 if line.get("ledger_model_reused") else trained)
    return Cost(
        trained * training,
        max(0.0, made) * (training if line["llm"] else classifier),
        sum(float(line.get(f"seconds_{phase}") or 0.0) for phase in REST) * classifier,
        max((float(v) for n, v in line.items() if n.startswith("peak_mb_") and v is not None), default=0.0),
    )


class _Speeds:
    """How many seconds here a second of another processor is."""

    def __init__(self, here: str, stored: ReferenceTimings, measure: Callable[[], Mapping[str, float]]):
        self.here, self.stored, self._measure = here, stored, measure
        self._mine: Mapping[str, float] | None = None
        self.unscaled: set[str] = set()
        self.scaled: dict[str, dict[str, float]] = {}

    def factors(self, processor: str | None) -> tuple[float, float]:
        """For training and for all other work; 1 and noted where nothing is known of the processor."""
        if processor == self.here:
            return 1.0, 1.0
        theirs = self.stored.get(processor or "")
        if theirs is None:
            self.unscaled.add(processor or "not named")
            return 1.0, 1.0
        if processor not in self.scaled:
            if self._mine is None:
                self._mine = self._measure()
            self.scaled[str(processor)] = {kind: self._mine[kind] / theirs[kind] for kind in theirs}
        found = self.scaled[str(processor)]
        return found["training"], found["classifier"]


class _Sizes:
    """Bytes of a run's folder on a table, and of a language model, by a few of those that are there."""

    def __init__(self, runs_dir: Path, known: Iterable[Mapping[str, Any]]):
        self.runs_dir = runs_dir
        self._runs: dict[str | None, list[Path]] = {}
        for line in known:
            if line["status"] == DONE:
                for dataset in (line["dataset"], None):
                    self._runs.setdefault(dataset, []).append(runs_dir / line["key"])
        self._models: dict[str, list[Path]] | None = None

    @lru_cache  # noqa: B019  (lives as long as one estimate)
    def run(self, dataset: str | None) -> float:
        """Mean bytes of a run's folder; its rows lie under ``.stages`` by the same bytes."""
        return _mean_bytes(self._runs.get(dataset) or self._runs.get(None) or [])

    @lru_cache  # noqa: B019
    def model(self, name: str | None) -> float:
        """Mean bytes of a stored language model of this name."""
        if self._models is None:
            self._models = {}
            for file in sorted((self.runs_dir / MODELS).glob("*/model.json")):
                llm = ((read_json(file) or {}).get("llm") or {}).get("name")
                self._models.setdefault(llm, []).append(file.parent)
        return _mean_bytes(self._models.get(str(name)) or [])


def _mean_bytes(folders: list[Path]) -> float:
    folders = folders[:: max(1, len(folders) // SIZED)][:SIZED]
    sizes = [sum(p.stat().st_size for p in f.rglob("*") if p.is_file()) for f in folders if f.is_dir()]
    return mean(sizes) if sizes else 0.0


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
    guessed = found.runs - found.basis[UNKNOWN]
    if guessed:
        side = processors
        if found.peak_mb:
            side = max(1, min(processors, int(memory_bytes / mib / found.peak_mb)))
        unknown = f" without {found.basis[UNKNOWN]} unknown runs" if found.basis[UNKNOWN] else ""
        lines += [
            f"  {hours:.2f} core-hours{unknown}, so {hours / side:.2f} hours with {side} runs side by side",
            f"  {found.peak_mb / 1024:.2f} GiB of memory at most a run ({found.peak_of})",
            f"  {found.disk_bytes / mib:.1f} MiB of disk",
        ]
    lines.append(
        f"  rests on: {found.basis['measured']} runs by stored ones of the same settings and table, "
        f"{found.basis['alike']} guessed from alike ones, {found.basis['other tables']} from other tables, "
        f"{found.basis[UNKNOWN]} unknown (not counted)"
    )
    for processor, factors in sorted(found.scaled.items()):
        words = ", ".join(f"{kind} × {factor:.2f}" for kind, factor in factors.items())
        lines.append(f"  times of '{processor}' scaled to this machine by a measurement now: {words}")
    if found.unscaled:
        names = ", ".join(sorted(found.unscaled))
        lines.append(f"  times of other processors taken as they are, for no yardstick is stored: {names}")
    return lines
