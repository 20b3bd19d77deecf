"""Contrasts: the gains of an arm over a reference, by source, with their tests.

The tests are those of ``docs/protocol.md``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from imbench.reports.registry import Source
from imbench.reports.verdict.arm_values import ArmValues, arm_values
from imbench.reports.verdict.design import DECIDED, FEWEST_SOURCES, ROPE, Arm, Endpoint
from imbench.reports.verdict.paired import holm, wilcoxon
from imbench.reports.verdict.source_tests import (
    Probabilities,
    bootstrap_interval,
    further_sources,
    signed_rank,
)


@dataclass(frozen=True)
class Contrast:
    """An arm against a reference under one learner, by one endpoint.

    ``by_dataset``: gains of the splits of each complete dataset. ``sources``: the source of each dataset.
    ``failures``: failed runs of the arm that took the value of nothing. ``left_out``: splits on which nothing
    itself failed. ``p_holm``: the Wilcoxon p-value after Holm's correction in its family.
    """

    arm: Arm
    learner: str
    endpoint: Endpoint
    reference: Arm
    by_dataset: dict[str, np.ndarray]
    sources: dict[str, str]
    failures: int = 0
    left_out: int = 0
    p_holm: float = float("nan")

    @cached_property
    def by_source(self) -> dict[str, float]:
        """Gains averaged over the splits of a dataset, then over the datasets of a source."""
        found: dict[str, list[float]] = {}
        for dataset, gains in self.by_dataset.items():
            found.setdefault(self.sources[dataset], []).append(float(np.mean(gains)))
        return {source: float(np.mean(means)) for source, means in sorted(found.items())}

    @cached_property
    def gains(self) -> np.ndarray:
        """One gain a source."""
        return np.array(list(self.by_source.values()))

    @property
    def mean(self) -> float:
        """Mean gain over sources; NaN without any."""
        return float(self.gains.mean()) if len(self.gains) else math.nan

    @cached_property
    def interval(self) -> tuple[float, float]:
        """The 95 % bootstrap interval of the mean."""
        return bootstrap_interval(self.gains)

    @cached_property
    def probabilities(self) -> Probabilities:
        """Of hurts, equivalent and helps, by the Bayesian signed-rank test."""
        return signed_rank(self.gains, ROPE)

    @cached_property
    def p(self) -> float:
        """Wilcoxon's signed-rank test over sources; NaN with fewer than two."""
        return wilcoxon(self.gains) if len(self.gains) > 1 else math.nan

    @property
    def wins(self) -> int:
        """Sources with a gain above 0."""
        return int((self.gains > 0).sum())

    @property
    def losses(self) -> int:
        """Sources with a gain below 0."""
        return int((self.gains < 0).sum())

    @property
    def enough(self) -> bool:
        """Whether there are enough sources for a word."""
        return len(self.gains) >= FEWEST_SOURCES

    @property
    def word(self) -> str:
        """helps, hurts, equivalent or undecided, whatever the number of sources."""
        return self.probabilities.word(DECIDED)

    @cached_property
    def further(self) -> int | None:
        """Further sources needed; see :func:`further_sources`."""
        return further_sources(self.gains, ROPE, DECIDED)

    def among(self, keep: Callable[[str], bool]) -> Contrast:
        """The same contrast on some of the datasets."""
        return replace(
            self, by_dataset={d: g for d, g in self.by_dataset.items() if keep(d)}, failures=0, left_out=0
        )


def contrast(values: ArmValues, arm: Arm, learner: str, endpoint: Endpoint, reference: Arm) -> Contrast:
    """The gains on the datasets on which every planned split of both arms, and of nothing, has ended."""
    nothing = values.design.arm(values.design.nothing)
    by_dataset, failures, left_out = {}, 0, 0
    for dataset in values.design.datasets:
        planned = sorted(
            set(values.planned(arm, dataset))
            & set(values.planned(reference, dataset))
            & set(values.planned(nothing, dataset))
        )
        read = [
            [values.at(dataset, a, learner, seed, endpoint) for a in (arm, reference, nothing)]
            for seed in planned
        ]
        if not read or any(v is None for split in read for v in split):
            continue
        gains = []
        for own, other, base in read:
            if math.isnan(base):
                left_out += 1
                continue
            failures += math.isnan(own)
            own, other = (base if math.isnan(v) else v for v in (own, other))
            gains.append(own - other if endpoint.higher_is_better else other - own)
        if gains:
            by_dataset[dataset] = np.array(gains)
    return Contrast(
        arm, learner, endpoint, reference, by_dataset, dict(values.design.sources), failures, left_out
    )


def contrasts(source: Source) -> list[Contrast]:
    """All contrasts of the suite's design, with Holm's correction over the arms of each family.

    A family is one learner, endpoint and reference. The references are followed by the rivals.
    """
    if "contrasts" not in source.cache:
        source.cache["contrasts"] = list(_all(arm_values(source)))
    return source.cache["contrasts"]


def _all(values: ArmValues) -> Iterator[Contrast]:
    design = values.design
    for reference in map(design.arm, (*design.references, *design.rivals)):
        for endpoint in design.endpoints:
            for learner in design.learners:
                arms = [a for a in design.arms if a != reference and learner in design.learners_of(a)]
                yield from corrected(contrast(values, arm, learner, endpoint, reference) for arm in arms)


def corrected(family: Iterable[Contrast]) -> list[Contrast]:
    """The contrasts of one family with Holm's p-values, over those that have a p-value."""
    family = list(family)
    tested = [c for c in family if not math.isnan(c.p)]
    by_arm = dict(zip((c.arm.name for c in tested), holm([c.p for c in tested]), strict=True))
    return [replace(c, p_holm=by_arm.get(c.arm.name, math.nan)) for c in family]
