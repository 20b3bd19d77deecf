"""Ranks, paired tests, intervals and correlations, against the libraries and by hand."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from imbench.reports.methods import method_metadata
from imbench.reports.paper.paper_suite import PAPER, paper_methods
from imbench.reports.paper.published import DATASETS
from imbench.reports.registry import FIGURES, STATISTICS, TABLES, registered, write_tables
from imbench.reports.select import Selection
from imbench.reports.verdict import paired
from imbench.reports.verdict.comparison import by_ratio, comparisons
from imbench.reports.verdict.diversity_gain import FULL, correlation_table, correlations, default_points
from imbench.reports.verdict.gains import gains_table
from imbench.reports.verdict.ranks import nemenyi_table, ranks_table
from tests.reports.stored import score_of, source_of
from tests.reports.test_facts import line, texts, title

SEEDS = (0, 1, 2)
METRIC = "corrected_f1"
NAMES = ("imbalance", "class_weight", "duplicate", "smote")


def grid(names=NAMES, datasets=DATASETS, **more):
    """Runs with made-up scores that differ in everything."""
    return [
        line(d, m, s, corrected_f1=score_of(d, m, s), synthetic_rows=5, **more)
        for d in datasets for m in names for s in SEEDS
    ]  # fmt: skip


def comparison_of(runs, which=0, metric=METRIC, suite=PAPER):
    source = source_of(runs, suite)
    return comparisons(source.groups, source.selection, metric, suite)[which]


def gains_of(runs, suite=PAPER, metric=METRIC):
    ratios = by_ratio(runs, Selection())
    return gains_table(comparison_of(runs, metric=metric, suite=suite), suite.compared_with(), ratios)


def write_all(runs, folder, metric=None):
    """Write the statistics of flat lines; returns tables by name and the files."""
    source = source_of(runs, metric=metric)
    tables, paths = {}, []
    for table, files in write_tables(registered(TABLES, STATISTICS).values(), source, folder):
        tables[table.name] = table
        paths += files
    for report in registered(FIGURES, STATISTICS).values():
        paths += report.make(source, folder / "figures")
    return tables, paths


def test_wilcoxon_and_holm_agree_with_the_libraries():
    from scipy.stats import wilcoxon
    from statsmodels.stats.multitest import multipletests

    gains = np.random.default_rng(3).normal(0.3, 1, 10)
    assert paired.wilcoxon(gains) == pytest.approx(wilcoxon(gains, method="exact").pvalue)
    assert paired.wilcoxon(gains, "greater") < paired.wilcoxon(gains)
    assert paired.wilcoxon([0.0, 1e-9, 0.0]) == 1.0, "noise of the last digits is no difference"
    p = [0.04, 0.01, 0.03, 0.01, 0.9]
    assert paired.holm(p) == pytest.approx(multipletests(p, method="holm")[1])
    assert paired.holm([]) == []


def test_sign_flip_counts_all_patterns():
    gains = [0.3, 0.1, 0.2, -0.05, 0.4]
    patterns = np.array(np.meshgrid(*[[-1, 1]] * 5)).reshape(5, -1).T
    exact = (patterns @ gains >= np.sum(gains) - 1e-12).mean()
    assert paired.sign_flip(gains) == pytest.approx(exact)
    assert paired.sign_flip([1.0] * 4) == 1 / 16, "four datasets cannot reach 5 %"
    assert paired.sign_flip([0.2]) == 1.0


def test_bootstrap_resamples_datasets_then_seeds():
    apart = np.array([[0.0] * 3, [1.0] * 3])  # all variation lies between datasets
    assert paired.bootstrap_mean(apart) == (0.0, 1.0)
    within = np.array([[0.0, 0.5, 1.0]] * 10)  # all variation lies between seeds
    low, high = paired.bootstrap_mean(within)
    assert 0.3 < low < 0.5 < high < 0.7
    assert paired.bootstrap_mean(within) == (low, high), "seeded"


def test_ranking_by_hand():
    scores = pd.DataFrame({"a": [0.9, 0.8, 0.7], "b": [0.5, 0.8, 0.6], "c": [0.1, 0.2, 0.9]})
    found = paired.ranking(scores)
    assert found.ranks.to_dict() == pytest.approx({"a": 4.5 / 3, "b": 6.5 / 3, "c": 7 / 3})
    assert found.critical == pytest.approx(2.343 * np.sqrt(3 * 4 / (6 * 3)), abs=1e-3)  # Demšar, table 5
    assert found.nemenyi.loc["a", "c"] == found.nemenyi.loc["c", "a"] < 1
    assert paired.ranking(scores[["a", "b"]]).nemenyi is None


def test_trend():
    rising = pd.DataFrame({r: [r + t for t in range(6)] for r in (0.0, 0.5, 1.0)})
    assert paired.rising(rising) < 0.01 < 0.9 < paired.rising(rising[[1.0, 0.5, 0.0]])


def test_correlation_compares_within_splits_only():
    """Opposite levels of datasets and seeds must not hide a perfect order within each split."""
    rows = [
        {"dataset": d, "group": g, "seed": s, "x": g + 100 * t + 10 * s, "y": g - 100 * t - 10 * s}
        for t, d in enumerate(("one", "two")) for s in SEEDS for g in range(7)
    ]  # fmt: skip
    found = paired.within_datasets(pd.DataFrame(rows), "x", "y")
    assert found.by_dataset == pytest.approx({"one": 1.0, "two": 1.0}) and found.mean == pytest.approx(1.0)
    assert found.p < 0.01
    noise = pd.DataFrame(rows).assign(y=np.random.default_rng(0).normal(size=len(rows)))
    assert paired.within_datasets(noise, "x", "y").p > 0.05
    assert paired.within_datasets(pd.DataFrame(rows).assign(x=1.0), "x", "y") is None


def test_only_complete_methods_take_part_and_the_others_are_named():
    runs = [r for r in grid() if (r["dataset"], r["method"], r["seed"]) != ("car", "smote", 1)]
    comparison = comparison_of(runs)
    assert {m.name for m in comparison.methods} == {"imbalance", "class_weight", "duplicate"}
    assert comparison.missing[title("smote")] == "car"
    found = paired.ranking(comparison.means())
    ranks, nemenyi = ranks_table(comparison, found), nemenyi_table(comparison, found)
    assert title("smote") not in texts(ranks) and f"{title('smote')} (car)" in ranks.note
    assert set(texts(nemenyi)) == set(texts(ranks))


def test_common_datasets_are_those_where_the_papers_methods_are_complete():
    names = [c.name for c in paper_methods()]
    runs = [{**r, "llm": None} for r in grid(names, ("german", "car"))]
    runs = [r for r in runs if method_metadata()[r["method"]].group != "language model"]
    assert comparison_of(runs, 1).datasets == (), "no language-model run is there"
    groups = {
        (d, m): {s: {"status": "done", METRIC: 0.5} for s in SEEDS} for d in DATASETS[:3] for m in names
    }
    groups["german", "imbllm"] = {}
    assert comparisons(groups, Selection(), METRIC, PAPER)[1].datasets == ("adult", "fuel")


def test_gains_are_paired_by_dataset_and_seed():
    runs = grid()
    found = comparison_of(runs).gains("smote", "imbalance")
    assert found[1, 2] == pytest.approx(score_of("german", "smote", 2) - score_of("german", "imbalance", 2))
    table = gains_of(runs)
    row = next(r for r in table.rows if [e.text for e in r[:2]] == [title("imbalance"), title("smote")])
    assert row[2].text == f"{found.mean():+.4f}" and row[-1].text == "30"


def test_other_ratios_join_where_both_are_complete():
    runs = grid() + [
        r | {"imbalance_ratio": 0.5} for r in grid(("imbalance", "smote"), DATASETS[:2])
    ]  # fmt: skip
    runs.pop()  # a seed of smote on the second dataset
    table = gains_of(runs)
    pairs = {(r[0].text, r[1].text): r[-1].text for r in table.rows}
    assert pairs[title("imbalance"), title("smote")] == "33"
    assert pairs[title("imbalance"), title("duplicate")] == "30"


def test_rows_with_impossible_categories_stay_out_of_the_correlation():
    runs = grid(("imbalance", "smote", "duplicate"), valid_category_cells=1.0, coverage=0.5)
    runs += grid(("adasyn_raw",), valid_category_cells=0.6, coverage=0.9)
    comparison = comparison_of(runs)
    points = default_points(comparison, "imbalance")
    assert set(points["group"]) == {title(n) for n in ("imbalance", "smote", "duplicate")}
    table = correlation_table(correlations(source_of(runs), comparison), comparison, "note")
    assert len(table.rows[0]) == len(table.header)


def test_methods_that_add_few_rows_have_a_population_without_them():
    runs = grid(("imbalance", "smote", "duplicate"), ledger_requested=5, ledger_added=5, coverage=0.5)
    runs += grid(("smotenc",), ledger_requested=5, ledger_added=1, coverage=0.1)
    methods, full, _ = correlations(source_of(runs), comparison_of(runs))
    assert methods.size.startswith("methods: 120 runs") and full.size.startswith(f"{FULL}: 90 runs")


def test_everything_is_written_the_same_twice(tmp_path):
    runs = grid()
    written = []
    for _ in range(2):
        _, files = write_all(runs, tmp_path)
        written.append({p.name: p.read_bytes() for p in files})
    assert written[0] == written[1]
    assert {f"ranks_{METRIC}_all.png", f"ranks_{METRIC}_all.pdf"} <= set(written[0])
    assert b"needs two complete methods" in written[0][f"ranks_{METRIC}_common.md"], (
        "no dataset is common yet"
    )


DRAW = """
import sys, pathlib, numpy as np, pandas as pd
from imbench.reports.verdict.paired import ranking
from imbench.reports.verdict.ranks import ranks_figure
numbers = np.random.default_rng(1).normal(size=(8, 9)) + np.arange(9) / 2
scores = pd.DataFrame(numbers, columns=list("qwertyuio"))
ranks_figure(ranking(scores), "ranks", "note", pathlib.Path(sys.argv[1]))
"""


def test_the_diagram_does_not_depend_on_the_order_of_sets(tmp_path):
    drawn = []
    for seed in ("1", "2"):
        env = os.environ | {"PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", DRAW, tmp_path / seed], env=env, check=True)
        drawn.append((tmp_path / f"{seed}.pdf").read_bytes())
    assert drawn[0] == drawn[1]


def test_the_correlation_figure_shows_the_numbers_of_the_table(tmp_path):
    runs = grid(coverage=0.5)
    for number, run in enumerate(runs):
        run["coverage"] = ((number * 7) % 31) / 31
    tables, drawn = write_all(runs, tmp_path)
    (numbers,) = [
        pd.read_csv(p, comment="#")
        for p in drawn
        if p.parent.name == "figures" and p.name == f"correlation_{METRIC}_all.csv"
    ]
    table = tables[f"correlation_{METRIC}_all"]
    (row,) = [cells for r in table.rows if (cells := [e.text for e in r])[:2] == ["methods", "coverage"]]
    shown = numbers[(numbers["runs of"] == "methods") & (numbers["measure"] == "coverage")]
    by_dataset = dict(zip(shown["dataset"], shown["rho"], strict=True))
    assert row[2] == f"{by_dataset.pop('mean'):+.2f}"
    assert row[5:] == [f"{by_dataset[d]:+.2f}" for d in DATASETS]
