"""Figures of stored runs. Every figure carries its reading, seeds, number of runs and commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from imbench.reports.collect import Choice, cell, provenance, select
from imbench.reports.methods import in_order
from imbench.reports.paper import DATASETS

#: Okabe and Ito's colours, which the colour-blind can tell apart; the markers differ as well.
READING_STYLE = {"published": ("#D55E00", "o"), "corrected": ("#0072B2", "D")}
COLUMNS = 5


def scores_figure(runs: Iterable[Mapping[str, Any]], choice: Choice, stem: Path) -> list[Path]:
    """F1 of every method on every table under both readings: a dot and a bar of one std each.

    Methods without all their seeds on a table leave their line empty there. Writes PNG and PDF.
    """
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    groups = select(runs, choice)
    present = {d for d, _ in groups}
    datasets = [d for d in DATASETS if d in present] + sorted(present - set(DATASETS))
    cards = in_order({m for _, m in groups})[::-1]
    columns = min(COLUMNS, max(1, len(datasets)))
    lines = -(-max(1, len(datasets)) // columns)
    size = (2.1 + 2.0 * columns, 1.2 + lines * (0.5 + 0.23 * len(cards)))
    figure, axes = plt.subplots(
        lines, columns, figsize=size, sharey=True, squeeze=False, layout="constrained"
    )
    for axis in axes.ravel()[len(datasets) :]:
        axis.set_visible(False)
    for axis, dataset in zip(axes.ravel(), datasets, strict=False):
        for offset, (reading, (colour, marker)) in zip((0.14, -0.14), READING_STYLE.items(), strict=True):
            cells = [cell(groups.get((dataset, c.name)), f"{reading}_f1", choice.seeds) for c in cards]
            axis.errorbar(
                [c.mean for c in cells],
                np.arange(len(cards)) + offset,
                xerr=[c.std for c in cells],
                fmt=marker,
                color=colour,
                markersize=4,
                linewidth=1,
                label=f"{reading} reading",
            )
        axis.set_title(dataset, fontsize=9)
        axis.set_yticks(range(len(cards)), [c.title for c in cards], fontsize=8)
        axis.tick_params(axis="x", labelsize=7)
        axis.grid(axis="both", color="#dddddd", linewidth=0.5)
        axis.set_axisbelow(True)
    if datasets:
        handles, labels = axes.ravel()[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=2, frameon=False, fontsize=8)
    used = [run for group in groups.values() for run in group.values()]
    seeds = ", ".join(map(str, choice.seeds))
    figure.supxlabel(
        f"F1, mean and std over seeds {seeds}; imbalance ratio {choice.imbalance_ratio}; "
        f"{choice.classifier}\n{provenance(used)}",
        fontsize=7,
    )
    stem.parent.mkdir(parents=True, exist_ok=True)
    paths = [stem.with_suffix(ending) for ending in (".png", ".pdf")]
    for path in paths:
        figure.savefig(path, dpi=150, metadata={"CreationDate": None} if path.suffix == ".pdf" else None)
    plt.close(figure)
    return paths
