"""The numbers of a figure of F1 against a ratio: on each dataset, and as a mean over datasets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from imbench.reports.methods import MethodMetadata
from imbench.reports.paper.published import DATASETS, figure_points
from imbench.reports.select import Cell, Run, cell
from imbench.scoring.metrics import PROTOCOLS

MEAN = "mean over datasets"
#: Ratio of a line that does not depend on it.
ANY = None
OURS, PAPER = "ours", "paper"


@dataclass(frozen=True)
class Line:
    """One method: its runs by ratio, dataset and seed; under the ratio ``ANY`` those of a flat line.

    Which datasets enter the mean, the ``needed`` lines decide (:meth:`Curves.averaged`).
    """

    method: MethodMetadata
    groups: Mapping[float | None, Mapping[str, Mapping[int, Run]]]
    needed: bool = True

    @property
    def flat(self) -> bool:
        """Whether the line is the same at every ratio."""
        return ANY in self.groups

    def cell(self, ratio: float | None, dataset: str, protocol: str, seeds: tuple[int, ...]) -> Cell:
        """F1 on one dataset at one ratio."""
        found = self.groups.get(ANY if self.flat else ratio, {})
        return cell(found.get(dataset), f"{protocol}_f1", seeds)

    def runs(self) -> Iterable[Run]:
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
    is the paper's average over its ten datasets. ``facts`` go into the caption; ``wanted``
    datasets are shown whether they have runs or not.
    """

    title: str
    axis: str
    symbol: str
    ratios: tuple[float, ...]
    lines: Sequence[Line]
    paper: Mapping[tuple[str, float | None, str], float] = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    wanted: tuple[str, ...] = DATASETS

    def datasets(self) -> list[str]:
        """The datasets to show, and others with a run of any line."""
        present = {run["dataset"] for line in self.lines for run in line.runs()}
        return [*self.wanted, *sorted(present - set(self.wanted))]

    def averaged(self, seeds: tuple[int, ...]) -> list[str]:
        """The datasets that means are taken over.

        All of the paper's, once one of the needed curves has every ratio with all seeds there; a line that
        has not has no curve of means yet. Until then, those on which every needed line has all of its runs.
        """
        swept = [line for line in self.lines if line.needed and not line.flat]
        if any(self._complete_on(line, seeds) >= set(self.wanted) for line in swept):
            return list(self.wanted)
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
        return replace(self, lines=lines, paper=paper, wanted=tuple(datasets))

    def _complete_on(self, line: Line, seeds: tuple[int, ...]) -> set[str]:
        places = [(x, protocol) for x in self.ratios for protocol in PROTOCOLS]
        return {d for d in self.datasets() if all(line.cell(x, d, r, seeds).complete for x, r in places)}

    def points(self, seeds: tuple[int, ...]) -> list[Point]:
        """Every number of the figure, ours and the paper's."""
        found, datasets, complete = [], self.datasets(), self.averaged(seeds)
        for line in self.lines:
            for protocol in PROTOCOLS:
                for x in (ANY,) if line.flat else self.ratios:
                    cells = {d: line.cell(x, d, protocol, seeds) for d in datasets}
                    found += [
                        Point(OURS, protocol, d, line.method.title, x, c.mean, c.std, c.state)
                        for d, c in cells.items()
                    ]
                    found.append(_mean_point(line, protocol, x, [cells[d] for d in complete], seeds))
        titles = {line.method.paper_column: line.method.title for line in self.lines}
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


#: Column of the paper, ratio and dataset (``MEAN`` for an average).
Place = tuple[str, float | None, str]


def papers_averages(figure: str, columns: Iterable[str]) -> dict[Place, float]:
    """The averages that the paper prints of a figure's points."""
    return {(c, ratio, MEAN): f1 for c in columns for ratio, f1 in figure_points(figure, c).items()}


def papers_value(column: str, ratio: float | None, dataset: str, value: float | None) -> dict[Place, float]:
    """A printed value at its place; empty where the paper has none."""
    return {} if value is None else {(column, ratio, dataset): value}
