"""The methods with a language model, one line for each stored model: what changes with the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from imbench.reports.entries import note_of
from imbench.reports.registry import Source, report_table
from imbench.reports.select import BySeed, Run, cell, select
from imbench.reports.table import MISSING, Entry, ReportTable

#: Means that are shown: the name in a flat line, its heading, decimals.
COLUMNS = (
    ("corrected_f1", "F1", 3),
    ("corrected_average_precision", "average precision", 3),
    ("published_f1", "published F1", 3),
    ("coverage", "coverage", 3),
    ("copies_of_train", "copies", 3),
    ("duplicates", "duplicates", 3),
    ("share_added", "rows added of those requested", 2),
    ("seconds_generate", "seconds to generate", 1),
)
NOTHING = "no method is complete with two language models on a dataset"


@report_table("models", title="Language models beside each other, by method")
def models(source: Source) -> Iterator[ReportTable]:
    """Means over the datasets on which a method is complete with every model that it is stored with.

    Methods that are stored with one model only are left out.
    """
    names = sorted({str(run["llm"]) for run in source.runs if run["llm"]})
    runs = [_with_share(run) for run in source.runs if run["llm"]]
    groups = {name: select(runs, replace(source.selection, llm=name)) for name in names}
    present = {m for found in groups.values() for _, m in found}
    rows, used = [], []
    for method in source.suite.in_order(present):
        by_model = {
            name: {d: g for (d, m), g in found.items() if m == method.name} for name, found in groups.items()
        }
        by_model = {name: g for name, g in by_model.items() if len(_complete(source, g)) > 1}
        shared = [d for d in source.suite.ordered(_present(by_model)) if _in_all(source, by_model, d)]
        if len(by_model) < 2 or not shared:
            continue
        for name, found in by_model.items():
            used += [run for d in shared for run in found[d].values()]
            rows.append([Entry(method.title), Entry(name), Entry(str(len(shared)))])
            for flat, _, decimals in COLUMNS:
                cells = [cell(found[d], flat, source.selection.seeds) for d in shared]
                known = all(c.complete for c in cells)
                text = f"{np.mean([c.mean for c in cells]):.{decimals}f}" if known else "–"
                rows[-1].append(Entry(text, "" if known else MISSING))
    header = ["method", "language model", "datasets", *(title for _, title, _ in COLUMNS)]
    title = "Language models beside each other"
    note = note_of("corrected, unless said", source.selection, used)
    note += " Means over datasets of means over seeds. Seconds are wall time on the machines of the records."
    if not rows:
        header, rows = ["state"], [[Entry(NOTHING, MISSING)]]
    yield ReportTable("models", title, header, rows, note)


def _with_share(run: Run) -> dict[str, Any]:
    requested = run.get("ledger_requested")
    return {**run, "share_added": run["ledger_added"] / requested if requested else None}


def _present(by_model: dict[str, dict[str, BySeed]]) -> set[str]:
    """All datasets of any model."""
    return {d for found in by_model.values() for d in found}


def _complete(source: Source, found: dict[str, BySeed]) -> list[str]:
    seeds = source.selection.seeds
    return [d for d, group in found.items() if cell(group, COLUMNS[0][0], seeds).complete]


def _in_all(source: Source, by_model: dict[str, dict[str, BySeed]], dataset: str) -> bool:
    return all(dataset in _complete(source, found) for found in by_model.values())
