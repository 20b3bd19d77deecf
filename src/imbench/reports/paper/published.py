"""The published numbers, as stored in ``results/paper``. They never mix with ours."""

from __future__ import annotations

import csv
from functools import lru_cache

from imbench.utils.paths import ROOT

#: What ``table2`` to ``table4`` call the line of their averages.
AVERAGE = "Average"
FOLDER = ROOT / "results" / "paper"
#: Columns of Table II in the paper's order.
COLUMNS = (
    "Original", "Imbalance", "AdaSyn", "SMOTE", "SMOTE-NC", "CTGAN", "TVAE", "Great", "TapTap", "Pred-LLM",
    "ImbLLM",
)  # fmt: skip


@lru_cache(maxsize=16)
def published(name: str) -> tuple[dict[str, str], ...]:
    """The lines of ``results/paper/<name>.csv``, each with its place in the paper.

    ``table1`` … ``table5`` as printed; ``figure4``, ``figure5``, ``figure6``: the points that the paper draws
    and also prints in its text or tables; ``quoted``: every number of the running text.
    """
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


#: The paper's datasets in its order; ``conf/suite/paper.yaml`` sweeps over them.
DATASETS = tuple(line["dataset"] for line in published("table1"))


def _number(name: str, value: str, **where: str | None) -> float | None:
    for line in published(name):
        if all(line[column] == wanted for column, wanted in where.items()):
            return float(line[value])
    return None


def table2_value(dataset: str, column: str | None) -> tuple[float, float] | None:
    """Published F1 (mean, std) of Table II, or None when the paper has no such cell."""
    for line in published("table2"):
        if line["dataset"] == dataset and line["column"] == column:
            return float(line["f1_mean"]), float(line["f1_std"] or "nan")
    return None


def table2_f1(dataset: str, column: str) -> float | None:
    """Published mean F1 of Table II, or None."""
    found = table2_value(dataset, column)
    return found and found[0]


def table4_value(dataset: str, column: str, metric: str) -> float | None:
    """Published mean of Table IV, or None.

    ``dataset`` may be ``Average``; ``column`` is ``ImbLLM-inter`` (r = 0) or ``ImbLLM``; ``metric`` is
    ``f1``, ``auc`` or ``close_probability``.
    """
    return _number("table4", "value", dataset=dataset, column=column, metric=metric)


def figure4_value(column: str, metric: str) -> float | None:
    """Published average over the ten datasets of ``auc``, ``close_probability`` or ``coverage``, or None."""
    return _number("figure4", "value", column=column, metric=metric)


def figure_points(name: str, column: str) -> dict[float | None, float]:
    """Average F1 by ratio, of the points of ``figure5`` (r) or ``figure6`` (q) that the paper prints.

    The ratio None is that of a line that does not depend on it.
    """
    ratio = {"figure5": "interpolation_ratio", "figure6": "imbalance_ratio"}[name]
    lines = [line for line in published(name) if line["column"] == column]
    return {float(line[ratio]) if line[ratio] else None: float(line["f1_mean"]) for line in lines}
