"""Claims on the synthetic rows: Figures 4 and 7, and the entropies of Propositions 1 to 3."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from imbench.reports.methods import method_metadata
from imbench.reports.paper.claims.ablations import CTGAN, effect
from imbench.reports.paper.claims.claim import FAILS, HOLDS, PAPER, ROWS, UNDECIDED, Finding, claim
from imbench.reports.paper.claims.evidence import Evidence, gain, judged, settled, tested
from imbench.reports.paper.claims.leaderboard import OURS, PAIRED
from imbench.reports.paper.paper_suite import PAPER as SUITE
from imbench.reports.paper.paper_suite import method_of
from imbench.reports.paper.published import DATASETS, figure4_value
from imbench.reports.paper.variants import interpolation_variant
from imbench.reports.verdict.comparison import comparisons, p_value_text
from imbench.reports.verdict.diversity_gain import FULL, MEASURES, default_points, full_points
from imbench.reports.verdict.paired import within_datasets
from imbench.scoring.metrics import PROTOCOLS, quality_id

TOP = (CTGAN, "SMOTE-NC")
#: Controls that make synthetic rows.
GENERATING = ("duplicate", "interpolate_marginal")
NAMES = {"auc": "AUC", "close_probability": "close probability", "coverage": "coverage"}


@claim(
    "ImbLLM has the highest AUC, close probability and coverage of the top three methods: its rows are the "
    "most realistic and the most diverse.",
    "Section V-B2, Figure 4",
    PAIRED + " The paper gives averages of ImbLLM and CTGAN only: their order decides, without a test. Close "
    "probability and coverage: published on unscaled numbers and integer codes, corrected on scaled numbers "
    "and categories one-hot.",
)
def best_rows(evidence: Evidence) -> Iterator[Finding]:
    """ImbLLM against CTGAN and SMOTE-NC on the three scores, and against controls that make rows."""
    for metric, name in NAMES.items():
        printed = figure4_value(OURS, metric), figure4_value(CTGAN, metric)
        if None not in printed:
            verdict = HOLDS if printed[0] > printed[1] else FAILS
            numbers = f"{printed[0] - printed[1]:+.4f}"
            yield settled(PAPER, f"{name}, over CTGAN", numbers, verdict, "averages only, no test")
        for protocol in PROTOCOLS:
            flat = f"{protocol}_{metric}" if metric == "auc" else quality_id(protocol, metric)
            mine = evidence.of_column(OURS, flat)
            for column in TOP:
                found = gain(mine, evidence.of_column(column, flat))
                yield judged(found, protocol, f"{name}, over {column}")
            for control in GENERATING:
                found = gain(mine, evidence.method(control, flat))
                what = f"{name}, over {method_metadata()[control].title}"
                yield judged(found, protocol, what, control=True)


DCR, MODE = "dcr_test_median", "dcr_test_mode_bin"
DCR_DATASET = "gem_price"


@claim(
    "On gem_price ImbLLM's rows lie nearer to the unseen minority rows than those of CTGAN, SMOTE-NC, TapTap "
    "and Pred-LLM: the distances' mode is around 0, the others' around 1.",
    "Section V-D, Figure 7",
    "The fullest bin of the stored histograms (0.05 wide), mean over the seeds, rounds to 0 and to 1. "
    "Median distance of unseen minority rows to the nearest synthetic row (DCR): lower in every seed. "
    "Protocol published: unscaled numbers and integer codes, where a distance of 1 is one category that is "
    "one code away; corrected: numbers scaled to [0, 1], categories one-hot. "
    "Beside, as controls: all ten datasets by the sign-flip test, and methods that are not in the figure.",
)
def nearest_to_unseen(evidence: Evidence) -> Iterator[Finding]:
    """DCR on gem_price seed by seed; on all datasets by the paired test."""
    for protocol in PROTOCOLS:
        for column, printed in ((OURS, 0), *((c, 1) for c in (*TOP, "TapTap", "Pred-LLM"))):
            yield _mode(dcr_mode(evidence, column, protocol), protocol, column, printed)
        flat = quality_id(protocol, DCR)
        mine = evidence.of_column(OURS, flat)
        names = [method_of(c).name for c in (*TOP, "TapTap", "Pred-LLM")]
        for name in (*names, *GENERATING):
            title, theirs = method_metadata()[name].title, evidence.method(name, flat)
            both = mine.get(DCR_DATASET), theirs.get(DCR_DATASET)
            yield _in_every_seed(*both, protocol, title, name in GENERATING)
            what = f"how much farther {title} is, all datasets"
            yield judged(gain(theirs, mine), protocol, what, control=True)


def dcr_mode(evidence: Evidence, column: str, protocol: str) -> tuple[float, ...]:
    """Middle of the fullest DCR bin on gem_price, a value a seed; empty where runs are missing."""
    from imbench.scoring.quality import DCR_EDGES

    bins = evidence.of_column(column, quality_id(protocol, MODE)).get(DCR_DATASET, ())
    return tuple(float(DCR_EDGES[int(b)] + DCR_EDGES[int(b) + 1]) / 2 for b in bins)


def _mode(found: tuple[float, ...], protocol: str, column: str, printed: int) -> Finding:
    what = f"{DCR_DATASET}, mode of {column} around {printed}"
    if not found:
        return settled(protocol, what, "–", UNDECIDED, f"{DCR_DATASET} has missing runs")
    verdict = HOLDS if round(float(np.mean(found))) == printed else FAILS
    return settled(protocol, what, ", ".join(f"{mode:.3f}" for mode in found), verdict)


def _in_every_seed(
    mine: tuple[float, ...] | None, theirs: tuple[float, ...] | None, protocol: str, title: str, control: bool
) -> Finding:
    what = f"{DCR_DATASET}, against {title}"
    if mine is None or theirs is None:
        return settled(protocol, what, "–", UNDECIDED, f"{DCR_DATASET} has missing runs", control=control)
    lower = sum(a < b for a, b in zip(mine, theirs, strict=True))
    numbers = f"{np.mean(mine):.3f} against {np.mean(theirs):.3f}, lower in {lower} of {len(mine)} seeds"
    verdict = HOLDS if lower == len(mine) else FAILS if np.mean(mine) >= np.mean(theirs) else UNDECIDED
    why = "not in every seed" if verdict == UNDECIDED else ""
    return settled(protocol, what, numbers, verdict, why, control=control)


ENTROPIES = {
    "entropy_columns": "entropy of the rows' columns",
    "entropy_pairs": "entropy of pairs of columns",
    "ledger_entropy_token": "entropy of the next token",
    "ledger_entropy_row": "entropy of a row's sampled tokens",
}
ENTROPY_TEST = (
    " Entropies in nats: of the synthetic rows' columns and pairs of columns, and of the model's next token "
    "while it sampled."
)


@claim(
    "Proposition 1: prompts with the label and a feature (condition_yx) give a higher entropy than prompts "
    "with the label alone (condition_y).",
    "Section IV-A",
    "Mean effect over the four settings of the other two changes; one-sided sign-flip test of ten datasets, "
    "5 %." + ENTROPY_TEST + " The entropy of a row's sampled tokens does not decide: condition_yx draws one "
    "feature outside the model.",
)
def proposition_1(evidence: Evidence) -> Iterator[Finding]:
    """condition_yx against condition_y in all settings of Table III."""
    for metric, name in ENTROPIES.items():
        found = effect(evidence, "prompts", metric)
        yield judged(found, ROWS, name, control=metric == "ledger_entropy_row")


@claim(
    "Proposition 2: fine-tuning with the label first (fix_y) gives a higher entropy after the prompt with "
    "the label than shuffling it with the features (permute_xy).",
    "Section IV-B",
    "Mean effect over both corpora, prompts condition_y; one-sided sign-flip test of ten datasets, 5 %."
    + ENTROPY_TEST,
)
def proposition_2(evidence: Evidence) -> Iterator[Finding]:
    """fix_y against permute_xy where the prompt is the label alone."""
    for metric, name in ENTROPIES.items():
        yield judged(effect(evidence, "ordering", metric, {"prompts": "condition_y"}), ROWS, name)


@claim(
    "Proposition 3: fine-tuning on minority and interpolated rows gives a higher entropy than on minority "
    "rows alone.",
    "Section IV-C",
    "ImbLLM with r = 1 against r = 0; one-sided sign-flip test of ten datasets, 5 %." + ENTROPY_TEST,
)
def proposition_3(evidence: Evidence) -> Iterator[Finding]:
    """r = 1 against r = 0."""
    for metric, name in ENTROPIES.items():
        scores = [evidence.variant(interpolation_variant(r), metric) for r in (1.0, 0.0)]
        yield judged(gain(*scores), ROWS, name)


@claim(
    "Diversity makes the difference: more diverse minority rows help the classifier more.",
    "Title, Section V-B2",
    "Spearman's ρ within datasets of the rows' diversity with the gain in F1 over Imbalance, over methods "
    "that make valid rows; mean over datasets positive at 5 % (methods permuted within datasets). The "
    "control: the same over methods that add every row requested; one that adds few has little diversity "
    "and little gain.",
)
def diversity_makes_the_difference(evidence: Evidence) -> Iterator[Finding]:
    """Entropies, spacing and coverage against the gain, where the paper's methods are complete."""
    for protocol in PROTOCOLS:
        metric = f"{protocol}_f1"
        comparison = comparisons(evidence.groups(), evidence.selection, metric, SUITE)[1]
        missing = [d for d in DATASETS if d not in comparison.datasets]
        points = default_points(comparison, SUITE.baseline)
        for measure in ("entropy_columns", "entropy_pairs", "nearest_synthetic_median", "coverage"):
            yield _correlated(points, measure, protocol, missing)
            yield _correlated(full_points(points), measure, protocol, missing, FULL)


def _correlated(points, measure: str, protocol: str, missing: list[str], among: str = "") -> Finding:
    what = MEASURES[measure] + (f", {among}" if among else "")
    found = None if points.empty else within_datasets(points, measure, "gain")
    if found is None:
        return settled(
            protocol, what, "no dataset is complete", UNDECIDED, missing=missing, control=bool(among)
        )
    methods = points["group"].nunique()
    numbers = (
        f"mean ρ = {found.mean:+.2f} over {methods} methods on {len(found.by_dataset)} datasets, "
        f"p = {p_value_text(found.p)}"
    )
    none, chance = "no positive correlation", "a correlation that may be chance"
    verdict, why = tested(found.mean <= 0, found.p, none, chance)
    return settled(protocol, what, numbers, verdict, why, missing=missing, control=bool(among))
