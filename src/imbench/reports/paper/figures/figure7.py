"""Figure 7: distance from each unseen minority row to its closest synthetic row (DCR), in both encodings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from imbench.reports.methods import MethodMetadata
from imbench.reports.paper.figures.leaders import LEADERS, controls, style_of
from imbench.reports.paper.paper_suite import methods_of
from imbench.reports.registry import Source, report_figure
from imbench.reports.select import cell, runs_of
from imbench.reports.style import caption, note_in, number, pyplot, soften, write_figure
from imbench.scoring.metrics import CORRECTED, PROTOCOLS, PUBLISHED, quality_id

#: The methods that the paper shows; SMOTE-NC is one of its top three.
SHOWN = tuple(column for column in LEADERS if column != "Imbalance")
HISTOGRAM, MEDIAN = "dcr_test_histogram", "dcr_test_median"
#: What a distance is under each protocol.
DISTANCES = {
    PUBLISHED: "Euclidean distance on unscaled numbers and integer codes, as in the paper's figure: "
    "1 is one category that is one code away",
    CORRECTED: "Euclidean distance on the fixed encoding: numbers scaled to [0, 1], another category adds √2",
}
HEADER = ["dataset", "method", "from", "to", "rows", "share", "median", "state"]
COLUMNS = 4
#: The dataset of the paper's figure.
DATASET = "gem_price"


@dataclass(frozen=True)
class Histogram:
    """A method's counts in bins, summed over the seeds (None: not complete), and the mean of medians."""

    method: MethodMetadata
    counts: np.ndarray | None
    median: float
    state: str

    @property
    def shares(self) -> np.ndarray:
        """Share of the test minority rows in each bin."""
        assert self.counts is not None
        return self.counts / max(1, self.counts.sum())


@report_figure(
    "7", title="Figure 7: distances to the closest synthetic row (--dataset, gem_price)", suite="paper"
)
def figure7(source: Source, folder: Path) -> list[Path]:
    """A histogram for each method, the first one's outline behind the others, on raw codes and scaled.

    Writes PNG, PDF and CSV for each protocol, ``figure7`` and ``figure7_corrected``.
    """
    return [path for protocol in PROTOCOLS for path in _figure(source, folder, protocol)]


def _figure(source: Source, folder: Path, protocol: str) -> list[Path]:
    from imbench.scoring.quality import DCR_EDGES

    dataset = source.dataset or DATASET
    found = histograms(source, dataset, protocol)
    complete = [h for h in found if h.counts is not None]
    filled = [int(bins[-1]) for h in complete if len(bins := np.flatnonzero(h.counts))]
    last = max(filled, default=len(DCR_EDGES) - 2) + 1
    edges = DCR_EDGES[: last + 1]
    figure = _draw(found, edges, dataset)
    used = runs_of(source.groups, [dataset], [h.method for h in complete])
    facts = [
        DISTANCES[protocol],
        f"counts summed over the seeds; dotted line: mean of the seeds' medians; grey outline: "
        f"{found[0].method.title}",
        f"imbalance ratio {source.selection.imbalance_ratio}",
    ]
    if last == len(DCR_EDGES) - 1:
        facts.insert(1, f"the last bin holds everything from {edges[-2]:g}")
    absent = [f"{h.method.title} ({h.state})" for h in found if h.counts is None]
    if absent:
        facts.insert(0, f"incomplete: {', '.join(absent)}")
    note = caption(source.selection, used, *facts)
    rows = [line for h in found for line in _lines(h, dataset, edges)]
    title = f"Figure 7: distance to the closest synthetic row on {dataset}"
    stem = "figure7" + f"_{dataset}" * (dataset != DATASET) + f"_{protocol}" * (protocol == CORRECTED)
    return write_figure(figure, folder / stem, title, HEADER, rows, note)


def histograms(source: Source, dataset: str, protocol: str) -> list[Histogram]:
    """The paper's methods, and the controls with synthetic rows.

    The counts are in the bins of :data:`imbench.scoring.quality.DCR_EDGES`.
    """
    found = []
    for method in [*methods_of(SHOWN), *controls()]:
        histogram = _summed(source, method, dataset, protocol)
        if method.paper_column or histogram.counts is not None:  # class weights have no synthetic rows
            found.append(histogram)
    return found


def _summed(source: Source, method: MethodMetadata, dataset: str, protocol: str) -> Histogram:
    group, seeds = source.groups.get((dataset, method.name), {}), source.selection.seeds
    medians, counts = cell(group, quality_id(protocol, MEDIAN), seeds), []
    for seed in seeds if medians.complete else ():
        scores = source.record(group[seed]["key"], "scores.json")
        counts.append((scores.get("quality") or {}).get(quality_id(protocol, HISTOGRAM)))
    if not counts or any(c is None for c in counts):
        return Histogram(method, None, float("nan"), medians.state)
    return Histogram(method, np.sum(counts, axis=0), medians.mean, medians.state)


def _draw(found: list[Histogram], edges: np.ndarray, dataset: str) -> Any:
    lines = -(-len(found) // COLUMNS)
    figure, axes = pyplot().subplots(lines, COLUMNS, figsize=(11.5, 1.2 + 2.3 * lines), sharex=True,
                                     sharey=True, squeeze=False, layout="constrained")  # fmt: skip
    for axis in axes.ravel()[len(found) :]:
        axis.set_visible(False)
    for axis, histogram in zip(axes.ravel(), found, strict=False):
        _panel(axis, histogram, found[0], edges)
    for column in axes.T:  # the lowest visible panel of a column carries the axis' name and numbers
        visible = [axis for axis in column if axis.get_visible()]
        for axis in visible[-1:]:
            axis.tick_params(labelbottom=True)
            axis.set_xlabel("distance", fontsize=8)
    for line in axes:
        line[0].set_ylabel("share of unseen\nminority rows", fontsize=8)
    title = f"{dataset}: distance of an unseen minority row (test part) to its closest synthetic row"
    figure.suptitle(title, fontsize=10)
    return figure


def _panel(axis: Any, histogram: Histogram, first: Histogram, edges: np.ndarray) -> None:
    style = style_of(histogram.method)
    axis.set_title(histogram.method.title, fontsize=9)
    soften(axis)
    if histogram.counts is None:
        note_in(axis, histogram.state.replace("missing", "no runs"))
        return
    shares = histogram.shares[: len(edges) - 1]
    axis.stairs(shares, edges, fill=True, color=style.colour, alpha=0.8)
    axis.stairs(shares, edges, color=style.colour, linewidth=1.2)
    if histogram is not first and first.counts is not None:
        axis.stairs(first.shares[: len(edges) - 1], edges, color="#555555", linewidth=1.1)
    axis.axvline(histogram.median, color="black", linestyle=":", linewidth=1.2)
    axis.text(0.97, 0.93, f"median {histogram.median:.2f}", ha="right", va="top", fontsize=8,
              transform=axis.transAxes)  # fmt: skip


def _lines(histogram: Histogram, dataset: str, edges: np.ndarray) -> list[list[str]]:
    title = histogram.method.title
    if histogram.counts is None:
        return [[dataset, title, "", "", "", "", "", histogram.state]]
    return [
        [dataset, title, f"{low:g}", f"{high:g}", str(int(count)), number(share), number(histogram.median),
         histogram.state]
        for low, high, count, share in zip(edges, edges[1:], histogram.counts, histogram.shares, strict=False)
    ]  # fmt: skip
