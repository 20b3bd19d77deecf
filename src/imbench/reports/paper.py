"""The published numbers, as stored in ``results/paper``. They never mix with ours."""

from __future__ import annotations

import csv
from functools import lru_cache

from imbench.paths import ROOT

FOLDER = ROOT / "results" / "paper"
#: Columns of Table II in the paper's order, and its tables likewise.
COLUMNS = (
    "Original", "Imbalance", "AdaSyn", "SMOTE", "SMOTE-NC", "CTGAN", "TVAE", "Great", "TapTap", "Pred-LLM",
    "ImbLLM",
)  # fmt: skip
DATASETS = (
    "adult",
    "german",
    "fuel",
    "insurance",
    "gem_price",
    "housing",
    "bank",
    "car",
    "credit_card",
    "sick",
)


@lru_cache(maxsize=8)
def published(table: str) -> tuple[dict[str, str], ...]:
    """The lines of ``results/paper/<table>.csv``."""
    with (FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def table2_value(dataset: str, column: str | None) -> tuple[float, float] | None:
    """Published F1 (mean, std) of Table II, or None when the paper has no such cell."""
    for line in published("table2"):
        if line["dataset"] == dataset and line["column"] == column:
            return float(line["f1_mean"]), float(line["f1_std"] or "nan")
    return None
