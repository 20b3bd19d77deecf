"""Figures 5 and 6: F1 against the interpolation ratio r and against the imbalance ratio q."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from imbench.reports.methods import MethodMetadata
from imbench.reports.paper.figures.curves import ANY, MEAN, Curves, Line, curves_figure
from imbench.reports.paper.published import DATASETS, figure_points, table2_value, table4_value
from imbench.reports.select import RATIO, Selection, select, select_variant
from imbench.reports.style import LEADERS, controls, methods_of_columns

#: r and q as the paper sweeps them (Figures 5 and 6).
INTERPOLATION_RATIOS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
IMBALANCE_RATIOS = (0.1, 0.2, 0.3, 0.4, 0.5)
#: The method whose ratio is swept and the flat line beside it; the methods of Figure 6.
SWEPT, BASELINE = LEADERS[0], LEADERS[1]
COMPARED = LEADERS[:4]
#: Column of Table IV that is the swept method at r = 0.
WITHOUT = "ImbLLM-inter"


def interpolation_figure(runs: Iterable[Mapping[str, Any]], selection: Selection, stem: Path) -> list[Path]:
    """Figure 5: F1 of ImbLLM against r, CTGAN as a horizontal line."""
    return ratio_figures(interpolation_curves(list(runs), selection), selection, stem)


def interpolation_curves(runs: list[Mapping[str, Any]], selection: Selection) -> Curves:
    """The lines of Figure 5, and the paper's values: averages, Table II (r = 1), Table IV (r = 0)."""
    lines = []
    for method in methods_of_columns([SWEPT]):
        groups: dict[float | None, Any] = {
            r: select_variant(runs, selection, (f"method={method.name}", f"method.interpolation_ratio={r}"))
            for r in INTERPOLATION_RATIOS
        }
        lines.append(Line(method, groups))
    lines += [
        Line(method, {ANY: _tables(select(runs, selection), method)})
        for method in methods_of_columns([BASELINE])
    ]
    paper = _averages("figure5", (SWEPT, BASELINE))
    for dataset in DATASETS:
        paper |= _present(SWEPT, 0.0, dataset, table4_value(dataset, WITHOUT, "f1"))
        paper |= _present(SWEPT, 1.0, dataset, _table2(dataset, SWEPT))
        paper |= _present(BASELINE, ANY, dataset, _table2(dataset, BASELINE))
    return Curves(
        "Figure 5: F1 against the interpolation ratio", "interpolation ratio r", "r", INTERPOLATION_RATIOS,
        lines, paper, (f"imbalance ratio {selection.imbalance_ratio}",),
    )  # fmt: skip


def imbalance_figure(runs: Iterable[Mapping[str, Any]], selection: Selection, stem: Path) -> list[Path]:
    """Figure 6: F1 against q, of the methods that were run at two ratios at least."""
    return ratio_figures(imbalance_curves(list(runs), selection), selection, stem)


def imbalance_curves(runs: list[Mapping[str, Any]], selection: Selection) -> Curves:
    """The lines of Figure 6, and the paper's values: averages, and Table II at its ratio."""
    by_ratio = {q: select(runs, replace(selection, imbalance_ratio=q)) for q in IMBALANCE_RATIOS}
    lines, absent = [], []
    for method in [*methods_of_columns(COMPARED), *controls()]:
        groups: dict[float | None, Any] = {q: _tables(found, method) for q, found in by_ratio.items()}
        if method.column == SWEPT or sum(bool(datasets) for datasets in groups.values()) > 1:
            lines.append(Line(method, groups, needed=method.column is not None))
        else:
            absent.append(method.title)
    paper = _averages("figure6", COMPARED)
    for dataset in DATASETS:
        for column in COMPARED:
            paper |= _present(column, RATIO, dataset, _table2(dataset, column))
    return Curves(
        "Figure 6: F1 against the imbalance ratio", "imbalance ratio q (share of the minority that is kept)",
        "q", IMBALANCE_RATIOS, lines, paper,
        (f"not run at several ratios: {', '.join(absent)}",) if absent else (),
    )  # fmt: skip


def ratio_figures(curves: Curves, selection: Selection, stem: Path) -> list[Path]:
    """The figure, and where a needed line lacks datasets, ``<stem>_common``: the datasets that all lines have."""
    paths = curves_figure(curves, selection, stem)
    common = stem.with_name(f"{stem.name}_common")
    datasets = curves.common(selection.seeds)
    if 0 < len(datasets) < len(curves.complete(selection.seeds)):
        return [*paths, *curves_figure(curves.on(datasets), selection, common)]
    for ending in ("png", "pdf", "csv"):
        common.with_suffix(f".{ending}").unlink(missing_ok=True)
    return paths


Place = tuple[str, float | None, str]


def _averages(figure: str, columns: Iterable[str]) -> dict[Place, float]:
    return {(c, ratio, MEAN): f1 for c in columns for ratio, f1 in figure_points(figure, c).items()}


def _present(column: str, ratio: float | None, dataset: str, value: float | None) -> dict[Place, float]:
    return {} if value is None else {(column, ratio, dataset): value}


def _table2(dataset: str, column: str) -> float | None:
    found = table2_value(dataset, column)
    return found and found[0]


def _tables(
    groups: Mapping[tuple[str, str], Mapping[int, Mapping[str, Any]]], method: MethodMetadata
) -> dict[str, Mapping[int, Mapping[str, Any]]]:
    return {dataset: seeds for (dataset, method), seeds in groups.items() if method == method.name}
