"""The scorecard: every published number beside ours, with a verdict.

**The standard error.** Ours is that of a mean over n seeds: the population standard deviation (as the
paper prints it) over √(n - 1), which is the sample deviation over √n. With three seeds it is itself rough:
were our mean a draw around the paper's, about 18 % of the numbers would still differ by more than two of them
(Student's t with two degrees of freedom), and more where the paper's mean is a draw, too. On the other hand
the paper's splits have the same seeds as ours, so for a method without chance of its own the spread over
seeds is no error of the difference at all, and the rule is lenient. The error of an average over datasets is
that of the seeds' averages: the datasets are the same ten. Half of the last digit that the paper prints is
always allowed. A second verdict, where the paper prints a deviation, takes the root of both squared errors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from imbench.reports.paper.printed_numbers import Number, numbers
from imbench.reports.registry import SCORECARD, Source, report_table
from imbench.reports.select import Cell, of_model, provenance
from imbench.reports.table import BEST, MISSING, PLAIN, Entry, ReportTable

REPRODUCED, DIFFERS, NOT_RUN = "reproduced", "differs", "not run"
NOT_COMPARED = "see the claims"
ERRORS = 2
HEADER = [
    "place", "dataset", "what", "measure", "model", "paper", "paper std", "ours", "difference", "our std",
    "our s.e.", "verdict", "with the paper's spread", "ours, corrected",
]  # fmt: skip


def standard_error(std: float, seeds: int) -> float:
    """Of the mean of ``seeds`` values with this population standard deviation; NaN for one value."""
    return std / np.sqrt(seeds - 1) if seeds > 1 else float("nan")


@dataclass(frozen=True)
class Score:
    """A published number judged: difference, our standard error, and the two verdicts."""

    number: Number
    difference: float = float("nan")
    error: float = float("nan")
    verdict: str = NOT_RUN
    with_papers: str = field(default="–")


def judge(number: Number) -> Score:
    """Compare a published number with our published protocol."""
    if number.ours is None:
        return Score(number, verdict=NOT_COMPARED)
    if not number.ours.complete:
        return Score(number)
    seeds = len(number.ours.wanted)
    difference = number.ours.mean - number.paper
    error = standard_error(number.ours.std, seeds) if number.spread else 0.0
    rounding = 0.5 * 10.0**-number.digits + 1e-9
    verdict = REPRODUCED if abs(difference) <= ERRORS * error + rounding else DIFFERS
    both = "–"
    if not np.isnan(number.paper_std):
        joint = np.hypot(error, standard_error(number.paper_std, seeds))
        both = REPRODUCED if abs(difference) <= ERRORS * joint + rounding else DIFFERS
    return Score(number, difference, error, verdict, both)


@report_table("scorecard", title="Every published number beside ours", group=SCORECARD, formats=PLAIN)
def scorecard(source: Source) -> Iterator[ReportTable]:
    """``scorecard``: every number. ``scorecard_summary``: verdicts counted by place and model."""
    selection = source.selection
    scores = [judge(number) for number in numbers(source.runs, selection)]
    used = of_model(source.runs, selection.llm)
    note = (
        "Ours: published protocol, mean over seeds "
        f"{', '.join(map(str, selection.seeds))}; imbalance ratio {selection.imbalance_ratio} unless q is "
        f"named; classifier {selection.classifier}; all stored runs: {provenance(used)}. The paper's "
        "language model is distilgpt2 (TapTap: its own checkpoint of it); the column says which one ours is. "
        "Reproduced: the difference is at most two of our standard errors (population std / √(n - 1)) and "
        "half of the last printed digit; with the paper's spread: two of both errors together. Three seeds "
        "make a rough error, and our splits are the paper's own. The corrected protocol is shown beside for "
        "what it is: another score."
    )
    yield _table(scores, note)
    yield _summary(scores, note)


def _table(scores: list[Score], note: str) -> ReportTable:
    rows = []
    for s in scores:
        n = s.number
        digits = max(n.digits, 2) if n.spread else n.digits
        row = [n.place, n.dataset, n.what, n.measure, n.model, f"{n.paper:.{n.digits}f}"]
        row.append("–" if np.isnan(n.paper_std) else f"{n.paper_std:.3f}")
        entries = [Entry(text) for text in row]
        known = s.verdict in (REPRODUCED, DIFFERS)
        if known:
            values = [f"{n.ours.mean:.{digits}f}", f"{s.difference:+.{digits}f}"]
            values += [f"{n.ours.std:.4f}", f"{s.error:.4f}"] if n.spread else ["–", "–"]
            entries += [Entry(v) for v in values]
        else:
            entries += [Entry(n.state, MISSING), *[Entry("–", MISSING)] * 3]
        mark = {REPRODUCED: BEST, DIFFERS: ""}.get(s.verdict, MISSING)
        entries += [Entry(s.verdict, mark), Entry(s.with_papers, BEST if s.with_papers == REPRODUCED else "")]
        rows.append([*entries, _corrected(n.corrected, digits)])
    return ReportTable("scorecard", "Every published number beside ours", list(HEADER), rows, note)


def _corrected(found: Cell | None, digits: int) -> Entry:
    if found is None:
        return Entry("–")
    return Entry(f"{found.mean:.{digits}f}") if found.complete else Entry("–", MISSING)


def _summary(scores: list[Score], note: str) -> ReportTable:
    groups: dict[tuple[str, str], list[Score]] = {}
    for s in scores:
        groups.setdefault((s.number.source, s.number.model), []).append(s)
    rows = [_counted([*key], found) for key, found in groups.items()]
    rows.append(_counted(["all", ""], scores))
    header = ["place", "model", "numbers", REPRODUCED, DIFFERS, NOT_RUN, NOT_COMPARED]
    header += [f"{REPRODUCED} with the paper's spread", "mean absolute difference"]
    distinct = {(n.dataset, n.what, n.measure) for n in (s.number for s in scores)}
    repeated = f"The paper repeats itself: {len(scores)} entries are {len(distinct)} numbers of their own. "
    return ReportTable("scorecard_summary", "The scorecard, counted", header, rows, repeated + note)


def _counted(labels: list[str], scores: list[Score]) -> list[Entry]:
    verdicts = Counter(s.verdict for s in scores)
    printed = [s for s in scores if s.with_papers != "–"]
    counts = [len(scores), *(verdicts[v] for v in (REPRODUCED, DIFFERS, NOT_RUN, NOT_COMPARED))]
    both = f"{sum(s.with_papers == REPRODUCED for s in printed)} of {len(printed)}" if printed else "–"
    gaps = [abs(s.difference) for s in scores if s.number.spread and not np.isnan(s.difference)]
    gap = f"{np.mean(gaps):.4f}" if gaps else "–"
    return [Entry(text) for text in (*labels, *map(str, counts), both, gap)]
