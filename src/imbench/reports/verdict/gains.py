"""Gains of every method over reference methods: bootstrap intervals and Wilcoxon tests with Holm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from imbench.reports.registry import STATISTICS, Source, report_table
from imbench.reports.select import Groups
from imbench.reports.table import MISSING, PLAIN, Entry, ReportTable
from imbench.reports.verdict import paired
from imbench.reports.verdict.comparison import (
    Comparison,
    all_comparisons,
    by_ratio,
    metric_text,
    p_value_text,
)

HEADER = [
    "against", "method", "mean gain", "95 % interval", "datasets with a gain", "p over datasets (Holm)",
    "p over (dataset, seed) (Holm)", "p over (dataset, seed, ratio) (Holm)", "pairs there",
]  # fmt: skip


@report_table("gains", title="Gains over reference methods, with tests", group=STATISTICS, formats=PLAIN)
def gains(source: Source) -> Iterator[ReportTable]:
    """For each protocol and selection of datasets: every method against each reference of the suite."""
    ratios = by_ratio(source.runs, source.selection)
    for comparison in all_comparisons(source):
        if comparison.sufficient:
            yield gains_table(comparison, source.suite.compared_with(), ratios)
        else:
            yield comparison.empty_table("gains", f"Gains in {metric_text(comparison.metric)}")


def gains_table(
    comparison: Comparison, references: tuple[str, ...], ratios: Mapping[float, Groups]
) -> ReportTable:
    """Mean gain, bootstrap interval and Wilcoxon tests of every method against each reference.

    ``ratios`` are the groups by imbalance ratio; the datasets on which a pair is complete at another ratio
    join the last test. Holm corrects the family of one reference.
    """
    competing = {m.name: m for m in comparison.competing}
    rows = []
    for reference in (name for name in references if name in competing):
        others = [m for m in comparison.competing if m.name != reference]
        found = {m.name: comparison.gains(m.name, reference) for m in others}
        wide = {m.name: _at_all_ratios(comparison, m.name, reference, ratios) for m in others}
        p_values = [
            [
                paired.wilcoxon(gain)
                for gain in (found[m.name].mean(axis=1), found[m.name].ravel(), wide[m.name])
            ]
            for m in others
        ]
        corrected = np.transpose([paired.holm(family) for family in np.transpose(p_values)])
        for method, p, holm in zip(others, p_values, corrected, strict=True):
            gain = found[method.name]
            low, high = paired.bootstrap_mean(gain)
            texts = [
                competing[reference].title,
                method.title,
                f"{gain.mean():+.4f}",
                f"{low:+.4f} to {high:+.4f}",
                f"{int((gain.mean(axis=1) > 0).sum())} of {len(gain)}",
                *(f"{p_value_text(a)} ({p_value_text(b)})" for a, b in zip(p, holm, strict=True)),
                str(wide[method.name].size),
            ]
            rows.append([Entry(text) for text in texts])
    text = metric_text(comparison.metric)
    title = f"Gains in {text}, {comparison.title}"
    header = HEADER
    if not rows:
        header = ["state"]
        rows = [[Entry(f"none of the methods to compare with is complete: {', '.join(references)}", MISSING)]]
    return ReportTable(f"gains_{comparison.file}", title, header, rows, _note(comparison))


def _note(comparison: Comparison) -> str:
    reduction = "Lower values are better: a gain is a reduction of the metric. "
    direction = "" if comparison.higher_is_better else reduction
    return (
        f"{direction}Two-sided Wilcoxon signed-rank tests; the p-value with Holm's correction over the "
        "methods compared with the same reference in brackets. Interval: percentile bootstrap of the mean "
        f"gain, datasets resampled, then seeds within, {paired.REPLICATES} seeded draws. Seeds of a dataset "
        "are not independent: the p-values over (dataset, seed) are about these datasets only. "
        f"{comparison.note()}"
    )


def _at_all_ratios(
    comparison: Comparison, method: str, reference: str, ratios: Mapping[float, Groups]
) -> np.ndarray:
    """The gains at all ratios in one line; at another ratio only datasets with every seed of the pair."""
    parts = [comparison.gains(method, reference).ravel()]
    for ratio in sorted(set(ratios) - {comparison.selection.imbalance_ratio}):
        more = comparison.gains(method, reference, ratios[ratio])
        parts.append(more[~np.isnan(more).any(axis=1)].ravel())
    return np.concatenate(parts)
