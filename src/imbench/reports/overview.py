"""F1 of every method on every dataset under both protocols."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from imbench.reports.methods import in_order
from imbench.reports.paper.published import DATASETS
from imbench.reports.select import Selection, cell, select
from imbench.reports.style import PROTOCOL_STYLE, caption, number, pyplot, soften, write_figure

COLUMNS = 5
HEADER = ["dataset", "method", "protocol", "f1_mean", "f1_std", "state"]


def scores_figure(runs: Iterable[Mapping[str, Any]], selection: Selection, stem: Path) -> list[Path]:
    """F1 of every method on every dataset under both protocols: a dot and a bar of one std each.

    Methods without all their seeds on a dataset leave their line empty there. Writes PNG, PDF and CSV.
    """
    plt = pyplot()
    groups = select(runs, selection)
    present = {d for d, _ in groups}
    datasets = [d for d in DATASETS if d in present] + sorted(present - set(DATASETS))
    methods = in_order({m for _, m in groups})[::-1]
    columns = min(COLUMNS, max(1, len(datasets)))
    lines = -(-max(1, len(datasets)) // columns)
    size = (2.1 + 2.0 * columns, 1.2 + lines * (0.5 + 0.23 * len(methods)))
    figure, axes = plt.subplots(
        lines, columns, figsize=size, sharey=True, squeeze=False, layout="constrained"
    )
    for axis in axes.ravel()[len(datasets) :]:
        axis.set_visible(False)
    rows = []
    for axis, dataset in zip(axes.ravel(), datasets, strict=False):
        for offset, (protocol, (colour, marker)) in zip((0.14, -0.14), PROTOCOL_STYLE.items(), strict=True):
            cells = [cell(groups.get((dataset, c.name)), f"{protocol}_f1", selection.seeds) for c in methods]
            rows += [
                [dataset, method.title, protocol, number(c.mean), number(c.std), c.state]
                for method, c in zip(methods[::-1], cells[::-1], strict=True)
            ]
            axis.errorbar(
                [c.mean for c in cells],
                np.arange(len(methods)) + offset,
                xerr=[c.std for c in cells],
                fmt=marker,
                color=colour,
                markersize=4,
                linewidth=1,
                label=f"{protocol} protocol",
            )
        axis.set_title(dataset, fontsize=9)
        soften(axis)
        axis.set_yticks(range(len(methods)), [c.title for c in methods], fontsize=8)
    if datasets:
        handles, labels = axes.ravel()[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=2, frameon=False, fontsize=8)
    used = [run for group in groups.values() for run in group.values()]
    note = caption(
        selection, used, "F1, mean and std over the seeds", f"imbalance ratio {selection.imbalance_ratio}"
    )
    return write_figure(figure, stem, "F1 of every method", HEADER, rows, note)
