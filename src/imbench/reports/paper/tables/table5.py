"""Table V: where the classifier on the reduced rows is weak, so may be who lets it check made rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from imbench.reports.methods import paper_methods
from imbench.reports.paper.cells import PAPERS_MODEL, PROTOCOLS, marked_if_whole, note_of, ranked_row
from imbench.reports.paper.published import published
from imbench.reports.select import Selection, cell, select
from imbench.reports.table import Entry, ReportTable, ranked


def table5(runs: Iterable[Mapping[str, Any]], choice: Selection) -> ReportTable:
    """Table V: a selection of Table II's cells, the paper's line above ours under both readings.

    Best bold and second underlined in each whole line; "Original" sees more rows and does not compete.
    """
    lines = published("table5")
    datasets = list(dict.fromkeys(line["dataset"] for line in lines))
    columns = {line["column"] for line in lines}
    cards = [card for card in paper_methods() if card.column in columns]
    paper = {(line["dataset"], line["column"]): float(line["f1_mean"]) for line in lines}
    groups = select(runs, choice)
    rows = []
    for dataset in datasets:
        values = [paper[dataset, card.column] for card in cards]
        said = ranked(values, [f"{value:.4f}" for value in values], [card.competes for card in cards])
        rows.append([Entry(dataset), Entry("paper"), *said])
        for reading in PROTOCOLS:
            cells = [cell(groups.get((dataset, c.name)), f"{reading}_f1", choice.seeds) for c in cards]
            rows.append(
                [Entry(dataset), Entry(f"ours, {reading}"), *marked_if_whole(ranked_row(cells, cards))]
            )
    used = [
        run for dataset in datasets for card in cards for run in groups.get((dataset, card.name), {}).values()
    ]
    title = "Table V: F1 of the methods that check their rows, on four tables"
    header = ["dataset", "values", *(card.title for card in cards)]
    return ReportTable("table5", title, header, rows, note_of("both", choice, used) + PAPERS_MODEL, keys=2)
