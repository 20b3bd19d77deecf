"""The verdicts on the claims as tables: one row a claim, and one row a finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from imbench.reports.paper.claims.claim import (
    CLAIMS,
    FAILS,
    HOLDS,
    IN_PART,
    PAPER,
    ROWS,
    UNDECIDED,
    Claim,
    Finding,
    together,
)
from imbench.reports.paper.claims.evidence import Evidence
from imbench.reports.registry import SCORECARD, Source, report_table
from imbench.reports.select import of_model, provenance
from imbench.reports.table import BEST, MISSING, PLAIN, Entry, ReportTable
from imbench.scoring.metrics import CORRECTED, PUBLISHED

SOURCES = (PAPER, PUBLISHED, CORRECTED, ROWS)


@report_table("claims", title="Verdicts on the paper's claims", group=SCORECARD, formats=PLAIN)
def claims_tables(source: Source) -> Iterator[ReportTable]:
    """``claims``: a verdict on each claim from each source. ``findings``: every comparison behind them."""
    selection = source.selection
    evidence = Evidence(source.runs, selection)
    judged = {claim: list(claim.judge(evidence)) for claim in CLAIMS}
    seeds = ", ".join(map(str, selection.seeds))
    used = of_model(evidence.runs, selection.llm)
    note = (
        f"Seeds {seeds}; imbalance ratio {selection.imbalance_ratio} unless q is named; classifier "
        f"{selection.classifier}; all stored runs: {provenance(used)} (the paper: distilgpt2)."
    )
    yield _overview(judged, note)
    yield _findings(judged, note)


def _overview(judged: Mapping[Claim, list[Finding]], note: str) -> ReportTable:
    header = ["#", "claim", "place", *SOURCES, "controls", "test"]
    rows = []
    for number, (claim, findings) in enumerate(judged.items(), start=1):
        row = [Entry(str(number)), Entry(claim.text), Entry(claim.place)]
        for source in SOURCES:
            row.append(_summed([f for f in findings if f.protocol == source and not f.control]))
        controls = [f for f in findings if f.control]
        row += [Entry(_counts(controls) or "–"), Entry(claim.test)]
        rows.append(row)
    text = (
        "Holds, does not hold, holds in part (some comparisons do, some do not), or not decided (runs are "
        "missing, or chance is not excluded); in brackets how many of a claim's comparisons hold, hold in "
        "part, do not hold, or are open, on the datasets at hand. Controls do not decide: they ask whether "
        "the same holds against what is not in the paper or with a mended encoding. "
    )
    return ReportTable("claims", "The paper's claims, judged by the stored runs", header, rows, text + note)


def _summed(findings: list[Finding]) -> Entry:
    if not findings:
        return Entry("–")
    verdict = together(f.verdict for f in findings)
    more = len(findings) > 1 or verdict != findings[0].so_far
    return Entry(f"{verdict} ({_counts(findings)})" if more else verdict, _mark(verdict))


def _counts(findings: list[Finding]) -> str:
    """``so far 3 hold, 1 in part, 2 not, 1 open``; without ``so far`` where no runs are missing."""
    names = {HOLDS: "hold", IN_PART: "in part", FAILS: "not", UNDECIDED: "open"}
    found = [f.so_far for f in findings]
    text = ", ".join(f"{found.count(verdict)} {name}" for verdict, name in names.items() if verdict in found)
    return f"so far {text}" if any(f.so_far != f.verdict for f in findings) else text


def _findings(judged: Mapping[Claim, list[Finding]], note: str) -> ReportTable:
    header = ["#", "source", "comparison", "numbers", "verdict", "why"]
    rows = []
    for number, findings in enumerate(judged.values(), start=1):
        for f in findings:
            what = f"{f.what} (control)" if f.control else f.what
            verdict = Entry(f.verdict, _mark(f.verdict))
            texts = [Entry(t) for t in (str(number), f.protocol, what, f.numbers)]
            rows.append([*texts, verdict, Entry(f.why)])
    text = (
        "Numbers of a gain: mean [95 % bootstrap interval], datasets above, p of the sign-flip test of the "
        "datasets' means (p of Wilcoxon's test over (dataset, seed) pairs), both one-sided. The paper prints "
        "one value a dataset. "
    )
    return ReportTable(
        "findings", "Every comparison behind the verdicts on the claims", header, rows, text + note
    )


def _mark(verdict: str) -> str:
    return {HOLDS: BEST, UNDECIDED: MISSING}.get(verdict, "")
