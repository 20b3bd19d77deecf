"""Names of the stored scores for readers: what each measures, and whether more of it is better."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

#: Readings of the scores, and what they do, for the page.
PROTOCOLS = {
    "corrected": "one encoder, F1 of the minority class, AUC from probabilities",
    "published": "as the paper's code scored: separate codes in training and test part, F1 of the class "
    "whose name sorts second (weighted for several classes), AUC from predicted labels",
}
ROWS = "rows"
ROWS_NOTE = "the synthetic rows themselves, without a classifier"
TITLES = {
    "f1": "F1", "auc": "AUC", "precision": "precision", "recall": "recall",
    "average_precision": "average precision", "balanced_accuracy": "balanced accuracy",
    "g_mean": "G-mean", "mcc": "MCC", "macro_f1": "macro F1",
}  # fmt: skip
CROSSED = {"one_encoder": " (one encoder)", "own_codes": " (separate codes)"}
#: Quality measures: title, and the direction that is better (+1 more, -1 less, 0 neither).
QUALITY = {
    "close_probability": ("close probability", 1),
    "close_probability_unscaled": ("close probability, unscaled", 1),
    "coverage": ("coverage", 1),
    "density": ("density", 1),
    "precision": ("precision of the rows", 1),
    "recall": ("recall of the rows", 1),
    "dcr_test_median": ("DCR to test rows, median", 0),
    "dcr_test_mean": ("DCR to test rows, mean", 0),
    "dcr_train_median": ("DCR to training rows, median", 0),
    "dcr_train_mean": ("DCR to training rows, mean", 0),
    "copies_of_train": ("share of copies of training rows", -1),
    "copies_of_test": ("share of copies of test rows", -1),
    "duplicates": ("share of duplicates", -1),
    "entropy_columns": ("entropy of the columns (nats)", 1),
    "entropy_pairs": ("entropy of column pairs (nats)", 1),
    "nearest_synthetic_median": ("distance between synthetic rows, median", 0),
    "nearest_synthetic_mean": ("distance between synthetic rows, mean", 0),
    "valid_cells": ("share of valid cells", 1),
    "valid_rows": ("share of valid rows", 1),
    "valid_category_cells": ("share of known categories", 1),
    "valid_range_cells": ("share of numbers in range", 1),
    "valid_integer_cells": ("share of complete numbers where due", 1),
}


def describe(runs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The protocols and their metrics that any of these flat runs has, F1 first.

    Each metric is an ``id`` (its flat name), a ``title`` and a direction ``better``.
    """
    names = {name for run in runs for name, value in run.items() if value is not None}
    found = []
    for protocol, note in PROTOCOLS.items():
        metrics = [n.removeprefix(f"{protocol}_") for n in names if n.startswith(f"{protocol}_")]
        lines = [
            {"id": f"{protocol}_{m}", "title": _title(m), "better": 1} for m in sorted(metrics, key=_place)
        ]
        found.append({"name": protocol, "title": f"{protocol} protocol", "note": note, "metrics": lines})
    quality = [
        {"id": name, "title": title, "better": better}
        for name, (title, better) in QUALITY.items()
        if name in names
    ]
    found.append({"name": ROWS, "title": "quality of the rows", "note": ROWS_NOTE, "metrics": quality})
    return [protocol for protocol in found if protocol["metrics"]]


def _place(metric: str) -> tuple[int, int, str]:
    crossed = any(metric.endswith(word) for word in CROSSED)
    known = list(TITLES)
    return crossed, known.index(metric) if metric in TITLES else len(known), metric


def _title(metric: str) -> str:
    for word, note in CROSSED.items():
        if metric.endswith(f"_{word}"):
            return _title(metric.removesuffix(f"_{word}")) + note
    return TITLES.get(metric, metric.replace("_", " "))
