"""Table IV: ImbLLM without its interpolated rows ("ImbLLM-inter", r = 0) against ImbLLM (r = 1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from imbench.reports.entries import note_of, score_entry
from imbench.reports.paper.averages import (
    PAPERS_MODEL,
    averaged,
    better,
    datasets_known,
    partial_note,
    shared_datasets,
)
from imbench.reports.paper.published import AVERAGE, DATASETS, table4_value
from imbench.reports.paper.variants import RATIOS, interpolation_variant
from imbench.reports.registry import Source, report_table
from imbench.reports.select import Cell, cell, runs_in, select_variant
from imbench.reports.table import Entry, ReportTable
from imbench.scoring.metrics import CORRECTED, METRICS, PROTOCOLS, PUBLISHED, quality_id

#: What close probability is measured on under each protocol.
DISTANCES = {
    PUBLISHED: " Close probability: on unscaled numbers and integer codes, as the paper must have had them.",
    CORRECTED: " Close probability: on numbers scaled to [0, 1] and categories one-hot, which is not "
    "comparable with the paper's.",
}
#: Cells by dataset, by the paper's name of the column.
Columns = dict[str, dict[str, Cell]]


@report_table("4", title="Table IV: ImbLLM with and without interpolation", suite="paper")
def table4(source: Source) -> Iterator[ReportTable]:
    """F1, AUC and close probability under each protocol, the paper's pair beside ours.

    The higher of each pair is bold. Where not all ten datasets are complete, a further line averages those
    that are, and the paper's cells over the very same datasets.
    """
    selection = source.selection
    groups = {
        name: select_variant(source.runs, selection, interpolation_variant(r)) for name, r in RATIOS.items()
    }
    used = [run for group in groups.values() for run in runs_in(group)]
    for protocol in PROTOCOLS:
        ids = {name: f"{protocol}_{name}" for name in ("f1", "auc")}
        ids["close_probability"] = quality_id(protocol, "close_probability")
        cells: list[tuple[str, Columns]] = [
            (m, {name: {d: cell(group.get(d), flat, selection.seeds) for d in DATASETS}
                 for name, group in groups.items()})
            for m, flat in ids.items()
        ]  # fmt: skip
        rows = [
            _row(place, cells, list(DATASETS) if place == AVERAGE else [place], selection.seeds)
            for place in (*DATASETS, AVERAGE)
        ]
        shared = shared_datasets(column for _, columns in cells for column in columns.values())
        if 0 < len(shared) < len(DATASETS):
            rows.append(_row(f"{AVERAGE} of {len(shared)} datasets", cells, shared, selection.seeds))
        header = ["dataset"] + [
            f"{METRICS[flat].title}, {whose}: {name}"
            for flat in ids.values()
            for whose in ("paper", "ours")
            for name in RATIOS
        ]
        note = note_of(protocol, selection, used) + partial_note(shared, "both columns of ours")
        note += DISTANCES[protocol] + PAPERS_MODEL
        title = f"Table IV: ImbLLM with and without interpolation, {protocol} protocol"
        yield ReportTable(f"table4_{protocol}", title, header, rows, note, columns=2 * len(RATIOS))


def _row(
    place: str, cells: list[tuple[str, Columns]], datasets: list[str], seeds: tuple[int, ...]
) -> list[Entry]:
    """One line, over one dataset or over several: the paper's pair and ours for every metric."""
    row = [Entry(place)]
    for metric, columns in cells:
        paper = [_published(place, name, metric, datasets) for name in columns]
        row += better(paper, [f"{value:.4f}" for value in paper])
        ours = [averaged([column[d] for d in datasets], seeds) for column in columns.values()]
        texts = [_text(mean, column, datasets) for mean, column in zip(ours, columns.values(), strict=True)]
        row += better([mean.mean if mean.complete else None for mean in ours], texts)
    return row


def _text(mean: Cell, column: Mapping[str, Cell], datasets: list[str]) -> str:
    if mean.complete:
        return score_entry(mean).text
    return datasets_known(column).text if len(datasets) > 1 else column[datasets[0]].state


def _published(place: str, name: str, metric: str, datasets: list[str]) -> float:
    """The paper's number at this place, or the mean of its cells where it prints none."""
    printed = table4_value(place, name, metric)
    if printed is not None:
        return printed
    return float(np.mean([table4_value(d, name, metric) for d in datasets]))
