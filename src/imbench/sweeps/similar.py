"""The seconds of a planned run, from the stored runs that are most similar to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import mean, median
from typing import Protocol

#: The most distant of :func:`similar_groups`: the same method on other datasets.
OTHER_DATASETS = "other datasets"

#: Mean seconds by (dataset, method, language model).
Seconds = Mapping[tuple[str, str, str], float]


class Labelled(Protocol):
    """The labels by which runs are compared."""

    dataset: str | None
    method: str | None
    llm: str | None
    variant: str | None


def similar_groups(run: Labelled) -> list[tuple[str, ...]]:
    """Groups of runs that take about as long as this one, the most similar first.

    On the dataset: the same settings, the same method, the same language model; then the method on other
    datasets. The first entry of a group is its kind.
    """
    if run.dataset is None or run.method is None:
        return []
    groups = [
        ("settings", run.dataset, run.method, run.variant),
        ("method", run.dataset, run.method, run.llm),
        ("model", run.dataset, run.llm) if run.llm else None,
        (OTHER_DATASETS, run.method, run.llm),
    ]
    return [tuple(map(str, group)) for group in groups if group]


def mean_seconds(runs: Iterable[tuple[Labelled, float]]) -> Seconds:
    """Mean seconds of the runs by dataset, method and language model."""
    found: dict[tuple[str, str, str], list[float]] = {}
    for run, seconds in runs:
        if run.dataset is not None and run.method is not None:
            found.setdefault((run.dataset, run.method, str(run.llm)), []).append(seconds)
    return {labels: mean(values) for labels, values in found.items()}


def dataset_factor(run: Labelled, known: Seconds) -> float:
    """The ratio of seconds on the run's dataset to seconds on those where its method is known.

    The median over the other methods with the same language model (or none), of their mean seconds here
    over those there; 1 where there is no such method.
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
