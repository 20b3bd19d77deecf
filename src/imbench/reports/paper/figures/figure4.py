"""Figure 4: averages over datasets of AUC, close probability and coverage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from imbench.reports.methods import MethodMetadata, in_order
from imbench.reports.paper.published import DATASETS, figure4_value
from imbench.reports.select import Selection, cell, select
from imbench.reports.style import (
    GREY,
    LEADERS,
    caption,
    methods_of_columns,
    number,
    pyplot,
    soften,
    style_of,
    write_figure,
)

HEADER = ["source", "metric", "method", "mean", "std", "datasets", "state"]
TOP = LEADERS[:3]


@dataclass(frozen=True)
class Panel:
    """One score: its flat name, its name for people, and the paper's name of it, if it has it."""

    metric: str
    title: str
    paper: str | None = None


PANELS = (
    Panel("published_auc", "AUC, published protocol\n(from predicted labels)", "auc"),
    Panel("corrected_auc", "AUC, corrected protocol\n(from probabilities)"),
    Panel("close_probability", "Close probability", "close_probability"),
    Panel("coverage", "Coverage", "coverage"),
)


def averages_figure(runs: Iterable[Mapping[str, Any]], selection: Selection, stem: Path) -> list[Path]:
    """The paper's three top methods in colour, the others in grey, its values as hollow diamonds.

    All averages are over the datasets that the three have complete; another method is shown when it is
    complete on all of them. A mean's bar is the std over the seeds of the mean over datasets. Writes
    PNG, PDF and CSV.
    """
    plt = pyplot()
    groups = select(runs, selection)
    top = methods_of_columns(TOP)
    present = {d for d, _ in groups}
    datasets = [d for d in DATASETS if d in present] + sorted(present - set(DATASETS))
    datasets = [d for d in datasets if all(_whole(groups, d, method, selection) for method in top)]
    others = [c for c in in_order({m for _, m in groups}) if c not in top]
    shown = [
        c for c in others if datasets and all(_whole(groups, d, c, selection, made=False) for d in datasets)
    ]
    absent = [c for c in others if c not in shown]
    methods = [*top, *shown]
    found = {(p, c): _average(groups, datasets, c, p, selection) for p in PANELS for c in methods}
    paper = {
        (p, c): value
        for p in PANELS
        for c in top
        if p.paper and c.column and (value := figure4_value(c.column, p.paper)) is not None
    }
    ten = set(datasets) == set(DATASETS)

    size = (12.5, 2.0 + 0.26 * len(methods))
    figure, axes = plt.subplots(1, len(PANELS), figsize=size, sharey=True, layout="constrained")
    for axis, panel in zip(axes, PANELS, strict=True):
        for place, method in enumerate(methods):
            style, (mean, std, _) = style_of(method), found[panel, method]
            colour, marker = (style.colour, style.marker) if method in top else (GREY, "o")
            axis.errorbar([mean], [place], xerr=[std], fmt=marker, color=colour, markersize=6, linewidth=1)
            if ten and (panel, method) in paper:
                axis.plot([paper[panel, method]], [place], "D", markersize=9, markerfacecolor="none",
                          markeredgecolor=colour)  # fmt: skip
        axis.set_title(panel.title, fontsize=9)
        axis.set_xlabel(f"mean over {len(datasets)} datasets", fontsize=8)
        soften(axis)
        axis.set_yticks(range(len(methods)), [c.title for c in methods], fontsize=8)
        if not datasets:
            axis.text(0.5, 0.5, "No dataset is complete\nfor the three yet.", ha="center", va="center",
                      fontsize=8, transform=axis.transAxes)  # fmt: skip
    axes[0].set_ylim(len(methods) - 0.4, -0.6)
    used = [r for d in datasets for c in methods for r in groups.get((d, c.name), {}).values()]
    words = [f"Averages over {'the ten datasets' if ten else ', '.join(datasets) or 'no dataset'}"]
    if not ten:
        words.append("the paper's averages are over ten datasets and not drawn beside these")
    elif paper:
        words.append("hollow: the paper's value")
    words += ["in colour the paper's top three", "methods that make no rows have an AUC only"]
    if absent:
        words.append(f"not shown, incomplete on these datasets: {', '.join(c.title for c in absent)}")
    note = caption(selection, used, *words, f"imbalance ratio {selection.imbalance_ratio}")
    rows = [
        ["ours", p.metric, c.title, number(mean), number(std), str(len(datasets)), state]
        for (p, c), (mean, std, state) in found.items()
    ]
    rows += [
        ["paper", p.metric, c.title, number(v), "", str(len(DATASETS)), ""] for (p, c), v in paper.items()
    ]
    return write_figure(figure, stem, "Figure 4: averages", HEADER, rows, note)


def _whole(
    groups: Mapping[tuple[str, str], Any],
    dataset: str,
    method: MethodMetadata,
    selection: Selection,
    made: bool = True,
) -> bool:
    """Whether a method has all scores of all panels on a dataset; without ``made``: the AUC will do."""
    metrics = [p.metric for p in PANELS if made or p.metric.endswith("auc")]
    return all(cell(groups.get((dataset, method.name)), m, selection.seeds).complete for m in metrics)


def _average(
    groups: Mapping[tuple[str, str], Any],
    datasets: list[str],
    method: MethodMetadata,
    panel: Panel,
    selection: Selection,
) -> tuple[float, float, str]:
    cells = [cell(groups.get((d, method.name)), panel.metric, selection.seeds) for d in datasets]
    incomplete = [d for d, c in zip(datasets, cells, strict=True) if not c.complete]
    if incomplete or not cells:
        return (
            float("nan"),
            float("nan"),
            f"no value on {', '.join(incomplete)}" if incomplete else "no dataset",
        )
    by_seed = [np.mean([c.values[s] for c in cells]) for s in selection.seeds]
    return float(np.mean(by_seed)), float(np.std(by_seed)), "complete"
