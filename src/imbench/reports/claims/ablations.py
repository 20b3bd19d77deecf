"""Claims on Tables III to V and Figures 5 and 6: what each part of the method does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product

import numpy as np
import pandas as pd

from imbench.reports import paired
from imbench.reports.claims.evidence import LEVEL, Evidence, Scores, gain, judged, settled, tested
from imbench.reports.claims.leaderboard import CONTROLS, NOTHING, NUMBERS, OURS, PAIRED
from imbench.reports.claims.verdict import (
    FAILS,
    HOLDS,
    IN_PART,
    PAPER,
    READINGS,
    ROWS,
    UNDECIDED,
    Finding,
    claim,
)
from imbench.reports.interpolation import overrides_of
from imbench.reports.methods import method_cards
from imbench.reports.paper import DATASETS, published, table4_value
from imbench.reports.statistics import p_words

#: Each of the three changes: the word, GReaT's value and ImbLLM's.
CHANGES = {
    "prompts": ("condition_y", "condition_yx"),
    "ordering": ("permute_xy", "fix_y"),
    "corpus": ("all", "minority_interpolated"),
}
CTGAN = "CTGAN"
INTERPOLATION = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
IMBALANCE = (0.1, 0.2, 0.3, 0.4, 0.5)

Row = tuple[tuple[str, str], ...]


def cross() -> list[Row]:
    """The eight rows of Table III, each as (word, value) pairs in the order of ``CHANGES``."""
    return [tuple(zip(CHANGES, values, strict=True)) for values in product(*CHANGES.values())]


def pairs_of(word: str, fixed: Mapping[str, str] | None = None) -> list[tuple[Row, Row]]:
    """Rows that differ in one word only, (GReaT's value, ImbLLM's value); ``fixed`` sets other words."""
    before, after = CHANGES[word]
    rows = [dict(r) for r in cross() if dict(r)[word] == before]
    rows = [r for r in rows if all(r[w] == v for w, v in (fixed or {}).items())]
    return [(tuple(r.items()), tuple({**r, word: after}.items())) for r in rows]


def mean_scores(found: list[Scores]) -> Scores:
    """The mean of several scores, seed by seed, on the tables that all of them have."""
    tables = [d for d in DATASETS if all(d in scores for scores in found)]
    return {d: tuple(float(v) for v in np.mean([s[d] for s in found], axis=0)) for d in tables}


def effect(evidence: Evidence, word: str, metric: str, fixed: Mapping[str, str] | None = None):
    """The paired gain by one change, averaged over the settings of the other two (or some of them)."""
    pairs = pairs_of(word, fixed)
    before, after = (mean_scores([evidence.row(dict(p[i]), metric) for p in pairs]) for i in (0, 1))
    return gain(after, before)


@claim(
    "Each of the three changes (sampling, permutation, fine-tuning) is useful and improves Great "
    "significantly.",
    "Section V-C1, Table III",
    "Effect of a change on F1: averaged over the four settings of the other two, sign-flip test over ten "
    "tables, 5 %. In part when it is positive on average, but not when added to Great alone or when taken "
    "from ImbLLM. The paper prints averages only: their signs decide, without a test.",
)
def each_change_helps(evidence: Evidence) -> Iterator[Finding]:
    """Main effect of each change, its effect alone, and its effect as the last one."""
    printed = {
        tuple((word, line[word]) for word in CHANGES): float(line["f1_mean"]) for line in published("table3")
    }
    for word, (before, after) in CHANGES.items():
        what = f"{after} for {before}"
        alone = {w: v[0] for w, v in CHANGES.items() if w != word}
        last = {w: v[1] for w, v in CHANGES.items() if w != word}
        gains = [
            np.mean([printed[b] - printed[a] for a, b in pairs_of(word, fixed)])
            for fixed in ({}, alone, last)
        ]
        verdict = FAILS if gains[0] <= 0 else HOLDS if min(gains) > 0 else IN_PART
        numbers = "on average {:+.4f}; alone {:+.4f}; last {:+.4f}".format(*gains)
        yield settled(PAPER, what, numbers, verdict, "averages only, no test")
        for reading in READINGS:
            metric = f"{reading}_f1"
            main, first, final = (effect(evidence, word, metric, fixed) for fixed in ({}, alone, last))
            finding = judged(main, reading, what)
            numbers = finding.numbers
            if main.tables:
                numbers = (
                    f"on average {numbers}; alone {first.mean:+.4f} (p {p_words(first.p)}); "
                    f"last {final.mean:+.4f} (p {p_words(final.p)})"
                )
            verdict, why = finding.so_far, "" if main.missing else finding.why
            if verdict == HOLDS and min(first.mean, final.mean) <= 0:
                verdict, why = IN_PART, "not in every setting"
            yield settled(reading, what, numbers, verdict, why, missing=main.missing)


@claim(
    "ImbLLM is better than ImbLLM-inter (without interpolated rows) on most tables, in classification "
    "and in quality.",
    "Section V-C2, Table IV",
    PAIRED + " On F1, AUC and close probability.",
)
def interpolation_helps(evidence: Evidence) -> Iterator[Finding]:
    """r = 1 against r = 0 on the three scores of Table IV."""
    for _, name, reading, scores in _table4_scores(evidence):
        yield judged(gain(scores(1.0), scores(0.0)), reading, f"{name}, r = 1 over r = 0")


def _table4_scores(evidence: Evidence) -> Iterator[tuple[str, str, str, Callable[[float], Scores]]]:
    names = {"f1": "F1", "auc": "AUC", "close_probability": "close probability"}
    for metric, name in names.items():
        yield metric, name, PAPER, lambda r, m=metric: _printed(r, m)
        for reading in READINGS if metric != "close_probability" else (ROWS,):
            flat = metric if reading == ROWS else f"{reading}_{metric}"
            yield metric, name, reading, lambda r, f=flat: evidence.variant(overrides_of(r), f)


def _printed(ratio: float, metric: str) -> Scores:
    values = {d: table4_value(d, OURS if ratio else f"{OURS}-inter", metric) for d in DATASETS}
    return {d: (v,) for d, v in values.items() if v is not None}


@claim(
    "ImbLLM-inter is still better than CTGAN on all scores.",
    "Section V-C2, Table IV",
    PAIRED + " On F1, AUC and close probability; the paper's CTGAN has its F1 by table in Table II only.",
)
def without_interpolation_beats_ctgan(evidence: Evidence) -> Iterator[Finding]:
    """r = 0 against CTGAN, and against the controls."""
    for metric, name, reading, scores in _table4_scores(evidence):
        what = f"{name}, r = 0 over CTGAN"
        if reading == PAPER:
            if metric == "f1":
                yield judged(gain(scores(0.0), evidence.column(CTGAN, PAPER)), PAPER, what)
            continue
        flat = metric if reading == ROWS else f"{reading}_{metric}"
        yield judged(gain(scores(0.0), evidence.method(evidence.card(CTGAN).name, flat)), reading, what)
        for control in CONTROLS if metric == "f1" else ():
            found = gain(scores(0.0), evidence.method(control, flat))
            title = method_cards()[control].title
            yield judged(found, reading, f"{name}, r = 0 over {title}", control=True)


@claim(
    "The F1 of ImbLLM rises with the interpolation ratio r, and lies above CTGAN's for every r.",
    "Section V-C2, Figure 5",
    "Page's trend test over r = 0 to 1 within ten tables, 5 %, and a mean gain over r = 0 at every r "
    "(Wilcoxon p over tables with Holm beside). Against CTGAN: sign-flip test at each r, all must hold.",
)
def rises_with_interpolation(evidence: Evidence) -> Iterator[Finding]:
    """Trend over r, gains over r = 0, and gains over CTGAN at each r."""
    for reading in READINGS:
        metric = f"{reading}_f1"
        scores = {r: evidence.variant(overrides_of(r), metric) for r in INTERPOLATION}
        gains = {r: gain(scores[r], scores[0.0]) for r in INTERPOLATION[1:]}
        step = paired.holm([_over_tables(scores[r], scores[0.0]) for r in gains])
        text = ", ".join(
            f"r {r}: {g.mean:+.4f} (p {p_words(p)})" for (r, g), p in zip(gains.items(), step, strict=True)
        )
        everywhere = all(g.mean > 0 for g in gains.values())
        yield _trend(scores, reading, "F1 over r", f"gains over r = 0: {text}", everywhere)
        ctgan = evidence.column(CTGAN, reading)
        over = {r: gain(scores[r], ctgan) for r in INTERPOLATION}
        each = [judged(g, reading, "").so_far for g in over.values()]
        verdict = min(each, key=(FAILS, UNDECIDED, HOLDS).index)
        text = ", ".join(f"r {r}: {g.mean:+.4f} (p {p_words(g.p)})" for r, g in over.items() if g.tables)
        why = f"holds at {each.count(HOLDS)} of {len(each)} values of r"
        missing = [d for d in DATASETS if any(d in g.missing for g in over.values())]
        yield settled(reading, "over CTGAN at every r", text or "–", verdict, why, missing=missing)


def _over_tables(a: Scores, b: Scores) -> float:
    means = [np.mean(np.subtract(a[d], b[d])) for d in DATASETS if d in a and d in b]
    return paired.wilcoxon(means) if means else 1.0


def _trend(
    scores: Mapping[float, Scores],
    reading: str,
    what: str,
    more: str = "",
    and_also: bool = True,
    control: bool = False,
) -> Finding:
    tables = [d for d in DATASETS if all(d in s for s in scores.values())]
    missing = [d for d in DATASETS if d not in tables]
    blocks = pd.DataFrame({x: [np.mean(s[d]) for d in tables] for x, s in scores.items()})
    p = paired.rising(blocks)
    if not tables:
        return settled(reading, what, "no table is complete", UNDECIDED, missing=missing, control=control)
    line = " → ".join(f"{blocks[x].mean():.4f}" for x in blocks)
    text = f"{line} on {len(tables)} tables, Page p = {p_words(p)}" + (f"; {more}" if more else "")
    verdict, why = UNDECIDED, "a rise that may be chance"
    if p < LEVEL:
        verdict, why = HOLDS, ""
        if not and_also:
            verdict, why = IN_PART, "it rises, but not above the first value everywhere"
    elif blocks.iloc[:, -1].mean() <= blocks.iloc[:, 0].mean():
        verdict, why = FAILS, "no rise on average"
    return settled(reading, what, text, verdict, why, missing=missing, control=control)


@claim(
    "ImbLLM improves with the number of minority rows (imbalance ratio q from 0.1 to 0.5), and the gap "
    "to the others is big for q up to 0.3 and smaller above.",
    "Section V-C3, Figure 6",
    "Page's trend test over q within ten tables, 5 %: F1 rises; the gain over Imbalance falls. The control: "
    "the same gap of class weights.",
)
def rises_with_imbalance_ratio(evidence: Evidence) -> Iterator[Finding]:
    """Trends over q of ImbLLM's F1 and of its gap to Imbalance and CTGAN."""
    for reading in READINGS:
        metric = f"{reading}_f1"
        by = {
            name: {q: evidence.method(name, metric, q) for q in IMBALANCE}
            for name in (evidence.card(OURS).name, evidence.card(NOTHING).name, evidence.card(CTGAN).name,
                         "class_weight")
        }  # fmt: skip
        mine, nothing, ctgan, weights = by.values()
        yield _trend(mine, reading, "F1 of ImbLLM over q")
        for title, first, second, control in (
            ("ImbLLM's gap to Imbalance", mine, nothing, False),
            ("ImbLLM's gap to CTGAN", mine, ctgan, False),
            ("class weights' gap to Imbalance", weights, nothing, True),
        ):
            gaps = {q: _gap(first[q], second[q]) for q in reversed(IMBALANCE)}
            yield _trend(gaps, reading, f"{title}, from q = 0.5 down to 0.1", control=control)


def _gap(a: Scores, b: Scores) -> Scores:
    return {d: tuple(float(v) for v in np.subtract(a[d], b[d])) for d in a if d in b}


WEAK = ("adult", "german", "bank", "sick")


@claim(
    "Verification fails where the classifier trained on the imbalanced rows is weak: TapTap and Pred-LLM "
    "reject too much and perform poorly there, ImbLLM does not.",
    "Section V-C4, Table V",
    "Over tables: Spearman's ρ of the share of rejected rows (ledger) with the F1 of Imbalance, negative at "
    "5 %, one-sided. On the paper's four tables: TapTap and Pred-LLM are no better than Imbalance (no gain "
    "at 5 %), and ImbLLM is above them, by Wilcoxon over (table, seed).",
)
def verification_fails(evidence: Evidence) -> Iterator[Finding]:
    """Rejected rows against the strength of the classifier, and F1 on the four tables of Table V."""
    for column in ("TapTap", "Pred-LLM"):
        for reading in NUMBERS:
            mine, nothing = evidence.column(column, reading), evidence.column(NOTHING, reading)
            found = gain(mine, nothing, WEAK)
            better = judged(found, reading, "", by_pairs=True)
            verdict = {HOLDS: FAILS, FAILS: HOLDS}.get(better.so_far, UNDECIDED)
            what = f"{column} no better than Imbalance on {', '.join(WEAK)}"
            why = better.why if verdict == UNDECIDED else ""
            yield settled(reading, what, found.words(), verdict, why, missing=found.missing, wanted=WEAK)
            above = gain(evidence.column(OURS, reading), mine, WEAK)
            yield judged(above, reading, f"ImbLLM over {column} there", by_pairs=True)
        for reading in READINGS:
            yield _rejection(evidence, column, reading)


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
    numbers = f"ρ = {found.statistic:+.2f} on {len(tables)} tables (p {p_words(found.pvalue)}), {spread}"
    none, chance = "no more is rejected where it is weak", "a correlation that may be chance"
    verdict, why = tested(found.statistic >= 0, found.pvalue, none, chance)
    return settled(reading, what, numbers, verdict, why, missing=missing)
