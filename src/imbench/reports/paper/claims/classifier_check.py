"""The claim on Table V: verification of made rows fails where the verifying classifier is weak."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from imbench.reports.paper.claims.claim import FAILS, HOLDS, PAPER, PROTOCOLS, UNDECIDED, Finding, claim
from imbench.reports.paper.claims.evidence import Evidence, Gain, gain, judged, settled, tested
from imbench.reports.paper.claims.leaderboard import NOTHING, NUMBERS, OURS
from imbench.reports.paper.published import DATASETS
from imbench.reports.verdict.statistics import p_value_text

WEAK = ("adult", "german", "bank", "sick")


@claim(
    "Verification fails where the classifier trained on the imbalanced rows is weak: TapTap and Pred-LLM "
    "reject too much and perform poorly there, ImbLLM does not.",
    "Section V-C4, Table V",
    "Over tables: Spearman's ρ of the share of rejected rows (ledger) with the F1 of Imbalance, negative at "
    "5 %, one-sided. On the paper's four tables: TapTap and Pred-LLM are no better than Imbalance (no gain "
    "on average; a gain at 5 % refutes it), and ImbLLM is above them, by Wilcoxon over (table, seed). The "
    "paper prints one value a table: there all four must agree.",
)
def verification_fails(evidence: Evidence) -> Iterator[Finding]:
    """Rejected rows against the strength of the classifier, and F1 on the four tables of Table V."""
    for column in ("TapTap", "Pred-LLM"):
        for reading in NUMBERS:
            mine, nothing = evidence.column(column, reading), evidence.column(NOTHING, reading)
            found = gain(mine, nothing, WEAK)
            better = _on_these(found, reading, "")
            verdict = {HOLDS: FAILS, FAILS: HOLDS}.get(better.so_far, UNDECIDED)
            what = f"{column} no better than Imbalance on {', '.join(WEAK)}"
            why = better.why if verdict == UNDECIDED else ""
            yield settled(reading, what, found.words(), verdict, why, missing=found.missing, wanted=WEAK)
            above = gain(evidence.column(OURS, reading), mine, WEAK)
            yield _on_these(above, reading, f"ImbLLM over {column} there")
        for reading in PROTOCOLS:
            yield _rejection(evidence, column, reading)


def _on_these(found: Gain, reading: str, what: str) -> Finding:
    """Of a few named tables: by the pairs, or, of one printed value each, by whether all agree."""
    if reading != PAPER:
        return judged(found, reading, what, by_pairs=True)
    everywhere = found.wins == len(found.tables)
    verdict = HOLDS if everywhere else FAILS if found.mean <= 0 else UNDECIDED
    why = {FAILS: "no gain on average", UNDECIDED: "not on every table"}.get(verdict, "")
    return settled(reading, what, found.words(), verdict, why)


def _rejection(evidence: Evidence, column: str, reading: str) -> Finding:
    from scipy.stats import spearmanr

    name = evidence.card(column).name
    made, kept = (evidence.method(name, f"ledger_{m}") for m in ("generated", "accepted"))
    nothing = evidence.column(NOTHING, reading)
    tables = [d for d in DATASETS if d in made and d in nothing]
    shares = {d: 1 - sum(kept[d]) / sum(made[d]) for d in tables}
    what = f"share of {column}'s rows rejected against the F1 of Imbalance"
    spread = f"rejected {min(shares.values()):.0%} to {max(shares.values()):.0%}" if tables else "no runs"
    missing = [d for d in DATASETS if d not in tables]
    if len(tables) < 3:
        return settled(reading, what, spread, UNDECIDED, missing=missing)
    found = spearmanr([shares[d] for d in tables], [np.mean(nothing[d]) for d in tables], alternative="less")
    numbers = f"ρ = {found.statistic:+.2f} on {len(tables)} tables (p {p_value_text(found.pvalue)}), {spread}"
    none, chance = "no more is rejected where it is weak", "a correlation that may be chance"
    verdict, why = tested(found.statistic >= 0, found.pvalue, none, chance)
    return settled(reading, what, numbers, verdict, why, missing=missing)
