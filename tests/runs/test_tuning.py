"""Out-of-fold predictions: a stage that can be added to any run, and that scikit-learn alone reproduces."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from imblearn.datasets import make_imbalance
from imblearn.over_sampling import RandomOverSampler
from imblearn.pipeline import Pipeline
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, f1_score, precision_recall_curve
from sklearn.model_selection import (
    StratifiedKFold,
    TunedThresholdClassifierCV,
    cross_val_predict,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from xgboost import XGBClassifier

from imbench.data.folds import fold_splits
from imbench.data.split import as_part, split_dataset
from imbench.errors import DataError, LeakageError
from imbench.records import archive
from imbench.records.flat import flat_run
from imbench.records.record import OUT_OF_FOLD, RunFolder, iterate
from imbench.records.rescore import rescore
from imbench.records.store import find
from imbench.reports import scenario
from imbench.reports.select import Selection, load_runs, select
from imbench.runs import generation, tuning
from imbench.runs.key import identify
from imbench.runs.run import done_before, run_one
from imbench.scoring import evaluate
from imbench.scoring.leakage import gate_folds
from imbench.scoring.thresholds import candidates
from imbench.sweeps.status import plan
from tests.helpers import run_config

FOLDS = "tuning.folds=5"
CHEAP = ["protocols=[corrected]", "classifier=[logistic_regression]"]


def run(runs_dir, *overrides):
    return run_one(run_config(runs_dir, *overrides))


# What the runs should have done, with scikit-learn, imbalanced-learn and XGBoost alone.


def by_hand_split(dataset, seed, ratio):
    rows = np.arange(len(dataset.labels))
    train, test = train_test_split(rows, test_size=0.2, stratify=dataset.labels, random_state=seed)
    labels = dataset.labels.to_numpy()[train]
    counts = np.bincount(labels)
    minority = int(counts.argmin())
    if ratio < 1:
        kept = {minority: int(ratio * counts[minority])}
        picked, _ = make_imbalance(train.reshape(-1, 1), labels, sampling_strategy=kept, random_state=seed)
        train = picked.ravel()
    return train, test, minority


def by_hand_pipeline(dataset, duplicates, classifier, seed):
    continuous, categorical = list(dataset.schema.continuous), list(dataset.schema.categorical)
    if classifier == "xgboost":
        codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
        kinds = ["q"] * len(continuous) + ["c"] * len(categorical)
        model = XGBClassifier(n_jobs=1, random_state=seed, enable_categorical=True, feature_types=kinds)
        prepare = ColumnTransformer([("n", "passthrough", continuous), ("c", codes, categorical)])
    else:
        numbers = make_pipeline(SimpleImputer(), StandardScaler())
        prepare = ColumnTransformer(
            [("n", numbers, continuous), ("c", OneHotEncoder(handle_unknown="ignore"), categorical)]
        )
        model = LogisticRegression(max_iter=2000, random_state=seed)
    sampler = RandomOverSampler(sampling_strategy="minority", random_state=seed)
    steps = [("sampler", sampler)] if duplicates else []
    return Pipeline([*steps, ("prepare", prepare), ("model", model)])


def as_objects(features):
    return features.astype(dict.fromkeys(features.select_dtypes("category").columns, object))


class OutOfFoldOf(ClassifierMixin, BaseEstimator):
    """Fitted, it predicts each of its training rows by the fold that holds the row out."""

    def __init__(self, pipeline, seed):
        self.pipeline, self.seed = pipeline, seed

    def fit(self, X, y):
        folds = StratifiedKFold(5, shuffle=True, random_state=self.seed)
        self.found_ = cross_val_predict(self.pipeline, X, y, cv=folds, method="predict_proba")
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        return self.found_


@pytest.mark.parametrize("name", ("german", "insurance"))
def test_the_threshold_is_that_of_scikit_learn(tmp_path, dataset_of, name):
    """TunedThresholdClassifierCV around a pipeline with the same sampler."""
    dataset = dataset_of(name)
    outcome = run(tmp_path, f"dataset={name}", "method=duplicate", *CHEAP, FOLDS)
    ours = outcome.scores["scenarios"]["logistic_regression"]["shifted"]["decisions"]["tuned"]["threshold"]
    found = RunFolder(outcome.folder).out_of_fold()["logistic_regression"]
    train, _, minority = by_hand_split(dataset, 0, 0.2)
    X, y = as_objects(dataset.features.iloc[train]), (dataset.labels.iloc[train] == minority).astype(int)
    np.testing.assert_array_equal(found.rows, train)
    tried, *_ = candidates(found)
    pipeline = by_hand_pipeline(dataset, True, "logistic_regression", 0)
    pooled = OutOfFoldOf(pipeline, 0).fit(X, y)
    np.testing.assert_allclose(found.minority_probability, pooled.predict_proba(X)[:, 1], atol=1e-5)
    one = {"scoring": "f1", "thresholds": tried, "store_cv_results": True}
    tuned = TunedThresholdClassifierCV(pooled, cv="prefit", refit=False, **one).fit(X, y)
    assert tuned.best_threshold_ == pytest.approx(ours, abs=1e-4)

    folds = StratifiedKFold(
        5, shuffle=True, random_state=0
    )  # its own average over the folds, of our predictions
    theirs = TunedThresholdClassifierCV(pipeline, cv=folds, **one).fit(X, y)
    means = [
        np.mean([f1_score(y[found.folds == f], p[found.folds == f] >= t, zero_division=0) for f in range(5)])
        for p in [found.minority_probability] for t in tried
    ]  # fmt: skip
    np.testing.assert_allclose(theirs.cv_results_["scores"], means, atol=0.02)
    assert theirs.best_threshold_ == pytest.approx(tried[int(np.argmax(means))], abs=1e-4)


STORED = [
    ["dataset=insurance", "method=imbalance", "scenario=natural", "classifier=[xgboost]"],
    ["dataset=insurance", "method=duplicate", "seed=1", "classifier=[xgboost,logistic_regression]"],
    ["dataset=german", "method=duplicate", "scenario=natural", "seed=3", "classifier=[logistic_regression]"],
    ["dataset=german", "method=imbalance", "classifier=[xgboost]"],
    ["dataset=german", "method=duplicate", "seed=2", "classifier=[logistic_regression]"],
]


def test_three_random_runs_by_hand(tmp_path, dataset_of):
    """Predictions, thresholds and Brier scores of stored runs, from their labels and the data alone."""
    for words in STORED:
        assert run(tmp_path, *words, "protocols=[corrected]", FOLDS).ok
    records = list(iterate(tmp_path))
    for record in [records[n] for n in np.random.default_rng(0).permutation(len(records))[:3]]:
        status, scores = record.status(), record.scores()
        dataset, seed = dataset_of(status["dataset"]), status["seed"]
        train, test, minority = by_hand_split(dataset, seed, status["imbalance_ratio"])
        X, codes = as_objects(dataset.features), dataset.labels.to_numpy()
        y = (codes == minority).astype(int)
        for classifier, by_scenario in scores["scenarios"].items():
            pipeline = by_hand_pipeline(dataset, status["method"] == "duplicate", classifier, seed)
            expected = pipeline.fit(X.iloc[train], codes[train]).predict_proba(X.iloc[test])[:, minority]
            stored = record.predictions()[classifier]["corrected"]
            np.testing.assert_array_equal(stored.rows, test)
            np.testing.assert_allclose(stored.minority_probability, expected, atol=2e-5)
            first = next(iter(by_scenario.values()))
            brier = first["probabilities"]["raw"]["brier_score"]
            assert brier == pytest.approx(brier_score_loss(y[test], expected), abs=1e-5)

            held_out = OutOfFoldOf(pipeline, seed).fit(X.iloc[train], codes[train]).found_[:, minority]
            precision, recall, values = precision_recall_curve(y[train], held_out)
            total = precision + recall
            f1 = np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)
            best = values[np.argmax(f1[:-1])]
            below = held_out[held_out < best].max(initial=0.0)
            tuned = first["decisions"]["tuned"]
            assert tuned["threshold"] == pytest.approx((best + below) / 2, abs=2e-5)
            assert tuned["f1"] == pytest.approx(f1_score(y[test], expected >= (best + below) / 2))


# A stage of its own.


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """One run without the stage, with two classifiers."""
    runs_dir = tmp_path_factory.mktemp("plain") / "results" / "runs"
    run(runs_dir, "classifier=[xgboost,logistic_regression]")
    return runs_dir


@pytest.fixture
def runs_dir(plain, tmp_path):
    shutil.copytree(plain.parent, tmp_path / "results")
    return tmp_path / "results" / "runs"


WORDS = ("classifier=[xgboost,logistic_regression]",)


def contents(outcome):
    folder = RunFolder(outcome.folder)
    return folder.content("scores.json"), folder.content(OUT_OF_FOLD)


@pytest.mark.parametrize("archived", (False, True))
def test_it_is_added_to_a_run_that_is_done(runs_dir, tmp_path, monkeypatch, archived):
    before = next(iterate(runs_dir)).scores()
    if archived:
        archive.pack(iterate(runs_dir), archive.records_path(runs_dir, "all"))
        for folder in iterate(runs_dir):
            shutil.rmtree(folder.path)
    fits = []
    fit = evaluate.fit_predict
    monkeypatch.setattr(evaluate, "fit_predict", lambda *args: fits.append(len(args[2])) or fit(*args))
    assert done_before(run_config(runs_dir, *WORDS)) and not done_before(run_config(runs_dir, *WORDS, FOLDS))
    outcome = run(runs_dir, *WORDS, FOLDS)
    assert outcome.state == "done" and len(fits) == 10, "two classifiers in five folds, and nothing else"
    assert (
        outcome.scores["classifiers"] == before["classifiers"]
        and outcome.scores["quality"] == before["quality"]
    )
    assert outcome.status["tuning"]["used"] == 5 and outcome.status["seconds"] > 0
    again = run(runs_dir, *WORDS, FOLDS)
    assert again.state == "skipped" and len(fits) == 10
    assert run(runs_dir, *WORDS).state == "skipped", "who does not ask for it gets it as well"
    at_once = run(tmp_path / "other", *WORDS, FOLDS)
    assert contents(at_once) == contents(outcome), "byte for byte as when the run makes it at once"


def test_archives_keep_it(runs_dir):
    run(runs_dir, *WORDS, FOLDS)
    folder = next(iterate(runs_dir))
    path = archive.records_path(runs_dir, "all")
    archive.pack([folder], path)
    own, line = folder.out_of_fold(), flat_run(folder)
    shutil.rmtree(folder.path)
    stored = find(runs_dir, folder.key)
    assert stored != folder and flat_run(stored) == line
    for name, found in stored.out_of_fold().items():
        for part in ("truth", "probabilities", "rows", "folds"):
            np.testing.assert_array_equal(getattr(found, part), getattr(own[name], part))
    assert run(runs_dir, *WORDS, FOLDS).state == "skipped"
    assert rescore(runs_dir, {}).same == 1, "the same scores from the archive's predictions"
    archive.unpack([stored], runs_dir)
    assert rescore(runs_dir, {}).same == 1
    (folder.path / OUT_OF_FOLD).unlink()
    assert len(rescore(runs_dir, {}).without) == 1, "its tuned scores stay as they are"


def test_the_key_is_of_what_is_fitted(tmp_path):
    plain, tuned, corrected, weighted = (
        identify(run_config(tmp_path, *words))
        for words in ([], [FOLDS], ["protocols=[corrected]"], ["+method.class_weight=0.5"])
    )
    both = identify(run_config(tmp_path, "protocols=[corrected,published]"))
    assert plain == tuned == both
    assert corrected.key != plain.key and corrected.generation_key == plain.generation_key
    assert corrected.variant == plain.variant, "reports find it as the same settings"
    assert weighted.variant != plain.variant
    keys = {tuning.tuning_key(plain.key, 5), tuning.tuning_key(plain.key, 3), tuning.tuning_key("0" * 16, 5)}
    assert len(keys) == 3


def test_classifiers_share_the_rows_of_the_folds(tmp_path, monkeypatch):
    made = []
    generate = generation.generate
    monkeypatch.setattr("imbench.runs.fold_generation.STORED_FROM_SECONDS", 0.0)
    monkeypatch.setattr(generation, "generate", lambda *args: made.append(1) or generate(*args))
    words = ("protocols=[corrected]", FOLDS)
    both = run(tmp_path / "a", "classifier=[xgboost,logistic_regression]", *words)
    assert len(made) == 6, "the training part once, and each of five folds once"
    one = run(tmp_path / "b", "classifier=[logistic_regression]", *words)
    two = run(tmp_path / "b", "classifier=[xgboost]", *words)
    assert len(made) == 12 and two.status["tuning"]["rows_reused"] and not one.status["tuning"]["rows_reused"]
    for outcome, name in ((one, "logistic_regression"), (two, "xgboost")):
        assert outcome.scores["scenarios"][name] == both.scores["scenarios"][name], "stored rows are the same"
    rerun = run(tmp_path / "b", "classifier=[xgboost]", *words, "rerun=true")
    assert rerun.scores["scenarios"] == two.scores["scenarios"] and len(made) > 12


def test_a_failure_leaves_the_record_done(runs_dir, monkeypatch):
    def fail(*args):
        raise DataError("no folds today")

    with monkeypatch.context() as patch:
        patch.setattr(tuning, "gate_folds", fail)
        outcome = run(runs_dir, *WORDS, FOLDS)
        assert (outcome.state, outcome.ok, outcome.reason) == ("failed", False, "tuning: no folds today")
        assert outcome.status["state"] == "done" and outcome.scores["scenarios"]["xgboost"]["shifted"]
        refused = run(runs_dir, *WORDS, FOLDS, "retry_failed=false")
        assert not refused.ran and "no folds today (not tried again" in refused.reason
    line = flat_run(RunFolder(outcome.folder))
    assert line["status"] == "done" and line["tuning"] == "failed"
    found = run(runs_dir, *WORDS, FOLDS)
    assert found.ok and found.status["tuning"]["attempts"] == 2


def test_status_counts_what_a_sweep_still_has_to_do(runs_dir, monkeypatch):
    words = [f"runs_dir={runs_dir}", "tracking=none", "dataset=insurance", "method=smote", *WORDS]
    state = lambda *more: [(p.status.state, p.status.reason) for p in plan([*words, *more])[0]]  # noqa: E731
    assert state() == [("done", "")] and state(FOLDS) == [("missing", "tuning: not run yet")]
    with monkeypatch.context() as patch:
        patch.setattr(tuning, "gate_folds", lambda *args: 1 / 0)
        run(runs_dir, *WORDS, FOLDS)
    assert state(FOLDS) == [("failed", "tuning: ZeroDivisionError: division by zero")] and state() == [
        ("done", "")
    ]
    run(runs_dir, *WORDS, FOLDS)
    assert state(FOLDS) == [("done", "")] and state("tuning.folds=3") == [("missing", "tuning: not run yet")]


def test_a_limit_ends_the_stage_alone(runs_dir, monkeypatch):
    import time

    monkeypatch.setattr(tuning, "gate_folds", lambda *args: time.sleep(60))
    outcome = run(runs_dir, *WORDS, FOLDS, "limits.seconds=3")
    assert outcome.state == "timeout" and outcome.reason.startswith("tuning: ended after limits.seconds=3")
    assert outcome.status["state"] == "done" and outcome.status["tuning"]["phase"] == "folds"


def test_few_minority_rows(tmp_path, dataset_of):
    split = split_dataset(dataset_of("insurance"), 0, 3.5 / 501)
    assert (split.train.labels == split.minority).sum() == 3
    assert len(fold_splits(split, split.train, 5, 0)) == 3
    outcome = run(tmp_path, "method=imbalance", *CHEAP, FOLDS, "imbalance_ratio=0.007")
    assert outcome.ok and outcome.status["tuning"]["used"] == 3
    assert outcome.status["tuning"]["warnings"] == ["3 folds instead of 5: there are no more minority rows."]
    outcome = run(tmp_path, "method=imbalance", *CHEAP, FOLDS, "imbalance_ratio=0.0025")
    assert outcome.state == "failed" and outcome.status["state"] == "done"
    assert "tuning: 1 minority row in the training part" in outcome.reason and "Raise" in outcome.reason


def test_a_run_without_predictions_says_what_to_do(runs_dir):
    (next(iterate(runs_dir)).path / "predictions.parquet").unlink()
    outcome = run(runs_dir, *WORDS, FOLDS)
    assert "keeps no predictions to score; use rerun=true" in outcome.reason
    assert run(runs_dir, *WORDS, FOLDS, "rerun=true").ok


# Leakage.


@pytest.fixture(scope="module")
def folds(dataset_of):
    split = split_dataset(dataset_of("insurance"), 0, 0.2)
    return split, fold_splits(split, split.train, 5, 0)


def test_folds_are_splits_of_the_training_rows(folds):
    split, found = folds
    gate_folds(split, split.train, found)
    held_out = [set(fold.test.labels.index) for fold in found]
    assert set.union(*held_out) == set(split.train.labels.index) and sum(map(len, held_out)) == len(
        split.train
    )
    for fold in found:
        assert fold.complete is fold.train and not set(fold.train.labels.index) & set(fold.test.labels.index)
        share = (fold.test.labels == split.minority).mean()
        assert share == pytest.approx((split.train.labels == split.minority).mean(), abs=0.01)
    assert len({fold.hash for fold in found}) == 5


def changed(split, fold, train=None, test=None):
    """A fold with other rows; the checks of a split are passed by."""
    broken = object.__new__(type(fold))
    for name in ("schema", "minority", "hash"):
        object.__setattr__(broken, name, getattr(fold, name))
    for name, part in (
        ("train", train or fold.train),
        ("complete", train or fold.train),
        ("test", test or fold.test),
    ):
        object.__setattr__(broken, name, part)
    return broken


def join(*parts, schema):
    return as_part(
        pd.concat([p.features.astype(object) for p in parts]), pd.concat([p.labels for p in parts]), schema
    )


def test_broken_folds_are_refused(folds):
    split, found = folds
    schema, first, rest = split.schema, found[0], found[1:]
    few = as_part(first.test.features.iloc[:3], first.test.labels.iloc[:3], schema)
    test_row = as_part(split.test.features.iloc[:1], split.test.labels.iloc[:1], schema)
    numbers = first.train.features.copy()
    numbers[schema.continuous[0]] += 1
    broken = {
        "trains on 3 of the rows that it holds out": [
            changed(split, first, join(first.train, few, schema=schema)),
            *rest,
        ],
        "are test rows": [changed(split, first, join(first.train, test_row, schema=schema)), *rest],
        "other rows than the training part": [changed(split, first, test=few), *rest],
        "differ from the training part's own": [
            changed(split, first, replace(first.train, features=numbers)),
            *rest,
        ],
        "do not hold out each training row once": [*rest, rest[0]],
    }
    for message, some in broken.items():
        with pytest.raises(LeakageError, match=message):
            gate_folds(split, split.train, some)
    with pytest.raises(LeakageError, match="test rows are in the complete training part"):
        replace(
            first, train=join(first.train, few, schema=schema), complete=join(first.train, few, schema=schema)
        )


def test_a_run_whose_folds_leak_is_refused(runs_dir, monkeypatch):
    """The folds' rows are exchanged behind the splitter's back: the gate ends the stage."""
    honest = tuning.fold_splits
    monkeypatch.setattr(tuning, "fold_splits", lambda *args: honest(*args)[1:])
    outcome = run(runs_dir, *WORDS, FOLDS)
    assert "LeakageError" in outcome.status["tuning"]["traceback"]
    assert "do not hold out each training row once" in outcome.reason


def test_each_fold_sampler_sees_its_training_rows_only(tmp_path, monkeypatch, dataset_of):
    seen = []
    generate = generation.generate
    monkeypatch.setattr(
        generation,
        "generate",
        lambda s, rows, m: seen.append((s, list(rows.labels.index))) or generate(s, rows, m),
    )
    run(tmp_path, *CHEAP, FOLDS)
    assert len(seen) == 6
    for fold, rows in seen:
        assert not set(rows) & set(fold.test.labels.index) and rows == list(fold.train.labels.index)


# What reports read.


def test_reports_name_scenario_threshold_and_recalibration(runs_dir):
    outcome = run(runs_dir, *WORDS, FOLDS)
    runs = load_runs(runs_dir)
    scores = json.loads((outcome.folder / "scores.json").read_text())["scenarios"]
    name = "logistic_regression"
    for chosen in ("shifted", "thinned"):
        own = scores[name][chosen]
        selection = Selection((0,), 0.2, name, None, chosen, "tuned", "sigmoid")
        line = select(runs, selection)["insurance", "smote"][0]
        assert line["corrected_f1"] == own["decisions"]["tuned"]["f1"]
        assert line["corrected_log_loss"] == own["probabilities"]["sigmoid"]["log_loss"]
        assert line["corrected_average_precision"] == own["ranking"]["average_precision"]
        assert scenario.value(line, name, chosen, "f1", "oracle") == own["decisions"]["oracle"]["f1"]
    assert scores[name]["shifted"]["ranking"] != scores[name]["thinned"]["ranking"]
    line = select(runs, Selection((0,), 0.2, name))["insurance", "smote"][0]
    assert line["corrected_f1"] == scores[name]["shifted"]["decisions"]["half"]["f1"]
    missing = select(runs, Selection((0,), 0.2, name, None, "natural", "tuned"))["insurance", "smote"][0]
    assert missing["corrected_f1"] is None, "not the scores of another scenario"
