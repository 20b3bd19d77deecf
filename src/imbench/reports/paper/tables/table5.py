"""Table V: F1 of the methods that verify their rows, where the verifying classifier is weak."""

from __future__ import annotations

from collections.abc import Iterator

from imbench.reports.entries import note_of, ranked_row
from imbench.reports.paper.averages import PAPERS_MODEL, marked_if_complete
from imbench.reports.paper.paper_suite import paper_methods
from imbench.reports.paper.published import published
from imbench.reports.registry import Source, report_table
from imbench.reports.select import cell, runs_of
from imbench.reports.table import Entry, ReportTable, ranked
from imbench.scoring.metrics import PROTOCOLS


@report_table("5", title="Table V: F1 of the methods that verify their rows, on four datasets", suite="paper")
def table5(source: Source) -> Iterator[ReportTable]:
    """A selection of Table II's cells, the paper's line above ours under both protocols.

    Best bold and second underlined in each complete line; "Original" sees more rows and does not compete.
    """
    lines = published("table5")
    datasets = list(dict.fromkeys(line["dataset"] for line in lines))
    columns = {line["column"] for line in lines}
    methods = [m for m in paper_methods() if m.paper_column in columns]
    paper = {(line["dataset"], line["column"]): float(line["f1_mean"]) for line in lines}
    groups, selection, rows = source.groups, source.selection, []
    for dataset in datasets:
        values = [paper[dataset, m.paper_column] for m in methods]
        printed = ranked(values, [f"{value:.4f}" for value in values], [m.competes for m in methods])
        rows.append([Entry(dataset), Entry("paper"), *printed])
        for protocol in PROTOCOLS:
            cells = [cell(groups.get((dataset, m.name)), f"{protocol}_f1", selection.seeds) for m in methods]
            marked = marked_if_complete(ranked_row(cells, methods))
            rows.append([Entry(dataset), Entry(f"ours, {protocol}"), *marked])
    used = runs_of(groups, datasets, methods)
    title = "Table V: F1 of the methods that verify their rows, on four datasets"
    header = ["dataset", "values", *(m.title for m in methods)]
    yield ReportTable("table5", title, header, rows, note_of("both", selection, used) + PAPERS_MODEL, keys=2)
