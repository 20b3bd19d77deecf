"""Figure 2: the attention between label and features under two orderings of the sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from imbench.errors import DataError
from imbench.reports.registry import Source, report_figure
from imbench.reports.select import Selection, provenance
from imbench.reports.style import number, pyplot, soften, write_figure
from imbench.utils.files import read_json
from imbench.utils.paths import shown

#: The two orderings side by side, as in the paper, and how their points are drawn.
ORDERINGS = {"permute_xy": ("#0072B2", "s"), "fix_y": ("#D55E00", "o")}
HEADER = ["dataset", "ordering", "from", "to", "attention", "share_before", "attention_when_before"]
#: The dataset of the paper's figure.
DATASET = "german"
#: Characters of a column's name beside the matrices.
NAME = 20


@dataclass(frozen=True)
class MeanAttention:
    """Means over the seeds, the label first: (columns attending, columns attended to)."""

    columns: list[str]
    attention: np.ndarray
    before: np.ndarray

    @property
    def when_before(self) -> np.ndarray:
        """Attention in the sentences where the column attended to comes first; NaN where it never does."""
        empty = np.full_like(self.attention, np.nan)
        return np.divide(self.attention, self.before, out=empty, where=self.before > 0)


@report_figure(
    "2", title="Figure 2: attention between label and features (--dataset, all measured ones)", suite="paper"
)
def figure2(source: Source, folder: Path) -> Iterator[Path]:
    """A figure for each dataset of which ``scripts/attention.py`` measured both orderings."""
    selection = source.selection
    measured = measured_datasets(source.attention_dir, selection)
    for dataset in [source.dataset] if source.dataset else measured or [DATASET]:
        stem = folder / ("figure2" if dataset == DATASET else f"figure2_{dataset}")
        yield from attention_figure(source.attention_dir, selection, stem, dataset)


def measured_datasets(folder: Path, selection: Selection) -> list[str]:
    """Datasets of which both orderings are measured in ``folder``."""
    by_dataset: dict[str, set[str]] = {}
    for record in _stored(folder, selection):
        by_dataset.setdefault(record["dataset"], set()).add(record["ordering"])
    return sorted(d for d, orderings in by_dataset.items() if set(ORDERINGS) <= orderings)


def attention_figure(folder: Path, selection: Selection, stem: Path, dataset: str) -> list[Path]:
    """Two matrices, and every feature's attention to the label. Writes PNG, PDF and CSV.

    Raises :class:`DataError` where an ordering of this dataset is not measured.
    """
    records = [r for r in _stored(folder, selection) if r["dataset"] == dataset]
    seeds = [s for s in selection.seeds if all(_of(records, o, s) for o in ORDERINGS)]
    if not seeds:
        raise DataError(
            f"'{shown(folder)}' has no attention of {dataset} under {' and '.join(ORDERINGS)}. "
            f"Measure it: python scripts/attention.py dataset={dataset}"
        )
    found = {o: _mean([_of(records, o, s) for s in seeds]) for o in ORDERINGS}
    used = [_of(records, o, s) for o in ORDERINGS for s in seeds]
    rows = [
        [dataset, ordering, one, other, *(number(m[i, j]) for m in (f.attention, f.before, f.when_before))]
        for ordering, f in found.items()
        for i, one in enumerate(f.columns)
        for j, other in enumerate(f.columns)
    ]
    note = _note(used, seeds, [s for s in selection.seeds if s not in seeds])
    figure = _draw(found, dataset)
    return write_figure(figure, stem, f"Figure 2: attention on {dataset}", HEADER, rows, note)


def _note(used: list[Mapping[str, Any]], seeds: list[int], absent: list[int]) -> str:
    one = used[0]
    missing = f" (not measured: {', '.join(map(str, absent))})" if absent else ""
    models = provenance([{**r, "status": "done"} for r in used]).replace("runs", "fine-tuned models", 1)
    facts = [
        f"{one['dataset']}, minority class {one['minority']}, method {one['method']} (corpus "
        f"{one['corpus']}) under two orderings",
        "attention of a column's tokens to all tokens of another, mean over its tokens, heads, layers and "
        f"{one['sentences']} sentences of real minority rows under fresh permutations; 0 where the other "
        "comes later",
        "no protocol: nothing is scored",
        f"seeds {', '.join(map(str, seeds))}{missing}",
        models,
    ]
    return "; ".join(facts) + "."


def _stored(folder: Path, selection: Selection) -> list[Mapping[str, Any]]:
    found = [read_json(path) for path in sorted(folder.glob("*.json"))]
    return [
        r
        for r in found
        if r
        and r["seed"] in selection.seeds
        and r["ordering"] in ORDERINGS
        and selection.llm in (None, r["llm"])
    ]


def _of(records: list[Mapping[str, Any]], ordering: str, seed: int) -> Any:
    return next((r for r in records if r["ordering"] == ordering and r["seed"] == seed), None)


def _mean(records: list[Mapping[str, Any]]) -> MeanAttention:
    """The label, stored last, comes first; the features keep the dataset's order."""
    columns = records[0]["columns"]
    order = [len(columns) - 1, *range(len(columns) - 1)]
    mean = {
        name: np.mean([np.array(r[name])[np.ix_(order, order)] for r in records], axis=0)
        for name in ("attention", "before")
    }
    return MeanAttention([columns[j] for j in order], mean["attention"], mean["before"])


def _draw(found: Mapping[str, MeanAttention], dataset: str) -> Any:
    plt = pyplot()
    count = len(next(iter(found.values())).columns)
    size = (13.0, 3.6 + 0.15 * count)
    figure, axes = plt.subplots(1, 3, figsize=size, width_ratios=[1, 1, 0.8], layout="constrained")
    drawn = {}
    for ordering, f in found.items():
        matrix = np.where(f.before > 0, f.attention, np.nan)
        np.fill_diagonal(matrix, np.nan)  # attention to itself would take the whole colour scale
        drawn[ordering] = matrix
    top = max(float(np.nanmax(matrix)) for matrix in drawn.values())
    colours = plt.get_cmap("cividis").with_extremes(bad="#e4e4e4")
    for axis, (ordering, matrix), letter in zip(axes, drawn.items(), "ab", strict=False):
        names = [_short(name) for name in found[ordering].columns]
        names[0] += " (label)"
        image = axis.imshow(matrix, cmap=colours, vmin=0, vmax=top, aspect="auto")
        axis.set_xticks(range(count), names, rotation=90, fontsize=6)
        axis.set_yticks(range(count), names if axis is axes[0] else [""] * count, fontsize=6)
        axis.set_title(f"({letter}) {dataset}, {ordering}", fontsize=9)
        axis.set_xlabel("column attended to", fontsize=8)
        axis.axhline(0.5, color="#D55E00", linewidth=1)
        axis.axvline(0.5, color="#D55E00", linewidth=1)
    axes[0].set_ylabel("column that attends", fontsize=8)
    bar = figure.colorbar(image, ax=axes[1], location="right", pad=0.02)
    bar.set_label("mean attention (grey: itself, or never before it)", fontsize=7)
    bar.ax.tick_params(labelsize=6)
    _to_label(axes[2], found)
    handles, labels = axes[2].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=3, fontsize=7, frameon=False)
    return figure


def _short(name: str) -> str:
    return name if len(name) <= NAME else name[: NAME - 1] + "…"


def _to_label(axis: Any, found: Mapping[str, MeanAttention]) -> None:
    """Every feature's attention to the label: mean over all sentences, and over those that allow it."""
    columns = next(iter(found.values())).columns
    places = np.arange(1, len(columns))
    for (ordering, (colour, marker)), offset in zip(ORDERINGS.items(), (-0.15, 0.15), strict=True):
        f = found[ordering]
        allowed = f.before[1:, 0].mean()
        axis.plot(f.attention[1:, 0], places + offset, marker, color=colour, markersize=5,
                  label=f"{ordering} (label before the feature in {allowed:.0%} of sentences)")  # fmt: skip
        if allowed < 1:
            axis.plot(f.when_before[1:, 0], places + offset, marker, markerfacecolor="none", markersize=5,
                      markeredgecolor=colour, label=f"{ordering}, those sentences alone")  # fmt: skip
    soften(axis)
    axis.set_yticks(places, [_short(name) for name in columns[1:]], fontsize=6)
    axis.set_ylim(len(columns) - 0.4, 0.4)
    axis.set_xlim(left=0)
    axis.locator_params(axis="x", nbins=5)
    axis.set_title("(c) attention of a feature to the label", fontsize=9)
    axis.set_xlabel("mean attention", fontsize=8)
