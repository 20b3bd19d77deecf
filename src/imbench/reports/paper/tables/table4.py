"""Table IV: ImbLLM without its interpolated rows ("ImbLLM-inter", r = 0) against ImbLLM (r = 1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from imbench.reports.methods import paper_methods
from imbench.reports.paper.cells import (
    METRIC_NAMES,
    PAPERS_MODEL,
    averaged,
    better,
    datasets_known,
    note_of,
    partial_options,
    score_entry,
    shared_datasets,
)
from imbench.reports.paper.published import AVERAGE, COLUMNS, DATASETS, table4_value
from imbench.reports.select import Cell, Selection, cell, select_variant
from imbench.reports.table import Entry, ReportTable

#: The paper's names of the two, and the interpolation ratio of each.
RATIOS = {"ImbLLM-inter": 0.0, "ImbLLM": 1.0}
METRICS = ("f1", "auc", "close_probability")
WHOSE = ("paper", "ours")

Columns = dict[str, dict[str, Cell]]


def overrides_of(ratio: float) -> tuple[str, ...]:
    """The words of the command line that make the runs of one interpolation ratio."""
    base = next(method.name for method in paper_methods() if method.column == COLUMNS[-1])
    return (f"method={base}", f"method.interpolation_ratio={ratio}")


def table4(runs: Iterable[Mapping[str, Any]], protocol: str, selection: Selection) -> ReportTable:
    """Table IV under one protocol: F1, AUC and close probability, the paper's pair beside ours.

    The higher of each pair is bold. Where not all ten datasets are complete, a further line averages those
    that are, and the paper's cells over the very same datasets.
    """
    runs = list(runs)
    groups = {name: select_variant(runs, selection, overrides_of(r)) for name, r in RATIOS.items()}
    cells: dict[str, Columns] = {
        metric: {
            name: {d: cell(group.get(d), field, selection.seeds) for d in DATASETS}
            for name, group in groups.items()
        }
        for metric, field in _fields(protocol).items()
    }
    header = ["dataset"] + [
        f"{METRIC_NAMES[metric]}, {whose}: {name}" for metric in cells for whose in WHOSE for name in RATIOS
    ]
    rows = [_row(place, cells, _tables_of(place), selection.seeds) for place in (*DATASETS, AVERAGE)]
    shared = shared_datasets(column for columns in cells.values() for column in columns.values())
    if 0 < len(shared) < len(DATASETS):
        rows.append(_row(f"{AVERAGE} of {len(shared)} datasets", cells, shared, selection.seeds))
    used = [run for group in groups.values() for seeds in group.values() for run in seeds.values()]
    note = note_of(protocol, selection, used) + partial_options(shared, "both columns of ours")
    note += " Close probability is measured on the synthetic rows and has no protocol." + PAPERS_MODEL
    title = f"Table IV: ImbLLM with and without interpolation, {protocol} protocol"
    return ReportTable(f"table4_{protocol}", title, header, rows, note, columns=len(WHOSE) * len(RATIOS))


def _fields(protocol: str) -> dict[str, str]:
    return {m: m if m == "close_probability" else f"{protocol}_{m}" for m in METRICS}


def _tables_of(place: str) -> list[str]:
    return list(DATASETS) if place == AVERAGE else [place]


def _row(
    place: str, cells: Mapping[str, Columns], datasets: list[str], seeds: tuple[int, ...]
) -> list[Entry]:
    """One line, over one dataset or over several: the paper's pair and ours for every metric."""
    row = [Entry(place)]
    for metric, columns in cells.items():
        said = [_published(place, name, metric, datasets) for name in columns]
        row += better(said, [f"{value:.4f}" for value in said])
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
