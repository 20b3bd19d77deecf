"""Stored runs, selected for a report and grouped by dataset, method and seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from imbench.records.flat import CLASSIFIERS
from imbench.records.store import all_runs
from imbench.reports.methods import MethodMetadata
from imbench.reports.scenario import scores_under
from imbench.reports.settings import Settings, Variant, settings_of
from imbench.runs.environment import commit_text
from imbench.utils.config import entries

#: A flat line of a run, the runs of one method on one dataset by seed, and those by (dataset, method).
Run = Mapping[str, Any]
BySeed = Mapping[int, Run]
Groups = Mapping[tuple[str, str], BySeed]

SEEDS = (0, 1, 2)
RATIO = 0.2
CLASSIFIER, LLM = "xgboost", "tiny"


@dataclass(frozen=True)
class Selection:
    """Which runs a report covers, and which of their scores. ``llm`` names a language model; None for any.

    ``scenario``, ``threshold`` (a policy) and ``recalibration`` decide what the scores ``corrected_…`` of the
    selected runs are; None for the run's first scenario, the most probable class, and no recalibration.
    """

    seeds: tuple[int, ...] = SEEDS
    imbalance_ratio: float = RATIO
    classifier: str = "xgboost"
    llm: str | None = None
    scenario: str | None = None
    threshold: str | None = None
    recalibration: str | None = None

    @property
    def conditions(self) -> dict[str, str]:
        """What is named of scenario, threshold and recalibration."""
        names = ("scenario", "threshold", "recalibration")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}


@dataclass(frozen=True)
class Cell:
    """One metric of one method on one dataset: a value a seed, and the reasons of missing ones."""

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
        text = f"{have} of {len(self.wanted)}" if have else "missing"
        return text + (f" ({', '.join(sorted(set(self.reasons)))})" if self.reasons else "")


def load_runs(runs_dir: Path) -> list[dict[str, Any]]:
    """One flat line for every ended run in the folders of ``runs_dir`` and the archives beside it.

    Where runs of one dataset name come from several files, the first digits of the file's checksum become a
    part of the name.
    """
    runs = list(all_runs(runs_dir))
    files: dict[str, set[str]] = {}
    for run in runs:
        if run.get("dataset_checksum"):
            files.setdefault(run["dataset"], set()).add(run["dataset_checksum"])
    for run in runs:
        if len(files.get(run["dataset"], ())) > 1 and run.get("dataset_checksum"):
            run["dataset"] = f"{run['dataset']} {run['dataset_checksum'][:6]}"
    return runs


def stored_selection(
    runs: Iterable[Run], classifier: str | None = None, llm: str | None = None
) -> tuple[Selection, str]:
    """What most finished runs have: classifier, language model, imbalance ratio with its seeds; and a note.

    What is given is not looked for. Of equally many runs :data:`CLASSIFIER`, :data:`LLM` and :data:`RATIO`
    come first, then the largest ratio. The note names the choice and the runs that it leaves out.
    """
    done = [run for run in runs if run["status"] == "done"]
    classifier = classifier or _commonest((n for r in done for n in r.get(CLASSIFIERS) or ()), CLASSIFIER)
    llm = llm or _commonest((r["llm"] for r in done if r["llm"]), LLM)
    of_model = [run for run in done if run["llm"] in (None, llm)]
    if not of_model:
        return Selection(classifier=classifier, llm=llm), ""
    counts = Counter(run["imbalance_ratio"] for run in of_model)
    ratio = max(counts, key=lambda q: (counts[q], q == RATIO, q))
    seeds = tuple(sorted({run["seed"] for run in of_model if run["imbalance_ratio"] == ratio}))
    others = [f"{n} at {q:g}" for q, n in sorted(counts.items()) if q != ratio]
    models = Counter(str(run["llm"]) for run in done if run["llm"] not in (None, llm))
    others += [f"{n} with llm {name}" for name, n in sorted(models.items())]
    choice = f"Imbalance ratio {ratio:g}, seeds {', '.join(map(str, seeds))}, classifier {classifier}"
    choice += f", language model {llm}." if any(run["llm"] for run in of_model) else "."
    return Selection(seeds, ratio, classifier, llm), choice + (
        f" Left out: runs {', '.join(others)}." if others else ""
    )


def _commonest(names: Iterable[str], usual: str) -> str:
    counts = Counter(names)
    return max(sorted(counts), key=lambda n: (counts[n], n == usual), default=usual)


def unused(runs: Iterable[Run], selection: Selection, groups: Groups) -> str:
    """A sentence about runs of the selection that no group has, for their settings; empty without any."""
    used = {run["key"] for run in runs_in(groups)}
    rest = [r for r in matching(runs, selection) if r["status"] == "done" and r["key"] not in used]
    newer = {(r["dataset"], r["method"], r["seed"]) for r in runs_in(groups)}
    rest = [r for r in rest if (r["dataset"], r["method"], r["seed"]) not in newer]
    if not rest:
        return ""
    counts = Counter(r["method"] for r in rest)
    methods = ", ".join(f"{name} ({n})" for name, n in sorted(counts.items()))
    return (
        f"Left out: {len(rest)} runs with settings of their own, or without {selection.classifier}: "
        f"{methods}."
    )


def select(runs: Iterable[Run], selection: Selection) -> dict[tuple[str, str], dict[int, Run]]:
    """Runs by (dataset, method) and seed, of each method's current settings in ``conf`` only.

    Where several stored runs match (of earlier code, say), the one that finished last counts.
    """
    found: dict[tuple[str, str], dict[int, Run]] = {}
    for run in matching(runs, selection):
        if _has_settings(run, Variant(run["method"]), selection.classifier):
            _keep_newest(found.setdefault((run["dataset"], run["method"]), {}), run, selection)
    return found


def select_variant(runs: Iterable[Run], selection: Selection, variant: Variant) -> dict[str, dict[int, Run]]:
    """Runs of a variant of a method, by dataset and seed."""
    found: dict[str, dict[int, Run]] = {}
    for run in matching(runs, selection):
        if _has_settings(run, variant, selection.classifier):
            _keep_newest(found.setdefault(run["dataset"], {}), run, selection)
    return found


def _has_settings(run: Run, variant: Variant, classifier: str) -> bool:
    own = Settings(
        run["method"], run["variant"], run[CLASSIFIERS].get(classifier), run["interpolation_ratio"]
    )
    return own == settings_of(variant, run["llm"], classifier)


def _keep_newest(seeds: dict[int, Run], run: Run, selection: Selection) -> None:
    if run["seed"] not in seeds or seeds[run["seed"]]["finished"] < run["finished"]:
        seeds[run["seed"]] = _scored_by(run, selection)


def _scored_by(run: Run, selection: Selection) -> Run:
    """The run with the selected classifier's scores, under the selection's conditions."""
    found = _with_names_of(run, selection.classifier)
    if not selection.conditions:
        return found
    return found | scores_under(
        run, selection.classifier, selection.scenario, selection.threshold, selection.recalibration
    )


def _with_names_of(run: Run, classifier: str) -> Run:
    """The run with this classifier's scores under the names without a prefix."""
    prefix = f"{classifier}_"
    if run.get("classifier") in (None, classifier):
        return run
    return run | {name.removeprefix(prefix): value for name, value in run.items() if name.startswith(prefix)}


def cell(group: BySeed | None, metric: str, seeds: tuple[int, ...]) -> Cell:
    """The values of one metric (a flat name such as ``corrected_f1``) in a group of runs by seed."""
    group = group or {}
    values = {
        s: float(r[metric]) for s, r in group.items() if r["status"] == "done" and r.get(metric) is not None
    }
    reasons = tuple(str(r["status"]) for r in group.values() if r["status"] != "done")
    return Cell(values, seeds, reasons)


def matching(runs: Iterable[Run], selection: Selection) -> list[Run]:
    """The runs of the selection's seeds, imbalance ratio and language model."""
    return [
        run
        for run in of_model(runs, selection.llm)
        if run["imbalance_ratio"] == selection.imbalance_ratio and run["seed"] in selection.seeds
    ]


def of_model(runs: Iterable[Run], llm: str | None) -> list[Run]:
    """The runs without a language model, and those of this one (None: of any)."""
    return [run for run in runs if llm is None or run["llm"] in (None, llm)]


def runs_in(groups: Mapping[Any, BySeed]) -> list[Run]:
    """All runs of some groups."""
    return [run for by_seed in groups.values() for run in by_seed.values()]


def runs_of(groups: Groups, datasets: Iterable[str], methods: Iterable[MethodMetadata]) -> list[Run]:
    """The runs of these methods on these datasets, in the order of the groups."""
    wanted, names = set(datasets), {m.name for m in methods}
    return runs_in({(d, m): g for (d, m), g in groups.items() if d in wanted and m in names})


def provenance(runs: Iterable[Run]) -> str:
    """Number of runs, language models, their budgets, and commits, as text."""
    runs = [r for r in runs if r["status"] == "done"]
    models = sorted({str(r["llm"]) for r in runs if r["llm"]}) or ["none"]
    commits = ", ".join(sorted({commit_text(r) for r in runs})) or "unknown"
    count = "1 run" if len(runs) == 1 else f"{len(runs)} runs"
    return f"{count}; language model: {', '.join(models)}{_budgets(runs)}; commit {commits}"


def _budgets(runs: Iterable[Run]) -> str:
    """The limits on the training of language models that some datasets have in ``conf``, as text."""
    datasets: dict[str, set[str]] = {}
    for dataset, llm in {(str(run["dataset"]), str(run["llm"])) for run in runs if run["llm"]}:
        bounds = (entries("dataset").get(dataset, {}).get("budget") or {}).get(llm)
        if bounds:
            text = " and ".join(f"{most:,.10g} {name.removeprefix('max_')}" for name, most in bounds.items())
            datasets.setdefault(text, set()).add(dataset)
    found = [f"at most {text} on {', '.join(sorted(names))}" for text, names in sorted(datasets.items())]
    return f" ({'; '.join(found)})" if found else ""
