"""Claims on Figures 5 and 6: F1 against the interpolation ratio and the imbalance ratio."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from imbench.reports.paper.claims.ablations import CTGAN, in_order
from imbench.reports.paper.claims.claim import FAILS, HOLDS, IN_PART, UNDECIDED, Finding, claim
from imbench.reports.paper.claims.evidence import LEVEL, Evidence, Scores, gain, judged, settled
from imbench.reports.paper.claims.leaderboard import NOTHING, OURS
from imbench.reports.paper.paper_suite import method_of
from imbench.reports.paper.published import DATASETS, figure_points
from imbench.reports.paper.variants import interpolation_variant
from imbench.reports.verdict import paired
from imbench.reports.verdict.comparison import p_value_text
from imbench.scoring.metrics import PROTOCOLS

INTERPOLATION = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
IMBALANCE = (0.1, 0.2, 0.3, 0.4, 0.5)


@claim(
    "The F1 of ImbLLM rises with the interpolation ratio r, and lies above CTGAN's for every r.",
    "Section V-C2, Figure 5",
    "Page's trend test over r = 0 to 1 within ten datasets, 5 %, and a mean gain over r = 0 at every r "
    "(Wilcoxon p over datasets with Holm beside). Against CTGAN: sign-flip test at each r, all must hold. "
    "The paper prints the averages at both ends: their order decides, without a test.",
)
def rises_with_interpolation(evidence: Evidence) -> Iterator[Finding]:
    """Trend over r, gains over r = 0, and gains over CTGAN at each r."""
    printed = figure_points("figure5", OURS)
    ends = [printed[0.0], printed[1.0]]
    yield in_order("F1 at r = 0 and r = 1", ends)
    yield in_order("CTGAN and the lower end", [figure_points("figure5", CTGAN)[None], min(ends)])
    for protocol in PROTOCOLS:
        metric = f"{protocol}_f1"
        scores = {r: evidence.variant(interpolation_variant(r), metric) for r in INTERPOLATION}
        gains = {r: gain(scores[r], scores[0.0]) for r in INTERPOLATION[1:]}
        step = paired.holm([_over_datasets(scores[r], scores[0.0]) for r in gains])
        text = ", ".join(
            f"r {r}: {g.mean:+.4f} (p {p_value_text(p)})"
            for (r, g), p in zip(gains.items(), step, strict=True)
        )
        everywhere = all(g.mean > 0 for g in gains.values())
        yield _trend(scores, protocol, "F1 over r", f"gains over r = 0: {text}", everywhere)
        ctgan = evidence.column(CTGAN, protocol)
        over = {r: gain(scores[r], ctgan) for r in INTERPOLATION}
        each = [judged(g, protocol, "").so_far for g in over.values()]
        verdict = min(each, key=(FAILS, UNDECIDED, HOLDS).index)
        text = ", ".join(
            f"r {r}: {g.mean:+.4f} (p {p_value_text(g.p)})" for r, g in over.items() if g.datasets
        )
        why = f"holds at {each.count(HOLDS)} of {len(each)} values of r"
        missing = [d for d in DATASETS if any(d in g.missing for g in over.values())]
        yield settled(protocol, "over CTGAN at every r", text or "–", verdict, why, missing=missing)


def _over_datasets(a: Scores, b: Scores) -> float:
    means = [np.mean(np.subtract(a[d], b[d])) for d in DATASETS if d in a and d in b]
    return paired.wilcoxon(means) if means else 1.0


def _trend(
    scores: Mapping[float, Scores],
    protocol: str,
    what: str,
    more: str = "",
    and_also: bool = True,
    control: bool = False,
) -> Finding:
    datasets = [d for d in DATASETS if all(d in s for s in scores.values())]
    missing = [d for d in DATASETS if d not in datasets]
    import pandas as pd

    blocks = pd.DataFrame({x: [np.mean(s[d]) for d in datasets] for x, s in scores.items()})
    p = paired.rising(blocks)
    if not datasets:
        return settled(protocol, what, "no dataset is complete", UNDECIDED, missing=missing, control=control)
    line = " → ".join(f"{blocks[x].mean():.4f}" for x in blocks)
    text = f"{line} on {len(datasets)} datasets, Page p = {p_value_text(p)}" + (f"; {more}" if more else "")
    verdict, why = UNDECIDED, "a rise that may be chance"
    if p < LEVEL:
        verdict, why = HOLDS, ""
        if not and_also:
            verdict, why = IN_PART, "it rises, but not above the first value everywhere"
    elif blocks.iloc[:, -1].mean() <= blocks.iloc[:, 0].mean():
        verdict, why = FAILS, "no rise on average"
    return settled(protocol, what, text, verdict, why, missing=missing, control=control)


@claim(
    "ImbLLM improves with the number of minority rows (imbalance ratio q from 0.1 to 0.5), and the gap "
    "to the others is big for q up to 0.3 and smaller above.",
    "Section V-C3, Figure 6",
    "Page's trend test over q within ten datasets, 5 %: F1 rises; the gain over Imbalance falls. The "
    "control: the same gap of class weights. The paper prints averages at three q: their order "
    "decides, without a test.",
)
def rises_with_imbalance_ratio(evidence: Evidence) -> Iterator[Finding]:
    """Trends over q of ImbLLM's F1 and of its gap to Imbalance and CTGAN."""
    points = [figure_points("figure6", column) for column in (OURS, NOTHING)]
    printed = [[by_ratio[q] for q in (0.1, 0.2, 0.5)] for by_ratio in points]
    yield in_order("F1 of ImbLLM at q = 0.1, 0.2, 0.5", printed[0])
    gaps = [a - b for a, b in zip(*printed, strict=True)]
    yield in_order("ImbLLM's gap to Imbalance at q = 0.5, 0.2, 0.1", gaps[::-1])
    for protocol in PROTOCOLS:
        metric = f"{protocol}_f1"
        names = [*(method_of(column).name for column in (OURS, NOTHING, CTGAN)), "class_weight"]
        mine, nothing, ctgan, weights = (
            {q: evidence.method(name, metric, q) for q in IMBALANCE} for name in names
        )
        yield _trend(mine, protocol, "F1 of ImbLLM over q")
        for title, first, second, control in (
            ("ImbLLM's gap to Imbalance", mine, nothing, False),
            ("ImbLLM's gap to CTGAN", mine, ctgan, False),
            ("class weights' gap to Imbalance", weights, nothing, True),
        ):
            gaps = {q: _gap(first[q], second[q]) for q in reversed(IMBALANCE)}
            yield _trend(gaps, protocol, f"{title}, from q = 0.5 down to 0.1", control=control)


def _gap(a: Scores, b: Scores) -> Scores:
    return {d: tuple(float(v) for v in np.subtract(a[d], b[d])) for d in a if d in b}
