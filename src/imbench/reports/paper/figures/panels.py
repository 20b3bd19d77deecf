"""Drawing of curves: for each protocol one large panel of means and a small one for each dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from imbench.reports.paper.figures.curves import ANY, MEAN, OURS, PAPER, Curves, Line, Point
from imbench.reports.paper.figures.leaders import style_of
from imbench.reports.paper.published import DATASETS
from imbench.reports.select import Selection
from imbench.reports.style import caption, note_in, number, pyplot, soften, write_figure
from imbench.scoring.metrics import PROTOCOLS

HEADER = ["source", "protocol", "dataset", "method", "ratio", "f1_mean", "f1_std", "state"]


def ratio_figures(curves: Curves, selection: Selection, stem: Path) -> list[Path]:
    """The figure, and where a needed line is incomplete ``<stem>_common``: the datasets of all lines."""
    paths = curves_figure(curves, selection, stem)
    common = stem.with_name(f"{stem.name}_common")
    datasets = curves.common(selection.seeds)
    if 0 < len(datasets) < len(curves.averaged(selection.seeds)):
        return [*paths, *curves_figure(curves.on(datasets), selection, common)]
    for ending in ("png", "pdf", "csv"):
        common.with_suffix(f".{ending}").unlink(missing_ok=True)
    return paths


def curves_figure(curves: Curves, selection: Selection, stem: Path) -> list[Path]:
    """Draw both protocols, the published above the corrected one. Writes PNG, PDF and CSV.

    The paper's averages are drawn only where ours are over the same ten datasets, its values for single
    datasets always; they belong to the published protocol. All of them are in the CSV.
    """
    points, averaged = curves.points(selection.seeds), curves.averaged(selection.seeds)
    comparable = set(averaged) == set(DATASETS)
    width = max(1, -(-len(curves.datasets()) // 2))
    figure = pyplot().figure(figsize=(3.6 + 1.75 * width, 9.4), layout="constrained")
    grid = figure.add_gridspec(4, width + 2, width_ratios=[1.0, 1.0, *[0.95] * width])
    for half, protocol in enumerate(PROTOCOLS):
        mine = [p for p in points if p.protocol == protocol]
        means = [p for p in mine if p.dataset == MEAN and (comparable or p.source == OURS)]
        axis = figure.add_subplot(grid[2 * half : 2 * half + 2, :2])
        _panel(axis, curves, means, 5, "No dataset has every point\nof every line.")
        axis.set_title(f"{protocol} protocol: {_over(averaged)}", fontsize=9)
        axis.set_xlabel(curves.axis, fontsize=8)
        axis.set_ylabel(f"F1, {MEAN}", fontsize=8)
        for i, dataset in enumerate(curves.datasets()):
            small = figure.add_subplot(grid[2 * half + i // width, 2 + i % width])
            _panel(small, curves, [p for p in mine if p.dataset == dataset], 3, "missing")
            small.set_title(dataset, fontsize=8)
            small.tick_params(labelsize=6)
            small.set_xlabel(curves.symbol, fontsize=7, labelpad=1)
            if i % width == 0:
                small.set_ylabel(f"F1, {protocol}", fontsize=7)
    _legend(figure, curves, points)
    used = [run for line in curves.lines for run in line.runs()]
    facts = [curves.title, "both protocols", *curves.facts, "bars: std over the seeds"]
    if not comparable:
        facts.append(f"means over {', '.join(averaged) or 'no dataset'} (complete for every line)")
        facts.append("the paper's averages are over ten datasets and not drawn beside these")
    note = caption(selection, used, *facts, *_incomplete(curves, points))
    rows = [
        [p.source, p.protocol, p.dataset, p.method, "any" if p.ratio is ANY else f"{p.ratio:g}",
         number(p.mean), number(p.std), p.state]
        for p in points
    ]  # fmt: skip
    return write_figure(figure, stem, curves.title, HEADER, rows, note)


def _panel(axis: Any, curves: Curves, points: list[Point], size: float, nothing: str) -> None:
    """One panel; ``nothing`` is its note where there is no number."""
    low, high = curves.ratios[0], curves.ratios[-1]
    for line in curves.lines:
        mine = [p for p in points if p.method == line.method.title]
        _draw_ours(axis, line, {p.ratio: p for p in mine if p.source == OURS}, curves.ratios, size)
        _draw_papers(axis, line, [p for p in mine if p.source == PAPER], size)
    soften(axis)
    axis.set_xticks(curves.ratios, [f"{x:g}" for x in curves.ratios])
    margin = 0.06 * (high - low)
    axis.set_xlim(low - margin, high + margin)
    if not any(np.isfinite(p.mean) for p in points):
        axis.set_yticks([])
        note_in(axis, nothing, color="#555555")


def _draw_ours(
    axis: Any, line: Line, by_ratio: dict[float | None, Point], ratios: tuple[float, ...], size: float
) -> None:
    """A line with a bar of one standard deviation a point; a flat line has one bar in its middle."""
    if not by_ratio:
        return
    style = style_of(line.method)
    values = [by_ratio[ANY]] * 2 if line.flat else [by_ratio[x] for x in ratios]
    ends = (ratios[0], ratios[-1]) if line.flat else ratios
    axis.plot(
        ends, [p.mean for p in values], color=style.colour, linestyle=style.line, linewidth=1.1,
        marker="" if line.flat else style.marker, markersize=size,
    )  # fmt: skip
    at, bars = ([(ratios[0] + ratios[-1]) / 2], values[:1]) if line.flat else (ratios, values)
    axis.errorbar(at, [p.mean for p in bars], [p.std for p in bars], fmt="none", ecolor=style.colour,
                  elinewidth=0.8, capsize=2)  # fmt: skip


def _draw_papers(axis: Any, line: Line, points: list[Point], size: float) -> None:
    """Hollow marks; a dotted line for a value that does not depend on the ratio."""
    style = style_of(line.method)
    for p in points:
        if p.ratio is ANY:
            axis.axhline(p.mean, color=style.colour, linestyle=(0, (1, 3)), linewidth=1.6)
        else:
            axis.plot([p.ratio], [p.mean], linestyle="none", marker=style.marker, markersize=size + 3,
                      markerfacecolor="none", markeredgecolor=style.colour, clip_on=False)  # fmt: skip


def _legend(figure: Any, curves: Curves, points: list[Point]) -> None:
    from matplotlib.lines import Line2D

    handles, labels = [], []
    for line in curves.lines:
        style = style_of(line.method)
        marker = "" if line.flat else style.marker
        handles.append(Line2D([], [], color=style.colour, linestyle=style.line, marker=marker, markersize=5))
        labels.append(line.method.title)
    if any(p.source == PAPER for p in points):
        handles.append(
            Line2D([], [], color="black", linestyle="none", marker="o", markersize=8, markerfacecolor="none")
        )
        labels.append("hollow, or dotted across: the paper's value")
    figure.legend(handles, labels, loc="outside upper center", ncols=min(5, len(labels)), frameon=False,
                  fontsize=8, handlelength=3)  # fmt: skip


def _over(averaged: list[str]) -> str:
    if len(averaged) == len(DATASETS):
        return "ten datasets"
    return f"{len(averaged)} of {len(DATASETS)} datasets"


def _incomplete(curves: Curves, points: list[Point]) -> list[str]:
    """For each line with missing points, how many it has."""
    facts = []
    for line in curves.lines:
        mine = [
            p
            for p in points
            if p.source == OURS and p.protocol == PROTOCOLS[0] and p.dataset != MEAN
            and p.method == line.method.title
        ]  # fmt: skip
        have = sum(bool(np.isfinite(p.mean)) for p in mine)
        if have < len(mine):
            facts.append(f"{line.method.title}: {have} of {len(mine)} points complete")
    return facts
