"""F1 against a ratio: one large panel with the mean over datasets, a small one for each dataset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from imbench.reports.methods import MethodMetadata
from imbench.reports.paper.published import DATASETS
from imbench.reports.select import Cell, Selection, cell
from imbench.reports.style import PROTOCOLS, caption, number, pyplot, soften, style_of, write_figure

MEAN = "mean over datasets"
HEADER = ["source", "protocol", "dataset", "method", "ratio", "f1_mean", "f1_std", "state"]
#: Ratio of a line that does not depend on it.
ANY = None
OURS, PAPER = "ours", "paper"


@dataclass(frozen=True)
class Line:
    """One method: its runs by ratio, dataset and seed; under the ratio ``ANY`` those of a flat line.

    Which datasets enter the mean, the ``needed`` lines decide (:meth:`Curves.complete`).
    """

    method: MethodMetadata
    groups: Mapping[float | None, Mapping[str, Mapping[int, Mapping[str, Any]]]]
    needed: bool = True

    @property
    def flat(self) -> bool:
        """Whether the line is the same at every ratio."""
        return ANY in self.groups

    def cell(self, ratio: float | None, dataset: str, protocol: str, seeds: tuple[int, ...]) -> Cell:
        """F1 on one dataset at one ratio."""
        found = self.groups.get(ANY if self.flat else ratio, {})
        return cell(found.get(dataset), f"{protocol}_f1", seeds)

    def runs(self) -> Iterable[Mapping[str, Any]]:
        """All runs of the line."""
        return (r for datasets in self.groups.values() for seeds in datasets.values() for r in seeds.values())


@dataclass(frozen=True)
class Point:
    """A number of the figure. ``ratio`` is ANY for a flat line."""

    source: str
    protocol: str
    dataset: str
    method: str
    ratio: float | None
    mean: float
    std: float = float("nan")
    state: str = ""


@dataclass(frozen=True)
class Curves:
    """What a figure over a ratio shows.

    ``paper`` holds the published F1 by (column of the paper, ratio, dataset); the dataset ``MEAN``
    stands for the paper's average over its ten datasets. ``facts`` go into the caption; ``datasets`` are
    shown whether they have runs or not.
    """

    title: str
    axis: str
    symbol: str
    ratios: tuple[float, ...]
    lines: Sequence[Line]
    paper: Mapping[tuple[str, float | None, str], float] = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    datasets: tuple[str, ...] = DATASETS

    def datasets(self) -> list[str]:
        """The datasets to show, and others with a run of any line."""
        present = {run["dataset"] for line in self.lines for run in line.runs()}
        return [*self.datasets, *sorted(present - set(self.datasets))]

    def complete(self, seeds: tuple[int, ...]) -> list[str]:
        """The datasets that means are taken over.

        All of the paper's, once one of the needed curves has every ratio with all seeds there; a line that
        has not has no curve of means yet. Until then, those on which every needed line has all of its runs.
        """
        swept = [line for line in self.lines if line.needed and not line.flat]
        if any(self._complete_on(line, seeds) >= set(self.datasets) for line in swept):
            return list(self.datasets)
        return self.common(seeds)

    def common(self, seeds: tuple[int, ...]) -> list[str]:
        """The datasets on which every needed line has all of its runs."""
        found = [self._complete_on(line, seeds) for line in self.lines if line.needed]
        return [d for d in self.datasets() if found and all(d in datasets for datasets in found)]

    def on(self, datasets: Sequence[str]) -> Curves:
        """The same figure of some of its datasets."""
        lines = [
            replace(line, groups={x: {d: g for d, g in found.items() if d in datasets}
                                  for x, found in line.groups.items()})
            for line in self.lines
        ]  # fmt: skip
        paper = {place: f1 for place, f1 in self.paper.items() if place[2] in (*datasets, MEAN)}
        return replace(self, lines=lines, paper=paper, datasets=tuple(datasets))

    def _complete_on(self, line: Line, seeds: tuple[int, ...]) -> set[str]:
        places = [(x, protocol) for x in self.ratios for protocol in PROTOCOLS]
        return {d for d in self.datasets() if all(line.cell(x, d, r, seeds).complete for x, r in places)}

    def points(self, seeds: tuple[int, ...]) -> list[Point]:
        """Every number of the figure, ours and the paper's."""
        found, datasets, complete = [], self.datasets(), self.complete(seeds)
        for line in self.lines:
            for protocol in PROTOCOLS:
                for x in (ANY,) if line.flat else self.ratios:
                    cells = {d: line.cell(x, d, protocol, seeds) for d in datasets}
                    found += [
                        Point(OURS, protocol, d, line.method.title, x, c.mean, c.std, c.state)
                        for d, c in cells.items()
                    ]
                    found.append(_mean_point(line, protocol, x, [cells[d] for d in complete], seeds))
        titles = {line.method.column: line.method.title for line in self.lines if line.method.column}
        for (column, x, dataset), value in self.paper.items():
            if column in titles:
                state = f"over {len(DATASETS)} datasets" if dataset == MEAN else ""
                found.append(Point(PAPER, PROTOCOLS[0], dataset, titles[column], x, value, state=state))
        return found


def _mean_point(
    line: Line, protocol: str, ratio: float | None, cells: list[Cell], seeds: tuple[int, ...]
) -> Point:
    """Mean over datasets; the std is that of the datasets' mean over the seeds."""
    if not cells or not all(c.complete for c in cells):
        missing = sum(not c.complete for c in cells)
        state = f"missing on {missing} of {len(cells)} datasets" if cells else "no dataset is complete"
        return Point(OURS, protocol, MEAN, line.method.title, ratio, float("nan"), state=state)
    by_seed = [np.mean([c.values[s] for c in cells]) for s in seeds]
    return Point(
        OURS, protocol, MEAN, line.method.title, ratio, float(np.mean(by_seed)), float(np.std(by_seed)),
        f"over {len(cells)} datasets",
    )  # fmt: skip


def curves_figure(curves: Curves, selection: Selection, stem: Path) -> list[Path]:
    """Draw both protocols, the published above the corrected one. Writes PNG, PDF and CSV.

    The paper's averages are drawn only where ours are over the same ten datasets, its values for single
    datasets always; they belong to the published protocol. All of them are in the CSV.
    """
    plt = pyplot()
    points, datasets, complete = (
        curves.points(selection.seeds),
        curves.datasets(),
        curves.complete(selection.seeds),
    )
    width = max(1, -(-len(datasets) // 2))
    figure = plt.figure(figsize=(3.6 + 1.75 * width, 9.4), layout="constrained")
    grid = figure.add_gridspec(4, width + 2, width_ratios=[1.0, 1.0, *[0.95] * width])
    ten = set(complete) == set(DATASETS)
    for half, protocol in enumerate(PROTOCOLS):
        axis = figure.add_subplot(grid[2 * half : 2 * half + 2, :2])
        mine = [p for p in points if p.protocol == protocol]
        shown = [p for p in mine if p.dataset == MEAN and (ten or p.source == OURS)]
        _draw(axis, curves, shown, size=5, bars=True, nothing="No dataset has every point\nof every line.")
        axis.set_title(f"{protocol} protocol: {_tables(complete)}", fontsize=9)
        axis.set_xlabel(curves.axis, fontsize=8)
        axis.set_ylabel(f"F1, {MEAN}", fontsize=8)
        for i, dataset in enumerate(datasets):
            small = figure.add_subplot(grid[2 * half + i // width, 2 + i % width])
            _draw(
                small,
                curves,
                [p for p in mine if p.dataset == dataset],
                size=3,
                bars=True,
                nothing="missing",
            )
            small.set_title(dataset, fontsize=8)
            small.tick_params(labelsize=6)
            small.set_xlabel(curves.symbol, fontsize=7, labelpad=1)
            if i % width == 0:
                small.set_ylabel(f"F1, {protocol}", fontsize=7)
    _legend(plt, figure, curves, points)
    used = [run for line in curves.lines for run in line.runs()]
    words = [
        curves.title,
        "both protocols",
        *curves.facts,
        "bars: std over the seeds",
        *_gaps(curves, points, selection, ten),
    ]
    note = caption(selection, used, *words)
    lines = [
        [p.source, p.protocol, p.dataset, p.method, "any" if p.ratio is ANY else f"{p.ratio:g}",
         number(p.mean), number(p.std), p.state]
        for p in points
    ]  # fmt: skip
    return write_figure(figure, stem, curves.title, HEADER, lines, note)


def _draw(axis: Any, curves: Curves, points: list[Point], size: float, bars: bool, nothing: str) -> None:
    """One panel; ``nothing`` is said where there is no number."""
    low, high = curves.ratios[0], curves.ratios[-1]
    for line in curves.lines:
        style, ours = style_of(line.method), {}
        for p in points:
            if p.method == line.method.title and p.source == OURS:
                ours[p.ratio] = p
        ends = (low, high) if line.flat else curves.ratios
        values = [ours[ANY if line.flat else x] for x in ends if (ANY if line.flat else x) in ours]
        style = {"color": style.colour, "linestyle": style.line, "linewidth": 1.1}
        marker = {"marker": "" if line.flat else style.marker, "markersize": size}
        if values:
            axis.plot(ends, [p.mean for p in values], **style, **marker)
        if bars and values:
            xs = [(low + high) / 2] if line.flat else ends
            some = values[:1] if line.flat else values
            axis.errorbar(xs, [p.mean for p in some], [p.std for p in some], fmt="none", ecolor=style.colour,
                          elinewidth=0.8, capsize=2)  # fmt: skip
        for p in points:
            if p.method == line.method.title and p.source == PAPER:
                if p.ratio is ANY:
                    axis.axhline(p.mean, color=style.colour, linestyle=(0, (1, 3)), linewidth=1.6)
                    continue
                axis.plot([p.ratio], [p.mean], linestyle="none", marker=style.marker, markersize=size + 3,
                          markerfacecolor="none", markeredgecolor=style.colour, clip_on=False)  # fmt: skip
    soften(axis)
    axis.set_xticks(curves.ratios, [f"{x:g}" for x in curves.ratios])
    margin = 0.06 * (high - low)
    axis.set_xlim(low - margin, high + margin)
    if not any(np.isfinite(p.mean) for p in points):
        axis.set_yticks([])
        axis.text(0.5, 0.5, nothing, ha="center", va="center", fontsize=8, color="#555555",
                  transform=axis.transAxes)  # fmt: skip


def _legend(plt: Any, figure: Any, curves: Curves, points: list[Point]) -> None:
    handles, labels = [], []
    for line in curves.lines:
        style = style_of(line.method)
        handles.append(plt.Line2D([], [], color=style.colour, linestyle=style.line,
                                  marker="" if line.flat else style.marker, markersize=5))  # fmt: skip
        labels.append(line.method.title)
    if any(p.source == PAPER for p in points):
        handles.append(plt.Line2D([], [], color="black", linestyle="none", marker="o", markersize=8,
                                  markerfacecolor="none"))  # fmt: skip
        labels.append("hollow, or dotted across: the paper's value")
    figure.legend(handles, labels, loc="outside upper center", ncols=min(5, len(labels)), frameon=False,
                  fontsize=8, handlelength=3)  # fmt: skip


def _tables(complete: list[str]) -> str:
    if len(complete) == len(DATASETS):
        return "ten datasets"
    return f"{len(complete)} of {len(DATASETS)} datasets"


def _gaps(curves: Curves, points: list[Point], selection: Selection, ten: bool) -> list[str]:
    """Words for what is not there: datasets outside the mean and incomplete points of each line."""
    words = []
    complete = curves.complete(selection.seeds)
    if not ten:
        words.append(f"means over {', '.join(complete) or 'no dataset'} (complete for every line)")
        words.append("the paper's averages are over ten datasets and not drawn beside these")
    for line in curves.lines:
        mine = [p for p in points if p.source == OURS and p.protocol == PROTOCOLS[0] and p.dataset != MEAN]
        mine = [p for p in mine if p.method == line.method.title]
        have = sum(bool(np.isfinite(p.mean)) for p in mine)
        if have < len(mine):
            words.append(f"{line.method.title}: {have} of {len(mine)} points complete")
    return words
