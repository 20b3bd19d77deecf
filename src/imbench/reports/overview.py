"""Every method on every dataset under both protocols, as a table and as a figure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from imbench.reports.entries import note_of, protocols_of, ranked_row
from imbench.reports.letters import lines_of
from imbench.reports.registry import Source, report_figure, report_table
from imbench.reports.select import cell, runs_in
from imbench.reports.style import (
    PROTOCOL_STYLE,
    caption,
    note_in,
    number,
    panel_title,
    pyplot,
    soften,
    write_figure,
)
from imbench.reports.table import PAGE_COLUMNS, Entry, ReportTable
from imbench.scoring.metrics import CORRECTED, Metric

COLUMNS = 5
#: Numbers on a panel's axis at most, and characters of a method's title in a line.
TICKS, METHOD_LETTERS = 5, 40
#: Vertical distance of the two protocols' marks from a method's line.
OFFSETS = (0.14, -0.14)


@report_table("overview", title="Every method on every dataset under both protocols")
def overview(source: Source) -> Iterator[ReportTable]:
    """Methods as rows, a column for each dataset and protocol; turned where any datasets are many."""
    metric = source.metric or "f1"
    by_protocol, seeds = _corrected_first(metric), source.selection.seeds
    datasets = source.suite.ordered(d for d, _ in source.groups)
    methods = source.methods()
    lines = {}
    for dataset in datasets:
        for protocol, entry in by_protocol.items():
            cells = [cell(source.groups.get((dataset, m.name)), entry.id, seeds) for m in methods]
            lines[dataset, protocol] = ranked_row(cells, methods, entry.higher_is_better)
    if not source.suite.datasets and len(lines) > max(PAGE_COLUMNS, len(methods)):
        header = ["dataset", "protocol", *(m.title for m in methods)]
        rows = [[Entry(dataset), Entry(protocol), *line] for (dataset, protocol), line in lines.items()]
    else:
        header = ["method", *(f"{dataset}, {protocol}" for dataset, protocol in lines)]
        rows = [[Entry(m.title), *(line[i] for line in lines.values())] for i, m in enumerate(methods)]
    title = f"{next(iter(by_protocol.values())).title} of every method"
    note = note_of(" and ".join(by_protocol), source.selection, runs_in(source.groups))
    name = "overview" if metric == "f1" else f"overview_{metric}"
    yield ReportTable(name, title, header, rows, note, keys=1 if header[0] == "method" else 2)


def _corrected_first(metric: str) -> dict[str, Metric]:
    """:func:`protocols_of` with the protocol first by which methods are to be compared."""
    return dict(sorted(protocols_of(metric).items(), key=lambda found: found[0] != CORRECTED))


@report_figure("scores", title="Scores of every method on every dataset under both protocols")
def scores_figure(source: Source, folder: Path) -> list[Path]:
    """A dot and a bar of one standard deviation for each method and protocol, a panel for each dataset.

    Methods without all their seeds on a dataset leave their line empty there. Writes PNG, PDF and CSV.
    """
    metric = source.metric or "f1"
    by_protocol, selection = protocols_of(metric), source.selection
    datasets = source.suite.ordered(d for d, _ in source.groups)
    methods = source.methods()[::-1]
    columns = min(COLUMNS, max(1, len(datasets)))
    lines = -(-max(1, len(datasets)) // columns)
    size = (2.1 + 2.0 * columns, 1.2 + lines * (0.5 + 0.23 * len(methods)))
    figure, axes = pyplot().subplots(
        lines, columns, figsize=size, sharey=True, squeeze=False, layout="constrained"
    )
    for axis in axes.ravel()[len(datasets) :]:
        axis.set_visible(False)
    titles = [lines_of(m.title, METHOD_LETTERS) for m in methods]
    rows = []
    for axis, dataset in zip(axes.ravel(), datasets, strict=False):
        complete = False
        for offset, (protocol, entry) in zip(OFFSETS, by_protocol.items(), strict=False):
            cells = [cell(source.groups.get((dataset, m.name)), entry.id, selection.seeds) for m in methods]
            rows += [
                [dataset, method.title, protocol, number(c.mean), number(c.std), c.state]
                for method, c in zip(methods[::-1], cells[::-1], strict=True)
            ]
            complete |= any(c.complete for c in cells)
            colour, marker = PROTOCOL_STYLE[protocol]
            axis.errorbar([c.mean for c in cells], np.arange(len(methods)) + offset,
                          xerr=[c.std for c in cells], fmt=marker, color=colour, markersize=4, linewidth=1,
                          label=f"{protocol} protocol")  # fmt: skip
        panel_title(axis, dataset)
        soften(axis)
        axis.set_yticks(range(len(methods)), titles, fontsize=8)
        axis.set_ylim(-0.5, len(methods) - 0.5)  # else marks lie on the frame where there are few methods
        axis.locator_params(axis="x", nbins=TICKS)
        if not complete:
            axis.set_xticks([])
            note_in(axis, "no method has all its runs")
    if datasets:
        handles, labels = axes.ravel()[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=2, frameon=False, fontsize=8)
    title = next(iter(by_protocol.values())).title
    facts = (f"{title}, mean and std over the seeds", f"imbalance ratio {selection.imbalance_ratio}")
    note = caption(selection, runs_in(source.groups), *facts)
    stem = folder / ("scores" if metric == "f1" else f"scores_{metric}")
    header = ["dataset", "method", "protocol", f"{metric}_mean", f"{metric}_std", "state"]
    return write_figure(figure, stem, f"{title} of every method", header, rows, note)
