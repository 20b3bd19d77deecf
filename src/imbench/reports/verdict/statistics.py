"""Which differences between methods are more than chance: ranks, paired tests, intervals, correlations.

A comparison is paired by (dataset, seed, imbalance ratio): the split depends on nothing else. Only
methods with every run on the chosen datasets take part, on two selections of datasets; the others are named
with what they lack.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from imbench.reports.methods import MethodMetadata, in_order, method_metadata, paper_methods
from imbench.reports.paper.published import DATASETS
from imbench.reports.select import Selection, cell, provenance, select
from imbench.reports.table import MISSING, Entry, ReportTable
from imbench.reports.verdict import paired

Groups = Mapping[tuple[str, str], Mapping[int, Mapping[str, Any]]]
#: What every method is set against: nothing, the cheapest remedies, and the paper's own method.
REFERENCES = ("imbalance", "class_weight", "interpolate_marginal", "imbllm")


@dataclass(frozen=True)
class Field:
    """Tables, and the methods that have all their runs on all of them.

    ``incomplete`` says what each other method lacks, by its title.
    """

    name: str
    words: str
    datasets: tuple[str, ...]
    methods: tuple[MethodMetadata, ...]
    incomplete: Mapping[str, str]

    @property
    def competing(self) -> tuple[MethodMetadata, ...]:
        """The methods without those that see more rows than the others."""
        return tuple(method for method in self.methods if method.competes)


def fields(groups: Groups, selection: Selection, metric: str) -> list[Field]:
    """The two selections of datasets: all ten, and those on which every method of the paper is complete."""
    have = {key: cell(group, metric, selection.seeds).complete for key, group in groups.items()}
    common = tuple(d for d in DATASETS if all(have.get((d, c.name)) for c in paper_methods()))
    return [
        _field("all", f"all {len(DATASETS)} datasets", DATASETS, have),
        _field("common", "datasets on which every method of the paper is complete", common, have),
    ]


def _field(name: str, words: str, datasets: tuple[str, ...], have: Mapping[tuple[str, str], bool]) -> Field:
    methods, incomplete = [], {}
    for method in in_order({method for _, method in have}):
        missing = [d for d in datasets if not have.get((d, method.name))]
        if missing:
            incomplete[method.title] = ", ".join(missing)
        elif datasets:
            methods.append(method)
    return Field(name, words, datasets, tuple(methods), incomplete)


def dataset_means(groups: Groups, selection: Selection, metric: str, field: Field) -> pd.DataFrame:
    """Mean over the seeds: a line a dataset, a column a method (by its title); "Original" is left out."""
    return pd.DataFrame(
        {
            c.title: [cell(groups[d, c.name], metric, selection.seeds).mean for d in field.datasets]
            for c in field.competing
        },
        index=list(field.datasets),
    )


def gains_over(
    groups: Groups, selection: Selection, metric: str, method: str, reference: str, datasets: Iterable[str]
) -> np.ndarray:
    """Differences of one metric, datasets × seeds; NaN where either run is missing."""

    def values(name: str) -> np.ndarray:
        cells = [cell(groups.get((d, name)), metric, selection.seeds).values for d in datasets]
        return np.array([[found.get(s, np.nan) for s in selection.seeds] for found in cells])

    datasets = list(datasets)
    return (values(method) - values(reference)).reshape(len(datasets), len(selection.seeds))


def ranks_table(
    groups: Groups, selection: Selection, metric: str, field: Field
) -> tuple[ReportTable, ReportTable]:
    """Mean ranks with Friedman's test, and the matrix of Nemenyi's p-values."""
    scores = dataset_means(groups, selection, metric, field)
    found = paired.ranking(scores)
    order = found.ranks.sort_values(kind="stable").index
    best = (scores.round(4).eq(scores.round(4).max(axis=1), axis=0)).sum()
    rows = [
        [
            Entry(title),
            Entry(f"{found.ranks[title]:.2f}"),
            Entry(f"{scores[title].mean():.4f}"),
            Entry(str(best[title])),
        ]
        for title in order
    ]
    header = ["method", "mean rank", f"mean {metric_text(metric)}", "datasets on which it is best"]
    tests = "fewer than three methods or two datasets: no test"
    if found.friedman and found.critical:
        tests = (
            f"Friedman χ² = {found.friedman[0]:.2f}, p = {p_value_text(found.friedman[1])}; critical "
            f"difference of mean ranks (Nemenyi, 5 %) {found.critical:.2f}"
        )
    stem = f"{metric}_{field.name}"
    ranks = ReportTable(
        f"ranks_{stem}",
        f"Mean ranks by {metric_text(metric)}, {field.words}",
        header,
        rows,
        f"Ranks within datasets of means over seeds, 1 is best. {tests}. {note(groups, selection, field)}",
    )
    matrix = []
    if found.nemenyi is not None:
        matrix = [[Entry(a), *(Entry(p_value_text(found.nemenyi.loc[a, b])) for b in order)] for a in order]
    nemenyi = ReportTable(
        f"nemenyi_{stem}",
        f"Nemenyi's p-values of mean ranks by {metric_text(metric)}, {field.words}",
        ["method", *order],
        matrix,
        f"{tests}. {note(groups, selection, field)}",
    )
    return ranks, nemenyi


def gains_table(
    groups: Groups,
    selection: Selection,
    metric: str,
    field: Field,
    other_ratios: Mapping[float, Groups] | None = None,
) -> ReportTable:
    """Every method against each reference: mean gain, bootstrap interval, Wilcoxon tests with Holm.

    ``other_ratios`` are the groups of further imbalance ratios; the datasets on which a pair is
    complete there join the last test. Holm corrects the family of one reference.
    """
    names = [c.name for c in field.competing]
    rows = []
    for reference in REFERENCES:
        if reference not in names:
            continue
        others = [c for c in field.competing if c.name != reference]
        lines, tests = [], []
        for method in others:
            gains = gains_over(groups, selection, metric, method.name, reference, field.datasets)
            wide = _with_ratios(gains, other_ratios or {}, selection, metric, method.name, reference, field)
            low, high = paired.bootstrap_mean(gains)
            lines.append(
                [
                    Entry(method_metadata()[reference].title),
                    Entry(method.title),
                    Entry(f"{gains.mean():+.4f}"),
                    Entry(f"{low:+.4f} to {high:+.4f}"),
                    Entry(f"{int((gains.mean(axis=1) > 0).sum())} of {len(gains)}"),
                ]
            )
            tests.append(
                [paired.wilcoxon(g) for g in (gains.mean(axis=1), gains.ravel(), wide)] + [wide.size]
            )
        corrected = [paired.holm([t[i] for t in tests]) for i in range(3)]
        for i, line in enumerate(lines):
            by = [Entry(f"{p_value_text(tests[i][k])} ({p_value_text(corrected[k][i])})") for k in range(3)]
            rows.append([*line, *by, Entry(str(tests[i][3]))])
    header = [
        "against", "method", "mean gain", "95 % interval", "datasets with a gain", "p over datasets (Holm)",
        "p over (dataset, seed) (Holm)", "p over (dataset, seed, ratio) (Holm)", "pairs there",
    ]  # fmt: skip
    text = (
        "Two-sided Wilcoxon signed-rank tests; the p-value with Holm's correction over the methods set "
        "against the same reference in brackets. Interval: percentile bootstrap of the mean gain, datasets "
        f"resampled, then seeds within, {paired.REPLICATES} seeded draws. Seeds of a dataset are not "
        f"independent: the p-values over (dataset, seed) speak of these datasets only. "
        f"{note(groups, selection, field)}"
    )
    title = f"Gains in {metric_text(metric)}, {field.words}"
    return ReportTable(f"gains_{metric}_{field.name}", title, header, rows, text)


def _with_ratios(
    gains: np.ndarray, others: Mapping[float, Groups], selection: Selection, metric: str, method: str,
    reference: str, field: Field,
) -> np.ndarray:  # fmt: skip
    """The gains of all ratios in one line; of another ratio only datasets with every seed of the pair."""
    parts = [gains.ravel()]
    for ratio in sorted(set(others) - {selection.imbalance_ratio}):
        more = gains_over(others[ratio], selection, metric, method, reference, field.datasets)
        parts.append(more[~np.isnan(more).any(axis=1)].ravel())
    return np.concatenate(parts)


def by_ratio(runs: Iterable[Mapping[str, Any]], selection: Selection) -> dict[float, Groups]:
    """The default-settings groups of every stored imbalance ratio."""
    runs = list(runs)
    ratios = sorted({run["imbalance_ratio"] for run in runs})
    return {
        q: select(runs, Selection(selection.seeds, q, selection.classifier, selection.llm)) for q in ratios
    }


def note(groups: Groups, selection: Selection, field: Field) -> str:
    """What a table of a field speaks of, and who lacks what."""
    names = {c.name for c in field.methods}
    used = [run for (d, m), g in groups.items() for run in g.values() if d in field.datasets and m in names]
    datasets = ", ".join(field.datasets) or "none"
    incomplete = "; ".join(f"{title} ({what})" for title, what in field.incomplete.items())
    return (
        f"Tables: {datasets}; seeds {', '.join(map(str, selection.seeds))}; imbalance ratio "
        f"{selection.imbalance_ratio}; classifier {selection.classifier}; {provenance(used)}. "
        + (
            f"Left out, with the datasets they lack: {incomplete}."
            if incomplete
            else "No method is left out."
        )
    )


def none_there(field: Field, metric: str, kind: str) -> ReportTable:
    """What stands in a table's place while a field has no datasets or fewer than two methods."""
    incomplete = (
        "; ".join(f"{title} ({what})" for title, what in field.incomplete.items()) or "nothing is stored"
    )
    rows = [[Entry("not enough complete methods on common datasets yet", MISSING)]]
    title = f"{kind} by {metric_text(metric)}, {field.words}"
    return ReportTable(
        f"{kind}_{metric}_{field.name}", title, ["state"], rows, f"What is incomplete: {incomplete}."
    )


def metric_text(metric: str) -> str:
    """A flat score's name for people: ``corrected_f1`` is ``corrected F1``."""
    protocol, _, name = metric.partition("_")
    return f"{protocol} {name.upper() if name in ('f1', 'auc', 'mcc') else name.replace('_', ' ')}".strip()


def p_value_text(value: float) -> str:
    """A p-value for people: three places, smaller ones by their order of magnitude, NaN as a dash."""
    if np.isnan(value):
        return "–"
    return f"{value:.3f}" if value >= 0.001 else f"{value:.0e}"
