"""All statistics of one metric: the sheets and diagrams that ``scripts/compare.py`` writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from imbench.reports.paper.correlation_figure import correlation_figure
from imbench.reports.paper.diversity_gain import (
    correlation_note,
    correlation_sheet,
    correlation_title,
    correlations,
)
from imbench.reports.select import Choice
from imbench.reports.table import Sheet
from imbench.reports.verdict.ranks_figure import ranks_figure
from imbench.reports.verdict.statistics import (
    by_ratio,
    fields,
    gains_sheet,
    metric_words,
    none_there,
    note,
    ranks_sheet,
    table_means,
)


def compare(
    runs: Iterable[Mapping[str, Any]], choice: Choice, metric: str, figures: Path
) -> tuple[list[Sheet], list[Path]]:
    """Sheets of ranks, gains and correlations on both choices of tables, and the diagrams drawn.

    ``metric`` is a flat score name such as ``corrected_f1``.
    """
    runs = list(runs)
    ratios = by_ratio(runs, choice)
    groups = ratios.get(choice.imbalance_ratio, {})
    sheets: list[Sheet] = []
    drawn: list[Path] = []
    for field in fields(groups, choice, metric):
        if not field.datasets or len(field.competing) < 2:
            kinds = ("ranks", "nemenyi", "gains", "correlation")
            sheets += [none_there(field, metric, kind) for kind in kinds]
            continue
        sheets += ranks_sheet(groups, choice, metric, field)
        sheets.append(gains_sheet(groups, choice, metric, field, ratios))
        populations = correlations(runs, groups, choice, metric, field)
        words = correlation_note(populations, groups, choice, metric, field)
        sheets.append(correlation_sheet(populations, metric, field, words))
        stem = figures / f"correlation_{metric}_{field.name}"
        drawn += correlation_figure(populations, correlation_title(metric, field), words, stem)
        title = f"Mean ranks (1 is best) by {metric_words(metric)}, {field.words}; Nemenyi, 5 %"
        stem = figures / f"ranks_{metric}_{field.name}"
        drawn += ranks_figure(
            table_means(groups, choice, metric, field), title, note(groups, choice, field), stem
        )
    return sheets, drawn
