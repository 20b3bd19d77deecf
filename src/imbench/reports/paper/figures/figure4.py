"""Figure 4: averages over datasets of AUC, close probability and coverage."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from imbench.reports.methods import MethodMetadata
from imbench.reports.paper.figures.leaders import LEADERS, style_of
from imbench.reports.paper.paper_suite import PAPER, methods_of
from imbench.reports.paper.published import DATASETS, figure4_value
from imbench.reports.registry import Source, report_figure
from imbench.reports.select import cell, runs_of
from imbench.reports.style import GREY, caption, note_in, number, pyplot, soften, write_figure

HEADER = ["source", "metric", "method", "mean", "std", "datasets", "state"]
TOP = LEADERS[:3]


@dataclass(frozen=True)
class Panel:
    """One score: its flat name, its title, and the paper's name of it, if it has it.

    ``required``: whether a dataset without it is left out. Records from before 2026-11-25 have no measures
    on raw codes.
    """

    metric: str
    title: str
    paper: str | None = None
    required: bool = True


PANELS = (
    Panel("published_auc", "AUC, published protocol\n(from predicted labels)", "auc"),
    Panel("corrected_auc", "AUC, corrected protocol\n(from probabilities)"),
    Panel("published_close_probability", "Close probability,\nraw codes", "close_probability", False),
    Panel("close_probability", "Close probability,\nscaled, one-hot"),
    Panel("published_coverage", "Coverage,\nraw codes", "coverage", False),
    Panel("coverage", "Coverage,\nscaled, one-hot"),
)


@dataclass(frozen=True)
class Averages:
    """What the figure shows: datasets, methods, ours as (mean, std, state), and the paper's values."""

    datasets: list[str]
    top: list[MethodMetadata]
    methods: list[MethodMetadata]
    absent: list[MethodMetadata]
    ours: dict[tuple[Panel, MethodMetadata], tuple[float, float, str]]
    paper: dict[tuple[Panel, MethodMetadata], float]

    @property
    def all_datasets(self) -> bool:
        """Whether the averages are over the paper's ten datasets."""
        return set(self.datasets) == set(DATASETS)


@report_figure("4", title="Figure 4: average AUC, close probability and coverage", suite="paper")
def figure4(source: Source, folder: Path) -> list[Path]:
    """The paper's three top methods in colour, the others in grey, its values as hollow diamonds.

    All averages are over the datasets that the three have complete; another method is shown when it is
    complete on all of them. A mean's bar is the std over the seeds of the mean over datasets. Writes
    PNG, PDF and CSV.
    """
    found, selection = averages(source), source.selection
    figure = _draw(found)
    used = runs_of(source.groups, found.datasets, found.methods)
    over = "the ten datasets" if found.all_datasets else ", ".join(found.datasets) or "no dataset"
    facts = [f"Averages over {over}"]
    if not found.all_datasets:
        facts.append("the paper's averages are over ten datasets and not drawn beside these")
    elif found.paper:
        facts.append("hollow: the paper's value")
    facts += ["in colour the paper's top three", "methods without synthetic rows have an AUC only"]
    if found.absent:
        facts.append(f"not shown, incomplete on these datasets: {', '.join(m.title for m in found.absent)}")
    note = caption(selection, used, *facts, f"imbalance ratio {selection.imbalance_ratio}")
    rows = [
        ["ours", p.metric, m.title, number(mean), number(std), str(len(found.datasets)), state]
        for (p, m), (mean, std, state) in found.ours.items()
    ]
    rows += [
        ["paper", p.metric, m.title, number(v), "", str(len(DATASETS)), ""]
        for (p, m), v in found.paper.items()
    ]
    return write_figure(figure, folder / "figure4", "Figure 4: averages", HEADER, rows, note)


def averages(source: Source) -> Averages:
    """The numbers of the figure."""
    top = methods_of(TOP)
    present = PAPER.ordered(d for d, _ in source.groups)
    datasets = [d for d in present if all(_complete(source, d, m) for m in top)]
    others = [m for m in PAPER.in_order({m for _, m in source.groups}) if m not in top]
    shown = [m for m in others if datasets and all(_complete(source, d, m, rows=False) for d in datasets)]
    methods = [*top, *shown]
    ours = {(p, m): _average(source, datasets, m, p) for p in PANELS for m in methods}
    paper = {
        (p, m): value
        for p in PANELS
        for m in top
        if p.paper and (value := figure4_value(str(m.paper_column), p.paper)) is not None
    }
    return Averages(datasets, top, methods, [m for m in others if m not in shown], ours, paper)


def _complete(source: Source, dataset: str, method: MethodMetadata, rows: bool = True) -> bool:
    """Whether a method has the scores of all panels on a dataset; without ``rows``: those of the AUC."""
    metrics = [p.metric for p in PANELS if p.required and (rows or p.metric.endswith("auc"))]
    group = source.groups.get((dataset, method.name))
    return all(cell(group, metric, source.selection.seeds).complete for metric in metrics)


def _average(
    source: Source, datasets: list[str], method: MethodMetadata, panel: Panel
) -> tuple[float, float, str]:
    seeds = source.selection.seeds
    cells = [cell(source.groups.get((d, method.name)), panel.metric, seeds) for d in datasets]
    missing = [d for d, c in zip(datasets, cells, strict=True) if not c.complete]
    if missing or not cells:
        return float("nan"), float("nan"), f"no value on {', '.join(missing)}" if missing else "no dataset"
    by_seed = [np.mean([c.values[s] for c in cells]) for s in seeds]
    return float(np.mean(by_seed)), float(np.std(by_seed)), "complete"


def _draw(found: Averages) -> Any:
    methods = found.methods
    size = (16.0, 2.0 + 0.26 * len(methods))
    figure, axes = pyplot().subplots(1, len(PANELS), figsize=size, sharey=True, layout="constrained")
    for axis, panel in zip(axes, PANELS, strict=True):
        for place, method in enumerate(methods):
            style, (mean, std, _) = style_of(method), found.ours[panel, method]
            colour, marker = (style.colour, style.marker) if method in found.top else (GREY, "o")
            axis.errorbar([mean], [place], xerr=[std], fmt=marker, color=colour, markersize=6, linewidth=1)
            if found.all_datasets and (panel, method) in found.paper:
                axis.plot([found.paper[panel, method]], [place], "D", markersize=9, markerfacecolor="none",
                          markeredgecolor=colour)  # fmt: skip
        axis.set_title(panel.title, fontsize=9)
        axis.set_xlabel(f"mean over {len(found.datasets)} datasets", fontsize=8)
        soften(axis)
        axis.set_yticks(range(len(methods)), [m.title for m in methods], fontsize=8)
        if not found.datasets:
            note_in(axis, "No dataset is complete\nfor the three yet.")
    axes[0].set_ylim(len(methods) - 0.4, -0.6)
    return figure
