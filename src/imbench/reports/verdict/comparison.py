"""All statistics of one metric: the tables and diagrams that ``scripts/compare.py`` writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from imbench.reports.select import Selection
from imbench.reports.table import ReportTable
from imbench.reports.verdict.diversity import (
    correlation_note,
    correlation_table,
    correlation_title,
    correlations,
)
from imbench.reports.verdict.diversity_figure import correlation_figure
from imbench.reports.verdict.ranks_figure import ranks_figure
from imbench.reports.verdict.statistics import (
    by_ratio,
    dataset_means,
    fields,
    gains_table,
    metric_text,
    none_there,
    note,
    ranks_table,
)


def compare(
    runs: Iterable[Mapping[str, Any]], selection: Selection, metric: str, figures: Path
) -> tuple[list[ReportTable], list[Path]]:
    """Tables of ranks, gains and correlations on both selections of datasets, and the diagrams drawn.

    ``metric`` is a flat score name such as ``corrected_f1``.
    """
    runs = list(runs)
    ratios = by_ratio(runs, selection)
    groups = ratios.get(selection.imbalance_ratio, {})
    tables: list[ReportTable] = []
    drawn: list[Path] = []
    for field in fields(groups, selection, metric):
        if not field.datasets or len(field.competing) < 2:
            kinds = ("ranks", "nemenyi", "gains", "correlation")
            tables += [none_there(field, metric, kind) for kind in kinds]
            continue
        tables += ranks_table(groups, selection, metric, field)
        tables.append(gains_table(groups, selection, metric, field, ratios))
        populations = correlations(runs, groups, selection, metric, field)
        words = correlation_note(populations, groups, selection, metric, field)
        tables.append(correlation_table(populations, metric, field, words))
        stem = figures / f"correlation_{metric}_{field.name}"
        drawn += correlation_figure(populations, correlation_title(metric, field), words, stem)
        title = f"Mean ranks (1 is best) by {metric_text(metric)}, {field.words}; Nemenyi, 5 %"
        stem = figures / f"ranks_{metric}_{field.name}"
        drawn += ranks_figure(
            dataset_means(groups, selection, metric, field), title, note(groups, selection, field), stem
        )
    return tables, drawn
