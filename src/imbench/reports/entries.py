"""Cells and notes that report tables of any datasets and methods share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from imbench.errors import ConfigError
from imbench.reports.methods import MethodMetadata
from imbench.reports.select import Cell, Run, Selection, provenance
from imbench.reports.table import MISSING, Entry, ranked
from imbench.scoring.metrics import METRICS, PROTOCOLS, Metric


def protocols_of(metric: str) -> dict[str, Metric]:
    """The metric of this name (``f1``) under each protocol that has it, by protocol.

    Raises :class:`ConfigError` where none has it.
    """
    found = {p: METRICS[f"{p}_{metric}"] for p in PROTOCOLS if f"{p}_{metric}" in METRICS}
    if not found:
        known = dict.fromkeys(m.name for m in METRICS.values() if m.protocol)
        raise ConfigError(f"metric '{metric}' is not one of {', '.join(known)}.")
    return found


def note_of(protocol: str, selection: Selection, used: Iterable[Run]) -> str:
    """Protocol, classifier, ratio, seeds, number of runs, model and commit, for the note of a table."""
    seeds = ", ".join(map(str, selection.seeds))
    return (
        f"Protocol: {protocol}; classifier {selection.classifier}; imbalance ratio "
        f"{selection.imbalance_ratio}; seeds {seeds}; mean (population std); {provenance(used)}."
    )


def score_entry(found: Cell) -> Entry:
    """``mean (std)``, or what is missing."""
    return Entry(f"{found.mean:.4f} ({found.std:.3f})") if found.complete else Entry(found.state, MISSING)


def ranked_row(
    cells: Sequence[Cell], methods: Sequence[MethodMetadata], higher_is_better: bool | None = True
) -> list[Entry]:
    """Cells of one dataset, a method each, with the best and the second of those that compete."""
    values = [c.mean if c.complete else None for c in cells]
    texts = [score_entry(c).text for c in cells]
    return ranked(values, texts, [m.competes for m in methods], higher_is_better)
