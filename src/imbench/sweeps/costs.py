"""What the stored runs cost on this machine: core-seconds, peak memory, bytes on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import mean
from typing import Any

from imbench.records.record import DONE
from imbench.runs.generation import MODELS
from imbench.sweeps.similar import similar_groups
from imbench.sweeps.status import RunStatus
from imbench.utils.files import read_json

#: Phases beside the generation of synthetic rows.
OTHER_PHASES = ("load", "split", "predict", "score", "quality")
#: Folders that are measured for their mean size, of each dataset and each language model.
MEASURED_FOLDERS = 5

#: Reference timings (seconds by kind of work) by processor.
ReferenceTimings = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Cost:
    """Core-seconds of one run on this machine, by what can be shared, and its peak memory in MiB."""

    training: float
    generation: float
    other: float
    peak_mb: float

    @property
    def seconds(self) -> float:
        """Of a run that shares nothing."""
        return self.training + self.generation + self.other


def costs_of(lines: Iterable[Mapping[str, Any]], speeds: Speeds) -> list[tuple[RunStatus, Cost]]:
    """The done runs of flat lines with the cost of each."""
    labels = ("dataset", "method", "llm", "variant")
    return [
        (RunStatus(line["key"], "", DONE, **{label: line[label] for label in labels}), _cost(line, speeds))
        for line in lines
        if line["status"] == DONE and line.get("seconds_generate") is not None
    ]


def mean_costs(costs: Iterable[tuple[RunStatus, Cost]]) -> dict[tuple[str, ...], Cost]:
    """The mean cost of every group of similar runs, with the highest peak."""
    groups: dict[tuple[str, ...], list[Cost]] = {}
    for run, cost in costs:
        for group in similar_groups(run):
            groups.setdefault(group, []).append(cost)
    return {
        group: Cost(
            *(mean(getattr(c, part) for c in found) for part in ("training", "generation", "other")),
            max(c.peak_mb for c in found),
        )
        for group, found in groups.items()
    }


def _cost(line: Mapping[str, Any], speeds: Speeds) -> Cost:
    training, classifier = speeds.factors(line.get("processor"))
    trained = float(line.get("ledger_seconds_training") or 0.0)
    # The training of a run that reused a model was done in another run.
    generation = float(line["seconds_generate"]) - (0.0 if line.get("ledger_model_reused") else trained)
    return Cost(
        trained * training,
        max(0.0, generation) * (training if line["llm"] else classifier),
        sum(float(line.get(f"seconds_{phase}") or 0.0) for phase in OTHER_PHASES) * classifier,
        max((float(v) for n, v in line.items() if n.startswith("peak_mb_") and v is not None), default=0.0),
    )


class Speeds:
    """Seconds on this machine for one second on another processor, by the reference timings of both.

    ``here`` is this processor's name; ``measure`` is called once, if there is anything to scale. ``scaled``
    has the factors that were used, ``unscaled`` the processors without a stored timing.
    """

    def __init__(self, here: str, stored: ReferenceTimings, measure: Callable[[], Mapping[str, float]]):
        self.here, self.stored, self._measure = here, stored, measure
        self._mine: Mapping[str, float] | None = None
        self.unscaled: set[str] = set()
        self.scaled: dict[str, dict[str, float]] = {}

    def factors(self, processor: str | None) -> tuple[float, float]:
        """For training and for all other work; 1 where nothing is known of the processor."""
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


class Sizes:
    """Mean bytes of run folders by dataset, and of stored language models, by a few of each."""

    def __init__(self, runs_dir: Path, lines: Iterable[Mapping[str, Any]]):
        self.runs_dir = runs_dir
        self._runs: dict[str | None, list[Path]] = {}
        for line in lines:
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
    folders = folders[:: max(1, len(folders) // MEASURED_FOLDERS)][:MEASURED_FOLDERS]
    sizes = [sum(p.stat().st_size for p in f.rglob("*") if p.is_file()) for f in folders if f.is_dir()]
    return mean(sizes) if sizes else 0.0
