"""Names of the stored scores for readers: what each measures, and whether more of it is better."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from imbench.scoring.metrics import METRICS, Metric

#: Protocols of the scores, and what they do, for the page.
PROTOCOLS = {
    "corrected": "one encoder, F1 of the minority class, AUC from probabilities",
    "published": "as the paper's code scored: separate codes in training and test part, F1 of the class "
    "whose name sorts second (weighted for several classes), AUC from predicted labels",
}
ROWS = "rows"
ROWS_NOTE = "the synthetic rows themselves, without a classifier"


def describe(runs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The protocols and their metrics that any of these flat runs has, F1 first.

    Each metric is an ``id`` (its flat name), a ``title`` and a direction ``better``.
    """
    names = {name for run in runs for name, value in run.items() if value is not None}
    found = []
    for protocol, note in PROTOCOLS.items():
        lines = [_line(m) for m in METRICS.values() if m.protocol == protocol and m.id in names]
        found.append({"name": protocol, "title": f"{protocol} protocol", "note": note, "metrics": lines})
    quality = [_line(m) for m in METRICS.values() if m.protocol is None and m.id in names]
    found.append({"name": ROWS, "title": "quality of the rows", "note": ROWS_NOTE, "metrics": quality})
    return [protocol for protocol in found if protocol["metrics"]]


def _line(metric: Metric) -> dict[str, Any]:
    return {"id": metric.id, "title": metric.title, "better": metric.direction}
