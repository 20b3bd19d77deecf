"""Table III: what sampling, permutation and fine-tuning do on their own and together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from imbench.reports.entries import note_of, protocols_of, score_entry
from imbench.reports.paper.averages import (
    PAPERS_MODEL,
    averaged,
    datasets_known,
    gap_entry,
    marked_if_complete,
    partial_note,
    shared_datasets,
)
from imbench.reports.paper.published import DATASETS, published
from imbench.reports.paper.variants import PARAMETERS, modifications, row_runs, row_title
from imbench.reports.registry import Source, report_table
from imbench.reports.select import BySeed, Cell, cell, runs_in
from imbench.reports.table import MISSING, Entry, ReportTable, ranked
from imbench.scoring.metrics import PROTOCOLS, Metric

KEYS = 1 + len(PARAMETERS)
PAPERS_TERMS = (
    " The paper's terms for the fine-tuning: all is major+minor, minority_interpolated is minor+interpolate."
    + PAPERS_MODEL
)
ALL_ROWS = "all eight rows"


@report_table("3", title="Table III: the three modifications, averaged and dataset by dataset", suite="paper")
def table3(source: Source) -> Iterator[ReportTable]:
    """The averages beside the paper's, and the eight rows on every dataset under each protocol.

    Without a chosen metric: F1 and AUC dataset by dataset. The paper prints F1 only.
    """
    groups = [row_runs(source.runs, source.selection, row) for row in modifications()]
    for name in [source.metric] if source.metric else ["f1", "auc"]:
        if name == "f1":
            yield _averages(source, groups)
        for metric in protocols_of(name).values():
            yield _grid(source, groups, metric)


def _averages(source: Source, groups: list[dict[str, BySeed]]) -> ReportTable:
    """Mean F1 over the datasets, the paper's beside ours under both protocols.

    Ours averages the datasets that are complete in all eight rows. Where these are not all ten, the columns
    say how many they are and no difference to the paper is given.
    """
    seeds = source.selection.seeds
    cells = {p: [_cells(group, f"{p}_f1", seeds) for group in groups] for p in PROTOCOLS}
    shared = shared_datasets(column for columns in cells.values() for column in columns)
    complete = len(shared) == len(DATASETS)
    header = ["method", *PARAMETERS.values(), "complete", "paper"]
    body = [_labels(row) for row in modifications()]
    paper = [float(line["f1_mean"]) for line in published("table3")]
    for line, column, value in zip(body, cells[PROTOCOLS[0]], paper, strict=True):
        done = sum(c.complete for c in column.values())
        line += [Entry(f"{done} of {len(column)} datasets", MISSING * (done < len(column)))]
        line += [Entry(f"{value:.4f}")]
    for protocol, columns in cells.items():
        header += [protocol + ("" if complete else f" ({len(shared)} datasets)"), f"{protocol} - paper"]
        means = [averaged([c[d] for d in shared], seeds) for c in columns]
        for line, entry, mean, value in zip(body, _ranked(means), means, paper, strict=True):
            line += [entry, gap_entry(mean, value if complete else None)]
    note = note_of("both", source.selection, [run for group in groups for run in runs_in(group)])
    title = "Table III: F1 of the three modifications, averaged over the datasets"
    note += partial_note(shared, ALL_ROWS) + PAPERS_TERMS
    return ReportTable("table3", title, header, body, note, keys=KEYS)


def _grid(source: Source, groups: list[dict[str, BySeed]], metric: Metric) -> ReportTable:
    """The eight rows on every dataset; best and second marked on complete datasets."""
    seeds, protocol = source.selection.seeds, str(metric.protocol)
    cells = [_cells(group, metric.id, seeds) for group in groups]
    shared = shared_datasets(cells)
    body = [_labels(row) for row in modifications()]
    for dataset in DATASETS:
        for line, entry in zip(body, _ranked([c[dataset] for c in cells], metric), strict=True):
            line.append(entry)
    header = ["method", *PARAMETERS.values(), *DATASETS, "Average"]
    for line, column in zip(body, cells, strict=True):
        mean = averaged(list(column.values()), seeds)
        line.append(score_entry(mean) if mean.complete else datasets_known(column))
    if 0 < len(shared) < len(DATASETS):
        header.append(f"Average of {len(shared)} datasets")
        means = [averaged([c[d] for d in shared], seeds) for c in cells]
        body = [[*line, entry] for line, entry in zip(body, _ranked(means, metric), strict=True)]
    note = note_of(protocol, source.selection, [run for group in groups for run in runs_in(group)])
    note += partial_note(shared, ALL_ROWS) + PAPERS_TERMS
    name = f"table3_{protocol}" + ("" if metric.name == "f1" else f"_{metric.name}")
    title = f"Table III dataset by dataset, {metric.title}, {protocol} protocol"
    return ReportTable(name, title, header, body, note, keys=KEYS, columns=6)


def _cells(group: Mapping[str, BySeed], metric: str, seeds: tuple[int, ...]) -> dict[str, Cell]:
    return {d: cell(group.get(d), metric, seeds) for d in DATASETS}


def _labels(row: Mapping[str, str]) -> list[Entry]:
    return [Entry(row_title(row)), *(Entry(row[name]) for name in PARAMETERS)]


def _ranked(cells: list[Cell], metric: Metric | None = None) -> list[Entry]:
    values = [c.mean if c.complete else None for c in cells]
    texts = [score_entry(c).text for c in cells]
    better = True if metric is None else metric.higher_is_better
    return marked_if_complete(ranked(values, texts, [True] * len(cells), better))
