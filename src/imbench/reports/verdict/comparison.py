"""All statistics of one metric: the sheets and diagrams that ``scripts/compare.py`` writes."""

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
    runs: Iterable[Mapping[str, Any]], choice: Selection, metric: str, figures: Path
) -> tuple[list[ReportTable], list[Path]]:
    """Sheets of ranks, gains and correlations on both choices of tables, and the diagrams drawn.

    ``metric`` is a flat score name such as ``corrected_f1``.
    """
    runs = list(runs)
    ratios = by_ratio(runs, choice)
    groups = ratios.get(choice.imbalance_ratio, {})
    sheets: list[ReportTable] = []
    drawn: list[Path] = []
    for field in fields(groups, choice, metric):
        if not field.datasets or len(field.competing) < 2:
            kinds = ("ranks", "nemenyi", "gains", "correlation")
            sheets += [none_there(field, metric, kind) for kind in kinds]
            continue
        sheets += ranks_table(groups, choice, metric, field)
        sheets.append(gains_table(groups, choice, metric, field, ratios))
        populations = correlations(runs, groups, choice, metric, field)
        words = correlation_note(populations, groups, choice, metric, field)
        sheets.append(correlation_table(populations, metric, field, words))
        stem = figures / f"correlation_{metric}_{field.name}"
        drawn += correlation_figure(populations, correlation_title(metric, field), words, stem)
        title = f"Mean ranks (1 is best) by {metric_text(metric)}, {field.words}; Nemenyi, 5 %"
        stem = figures / f"ranks_{metric}_{field.name}"
        drawn += ranks_figure(
            dataset_means(groups, choice, metric, field), title, note(groups, choice, field), stem
        )
    return sheets, drawn
