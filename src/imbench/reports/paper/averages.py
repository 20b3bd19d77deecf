"""What the paper's tables share: differences to its numbers, and averages over datasets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from imbench.reports.paper.published import DATASETS
from imbench.reports.select import Cell
from imbench.reports.table import MISSING, SECOND, Entry, ranked

#: Section V-A3 of the paper; ours is named with the number of runs.
PAPERS_MODEL = " The paper's language model is distilgpt2."


def gap_entry(ours: Cell, paper: float | None) -> Entry:
    """Our mean minus the paper's; a dash where one of them is missing."""
    known = ours.complete and paper is not None
    return Entry(f"{ours.mean - paper:+.4f}") if known else Entry("–", MISSING)


def marked_if_complete(entries: list[Entry]) -> list[Entry]:
    """The same without best and second where an entry is missing: it might have been the best."""
    if not any(e.mark == MISSING for e in entries):
        return entries
    return [Entry(e.text, MISSING * (e.mark == MISSING)) for e in entries]


def better(values: list[float | None], texts: list[str]) -> list[Entry]:
    """Entries side by side of which the highest is bold; None is a value that is missing."""
    found = ranked(values, texts, [True] * len(values))
    return [Entry(e.text, "" if e.mark == SECOND else e.mark) for e in found]


def averaged(cells: Sequence[Cell], seeds: tuple[int, ...]) -> Cell:
    """The mean over complete cells (one a dataset), seed by seed; empty without cells."""
    if not cells or not all(c.complete for c in cells):
        return Cell({}, seeds)
    return Cell({s: float(np.mean([c.values[s] for c in cells])) for s in seeds}, seeds)


def datasets_known(cells: Mapping[str, Cell]) -> Entry:
    """``6 of 10 datasets``, marked as missing, in place of an average that cannot be given."""
    return Entry(f"{sum(c.complete for c in cells.values())} of {len(cells)} datasets", MISSING)


def shared_datasets(columns: Iterable[Mapping[str, Cell]]) -> list[str]:
    """The paper's datasets on which every one of these columns (cells by dataset) is complete."""
    columns = list(columns)
    return [d for d in DATASETS if all(c[d].complete for c in columns)]


def partial_note(shared: Sequence[str], what: str) -> str:
    """The sentence of a note about the datasets of an average, if they are not all ten."""
    if len(shared) == len(DATASETS):
        return ""
    if not shared:
        return f" No dataset is complete in {what} yet, so there is no average."
    return (
        f" Partial: the average over {len(shared)} datasets is over those that are complete in {what} "
        f"({', '.join(shared)}); it is not comparable with the paper's average of {len(DATASETS)}."
    )
