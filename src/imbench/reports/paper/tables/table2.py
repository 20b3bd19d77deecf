"""Table II from stored runs, beside the published values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from imbench.reports.entries import note_of, protocols_of, ranked_row, score_entry
from imbench.reports.methods import MethodMetadata
from imbench.reports.paper.averages import gap_entry
from imbench.reports.paper.paper_suite import PAPER, paper_methods
from imbench.reports.paper.published import DATASETS, table2_value
from imbench.reports.registry import Source, report_table
from imbench.reports.select import Cell, cell, runs_in
from imbench.reports.table import MISSING, Entry, ReportTable, ranked
from imbench.scoring.metrics import PROTOCOLS, Metric


@report_table("2", title="Table II: scores of the methods on the datasets", suite="paper")
def table2(source: Source) -> Iterator[ReportTable]:
    """Ours under each protocol, and every cell of the paper beside ours.

    Without a chosen metric: F1 and AUC. The paper prints F1 only.
    """
    for name in [source.metric] if source.metric else ["f1", "auc"]:
        for metric in protocols_of(name).values():
            yield _ours(source, metric)
        if name == "f1":
            yield _comparison(source)


def _ours(source: Source, metric: Metric) -> ReportTable:
    """Mean (std) over the seeds, best bold and second underlined.

    "Original" sees more rows than the others and does not compete. A cell without all its seeds is shown as
    missing, and so is the average of its column.
    """
    groups, seeds = source.groups, source.selection.seeds
    methods = PAPER.in_order({method for _, method in groups} | set(PAPER.methods))
    datasets = PAPER.ordered({d for d, _ in groups} | set(DATASETS))
    grid = {(d, m.name): cell(groups.get((d, m.name)), metric.id, seeds) for d in datasets for m in methods}
    rows = [
        [Entry(d), *ranked_row([grid[d, m.name] for m in methods], methods, metric.higher_is_better)]
        for d in datasets
    ]
    rows.append([Entry("Average"), *_averages(grid, datasets, methods, metric)])
    return ReportTable(
        f"table2_{metric.protocol}" + ("" if metric.name == "f1" else f"_{metric.name}"),
        f"Table II, {metric.title}, {metric.protocol} protocol",
        ["dataset", *(m.title for m in methods)],
        rows,
        f"{note_of(str(metric.protocol), source.selection, runs_in(groups))} Bold and underlined: the best "
        "and the second of the methods that compete and have all their runs there.",
    )


def _averages(
    grid: Mapping[tuple[str, str], Cell], datasets: list[str], methods: list[MethodMetadata], metric: Metric
) -> list[Entry]:
    values: list[float | None] = []
    texts = []
    for method in methods:
        means = [grid[d, method.name].mean for d in datasets if grid[d, method.name].complete]
        complete = len(means) == len(datasets)
        values.append(float(np.mean(means)) if complete else None)
        texts.append(f"{np.mean(means):.4f}" if complete else f"{len(means)} of {len(datasets)} datasets")
    return ranked(values, texts, [m.competes for m in methods], metric.higher_is_better)


def _comparison(source: Source) -> ReportTable:
    """Every cell of the paper's Table II beside ours under both protocols, with the differences."""
    groups, seeds = source.groups, source.selection.seeds
    header = ["dataset", "method", "paper", "published", "difference", "corrected", "difference "]
    rows, gaps = [], {}
    for method in paper_methods():
        for dataset in DATASETS:
            paper = table2_value(dataset, method.paper_column)
            assert paper is not None
            line = [Entry(dataset), Entry(method.title), Entry(f"{paper[0]:.4f} ({paper[1]:.3f})")]
            for protocol in PROTOCOLS:
                ours = cell(groups.get((dataset, method.name)), f"{protocol}_f1", seeds)
                line += [score_entry(ours), gap_entry(ours, paper[0])]
                gaps.setdefault((method.name, protocol), []).append(ours.mean - paper[0])
            rows.append(line)
    for method in paper_methods():
        line = [Entry("mean |difference|"), Entry(method.title), Entry("")]
        for protocol in PROTOCOLS:
            found = [g for g in gaps[method.name, protocol] if not np.isnan(g)]
            complete = len(found) == len(DATASETS)
            text = f"{np.mean(np.abs(found)):.4f}" if complete else f"{len(found)} of {len(DATASETS)}"
            line += [Entry(""), Entry(text, "" if complete else MISSING)]
        rows.append(line)
    title = "Table II: the paper's F1 beside ours under both protocols"
    note = note_of("both", source.selection, runs_in(groups))
    return ReportTable("table2_comparison", title, header, rows, note)
