"""The paper's numbers that the page shows beside ours."""

from __future__ import annotations

from typing import Any

from imbench.reports.paper.paper_suite import PAPER, method_of
from imbench.reports.paper.published import AVERAGE, DATASETS, published
from imbench.reports.registry import PUBLISHED
from imbench.reports.select import RATIO

#: Figure, the ratio that it sweeps, and that ratio's axis on the page.
SWEEPS = (("figure5", "interpolation_ratio", "r"), ("figure6", "imbalance_ratio", "q"))


def published_numbers() -> dict[str, Any]:
    """Table II, and the printed points of Figures 5 and 6, by method.

    ``table`` is ``{dataset: {method: [mean, std or None]}}``, with a line of averages. A point of ``curves``
    has an ``axis``, a ``method`` and its ``column`` in the paper, a ratio ``x`` (None: a line that does not
    depend on it), the average published F1 ``value``, and its ``place`` in the paper.
    """
    cells: dict[str, dict[str, list[float | None]]] = {}
    for line in published("table2"):
        std = float(line["f1_std"]) if line["f1_std"] else None
        cells.setdefault(line["dataset"], {})[method_of(line["column"]).name] = [float(line["f1_mean"]), std]
    curves = [
        {
            "axis": axis,
            "method": method_of(line["column"]).name,
            "column": line["column"],
            "x": float(line[ratio]) if line[ratio] else None,
            "value": float(line["f1_mean"]),
            "place": line["place"],
        }
        for figure, ratio, axis in SWEEPS
        for line in published(figure)
    ]
    return {
        "source": "paper",
        "title": "Table II",
        "metric": "published_f1",
        "ratio": RATIO,
        "datasets": list(DATASETS),
        "average": AVERAGE,
        "table": cells,
        "curves": curves,
    }


PUBLISHED[PAPER.name] = published_numbers
