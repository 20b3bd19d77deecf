"""Table V: where the classifier on the reduced rows is weak, so may be who lets it check synthetic rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from imbench.reports.methods import paper_methods
from imbench.reports.paper.cells import PAPERS_MODEL, PROTOCOLS, marked_if_complete, note_of, ranked_row
from imbench.reports.paper.published import published
from imbench.reports.select import Selection, cell, select
from imbench.reports.table import Entry, ReportTable, ranked


def table5(runs: Iterable[Mapping[str, Any]], selection: Selection) -> ReportTable:
    """Table V: a selection of Table II's cells, the paper's line above ours under both protocols.

    Best bold and second underlined in each complete line; "Original" sees more rows and does not compete.
    """
    lines = published("table5")
    datasets = list(dict.fromkeys(line["dataset"] for line in lines))
    columns = {line["column"] for line in lines}
    methods = [method for method in paper_methods() if method.column in columns]
    paper = {(line["dataset"], line["column"]): float(line["f1_mean"]) for line in lines}
    groups = select(runs, selection)
    rows = []
    for dataset in datasets:
        values = [paper[dataset, method.column] for method in methods]
        said = ranked(values, [f"{value:.4f}" for value in values], [method.competes for method in methods])
        rows.append([Entry(dataset), Entry("paper"), *said])
        for protocol in PROTOCOLS:
            cells = [cell(groups.get((dataset, c.name)), f"{protocol}_f1", selection.seeds) for c in methods]
            rows.append(
                [Entry(dataset), Entry(f"ours, {protocol}"), *marked_if_complete(ranked_row(cells, methods))]
            )
    used = [
        run
        for dataset in datasets
        for method in methods
        for run in groups.get((dataset, method.name), {}).values()
    ]
    title = "Table V: F1 of the methods that check their rows, on four datasets"
    header = ["dataset", "values", *(method.title for method in methods)]
    return ReportTable("table5", title, header, rows, note_of("both", selection, used) + PAPERS_MODEL, keys=2)
