"""What the claims are decided by: stored scores by dataset and seed, and gains between two of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from imbench.reports.methods import MethodMetadata
from imbench.reports.paper.claims.claim import FAILS, HOLDS, PAPER, UNDECIDED, Finding
from imbench.reports.paper.paper_suite import PAPER as SUITE
from imbench.reports.paper.paper_suite import method_of
from imbench.reports.paper.published import DATASETS, table2_value
from imbench.reports.paper.variants import row_runs
from imbench.reports.select import Run, Selection, cell, select, select_variant
from imbench.reports.settings import Variant
from imbench.reports.verdict import paired
from imbench.reports.verdict.comparison import p_value_text

#: Values by dataset, in the order of the seeds; the paper prints one a dataset.
Scores = Mapping[str, tuple[float, ...]]
LEVEL = 0.05


class Evidence:
    """Stored runs as scores. Only datasets with every wanted seed are in a ``Scores``."""

    def __init__(self, runs: Iterable[Run], selection: Selection) -> None:
        self.runs = list(runs)
        self.selection = selection
        self._groups: dict[float, Any] = {}
        self._variants: dict[Any, Any] = {}

    def _at(self, ratio: float | None) -> Selection:
        return self.selection if ratio is None else replace(self.selection, imbalance_ratio=ratio)

    def groups(self, ratio: float | None = None) -> Any:
        """Runs of default settings by (dataset, method) and seed, at an imbalance ratio."""
        selection = self._at(ratio)
        if selection.imbalance_ratio not in self._groups:
            self._groups[selection.imbalance_ratio] = select(self.runs, selection)
        return self._groups[selection.imbalance_ratio]

    def method(self, name: str, metric: str, ratio: float | None = None) -> Scores:
        """One metric of a method with its default settings."""
        groups = self.groups(ratio)
        return self._scores({d: groups[d, name] for d in DATASETS if (d, name) in groups}, metric)

    def of_column(self, column: str, metric: str, ratio: float | None = None) -> Scores:
        """One metric of the method of a column of the paper."""
        return self.method(method_of(column).name, metric, ratio)

    def variant(self, variant: Variant, metric: str) -> Scores:
        """One metric of a variant of a method."""
        return self._scores(self.variant_groups(variant), metric)

    def variant_groups(self, variant: Variant) -> Any:
        """The runs behind :meth:`variant`, by dataset and seed."""
        if variant not in self._variants:
            self._variants[variant] = select_variant(self.runs, self.selection, variant)
        return self._variants[variant]

    def row(self, row: Mapping[str, str], metric: str) -> Scores:
        """One metric of a row of Table III, under whichever method's name it is stored."""
        return self._scores(self.row_groups(row), metric)

    def row_groups(self, row: Mapping[str, str]) -> Any:
        """The runs behind :meth:`row`, by dataset and seed."""
        key = tuple(sorted(row.items()))
        if key not in self._variants:
            self._variants[key] = row_runs(self.runs, self.selection, row)
        return self._variants[key]

    def _scores(self, groups: Mapping[str, Any], metric: str) -> Scores:
        cells = {d: cell(groups.get(d), metric, self.selection.seeds) for d in DATASETS}
        return {d: tuple(c.values[s] for s in self.selection.seeds) for d, c in cells.items() if c.complete}

    def column(self, column: str, protocol: str, metric: str = "f1") -> Scores:
        """F1 of a column of Table II: the paper's printed one, or ours under a protocol."""
        if protocol == PAPER:
            return {d: (v[0],) for d in DATASETS if (v := table2_value(d, column)) is not None}
        return self.of_column(column, f"{protocol}_{metric}")

    @cached_property
    def competing(self) -> list[MethodMetadata]:
        """Every stored method that competes, the paper's columns first."""
        return [c for c in SUITE.in_order({m for _, m in self.groups()}) if c.competes]


@dataclass(frozen=True)
class Gain:
    """How much the first of two paired scores lies above the second.

    ``datasets``: those where both are complete; ``missing``: the wanted ones where they are not.
    ``p``: one-sided sign-flip test of the datasets' means; ``p_pairs``: one-sided Wilcoxon test over
    (dataset, seed), which takes the seeds of a dataset for independent. ``error``: standard error over the
    seeds of the mean over these datasets; NaN for one value a dataset.
    """

    datasets: tuple[str, ...]
    missing: tuple[str, ...]
    mean: float
    interval: tuple[float, float]
    wins: int
    p: float
    p_pairs: float
    error: float = float("nan")

    def text(self) -> str:
        """Mean, interval, datasets won, both p-values."""
        if not self.datasets:
            return "no dataset is complete"
        if len(self.datasets) == 1:
            return f"{self.mean:+.4f} on {self.datasets[0]} alone"
        low, high = self.interval
        return (
            f"{self.mean:+.4f} [{low:+.4f}, {high:+.4f}], above on {self.wins} of {len(self.datasets)} "
            f"datasets, p = {p_value_text(self.p)} (pairs: {p_value_text(self.p_pairs)})"
        )


def gain(ours: Scores, others: Scores, wanted: Sequence[str] = DATASETS) -> Gain:
    """Paired gains of ``ours`` over ``others`` on the wanted datasets."""
    datasets = tuple(d for d in wanted if d in ours and d in others)
    missing = tuple(d for d in wanted if d not in datasets)
    if not datasets:
        return Gain((), missing, np.nan, (np.nan, np.nan), 0, 1.0, 1.0)
    gains = np.array([np.subtract(ours[d], others[d]) for d in datasets])
    means = gains.mean(axis=1)
    return Gain(
        datasets,
        missing,
        float(means.mean()),
        paired.bootstrap_mean(gains),
        int((means > 1e-9).sum()),
        paired.sign_flip(means),
        paired.wilcoxon(gains.ravel(), "greater"),
        _standard_error(gains.mean(axis=0)),
    )


def _standard_error(averages: np.ndarray) -> float:
    return float(averages.std(ddof=1) / np.sqrt(len(averages))) if len(averages) > 1 else float("nan")


def _missing_text(missing: Sequence[str], wanted: Sequence[str]) -> str:
    """Which of the wanted datasets have missing runs, as text."""
    if len(missing) == len(wanted):
        return "no dataset has all its runs"
    return (
        f"{len(missing)} of {len(wanted)} datasets have missing runs: {', '.join(missing)}" if missing else ""
    )


def settled(
    protocol: str, what: str, numbers: str, verdict: str, why: str = "", *,
    missing: Sequence[str] = (), wanted: Sequence[str] = DATASETS, control: bool = False,
) -> Finding:  # fmt: skip
    """A finding with this verdict, which is only "so far" while datasets are missing."""
    if not missing:
        return Finding(protocol, what, numbers, verdict, why, control, verdict)
    so_far = verdict if len(missing) < len(wanted) else UNDECIDED
    text = (
        f"so far: {why if why and verdict == UNDECIDED else verdict}; " if len(missing) < len(wanted) else ""
    )
    return Finding(protocol, what, numbers, UNDECIDED, text + _missing_text(missing, wanted), control, so_far)


def tested(absent: bool, p: float, none: str, chance: str) -> tuple[str, str]:
    """Verdict and why of a one-sided test: nothing of what is claimed (``none``), beyond chance, or not."""
    if absent:
        return FAILS, none
    return (HOLDS, "") if p < LEVEL else (UNDECIDED, chance)


def judged(
    found: Gain, protocol: str, what: str, *, control: bool = False, by_pairs: bool = False
) -> Finding:
    """The common rule for "is better than".

    ``holds``: a mean gain above zero with p below 5 %. ``does not hold``: a mean gain of zero or below.
    Else, and while datasets are missing, not decided. ``by_pairs`` decides by the (dataset, seed) pairs, for
    a claim about these datasets only.
    """
    p = found.p_pairs if by_pairs else found.p
    verdict, why = tested(found.mean <= 0, p, "no gain on average", "a gain that may be chance")
    wanted = found.datasets + found.missing
    return settled(
        protocol, what, found.text(), verdict, why, missing=found.missing, wanted=wanted, control=control
    )
