"""Figure 6: F1 against the imbalance ratio q."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from imbench.reports.paper.figures.curves import Curves, Line, papers_averages, papers_value
from imbench.reports.paper.figures.leaders import LEADERS, controls
from imbench.reports.paper.figures.panels import ratio_figures
from imbench.reports.paper.paper_suite import PROPOSED, methods_of
from imbench.reports.paper.published import DATASETS, table2_f1
from imbench.reports.registry import Source, report_figure
from imbench.reports.select import RATIO, select

#: q as the paper sweeps it.
RATIOS = (0.1, 0.2, 0.3, 0.4, 0.5)
COMPARED = LEADERS[:4]


@report_figure("6", title="Figure 6: F1 against the imbalance ratio", suite="paper")
def figure6(source: Source, folder: Path) -> list[Path]:
    """F1 against q, of the methods that were run at two ratios at least."""
    return ratio_figures(imbalance_curves(source), source.selection, folder / "figure6")


def imbalance_curves(source: Source) -> Curves:
    """The lines, and the paper's values: averages, and Table II at its ratio."""
    by_ratio = {q: select(source.runs, replace(source.selection, imbalance_ratio=q)) for q in RATIOS}
    lines, absent = [], []
    for method in [*methods_of(COMPARED), *controls()]:
        groups: dict[float | None, Any] = {
            q: {d: g for (d, m), g in found.items() if m == method.name} for q, found in by_ratio.items()
        }
        if method.paper_column == PROPOSED or sum(bool(found) for found in groups.values()) > 1:
            lines.append(Line(method, groups, needed=method.paper_column is not None))
        else:
            absent.append(method.title)
    paper = papers_averages("figure6", COMPARED)
    for dataset in DATASETS:
        for column in COMPARED:
            paper |= papers_value(column, RATIO, dataset, table2_f1(dataset, column))
    return Curves(
        "Figure 6: F1 against the imbalance ratio", "imbalance ratio q (share of the minority that is kept)",
        "q", RATIOS, lines, paper, (f"not run at several ratios: {', '.join(absent)}",) if absent else (),
    )  # fmt: skip
