"""The tables of the verdict: every arm × learner × endpoint × reference, by regime and by dataset."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from imbench.reports.registry import Source, report_table
from imbench.reports.table import MISSING, PLAIN, Entry, ReportTable
from imbench.reports.verdict.arm_values import ArmValues, arm_values
from imbench.reports.verdict.comparison import p_value_text
from imbench.reports.verdict.contrasts import Contrast, contrasts
from imbench.reports.verdict.design import DECIDED, FEWEST_SOURCES, ROPE, VERDICT
from imbench.reports.verdict.source_tests import DRAWS, correlated_t

HEADER = [
    "reference", "endpoint", "learner", "arm", "sources", "mean gain", "95 % low", "95 % high", "P(helps)",
    "P(equivalent)", "P(hurts)", "verdict", "p (Wilcoxon)", "p (Holm)", "wins", "losses", "failed runs",
    "further sources",
]  # fmt: skip
NO_VERDICT = "–"


@report_table(
    "verdict", title="Gains over nothing and over class weights, with tests", group=VERDICT, formats=PLAIN
)
def verdict(source: Source) -> Iterator[ReportTable]:
    """The three endpoints, both references."""
    values = arm_values(source)
    chosen = [c for c in _with_data(source) if c.endpoint.decisive and _is_reference(values, c)]
    yield _table(values, "verdict", f"Verdict, suite {values.design.suite}", chosen)


@report_table("secondary", title="The same for the secondary endpoints", group=VERDICT, formats=("csv",))
def secondary(source: Source) -> Iterator[ReportTable]:
    """The other endpoints, both references; shown, never decisive."""
    values = arm_values(source)
    chosen = [c for c in _with_data(source) if not c.endpoint.decisive and _is_reference(values, c)]
    yield _table(values, "secondary", f"Secondary endpoints, suite {values.design.suite}", chosen)


@report_table(
    "rivals", title="Gains over duplicates and interpolation with marginals", group=VERDICT, formats=("csv",)
)
def rivals(source: Source) -> Iterator[ReportTable]:
    """The three endpoints against the arms that generate nothing new."""
    values = arm_values(source)
    chosen = [c for c in _with_data(source) if c.endpoint.decisive and not _is_reference(values, c)]
    yield _table(values, "rivals", f"Gains over the rivals, suite {values.design.suite}", chosen)


def _with_data(source: Source) -> list[Contrast]:
    return [c for c in contrasts(source) if len(c.gains)]


def _is_reference(values: ArmValues, found: Contrast) -> bool:
    return found.reference.name in values.design.references


def _table(values: ArmValues, name: str, title: str, chosen: list[Contrast]) -> ReportTable:
    return _filled(values, name, title, HEADER, [_row(values, c) for c in chosen], note(values), 4)


def _filled(
    values: ArmValues, name: str, title: str, header: list[str], rows: list[list[Entry]], text: str, keys: int
) -> ReportTable:
    """A table, or one line that says that there is nothing to show."""
    if not rows:
        header, rows, keys = ["state"], [[Entry("no dataset has all its splits yet", MISSING)]], 1
    return ReportTable(f"{name}_{values.design.suite}", title, header, rows, text, keys)


def _row(values: ArmValues, found: Contrast) -> list[Entry]:
    p = found.probabilities
    texts = [
        values.design.reference_title(found.reference), found.endpoint.title, found.learner,
        found.arm.title, str(len(found.gains)),
        *(f"{v:+.4f}" for v in (found.mean, *found.interval)),
        *(f"{v:.3f}" for v in (p.helps, p.equivalent, p.hurts)),
        word_of(values, found), p_value_text(found.p), p_value_text(found.p_holm), str(found.wins),
        str(found.losses), str(found.failures), _further(found),
    ]  # fmt: skip
    return [Entry(text) for text in texts]


def word_of(values: ArmValues, found: Contrast) -> str:
    """The word of a contrast; a dash below 25 sources, or on a part of the planned splits."""
    return found.word if found.enough and values.all_planned else NO_VERDICT


def _further(found: Contrast) -> str:
    """Further sources needed, for the three endpoints only: the search is slow."""
    if not found.endpoint.decisive:
        return ""
    return "many" if found.further is None else str(found.further)


def progress(values: ArmValues) -> tuple[int, int]:
    """Number of runs that are there, and of those planned."""
    return len(values.ended), values.design.planned_runs()


def note(values: ArmValues) -> str:
    """What the figures stand on: how complete the design is, the tests, the commits."""
    have, planned = progress(values)
    splits = (
        "all planned splits"
        if values.seeds is None
        else f"the splits {', '.join(map(str, values.seeds))} only"
    )
    state = "complete" if have >= planned and values.all_planned else "in progress"
    return (
        f"State: {state}, {have:,} of {planned:,} planned runs; {splits}; scenario {values.design.scenario}. "
        f"A gain is the arm's value minus the reference's, positive is better, averaged over the splits of "
        f"a dataset, then the datasets of a source. Interval: bootstrap of sources, {DRAWS:,} draws. "
        f"P: Bayesian signed-rank test, region of equivalence ±{ROPE}; a word from {DECIDED} on, and only "
        f"with {FEWEST_SOURCES} sources and all planned splits (else a dash). Wilcoxon over sources, Holm "
        f"over the arms of one learner, endpoint and reference. A failed run takes the value of nothing. "
        f"Further sources: how many more like those seen would decide (0: decided). Commits of the runs: "
        f"{', '.join(sorted(values.commits)) or 'none'}."
    )


REGIMES = ("minority rows", "minority share", "categorical columns")


def regime_of(values: ArmValues, kind: str, dataset: str) -> str:
    """The regime of a dataset: minority rows and share of the training part, share of categorical columns."""
    if (facts := values.facts.get(dataset)) is None:
        return "unknown"
    number, bounds, names = {
        "minority rows": (facts.minority_rows, (100, 1000.5), ("below 100", "100 to 1,000", "above 1,000")),
        "minority share": (facts.share, (0.05, 0.15), ("below 5 %", "5 to 15 %", "15 % and more")),
        "categorical columns": (facts.categorical, (1e-9, 0.5), ("none", "below half", "half and more")),
    }[kind]
    return names[int(np.searchsorted(bounds, number, side="right"))]


@report_table("regimes", title="The gains by regime, without a claim", group=VERDICT, formats=("csv",))
def regimes(source: Source) -> Iterator[ReportTable]:
    """The three endpoints against both references, in each regime."""
    values = arm_values(source)
    rows: list[list[Entry]] = []
    for found in _with_data(source):
        if not (found.endpoint.decisive and _is_reference(values, found)):
            continue
        for kind in REGIMES:
            of = {d: regime_of(values, kind, d) for d in found.by_dataset}
            for regime in sorted(set(of.values())):
                part = found.among(lambda d, of=of, regime=regime: of[d] == regime)
                rows.append([Entry(kind), Entry(regime), *_regime_row(values, part)])
    title = f"Gains by regime, suite {values.design.suite}"
    header = ["kind", "regime", *HEADER[:11], *HEADER[14:16]]
    text = f"Many and not corrected for that: no claim. {note(values)}"
    yield _filled(values, "regimes", title, header, rows, text, 6)


def _regime_row(values: ArmValues, found: Contrast) -> list[Entry]:
    p = found.probabilities
    texts = [
        values.design.reference_title(found.reference), found.endpoint.title, found.learner,
        found.arm.title, str(len(found.gains)),
        *(f"{v:+.4f}" for v in (found.mean, *found.interval)),
        *(f"{v:.3f}" for v in (p.helps, p.equivalent, p.hurts)), str(found.wins), str(found.losses),
    ]  # fmt: skip
    return [Entry(text) for text in texts]


@report_table("datasets", title="Gains over nothing on each dataset", group=VERDICT, formats=("csv",))
def datasets(source: Source) -> Iterator[ReportTable]:
    """A line for each dataset, arm, learner and endpoint; shown, not decisive."""
    values = arm_values(source)
    rows = []
    for found in _with_data(source):
        if found.endpoint.decisive and found.reference.name == values.design.nothing:
            for dataset, gains in found.by_dataset.items():
                p = correlated_t(gains, ROPE)
                probabilities = (
                    "" if math.isnan(v) else f"{v:.3f}" for v in (p.helps, p.equivalent, p.hurts)
                )
                texts = [
                    dataset, found.sources[dataset], found.endpoint.title, found.learner, found.arm.title,
                    str(len(gains)), f"{gains.mean():+.4f}", *probabilities,
                ]  # fmt: skip
                rows.append([Entry(text) for text in texts])
    header = [
        "dataset", "source", "endpoint", "learner", "arm", "splits", "mean gain", "P(helps)", "P(equivalent)",
        "P(hurts)",
    ]  # fmt: skip
    title = f"Gains over nothing by dataset, suite {values.design.suite}"
    text = (
        "Within a dataset: Bayesian correlated t-test, the variance of n overlapping splits times "
        f"(1/n + 0.2/0.8) (Nadeau and Bengio 2003); empty with one split. {note(values)}"
    )
    yield _filled(values, "datasets", title, header, rows, text, 5)
