"""Stored runs, selected for a report and grouped into cells of (dataset, method)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from imbench.reports.settings import CONF, settings_of
from imbench.runs.environment import commit_text
from imbench.runs.flat import CLASSIFIERS
from imbench.runs.index import flat_runs
from imbench.utils.files import read_yaml

SEEDS = (0, 1, 2)
RATIO = 0.2


@dataclass(frozen=True)
class Selection:
    """Which runs a report speaks of. ``llm`` names the model of language-model methods."""

    seeds: tuple[int, ...] = SEEDS
    imbalance_ratio: float = RATIO
    classifier: str = "xgboost"
    llm: str | None = None


@dataclass(frozen=True)
class Cell:
    """One metric of one method on one dataset: a value a seed, and what to say where one is missing."""

    values: Mapping[int, float]
    wanted: tuple[int, ...]
    reasons: tuple[str, ...] = field(default=())

    @property
    def complete(self) -> bool:
        """Whether every wanted seed has a value."""
        return all(seed in self.values for seed in self.wanted)

    @property
    def mean(self) -> float:
        """Mean over the wanted seeds; NaN unless all of them are there."""
        return float(np.mean([self.values[s] for s in self.wanted])) if self.complete else float("nan")

    @property
    def std(self) -> float:
        """Population standard deviation, as in the paper; NaN unless complete."""
        return float(np.std([self.values[s] for s in self.wanted])) if self.complete else float("nan")

    @property
    def state(self) -> str:
        """``missing``, ``2 of 3``, or with the reason of a failure."""
        have = sum(seed in self.values for seed in self.wanted)
        words = f"{have} of {len(self.wanted)}" if have else "missing"
        return words + (f" ({', '.join(sorted(set(self.reasons)))})" if self.reasons else "")


def load_runs(runs_dir: Path) -> list[dict[str, Any]]:
    """One flat line for every ended run below ``runs_dir``."""
    return [line for _, line in flat_runs(runs_dir) if line is not None]


def select(
    runs: Iterable[Mapping[str, Any]], selection: Selection
) -> dict[tuple[str, str], dict[int, Mapping[str, Any]]]:
    """Runs by (dataset, method) and seed, of each method's own default settings only.

    Where two stored runs answer to the same description (a changed YAML, say), the one that
    finished last counts.
    """
    found: dict[tuple[str, str], dict[int, Mapping[str, Any]]] = {}
    for run in chosen(runs, selection):
        default = settings_of((f"method={run['method']}",), run["llm"], selection.classifier)
        if default is None or default != _settings(run, selection.classifier):
            continue
        _newest(found.setdefault((run["dataset"], run["method"]), {}), run, selection.classifier)
    return found


def select_variant(
    runs: Iterable[Mapping[str, Any]], selection: Selection, overrides: tuple[str, ...]
) -> dict[str, dict[int, Mapping[str, Any]]]:
    """Runs by dataset and seed of the settings that these words of the command line make.

    ``overrides`` choose a method and its settings as on the command line, e.g.
    ``("method=imbllm", "method.prompts=condition_y")``; datasets, seeds and the imbalance ratio are the
    selection's.
    """
    found: dict[str, dict[int, Mapping[str, Any]]] = {}
    for run in chosen(runs, selection):
        wanted = settings_of(overrides, run["llm"], selection.classifier)
        if wanted is not None and wanted == _settings(run, selection.classifier):
            _newest(found.setdefault(run["dataset"], {}), run, selection.classifier)
    return found


def _settings(run: Mapping[str, Any], classifier: str) -> tuple[Any, ...]:
    return run["method"], run["variant"], run[CLASSIFIERS].get(classifier), run["interpolation_ratio"]


def _newest(seeds: dict[int, Mapping[str, Any]], run: Mapping[str, Any], classifier: str) -> None:
    if run["seed"] not in seeds or seeds[run["seed"]]["finished"] < run["finished"]:
        seeds[run["seed"]] = _scored_by(run, classifier)


def _scored_by(run: Mapping[str, Any], classifier: str) -> Mapping[str, Any]:
    """The run with this classifier's scores under the plain names, whichever was its first."""
    mark = f"{classifier}_"
    if run.get("classifier") in (None, classifier):
        return run
    return {**run, **{name.removeprefix(mark): value for name, value in run.items() if name.startswith(mark)}}


def cell(group: Mapping[int, Mapping[str, Any]] | None, metric: str, seeds: tuple[int, ...]) -> Cell:
    """The values of one metric (a flat name such as ``corrected_f1``) in a group of runs by seed."""
    group = group or {}
    values = {
        s: float(r[metric]) for s, r in group.items() if r["status"] == "done" and r.get(metric) is not None
    }
    reasons = tuple(str(r["status"]) for r in group.values() if r["status"] != "done")
    return Cell(values, seeds, reasons)


def chosen(runs: Iterable[Mapping[str, Any]], selection: Selection) -> list[Mapping[str, Any]]:
    """The runs of the selection's seeds, imbalance ratio and language model."""
    return [
        run
        for run in of_model(runs, selection.llm)
        if run["imbalance_ratio"] == selection.imbalance_ratio and run["seed"] in selection.seeds
    ]


def of_model(runs: Iterable[Mapping[str, Any]], llm: str | None) -> list[Mapping[str, Any]]:
    """The runs without a language model, and those of this one (None: of any)."""
    return [run for run in runs if llm is None or run["llm"] in (None, llm)]


def provenance(runs: Iterable[Mapping[str, Any]]) -> str:
    """Number of runs, models and commits behind a report, in words."""
    runs = [r for r in runs if r["status"] == "done"]
    marks = {commit_text(r) for r in runs}
    models = sorted({str(r["llm"]) for r in runs if r["llm"]}) or ["none"]
    commits = ", ".join(sorted(marks)) or "unknown"
    return f"{len(runs)} runs; language model: {', '.join(models)}{_budgets(runs)}; commit {commits}"


def _budgets(runs: Iterable[Mapping[str, Any]]) -> str:
    """The most that a language model gets of some datasets, and of which, in words."""
    datasets: dict[str, set[str]] = {}
    for dataset, llm in {(str(run["dataset"]), str(run["llm"])) for run in runs if run["llm"]}:
        bounds = _budget(dataset).get(llm)
        if bounds:
            words = " and ".join(f"{word.removeprefix('max_')} {most:,g}" for word, most in bounds.items())
            datasets.setdefault(words, set()).add(dataset)
    found = [f"at most {words} on {', '.join(sorted(names))}" for words, names in sorted(datasets.items())]
    return f" ({'; '.join(found)})" if found else ""


@lru_cache(maxsize=256)
def _budget(dataset: str) -> Mapping[str, Mapping[str, float]]:
    """The bounds of each language model in the dataset's YAML; empty without one."""
    return (read_yaml(CONF / "dataset" / f"{dataset}.yaml") or {}).get("budget") or {}
