"""The verdict on made-up runs whose answer is known."""

import math

import numpy as np
import pytest

from imbench.errors import ConfigError
from imbench.reports.registry import FIGURES, TABLES, registered, write_tables
from imbench.reports.select import Selection
from imbench.reports.settings import classifier_hash, settings_of
from imbench.reports.suite import suite_of
from imbench.reports.verdict import verdict_tables
from imbench.reports.verdict.arm_values import arm_values
from imbench.reports.verdict.bencheval import error_rows
from imbench.reports.verdict.contrasts import contrast, contrasts, corrected
from imbench.reports.verdict.design import FEWEST_SOURCES, VERDICT, design_of
from imbench.utils.paths import ROOT
from tests.reports.stored import source_of

NATURAL = design_of("natural")
DATASETS = NATURAL.datasets[:30]
F1 = next(e for e in NATURAL.endpoints if e.name == "tuned_f1")
AP = NATURAL.endpoints[0]
LOSS = next(e for e in NATURAL.endpoints if e.name == "log_loss")


def scores(f1, ap, loss):
    decisions = {p: {"threshold": 0.4, "f1": f1, "mcc": f1, "balanced_accuracy": f1}
                 for p in ("half", "prior", "tuned", "oracle")}  # fmt: skip
    probabilities = {
        r: {"log_loss": loss, "brier_score": loss / 3, "expected_calibration_error": 0.1}
        for r in ("raw", "sigmoid")
    }
    ranking = {"average_precision": ap, "auc": ap}
    return {"natural": {"ranking": ranking, "decisions": decisions, "probabilities": probabilities}}


def line(dataset, arm_name, seed, f1=0.5, ap=0.6, loss=0.3, status="done", tuning="done", **more):
    """A flat line of one run of an arm, fitted by all learners."""
    arm = NATURAL.arm(arm_name)
    classifiers = NATURAL.learners if arm.classifier is None else (arm.classifier,)
    found = {c: scores(f1, ap, loss) for c in classifiers}
    if tuning != "done":
        for by_scenario in found.values():
            del (
                by_scenario["natural"]["decisions"]["tuned"],
                by_scenario["natural"]["probabilities"]["sigmoid"],
            )
    return {
        "dataset": dataset, "method": arm.variant.method, "llm": None, "seed": seed, "imbalance_ratio": 1.0,
        "variant": settings_of(arm.variant, "tiny", "xgboost").variant, "status": status, "tuning": tuning,
        "classifiers": {c: classifier_hash(c) for c in classifiers}, "finished": "2026-01-01",
        "scenarios": found if status == "done" else {}, "key": f"{dataset}-{arm_name}-{seed}",
        "git_commit": "c" * 40, "git_dirty": False, **more,
    }  # fmt: skip


def noise(name, seed):
    return np.random.default_rng([seed, sum(map(ord, name))]).normal(0, 0.002)


def runs_with(gain_of, arm="smotenc", datasets=DATASETS, seeds=(0, 1)):
    """Runs of nothing, class weights and an arm whose F1 is better by ``gain_of(dataset, seed)``."""
    lines = []
    for dataset in datasets:
        for seed in seeds:
            base = 0.5 + noise(dataset, seed)
            lines += [line(dataset, a, seed, f1=base) for a in ("imbalance", "class_weight")]
            lines.append(line(dataset, arm, seed, f1=base + gain_of(dataset, seed)))
    return lines


def source(runs, seeds=(0, 1)):
    return source_of(runs, suite_of("natural"), selection=Selection(seeds, 1.0, llm="tiny"))


def found_in(runs, arm="smotenc", endpoint=F1, reference="imbalance", learner="xgboost", seeds=(0, 1)):
    values = arm_values(source(runs, seeds))
    return contrast(values, NATURAL.arm(arm), learner, endpoint, NATURAL.arm(reference))


def test_a_planted_gain_is_found():
    found = found_in(runs_with(lambda d, s: 0.04 + noise(d, s + 9)))
    assert found.word == "helps"
    assert found.mean == pytest.approx(0.04, abs=0.002)
    assert 0.038 < found.interval[0] < found.mean < found.interval[1] < 0.042
    assert (found.wins, found.losses) == (30, 0)
    assert found_in(runs_with(lambda d, s: -0.04)).word == "hurts"


def test_equal_arms_are_equivalent_and_noise_is_no_gain():
    assert found_in(runs_with(lambda d, s: 0.0)).word == "equivalent"
    words = {
        found_in(runs_with(lambda d, s, k=k: 20 * noise(d, s + 10 * k))).word for k in range(1, 4)
    }  # fmt: skip
    assert words <= {"undecided", "equivalent"}


def test_a_lower_log_loss_is_a_gain():
    lines = [
        line(d, a, s, loss=0.3 if a == "imbalance" else 0.25)
        for d in DATASETS for a in ("imbalance", "smotenc") for s in (0, 1)
    ]  # fmt: skip
    assert found_in(lines, endpoint=LOSS).mean == pytest.approx(0.05)


def test_a_source_counted_ten_times_changes_nothing(monkeypatch):
    """Ten further datasets of one source, with the same gains, are one observation still."""
    from dataclasses import replace

    from imbench.reports.verdict import arm_values as module

    runs = runs_with(lambda d, s: 0.01 + 4 * noise(d, s + 5))
    before = found_in(runs)
    copies = [f"copy_{n}" for n in range(10)]
    more = [run | {"dataset": c, "key": f"{c}-{run['key']}"}
            for run in runs if run["dataset"] == DATASETS[0] for c in copies]  # fmt: skip
    sources = NATURAL.sources | dict.fromkeys(copies, NATURAL.sources[DATASETS[0]])
    wider = replace(NATURAL, datasets=(*NATURAL.datasets, *copies), sources=sources)
    monkeypatch.setattr(module, "design_for", lambda source: wider)
    after = found_in(runs + more)
    assert len(after.by_dataset) == len(before.by_dataset) + 10
    assert after.by_source == pytest.approx(before.by_source)
    assert after.interval == pytest.approx(before.interval)
    assert after.probabilities == before.probabilities
    assert after.p == before.p


def test_a_failed_run_takes_the_value_of_nothing_and_is_counted():
    runs = runs_with(lambda d, s: 0.1)
    failed = [
        r | {"status": "failed", "scenarios": {}} if r["method"] == "smotenc" and r["dataset"] == DATASETS[0]
        and r["seed"] == 0 else r for r in runs
    ]  # fmt: skip
    found = found_in(failed)
    assert found.by_dataset[DATASETS[0]] == pytest.approx([0.0, 0.1])
    assert found.failures == 1
    weights = [
        r | {"status": "failed", "scenarios": {}} if r["method"] == "class_weight" else r for r in runs
    ]
    assert found_in(weights, reference="class_weight").mean == pytest.approx(0.1), "the reference as well"
    nothing = [r | {"status": "failed", "scenarios": {}} if r["method"] == "imbalance" and r["seed"] == 1
               else r for r in runs]  # fmt: skip
    left = found_in(nothing)
    assert left.left_out == 30
    assert all(len(g) == 1 for g in left.by_dataset.values())


def test_a_failed_tuning_stage_fails_the_endpoints_that_need_it_only():
    runs = runs_with(lambda d, s: 0.1)
    runs = [
        r if r["method"] != "smotenc" else line(r["dataset"], "smotenc", r["seed"], ap=0.7, tuning="failed")
        for r in runs
    ]
    assert found_in(runs).failures == 60
    assert found_in(runs, endpoint=AP).failures == 0
    assert found_in(runs, endpoint=AP).mean == pytest.approx(0.1)


def test_a_run_that_was_never_made_is_missing_and_not_failed():
    runs = [r for r in runs_with(lambda d, s: 0.1)
            if (r["method"], r["dataset"], r["seed"]) != ("smotenc", DATASETS[0], 1)]  # fmt: skip
    found = found_in(runs)
    assert DATASETS[0] not in found.by_dataset
    assert len(found.gains) == 29
    untuned = [r | {"tuning": None} if r["method"] != "smotenc" else
               line(r["dataset"], "smotenc", r["seed"], tuning=None) for r in runs]  # fmt: skip
    assert not len(found_in(untuned).gains), "a stage that was not asked for is not a failure"


def test_other_settings_of_a_method_are_other_runs():
    runs = runs_with(lambda d, s: 0.1)
    other = [r | {"variant": "0" * 16} if r["method"] == "smotenc" else r for r in runs]
    assert not len(found_in(other).gains)
    assert NATURAL.arm("smotenc").variant.parameters == (("missing", "impute"),)


def test_balanced_classifiers_are_compared_with_nothing_under_other_learners():
    runs = [line(d, "imbalance", s, f1=0.5) for d in DATASETS for s in (0, 1)]
    runs += [line(d, "rusboost", s, f1=0.6) for d in DATASETS for s in (0, 1)]
    for learner in ("xgboost", "random_forest"):
        assert found_in(runs, arm="rusboost", learner=learner).mean == pytest.approx(0.1)
    assert NATURAL.learners_of(NATURAL.arm("rusboost")) == ("xgboost", "random_forest")


def test_holm_is_taken_over_the_arms_of_a_family():
    runs = runs_with(lambda d, s: 0.01) + [
        r for r in runs_with(lambda d, s: 0.002, arm="adasyn") if r["method"] == "adasyn"
    ]
    values = arm_values(source(runs))
    family = [contrast(values, NATURAL.arm(a), "xgboost", F1, NATURAL.arm("imbalance"))
              for a in ("smotenc", "adasyn", "smotenc_25")]  # fmt: skip
    found = corrected(family)
    assert found[0].p_holm == pytest.approx(min(1, 2 * found[0].p)), "an arm without runs is no test"
    assert math.isnan(found[2].p_holm)


def test_no_word_below_25_sources_or_on_some_of_the_splits():
    def word(runs, seeds):
        found = found_in(runs, seeds=seeds)
        return verdict_tables.word_of(arm_values(source(runs, seeds)), found)

    every = tuple(range(10))
    runs = runs_with(lambda d, s: 0.05, datasets=DATASETS[:FEWEST_SOURCES], seeds=every)
    assert word(runs, every) == "helps"
    assert word(runs, (0, 1)) == "–"
    assert word([r for r in runs if r["dataset"] != DATASETS[0]], every) == "–"


def test_large_datasets_have_fewer_planned_splits():
    arm = NATURAL.arm("smotenc")
    assert NATURAL.planned(arm, "nursery") == (0, 1, 2, 3, 4)
    assert NATURAL.planned(arm, "titanic") == tuple(range(10))
    assert NATURAL.planned_runs() == (51 * 10 + 15 * 5) * (9 + 6 + 5)
    facts = (ROOT / "docs" / "datasets.md").read_text(encoding="utf-8").splitlines()
    cells = [[c.strip() for c in row.split("|")] for row in facts if row.startswith("| ")]
    rows = {c[1]: int(c[3].replace(",", "")) for c in cells if c[1] in NATURAL.datasets and len(c) > 12}
    assert len(rows) == 66
    assert {d for d, n in rows.items() if n > 8000} == set(NATURAL.few)


def test_all_reports_twice_the_same(tmp_path):
    runs = runs_with(lambda d, s: 0.02 + noise(d, s), datasets=DATASETS[:6])
    contents = []
    for folder in ("a", "b"):
        made = source(runs)
        paths = [p for _, files in write_tables(registered(TABLES, VERDICT).values(), made, tmp_path / folder)
                 for p in files]  # fmt: skip
        for report in registered(FIGURES, VERDICT).values():
            paths += report.make(made, tmp_path / folder)
        contents.append({p.name: p.read_bytes() for p in paths})
    assert contents[0] == contents[1]
    assert "verdict_natural.md" in contents[0]
    assert len(contrasts(made)) > 100


def test_a_suite_without_a_design_is_refused():
    with pytest.raises(ConfigError, match="natural, paper"):
        design_of("embedded")


def test_rows_for_benchmark_packages():
    runs = [*runs_with(lambda d, s: 0.1, datasets=DATASETS[:2]), line(DATASETS[0], "rusboost", 0, f1=0.7)]
    runs = [
        r | {"status": "failed", "scenarios": {}} if r["key"] == f"{DATASETS[0]}-smotenc-0" else r
        for r in runs
    ]
    rows = error_rows(source(runs), "tuned_f1")
    assert list(rows.columns) == ["method", "task", "fold", "metric_error"]
    assert len(rows) == 3 * 3 * 2 * 2 + 1
    error = rows.set_index(["method", "task", "fold"]).metric_error
    nothing = error["imbalance + xgboost", DATASETS[0], 0]
    assert error["smotenc + xgboost", DATASETS[0], 0] == nothing, "a failed run takes the value of nothing"
    assert error["smotenc + xgboost", DATASETS[0], 1] == pytest.approx(
        error["imbalance + xgboost", DATASETS[0], 1] - 0.1
    )
    assert error["rusboost", DATASETS[0], 0] == pytest.approx(0.3)
    assert error_rows(source(runs), "log_loss").metric_error.iloc[0] == 0.3
    with pytest.raises(ConfigError, match="tuned_f1"):
        error_rows(source(runs), "f1")
