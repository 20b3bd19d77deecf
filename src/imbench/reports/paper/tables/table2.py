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
    """Table I: counts from the prepared data beside the paper's. A table that is not here says so."""
    from imbench.data.catalogue import load_dataset

    paper = {line["dataset"]: line for line in published("table1")}
    header = ["dataset", "N", "M", "#con", "#cat", "K", "minority", "differs from the paper in"]
    rows = []
    for config in configs:
        name = config["name"]
        try:
            table = load_dataset(config, data_dir)
        except DataError as error:
            rows.append([Entry(name)] + [Entry("missing", MISSING)] * 6 + [Entry(str(error).split(". ")[0])])
            continue
        schema = table.schema
        counts = (
            len(table.labels),
            len(schema.features),
            len(schema.continuous),
            len(schema.categorical),
            len(schema.classes),
        )
        said = [int(paper[name][k]) for k in ("rows", "features", "continuous", "categorical", "classes")]
        differs = [f"{h}: paper {p}" for h, c, p in zip(header[1:6], counts, said, strict=True) if c != p]
        share = f"{schema.classes[table.minority]} ({(table.labels == table.minority).mean():.1%})"
        cells = [name, *map(str, counts), share, "; ".join(differs) or "nothing"]
        rows.append([Entry(text) for text in cells])
    note = "Counted in the prepared tables; the last column compares with Table I of the paper."
    return ReportTable("table1", "Table I: the tables", header, rows, note)


def table2(
    runs: Iterable[Mapping[str, Any]], reading: str, choice: Selection, metric: str = "f1"
) -> ReportTable:
    """Table II under one reading: mean (std) over the seeds, best bold and second underlined.

    "Original" sees more rows than the others and does not compete. A cell without all its seeds
    is shown as missing, and so is the average of its column.
    """
    groups = select(runs, choice)
    cards = in_order({method for _, method in groups} | {c.name for c in paper_methods()})
    datasets = [*DATASETS, *sorted({d for d, _ in groups} - set(DATASETS))]
    name = f"{reading}_{metric}"
    grid = {(d, c.name): cell(groups.get((d, c.name)), name, choice.seeds) for d in datasets for c in cards}
    rows = [[Entry(d), *ranked_row([grid[d, c.name] for c in cards], cards)] for d in datasets]
    rows.append([Entry("Average"), *_averages(grid, datasets, cards)])
    used = [run for group in groups.values() for run in group.values()]
    title = f"Table II, {METRIC_NAMES.get(metric, metric)}, {reading} reading"
    return ReportTable(
        f"table2_{reading}" + ("" if metric == "f1" else f"_{metric}"),
        title,
        ["dataset", *(c.title for c in cards)],
        rows,
        f"{note_of(reading, choice, used)} Bold and underlined: the best and the second of the methods that "
        "compete and have all their runs there.",
    )


def table2_comparison(runs: Iterable[Mapping[str, Any]], choice: Selection) -> ReportTable:
    """Every cell of the paper's Table II beside ours under both readings, with the differences."""
    groups = select(runs, choice)
    header = ["dataset", "method", "paper", "published", "difference", "corrected", "difference "]
    rows, gaps = [], {}
    for card in paper_methods():
        for dataset in DATASETS:
            paper = table2_value(dataset, card.column)
            assert paper is not None
            line = [Entry(dataset), Entry(card.title), Entry(f"{paper[0]:.4f} ({paper[1]:.3f})")]
            for reading in PROTOCOLS:
                ours = cell(groups.get((dataset, card.name)), f"{reading}_f1", choice.seeds)
                line += [score_entry(ours), gap_entry(ours, paper[0])]
                gaps.setdefault((card, reading), []).append(ours.mean - paper[0])
            rows.append(line)
    for card in paper_methods():
        both = [Entry("mean |difference|"), Entry(card.title), Entry("")]
        for reading in PROTOCOLS:
            found = [g for g in gaps[card, reading] if not np.isnan(g)]
            text = (
                f"{np.mean(np.abs(found)):.4f}"
                if len(found) == len(DATASETS)
                else f"{len(found)} of {len(DATASETS)}"
            )
            both += [Entry(""), Entry(text, "" if len(found) == len(DATASETS) else MISSING)]
        rows.append(both)
    used = [run for group in groups.values() for run in group.values()]
    title = "Table II: the paper's F1 beside ours under both readings"
    return ReportTable("table2_comparison", title, header, rows, note_of("both", choice, used))


def _averages(
    grid: Mapping[tuple[str, str], Cell], datasets: list[str], cards: list[MethodMetadata]
) -> list[Entry]:
    values: list[float | None] = []
    texts = []
    for card in cards:
        means = [grid[d, card.name].mean for d in datasets if grid[d, card.name].complete]
        whole = len(means) == len(datasets)
        values.append(float(np.mean(means)) if whole else None)
        texts.append(f"{np.mean(means):.4f}" if whole else f"{len(means)} of {len(datasets)} tables")
    return ranked(values, texts, [card.competes for card in cards])


def overview(runs: Iterable[Mapping[str, Any]], choice: Selection) -> ReportTable:
    """Every method that was run, as rows; F1 on every table that was run under both readings."""
    groups = select(runs, choice)
    present = {d for d, _ in groups}
    datasets = [d for d in DATASETS if d in present] + sorted(present - set(DATASETS))
    cards = in_order({m for _, m in groups})
    columns = []
    for dataset in datasets:
        for reading in PROTOCOLS:
            cells = [cell(groups.get((dataset, c.name)), f"{reading}_f1", choice.seeds) for c in cards]
            columns.append(ranked_row(cells, cards))
    rows = [[Entry(card.title), *(column[i] for column in columns)] for i, card in enumerate(cards)]
    header = ["method", *(f"{d}, {r}" for d in datasets for r in PROTOCOLS)]
    used = [run for group in groups.values() for run in group.values()]
    return ReportTable(
        "overview", "F1 of every method under both readings", header, rows, note_of("both", choice, used)
    )
