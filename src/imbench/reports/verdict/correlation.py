"""The figure of the correlations with the gain: one line a measure, a stroke a dataset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import fill

from imbench.reports.registry import STATISTICS, Source, report_figure
from imbench.reports.style import GREY, number, pyplot, soften, write_figure
from imbench.reports.verdict.comparison import all_comparisons
from imbench.reports.verdict.diversity_gain import (
    Population,
    correlation_note,
    correlation_title,
    correlations,
)

MEAN, ONE_DATASET = "#0072B2", GREY
#: Below this p-value the mean's marker is filled.
LEVEL = 0.05


@report_figure(
    "correlation", title="Correlation of the rows' diversity and quality with the gain", group=STATISTICS
)
def correlation_figures(source: Source, folder: Path) -> Iterator[Path]:
    """A figure for each protocol and selection of datasets with enough methods."""
    for comparison in all_comparisons(source):
        if comparison.sufficient:
            populations = correlations(source, comparison)
            note = correlation_note(populations, comparison, source.suite.title_of_baseline)
            stem = folder / f"correlation_{comparison.file}"
            yield from correlation_figure(populations, correlation_title(comparison), note, stem)


def correlation_figure(populations: Sequence[Population], title: str, note: str, stem: Path) -> list[Path]:
    """Draw Spearman's ρ of every measure, a panel for each population; writes PNG, PDF and CSV.

    Nothing is drawn, and the list is empty, where no population has a correlation.
    """
    shown = [p for p in populations if any(p.found.values())]
    if not shown:
        return []
    measures = list(shown[0].found)
    size = (4.2 * len(shown) + 2.2, 0.28 * len(measures) + 2.2)
    figure, axes = pyplot().subplots(
        1, len(shown), figsize=size, sharey=True, squeeze=False, layout="constrained"
    )
    figure.suptitle(fill(title, int(size[0] * 11)), fontsize=10)
    lines = []
    for axis, population in zip(axes[0], shown, strict=True):
        for place, measure in enumerate(measures):
            found = population.found[measure]
            if found is None:
                continue
            dots = list(found.by_dataset.values())
            axis.scatter(dots, [place] * len(dots), s=12, marker="|", color=ONE_DATASET, linewidths=1.2)
            inside = MEAN if found.p < LEVEL else "white"
            axis.scatter([found.mean], [place], s=36, color=inside, edgecolors=MEAN, zorder=3)
            lines += [[population.name, measure, d, number(rho), ""] for d, rho in found.by_dataset.items()]
            lines.append([population.name, measure, "mean", number(found.mean), number(found.p)])
        soften(axis)
        axis.axvline(0, color="black", linewidth=0.8)
        axis.set_xlim(-1, 1)
        axis.set_title(population.name, fontsize=9)
        axis.set_xlabel("Spearman's ρ with the gain", fontsize=8)
    axes[0][0].set_yticks(range(len(measures)), measures, fontsize=8)
    axes[0][0].invert_yaxis()
    text = f"Circle: mean over datasets, filled where p < {LEVEL}; stroke: one dataset. {note}"
    return write_figure(figure, stem, title, ["runs of", "measure", "dataset", "rho", "p"], lines, text)
