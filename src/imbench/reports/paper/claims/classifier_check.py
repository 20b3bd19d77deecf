"""The claim on Table V: verification of synthetic rows fails where the verifying classifier is weak."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from imbench.reports.paper.claims.claim import FAILS, HOLDS, PAPER, UNDECIDED, Finding, claim
from imbench.reports.paper.claims.evidence import Evidence, Gain, gain, judged, settled, tested
from imbench.reports.paper.claims.leaderboard import NOTHING, NUMBERS, OURS
from imbench.reports.paper.published import DATASETS
from imbench.reports.verdict.comparison import p_value_text
from imbench.scoring.metrics import PROTOCOLS

WEAK = ("adult", "german", "bank", "sick")


@claim(
    "Verification fails where the classifier trained on the imbalanced rows is weak: TapTap and Pred-LLM "
    "reject too much and perform poorly there, ImbLLM does not.",
    "Section V-C4, Table V",
    "Over datasets: Spearman's ρ of the share of rejected rows (ledger) with the F1 of Imbalance, negative "
    "at 5 %, one-sided. On the paper's four datasets: TapTap and Pred-LLM are no better than Imbalance (no "
    "gain on average; a gain at 5 % refutes it), and ImbLLM is above them, by Wilcoxon over (dataset, seed). "
    "The paper prints one value a dataset: there all four must agree.",
)
def verification_fails(evidence: Evidence) -> Iterator[Finding]:
    """Rejected rows against the strength of the classifier, and F1 on the four datasets of Table V."""
    for column in ("TapTap", "Pred-LLM"):
        for protocol in NUMBERS:
            mine, nothing = evidence.column(column, protocol), evidence.column(NOTHING, protocol)
            found = gain(mine, nothing, WEAK)
            better = _on_these(found, protocol, "")
            verdict = {HOLDS: FAILS, FAILS: HOLDS}.get(better.so_far, UNDECIDED)
            what = f"{column} no better than Imbalance on {', '.join(WEAK)}"
            why = better.why if verdict == UNDECIDED else ""
            yield settled(protocol, what, found.text(), verdict, why, missing=found.missing, wanted=WEAK)
            above = gain(evidence.column(OURS, protocol), mine, WEAK)
            yield _on_these(above, protocol, f"ImbLLM over {column} there")
        for protocol in PROTOCOLS:
            yield _rejection(evidence, column, protocol)


def _on_these(found: Gain, protocol: str, what: str) -> Finding:
    """Of a few named datasets: by the pairs, or, of one printed value each, by whether all agree."""
    if protocol != PAPER:
        return judged(found, protocol, what, by_pairs=True)
    everywhere = found.wins == len(found.datasets)
    verdict = HOLDS if everywhere else FAILS if found.mean <= 0 else UNDECIDED
    why = {FAILS: "no gain on average", UNDECIDED: "not on every dataset"}.get(verdict, "")
    return settled(protocol, what, found.text(), verdict, why)


def _rejection(evidence: Evidence, column: str, protocol: str) -> Finding:
    from scipy.stats import spearmanr

    generated, kept = (evidence.of_column(column, f"ledger_{m}") for m in ("generated", "accepted"))
    nothing = evidence.column(NOTHING, protocol)
    datasets = [d for d in DATASETS if d in generated and d in nothing]
    shares = {d: 1 - sum(kept[d]) / sum(generated[d]) for d in datasets}
    what = f"share of {column}'s rows rejected against the F1 of Imbalance"
    spread = f"rejected {min(shares.values()):.0%} to {max(shares.values()):.0%}" if datasets else "no runs"
    missing = [d for d in DATASETS if d not in datasets]
    if len(datasets) < 3:
        return settled(protocol, what, spread, UNDECIDED, missing=missing)
    found = spearmanr(
        [shares[d] for d in datasets], [np.mean(nothing[d]) for d in datasets], alternative="less"
    )
    numbers = (
        f"ρ = {found.statistic:+.2f} on {len(datasets)} datasets (p {p_value_text(found.pvalue)}), {spread}"
    )
    none, chance = "no more is rejected where it is weak", "a correlation that may be chance"
    verdict, why = tested(found.statistic >= 0, found.pvalue, none, chance)
    return settled(protocol, what, numbers, verdict, why, missing=missing)
