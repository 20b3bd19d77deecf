"""Figure 5: F1 against the interpolation ratio r."""

from __future__ import annotations

from pathlib import Path

from imbench.reports.paper.figures.curves import ANY, Curves, Line, papers_averages, papers_value
from imbench.reports.paper.figures.leaders import LEADERS
from imbench.reports.paper.figures.panels import ratio_figures
from imbench.reports.paper.paper_suite import method_of
from imbench.reports.paper.published import DATASETS, table2_f1, table4_value
from imbench.reports.paper.variants import interpolation_variant
from imbench.reports.registry import Source, report_figure
from imbench.reports.select import select_variant

#: r as the paper sweeps it.
RATIOS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
#: The method whose ratio is swept and the flat line beside it.
SWEPT, FLAT = LEADERS[0], LEADERS[1]
#: Column of Table IV that is the swept method at r = 0.
WITHOUT = "ImbLLM-inter"


@report_figure("5", title="Figure 5: F1 against the interpolation ratio", suite="paper")
def figure5(source: Source, folder: Path) -> list[Path]:
    """F1 of ImbLLM against r, CTGAN as a horizontal line."""
    return ratio_figures(interpolation_curves(source), source.selection, folder / "figure5")


def interpolation_curves(source: Source) -> Curves:
    """The lines, and the paper's values: averages, Table II (r = 1), Table IV (r = 0)."""
    swept = {r: select_variant(source.runs, source.selection, interpolation_variant(r)) for r in RATIOS}
    flat = method_of(FLAT)
    lines = [
        Line(method_of(SWEPT), swept),
        Line(flat, {ANY: {d: g for (d, m), g in source.groups.items() if m == flat.name}}),
    ]
    paper = papers_averages("figure5", (SWEPT, FLAT))
    for dataset in DATASETS:
        paper |= papers_value(SWEPT, 0.0, dataset, table4_value(dataset, WITHOUT, "f1"))
        paper |= papers_value(SWEPT, 1.0, dataset, table2_f1(dataset, SWEPT))
        paper |= papers_value(FLAT, ANY, dataset, table2_f1(dataset, FLAT))
    return Curves(
        "Figure 5: F1 against the interpolation ratio", "interpolation ratio r", "r", RATIOS, lines, paper,
        (f"imbalance ratio {source.selection.imbalance_ratio}",),
    )  # fmt: skip
