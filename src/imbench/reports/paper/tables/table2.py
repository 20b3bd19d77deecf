"""Table I from the data, Table II from stored runs, each beside the published values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from imbench.errors import DataError
from imbench.reports.methods import MethodMetadata, in_order, paper_methods
from imbench.reports.paper.cells import METRIC_NAMES, PROTOCOLS, gap_entry, note_of, ranked_row, score_entry
from imbench.reports.paper.published import DATASETS, published, table2_value
from imbench.reports.select import Cell, Selection, cell, select
from imbench.reports.table import MISSING, Entry, ReportTable, ranked


def table1(configs: Iterable[Mapping[str, Any]], data_dir: str | None) -> ReportTable:
    """Table I: counts from the prepared data beside the paper's. A dataset that is not here says so."""
    from imbench.data.catalogue import load_dataset

    paper = {line["dataset"]: line for line in published("table1")}
    header = ["dataset", "N", "M", "#con", "#cat", "K", "minority", "differs from the paper in"]
    rows = []
    for config in configs:
        name = config["name"]
        try:
            dataset = load_dataset(config, data_dir)
        except DataError as error:
            rows.append([Entry(name)] + [Entry("missing", MISSING)] * 6 + [Entry(str(error).split(". ")[0])])
            continue
        schema = dataset.schema
        counts = (
            len(dataset.labels),
            len(schema.features),
            len(schema.continuous),
            len(schema.categorical),
            len(schema.classes),
        )
        said = [int(paper[name][k]) for k in ("rows", "features", "continuous", "categorical", "classes")]
        differs = [f"{h}: paper {p}" for h, c, p in zip(header[1:6], counts, said, strict=True) if c != p]
        share = f"{schema.classes[dataset.minority]} ({(dataset.labels == dataset.minority).mean():.1%})"
        cells = [name, *map(str, counts), share, "; ".join(differs) or "nothing"]
        rows.append([Entry(text) for text in cells])
    note = "Counted in the prepared datasets; the last column compares with Table I of the paper."
    return ReportTable("table1", "Table I: the datasets", header, rows, note)


def table2(
    runs: Iterable[Mapping[str, Any]], protocol: str, selection: Selection, metric: str = "f1"
) -> ReportTable:
    """Table II under one protocol: mean (std) over the seeds, best bold and second underlined.

    "Original" sees more rows than the others and does not compete. A cell without all its seeds
    is shown as missing, and so is the average of its column.
    """
    groups = select(runs, selection)
    methods = in_order({method for _, method in groups} | {c.name for c in paper_methods()})
    datasets = [*DATASETS, *sorted({d for d, _ in groups} - set(DATASETS))]
    name = f"{protocol}_{metric}"
    grid = {
        (d, c.name): cell(groups.get((d, c.name)), name, selection.seeds) for d in datasets for c in methods
    }
    rows = [[Entry(d), *ranked_row([grid[d, c.name] for c in methods], methods)] for d in datasets]
    rows.append([Entry("Average"), *_averages(grid, datasets, methods)])
    used = [run for group in groups.values() for run in group.values()]
    title = f"Table II, {METRIC_NAMES.get(metric, metric)}, {protocol} protocol"
    return ReportTable(
        f"table2_{protocol}" + ("" if metric == "f1" else f"_{metric}"),
        title,
        ["dataset", *(c.title for c in methods)],
        rows,
        f"{note_of(protocol, selection, used)} Bold and underlined: the best and the second of the methods that "
        "compete and have all their runs there.",
    )


def table2_comparison(runs: Iterable[Mapping[str, Any]], selection: Selection) -> ReportTable:
    """Every cell of the paper's Table II beside ours under both protocols, with the differences."""
    groups = select(runs, selection)
    header = ["dataset", "method", "paper", "published", "difference", "corrected", "difference "]
    rows, gaps = [], {}
    for method in paper_methods():
        for dataset in DATASETS:
            paper = table2_value(dataset, method.column)
            assert paper is not None
            line = [Entry(dataset), Entry(method.title), Entry(f"{paper[0]:.4f} ({paper[1]:.3f})")]
            for protocol in PROTOCOLS:
                ours = cell(groups.get((dataset, method.name)), f"{protocol}_f1", selection.seeds)
                line += [score_entry(ours), gap_entry(ours, paper[0])]
                gaps.setdefault((method, protocol), []).append(ours.mean - paper[0])
            rows.append(line)
    for method in paper_methods():
        both = [Entry("mean |difference|"), Entry(method.title), Entry("")]
        for protocol in PROTOCOLS:
            found = [g for g in gaps[method, protocol] if not np.isnan(g)]
            text = (
                f"{np.mean(np.abs(found)):.4f}"
                if len(found) == len(DATASETS)
                else f"{len(found)} of {len(DATASETS)}"
            )
            both += [Entry(""), Entry(text, "" if len(found) == len(DATASETS) else MISSING)]
        rows.append(both)
    used = [run for group in groups.values() for run in group.values()]
    title = "Table II: the paper's F1 beside ours under both protocols"
    return ReportTable("table2_comparison", title, header, rows, note_of("both", selection, used))


def _averages(
    grid: Mapping[tuple[str, str], Cell], datasets: list[str], methods: list[MethodMetadata]
) -> list[Entry]:
    values: list[float | None] = []
    texts = []
    for method in methods:
        means = [grid[d, method.name].mean for d in datasets if grid[d, method.name].complete]
        complete = len(means) == len(datasets)
        values.append(float(np.mean(means)) if complete else None)
        texts.append(f"{np.mean(means):.4f}" if complete else f"{len(means)} of {len(datasets)} datasets")
    return ranked(values, texts, [method.competes for method in methods])


def overview(runs: Iterable[Mapping[str, Any]], selection: Selection) -> ReportTable:
    """Every method that was run, as rows; F1 on every dataset that was run under both protocols."""
    groups = select(runs, selection)
    present = {d for d, _ in groups}
    datasets = [d for d in DATASETS if d in present] + sorted(present - set(DATASETS))
    methods = in_order({m for _, m in groups})
    columns = []
    for dataset in datasets:
        for protocol in PROTOCOLS:
            cells = [cell(groups.get((dataset, c.name)), f"{protocol}_f1", selection.seeds) for c in methods]
            columns.append(ranked_row(cells, methods))
    rows = [[Entry(method.title), *(column[i] for column in columns)] for i, method in enumerate(methods)]
    header = ["method", *(f"{d}, {r}" for d in datasets for r in PROTOCOLS)]
    used = [run for group in groups.values() for run in group.values()]
    return ReportTable(
        "overview", "F1 of every method under both protocols", header, rows, note_of("both", selection, used)
    )
