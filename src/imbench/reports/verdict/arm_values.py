"""The values of every arm on every planned split, from stored runs: a number, failed, or missing.

A failed run takes the value of "nothing" on the same split and learner; a run that was never made is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from imbench.records.flat import CLASSIFIERS
from imbench.records.record import DONE
from imbench.reports.registry import Source
from imbench.reports.scenario import value
from imbench.reports.settings import Variant, classifier_hash, settings_of
from imbench.reports.verdict.design import Arm, Design, Endpoint, design_for
from imbench.scoring.calibration import RAW
from imbench.scoring.metrics import CORRECTED
from imbench.scoring.scenarios import THINNED
from imbench.scoring.thresholds import HALF
from imbench.utils.config import entry, names

#: The value of an endpoint of a run that ended without it.
FAILED = float("nan")


@dataclass(frozen=True)
class DatasetFacts:
    """What regimes are made of. ``minority_rows``: those of the training part, in the scenario's form."""

    minority_rows: int
    share: float
    categorical: float


@dataclass
class ArmValues:
    """Values by (dataset, arm, learner) → seed → endpoint → number or :data:`FAILED`.

    ``seeds``: those that the user asked for, in the place of all planned ones. ``runs``: the keys of the runs
    that were used, by dataset; ``ended``: which planned runs these are.
    """

    design: Design
    seeds: tuple[int, ...] | None
    facts: dict[str, DatasetFacts] = field(default_factory=dict)
    found: dict[tuple[str, str, str], dict[int, dict[str, float]]] = field(default_factory=dict)
    runs: dict[str, set[str]] = field(default_factory=dict)
    ended: set[tuple[str, Variant, str | None, int]] = field(default_factory=set)
    commits: set[str] = field(default_factory=set)

    def planned(self, arm: Arm, dataset: str) -> tuple[int, ...]:
        """The planned seeds of an arm on a dataset, of those that were asked for."""
        planned = self.design.planned(arm, dataset)
        return tuple(s for s in planned if self.seeds is None or s in self.seeds)

    @cached_property
    def all_planned(self) -> bool:
        """Whether nothing of the plan was left out by the user's choice of seeds."""
        return self.seeds is None or set(self.design.all_seeds) <= set(self.seeds)

    def at(self, dataset: str, arm: Arm, learner: str, seed: int, endpoint: Endpoint) -> float | None:
        """A value, :data:`FAILED`, or None where the run (or its tuning stage) was not made."""
        return self.found.get((dataset, arm.name, learner), {}).get(seed, {}).get(endpoint.name)


def arm_values(source: Source) -> ArmValues:
    """The values of the suite's design; computed once a source."""
    if "arm_values" not in source.cache:
        source.cache["arm_values"] = _collect(source, design_for(source))
    return source.cache["arm_values"]


def _collect(source: Source, design: Design) -> ArmValues:
    seeds = set(source.selection.seeds)
    every = set(design.all_seeds)
    values = ArmValues(design, None if every <= seeds else tuple(sorted(seeds & every)))
    lines = list(_newest(source.runs, design))
    by_split: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for run in lines:
        by_split.setdefault((run["method"], run["variant"]), []).append(run)
    for arm in design.arms:
        llm = source.selection.llm
        settings = settings_of(arm.variant, llm, design.learners[0])
        for run in by_split.get((arm.variant.method, settings and settings.variant), ()):
            for learner in design.learners_of(arm):
                classifier = arm.fitted_by(learner)
                if run[CLASSIFIERS].get(classifier) != classifier_hash(classifier):
                    continue
                if run["seed"] not in design.planned(arm, run["dataset"]):
                    continue
                values.ended.add((run["dataset"], arm.variant, arm.classifier, run["seed"]))
                cell = values.found.setdefault((run["dataset"], arm.name, learner), {})
                cell[run["seed"]] = dict(_values_of(run, classifier, design))
                values.runs.setdefault(run["dataset"], set()).add(run["key"])
                if run.get("git_commit"):
                    values.commits.add(str(run["git_commit"])[:10] + ("+" if run["git_dirty"] else ""))
    for dataset in design.datasets:
        if facts := _facts(source, dataset, values.runs.get(dataset, ())):
            values.facts[dataset] = facts
    return values


def _newest(runs: Iterable[Mapping[str, Any]], design: Design) -> Iterator[Mapping[str, Any]]:
    """Runs of the suite's datasets and scenario, those that finished last at the end."""
    wanted = set(design.datasets)
    chosen = [
        r for r in runs if r["dataset"] in wanted and r["imbalance_ratio"] == design.imbalance_ratio
    ]  # fmt: skip
    yield from sorted(chosen, key=lambda run: (str(run["finished"]), run["key"]))


def _values_of(run: Mapping[str, Any], classifier: str, design: Design) -> Iterator[tuple[str, float]]:
    for endpoint in design.endpoints:
        if run["status"] != DONE:
            yield endpoint.name, FAILED
            continue
        found = value(
            run, classifier, design.scenario, endpoint.metric, endpoint.threshold, endpoint.recalibration
        )
        if found is None and not run["scenarios"]:
            found = _flat(run, classifier, design, endpoint)
        if found is not None:
            yield endpoint.name, float(found)
        elif endpoint.tuning and run.get("tuning") is not None:
            yield endpoint.name, FAILED


def _flat(run: Mapping[str, Any], classifier: str, design: Design, endpoint: Endpoint) -> float | None:
    """The score of a run that was scored before there were scenarios; it holds for the whole test part."""
    if design.scenario == THINNED or (endpoint.threshold, endpoint.recalibration) != (HALF, RAW):
        return None
    prefix = "" if run.get("classifier") == classifier else f"{classifier}_"
    return run.get(f"{prefix}{CORRECTED}_{endpoint.metric}")


def _facts(source: Source, dataset: str, keys: Iterable[str]) -> DatasetFacts | None:
    """Facts of a dataset from the status of one of its runs, and its columns from its YAML."""
    if dataset not in names("dataset"):
        return None
    config = entry("dataset", dataset)
    columns = len(config.get("categorical") or ()) + len(config.get("continuous") or ())
    for key in sorted(keys):
        status = source.record(key, "status.json")
        share = (status.get("minority_share") or {}).get("real")
        minority = (status.get("rows") or {}).get("minority_rows")
        if share and minority:
            return DatasetFacts(minority, share, len(config.get("categorical") or ()) / max(1, columns))
    return None
