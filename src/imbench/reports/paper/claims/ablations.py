"""Claims on Tables III and IV: what each part of the method does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise, product

import numpy as np

from imbench.reports.methods import method_metadata
from imbench.reports.paper.claims.claim import FAILS, HOLDS, IN_PART, PAPER, Finding, claim
from imbench.reports.paper.claims.evidence import Evidence, Scores, gain, judged, settled
from imbench.reports.paper.claims.leaderboard import CONTROLS, OURS, PAIRED
from imbench.reports.paper.published import AVERAGE, DATASETS, figure4_value, published, table4_value
from imbench.reports.paper.variants import interpolation_variant
from imbench.reports.verdict.comparison import p_value_text
from imbench.scoring.metrics import PROTOCOLS, quality_id

#: Each of the three changes: the parameter, GReaT's value and ImbLLM's.
CHANGES = {
    "prompts": ("condition_y", "condition_yx"),
    "ordering": ("permute_xy", "fix_y"),
    "corpus": ("all", "minority_interpolated"),
}
CTGAN = "CTGAN"

Row = tuple[tuple[str, str], ...]


def cross() -> list[Row]:
    """The eight rows of Table III, each as (parameter, value) pairs in the order of ``CHANGES``."""
    return [tuple(zip(CHANGES, values, strict=True)) for values in product(*CHANGES.values())]


def pairs_of(name: str, fixed: Mapping[str, str] | None = None) -> list[tuple[Row, Row]]:
    """Rows that differ in one parameter only, (GReaT's value, ImbLLM's value); ``fixed`` sets others."""
    before, after = CHANGES[name]
    rows = [dict(r) for r in cross() if dict(r)[name] == before]
    rows = [r for r in rows if all(r[w] == v for w, v in (fixed or {}).items())]
    return [(tuple(r.items()), tuple({**r, name: after}.items())) for r in rows]


def in_order(what: str, printed: Sequence[float]) -> Finding:
    """Whether the paper's printed averages rise from each one to the next."""
    verdict = HOLDS if all(a < b for a, b in pairwise(printed)) else FAILS
    numbers = ", ".join(f"{value:.4f}" for value in printed)
    return settled(PAPER, what, numbers, verdict, "averages only, no test")


def mean_scores(found: list[Scores]) -> Scores:
    """The mean of several scores, seed by seed, on the datasets that all of them have."""
    datasets = [d for d in DATASETS if all(d in scores for scores in found)]
    return {d: tuple(float(v) for v in np.mean([s[d] for s in found], axis=0)) for d in datasets}


def effect(evidence: Evidence, name: str, metric: str, fixed: Mapping[str, str] | None = None):
    """The paired gain by one change, averaged over the settings of the other two (or some of them)."""
    pairs = pairs_of(name, fixed)
    before, after = (mean_scores([evidence.row(dict(p[i]), metric) for p in pairs]) for i in (0, 1))
    return gain(after, before)


@claim(
    "Each of the three changes (sampling, permutation, fine-tuning) is useful and improves Great "
    "significantly.",
    "Section V-C1, Table III",
    "Effect of a change on F1: averaged over the four settings of the other two, sign-flip test over ten "
    "datasets, 5 %. In part when it is positive on average, but not when added to Great alone or when taken "
    "from ImbLLM. The paper prints averages only: their signs decide, without a test.",
)
def each_change_helps(evidence: Evidence) -> Iterator[Finding]:
    """Main effect of each change, its effect alone, and its effect as the last one."""
    printed = {
        tuple((name, line[name]) for name in CHANGES): float(line["f1_mean"]) for line in published("table3")
    }
    for name, (before, after) in CHANGES.items():
        what = f"{after} for {before}"
        alone = {w: v[0] for w, v in CHANGES.items() if w != name}
        last = {w: v[1] for w, v in CHANGES.items() if w != name}
        gains = [
            np.mean([printed[b] - printed[a] for a, b in pairs_of(name, fixed)])
            for fixed in ({}, alone, last)
        ]
        verdict = FAILS if gains[0] <= 0 else HOLDS if min(gains) > 0 else IN_PART
        numbers = "on average {:+.4f}; alone {:+.4f}; last {:+.4f}".format(*gains)
        yield settled(PAPER, what, numbers, verdict, "averages only, no test")
        for protocol in PROTOCOLS:
            metric = f"{protocol}_f1"
            main, first, final = (effect(evidence, name, metric, fixed) for fixed in ({}, alone, last))
            finding = judged(main, protocol, what)
            numbers = finding.numbers
            if main.datasets:
                numbers = (
                    f"on average {numbers}; alone {first.mean:+.4f} (p {p_value_text(first.p)}); "
                    f"last {final.mean:+.4f} (p {p_value_text(final.p)})"
                )
            verdict, why = finding.so_far, "" if main.missing else finding.why
            if verdict == HOLDS and min(first.mean, final.mean) <= 0:
                verdict, why = IN_PART, "not in every setting"
            yield settled(protocol, what, numbers, verdict, why, missing=main.missing)


@claim(
    "ImbLLM is better than ImbLLM-inter (without interpolated rows) on most datasets, in classification "
    "and in quality.",
    "Section V-C2, Table IV",
    "F1, AUC and close probability: higher on more than half of the ten datasets, by the mean over the "
    "seeds. The mean gain and its p-values are given beside.",
)
def interpolation_helps(evidence: Evidence) -> Iterator[Finding]:
    """r = 1 against r = 0 on the three scores of Table IV."""
    for _, name, protocol, scores in _table4_scores(evidence):
        found = gain(scores(1.0), scores(0.0))
        most = HOLDS if 2 * found.wins > len(found.datasets) else FAILS
        what = f"{name}, r = 1 over r = 0"
        yield settled(protocol, what, found.text(), most, missing=found.missing)


def _table4_scores(evidence: Evidence) -> Iterator[tuple[str, str, str, Callable[[float], Scores]]]:
    names = {"f1": "F1", "auc": "AUC", "close_probability": "close probability"}
    for metric, name in names.items():
        yield metric, name, PAPER, lambda r, m=metric: _printed(r, m)
        for protocol in PROTOCOLS:
            flat = quality_id(protocol, metric) if metric == "close_probability" else f"{protocol}_{metric}"
            yield metric, name, protocol, lambda r, f=flat: evidence.variant(interpolation_variant(r), f)


def _printed(ratio: float, metric: str) -> Scores:
    values = {d: table4_value(d, OURS if ratio else f"{OURS}-inter", metric) for d in DATASETS}
    return {d: (v,) for d, v in values.items() if v is not None}


@claim(
    "ImbLLM-inter is still better than CTGAN on all scores.",
    "Section V-C2, Table IV",
    PAIRED + " On F1, AUC and close probability. The paper has CTGAN's F1 by dataset in Table II and an "
    "average of its close probability, whose order decides without a test; no AUC.",
)
def without_interpolation_beats_ctgan(evidence: Evidence) -> Iterator[Finding]:
    """r = 0 against CTGAN, and against the controls."""
    for metric, name, protocol, scores in _table4_scores(evidence):
        what = f"{name}, r = 0 over CTGAN"
        if protocol == PAPER:
            if metric == "f1":
                yield judged(gain(scores(0.0), evidence.column(CTGAN, PAPER)), PAPER, what)
            printed = table4_value(AVERAGE, f"{OURS}-inter", metric), figure4_value(CTGAN, metric)
            if None not in printed:
                yield in_order(what, printed[::-1])
            continue
        flat = quality_id(protocol, metric) if metric == "close_probability" else f"{protocol}_{metric}"
        yield judged(gain(scores(0.0), evidence.of_column(CTGAN, flat)), protocol, what)
        for control in CONTROLS if metric == "f1" else ():
            found = gain(scores(0.0), evidence.method(control, flat))
            title = method_metadata()[control].title
            yield judged(found, protocol, f"{name}, r = 0 over {title}", control=True)
