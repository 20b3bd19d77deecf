"""The paper's numbers that the page sets beside ours."""

from __future__ import annotations

from typing import Any

from imbench.reports.paper.published import published

#: Figure, the ratio that it sweeps, and that ratio's axis on the page.
SWEEPS = (("figure5", "interpolation_ratio", "r"), ("figure6", "imbalance_ratio", "q"))


def published_numbers() -> dict[str, Any]:
    """Table II and what the paper tells of Figures 5 and 6.

    ``table2`` is ``{dataset: {column: [mean, std or None]}}``, with the paper's own line "Average". A point
    of ``curves`` has an ``axis``, a ``column``, a ratio ``x`` (None: a line that does not depend on it), the
    average published F1 ``value``, and its ``place`` in the paper.
    """
    cells: dict[str, dict[str, list[float | None]]] = {}
    for line in published("table2"):
        std = float(line["f1_std"]) if line["f1_std"] else None
        cells.setdefault(line["dataset"], {})[line["column"]] = [float(line["f1_mean"]), std]
    curves = [
        {
            "axis": axis, "column": line["column"], "x": float(line[ratio]) if line[ratio] else None,
            "value": float(line["f1_mean"]), "place": line["place"],
        }
        for figure, ratio, axis in SWEEPS
        for line in published(figure)
    ]  # fmt: skip
    return {"table2": cells, "curves": curves}
