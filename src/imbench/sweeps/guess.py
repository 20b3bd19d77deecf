"""How long a run takes that was not made yet: as long as the stored ones that are most like it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import mean, median
from typing import Protocol

#: The last resort of :func:`alike`: the same method on other tables.
ELSEWHERE = "elsewhere"

#: Mean seconds by (dataset, method, language model).
Seconds = Mapping[tuple[str, str, str], float]


class Labelled(Protocol):
    """What a run is told by."""

    dataset: str | None
    method: str | None
    llm: str | None
    variant: str | None


def alike(run: Labelled) -> list[tuple[str, ...]]:
    """Groups of runs that take about as long as this one, the nearest first."""
    if run.dataset is None or run.method is None:
        return []
    groups = [
        ("settings", run.dataset, run.method, run.variant),
        ("method", run.dataset, run.method, run.llm),
        ("model", run.dataset, run.llm) if run.llm else None,
        (ELSEWHERE, run.method, run.llm),
    ]
    return [tuple(map(str, group)) for group in groups if group]


def mean_seconds(runs: Iterable[tuple[Labelled, float]]) -> Seconds:
    """Mean seconds of the runs by table, method and language model."""
    found: dict[tuple[str, str, str], list[float]] = {}
    for run, seconds in runs:
        if run.dataset is not None and run.method is not None:
            found.setdefault((run.dataset, run.method, str(run.llm)), []).append(seconds)
    return {labels: mean(values) for labels, values in found.items()}


def dataset_factor(run: Labelled, known: Seconds) -> float:
    """How much longer the run's table takes than those on which its method is known.

    The median over the other methods with the same language model (or none), of their mean seconds here
    over those there; 1 where no other method tells.
    """
    own = (str(run.method), str(run.llm))
    there = {d for d, *method in known if tuple(method) == own}
    ratios = []
    for method, llm in {(m, m_llm) for _, m, m_llm in known} - {own}:
        here = known.get((str(run.dataset), method, llm))
        others = [known[d, method, llm] for d in there if (d, method, llm) in known]
        if here is not None and sum(others) > 0 and llm == own[1]:
            ratios.append(here / mean(others))
    return median(ratios) if ratios else 1.0
