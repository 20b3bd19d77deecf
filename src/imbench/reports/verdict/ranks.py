"""Mean ranks of the methods: Friedman's and Nemenyi's tests, and the critical-difference diagram."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import fill

from imbench.reports.registry import STATISTICS, Source, report_figure, report_table
from imbench.reports.style import pyplot, save
from imbench.reports.table import MISSING, PLAIN, Entry, ReportTable
from imbench.reports.verdict.comparison import Comparison, all_comparisons, metric_text, p_value_text
from imbench.reports.verdict.paired import Ranking, ranking

WIDTH = 8.0
NO_TEST = "Fewer than three methods or two datasets: no test"


@report_table("ranks", title="Mean ranks, and Nemenyi's p-values", group=STATISTICS, formats=PLAIN)
def ranks(source: Source) -> Iterator[ReportTable]:
    """For each protocol and selection of datasets: mean ranks, and the matrix of Nemenyi's p-values."""
    for comparison in all_comparisons(source):
        by = f"by {metric_text(comparison.metric)}"
        if comparison.sufficient:
            found = ranking(comparison.means(), comparison.higher_is_better)
            yield ranks_table(comparison, found)
            yield nemenyi_table(comparison, found)
        else:
            yield comparison.empty_table("ranks", f"Mean ranks {by}")
            yield comparison.empty_table("nemenyi", f"Nemenyi's p-values of mean ranks {by}")


def ranks_table(comparison: Comparison, found: Ranking) -> ReportTable:
    """Mean rank, mean score and number of datasets on which a method is best, in the order of the ranks."""
    scores = comparison.means().round(4)
    best = scores.max(axis=1) if comparison.higher_is_better else scores.min(axis=1)
    wins = scores.eq(best, axis=0).sum()
    means = comparison.means().mean()
    rows = [
        [Entry(title), Entry(f"{rank:.2f}"), Entry(f"{means[title]:.4f}"), Entry(str(wins[title]))]
        for title, rank in found.ranks.sort_values(kind="stable").items()
    ]
    text = metric_text(comparison.metric)
    header = ["method", "mean rank", f"mean {text}", "datasets on which it is best"]
    note = (
        f"Ranks within datasets of means over seeds, 1 is best{_direction(comparison)}. {_tests(found)}. "
        f"{comparison.note()}"
    )
    title = f"Mean ranks by {text}, {comparison.title}"
    return ReportTable(f"ranks_{comparison.file}", title, header, rows, note)


def nemenyi_table(comparison: Comparison, found: Ranking) -> ReportTable:
    """Nemenyi's p-value of every pair of methods; a row that says so where there is no test."""
    order = found.ranks.sort_values(kind="stable").index
    rows = []
    if found.nemenyi is not None:
        rows = [[Entry(a), *(Entry(p_value_text(found.nemenyi.loc[a, b])) for b in order)] for a in order]
    title = f"Nemenyi's p-values of mean ranks by {metric_text(comparison.metric)}, {comparison.title}"
    note = f"{_tests(found)}. {comparison.note()}"
    header = ["method", *order] if rows else ["state"]
    rows = rows or [[Entry(NO_TEST.lower(), MISSING)]]
    return ReportTable(f"nemenyi_{comparison.file}", title, header, rows, note)


def _direction(comparison: Comparison) -> str:
    return "" if comparison.higher_is_better else " (lower values are better)"


def _tests(found: Ranking) -> str:
    if not (found.friedman and found.critical):
        return NO_TEST
    return (
        f"Friedman χ² = {found.friedman[0]:.2f}, p = {p_value_text(found.friedman[1])}; critical "
        f"difference of mean ranks (Nemenyi, 5 %) {found.critical:.2f}"
    )


@report_figure("ranks", title="Critical-difference diagrams of mean ranks", group=STATISTICS)
def ranks_figures(source: Source, folder: Path) -> Iterator[Path]:
    """A diagram for each protocol and selection of datasets with enough methods."""
    for comparison in all_comparisons(source):
        if comparison.sufficient:
            found = ranking(comparison.means(), comparison.higher_is_better)
            title = (
                f"Mean ranks (1 is best) by {metric_text(comparison.metric)}, {comparison.title}; "
                "Nemenyi, 5 %"
            )
            yield from ranks_figure(found, title, comparison.note(), folder / f"ranks_{comparison.file}")


def ranks_figure(found: Ranking, title: str, note: str, stem: Path) -> list[Path]:
    """Draw ranks on a line, with a bar over methods that do not differ by Nemenyi's test; PNG and PDF.

    Demšar (2006), drawn by scikit-posthocs. The best method is on the left. Nothing is drawn, and the list
    is empty, where there are too few methods or datasets for the test.
    """
    if found.nemenyi is None:
        return []
    plt = pyplot()
    import pandas as pd
    import scikit_posthocs

    height = 1.8 + 0.16 * len(found.ranks)
    figure, axis = plt.subplots(figsize=(WIDTH, height), layout="constrained")
    # Numbers as labels: the package keeps sets of labels, and the order of sets of strings varies.
    ordered = found.ranks.sort_values(kind="stable")
    nemenyi, places = found.nemenyi.loc[ordered.index, ordered.index], range(len(ordered))
    drawn = scikit_posthocs.critical_difference_diagram(
        pd.Series(ordered.to_numpy(), index=places),
        pd.DataFrame(nemenyi.to_numpy(), index=places, columns=places),
        ax=axis, label_fmt_left="{label}", label_fmt_right="{label}",
        label_props={"fontsize": 8}, elbow_props={"linewidth": 0.8, "color": "#555555"},
        marker_props={"marker": "o", "s": 12, "color": "#0072B2"},
        crossbar_props={"color": "#D55E00", "linewidth": 2, "marker": ""},
    )  # fmt: skip
    for text in drawn["labels"]:
        name, rank = ordered.index[int(text.get_text())], ordered.iloc[int(text.get_text())]
        left = text.get_ha() == "right"
        text.set_text(f"{name} ({rank:.1f})" if left else f"({rank:.1f}) {name}")
        text.set_color("black")
    axis.set_title(fill(f"{title} (critical difference {found.critical:.1f})", 80), fontsize=10, loc="left")
    axis.tick_params(labelsize=8)
    figure.supxlabel(fill(note, 130), fontsize=6.5)
    return save(figure, stem)
