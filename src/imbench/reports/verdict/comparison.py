"""What methods are compared on: datasets, and the methods with every run on all of them.

A comparison is paired by (dataset, seed, imbalance ratio): the split depends on nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from imbench.reports.entries import protocols_of
from imbench.reports.methods import MethodMetadata, with_fallbacks
from imbench.reports.registry import Source
from imbench.reports.select import Groups, Selection, cell, provenance, runs_of, select
from imbench.reports.suite import Suite
from imbench.reports.table import MISSING, Entry, ReportTable
from imbench.scoring.metrics import METRICS

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Comparison:
    """Datasets, and the methods that have all their runs on all of them.

    ``metric``: a flat score name such as ``corrected_f1``. ``missing``: the datasets on which each
    other method is incomplete, by its title.
    """

    name: str
    title: str
    metric: str
    selection: Selection
    groups: Groups
    datasets: tuple[str, ...]
    methods: tuple[MethodMetadata, ...]
    missing: Mapping[str, str]

    @property
    def competing(self) -> tuple[MethodMetadata, ...]:
        """The methods without those that see more rows than the others."""
        return tuple(m for m in self.methods if m.competes)

    @property
    def sufficient(self) -> bool:
        """Whether there is anything to compare."""
        return bool(self.datasets) and len(self.competing) > 1

    @property
    def higher_is_better(self) -> bool:
        """The direction of the metric; measures without one count as "higher"."""
        return METRICS[self.metric].higher_is_better is not False

    @property
    def file(self) -> str:
        """The end of the names of the comparison's files."""
        return f"{self.metric}_{self.name}"

    def means(self) -> pd.DataFrame:
        """Mean over the seeds: a row a dataset, a column a competing method (by its title)."""
        import pandas as pd

        return pd.DataFrame(
            {
                m.title: [cell(self.groups[d, m.name], self.metric, self.selection.seeds).mean
                          for d in self.datasets]
                for m in self.competing
            },
            index=list(self.datasets),
        )  # fmt: skip

    def gains(self, method: str, reference: str, groups: Groups | None = None) -> np.ndarray:
        """By how much ``method`` is better than ``reference``, datasets × seeds.

        Positive is better whatever the metric's direction; NaN where either run is missing. ``groups`` are
        those of another imbalance ratio.
        """
        groups, seeds = self.groups if groups is None else groups, self.selection.seeds

        def values(name: str) -> np.ndarray:
            cells = [cell(groups.get((d, name)), self.metric, seeds).values for d in self.datasets]
            return np.array([[found.get(s, np.nan) for s in seeds] for found in cells])

        difference = values(method) - values(reference)
        return (difference if self.higher_is_better else -difference).reshape(len(self.datasets), len(seeds))

    def note(self) -> str:
        """Datasets, selection and provenance, and the methods left out."""
        used = runs_of(self.groups, self.datasets, self.methods)
        scored = {
            d for (d, _), g in self.groups.items() if cell(g, self.metric, self.selection.seeds).complete
        }
        without = ", ".join(sorted({d for d, _ in self.groups} - scored))
        without = f" No method is complete on {without}." if without else ""
        missing = "; ".join(f"{title} ({what})" for title, what in self.missing.items())
        left_out = (
            f"Left out, with the datasets on which they are incomplete: {missing}."
            if missing
            else "No method is left out."
        )
        return (
            f"Datasets: {', '.join(self.datasets) or 'none'}; seeds "
            f"{', '.join(map(str, self.selection.seeds))}; imbalance ratio {self.selection.imbalance_ratio}; "
            f"classifier {self.selection.classifier}{self._conditions()}; {provenance(used)}. "
            f"{left_out}{without}"
        )

    def _conditions(self) -> str:
        return "".join(f"; {name} {value}" for name, value in self.selection.conditions.items())

    def empty_table(self, kind: str, title: str) -> ReportTable:
        """The table while there are no datasets or fewer than two methods."""
        rows = [[Entry("not enough complete methods on common datasets yet", MISSING)]]
        there = ", ".join(m.title for m in self.methods) or "none"
        note = "Nothing is stored."
        if self.groups:
            note = f"A comparison needs two complete methods that compete. Complete: {there}. {self.note()}"
        return ReportTable(f"{kind}_{self.file}", f"{title}, {self.title}", ["state"], rows, note)


def comparisons(groups: Groups, selection: Selection, metric: str, suite: Suite) -> list[Comparison]:
    """Two selections of datasets: all of the suite, and those on which each of its methods is complete."""
    have = {key for key, by_seed in groups.items() if cell(by_seed, metric, selection.seeds).complete}
    every = suite.covered(d for d, _ in have)
    needed = suite.methods or tuple({m for _, m in groups})
    common = tuple(d for d in every if all((d, m) in have for m in needed))
    of_suite = " of the suite" if suite.methods else ""
    titles = {
        "all": f"all {len(every)} datasets" if len(every) != 1 else f"the dataset {every[0]}",
        "common": f"datasets on which every method{of_suite} is complete",
    }
    found = []
    for (name, title), datasets in zip(titles.items(), (every, common), strict=True):
        methods, missing = [], {}
        for method in with_fallbacks(suite.in_order({m for _, m in groups}), groups):
            absent = [d for d in datasets if (d, method.name) not in have]
            if absent:
                missing[method.title] = ", ".join(absent)
            elif datasets:
                methods.append(method)
        found.append(Comparison(name, title, metric, selection, groups, datasets, tuple(methods), missing))
    return found


def all_comparisons(source: Source) -> Iterator[Comparison]:
    """The comparisons of the metric (F1 by default) under each protocol that has it."""
    for metric in protocols_of(source.metric or "f1").values():
        yield from comparisons(source.groups, source.selection, metric.id, source.suite)


def by_ratio(runs: Iterable[Mapping], selection: Selection) -> dict[float, Groups]:
    """The groups of default settings at every stored imbalance ratio."""
    runs = list(runs)
    ratios = sorted({run["imbalance_ratio"] for run in runs})
    return {ratio: select(runs, replace(selection, imbalance_ratio=ratio)) for ratio in ratios}


def metric_text(metric: str) -> str:
    """A flat score's name for people: ``corrected_f1`` is ``corrected F1``."""
    entry = METRICS[metric]
    return f"{entry.protocol} {entry.title}" if entry.protocol else entry.title


def p_value_text(value: float) -> str:
    """A p-value with three decimals, a smaller one by its order of magnitude, NaN as a dash."""
    if np.isnan(value):
        return "–"
    return f"{value:.3f}" if value >= 0.001 else f"{value:.0e}"
