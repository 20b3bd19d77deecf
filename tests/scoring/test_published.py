"""The published protocol equals an independent implementation of the published code."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score, roc_auc_score

from imbench.data.split import split_dataset
from imbench.runs.run import run_one
from imbench.scoring.encodings import CodeEncoder, code_rows, own_codes
from imbench.scoring.metrics import scores_of
from imbench.scoring.predictions import Predictions
from tests.helpers import data_folder, independent_split, mixed_dataset, read_yaml, run_config


def literal_scores(table, seed, method):
    """What the authors' code does, in its own order; nothing of imbench but the loaded table."""
    from imblearn.over_sampling import ADASYN, SMOTE, SMOTENC
    from xgboost import XGBClassifier

    parts = independent_split(table, seed, 0.2)
    X, y = parts["complete" if method == "original" else "train"]
    X, X_test, y_test = X.copy(), parts["test"][0].copy(), parts["test"][1]
    words = list(table.schema.categorical)
    for frame in (X, X_test):  # each frame by itself
        for column in words:
            frame[column] = pd.Categorical(frame[column]).codes
    X, X_test = X.astype(float), X_test.astype(float)
    if method == "smotenc":
        positions = [X.columns.get_loc(c) for c in words]
        X, y = SMOTENC(categorical_features=positions, random_state=seed).fit_resample(X, y)
    elif method in ("smote_raw", "adasyn_raw"):
        X, y = {"smote_raw": SMOTE, "adasyn_raw": ADASYN}[method](random_state=seed).fit_resample(X, y)
        assert (X[words] % 1 != 0).any().any(), "fractional codes are left"
    for frame in (X, X_test):
        for column in words:  # a fractional code becomes a category of its own
            frame[column] = pd.Categorical(frame[column]).codes
    types = ["c" if c in words else "q" for c in X.columns]
    model = XGBClassifier(random_state=seed, enable_categorical=True, feature_types=types, n_jobs=1)
    model.fit(X.to_numpy(dtype=float), y)
    found = model.predict(X_test.to_numpy(dtype=float))
    if len(table.schema.classes) == 2:
        return {
            "f1": round(f1_score(y_test, found, pos_label=1), 4),
            "auc": round(roc_auc_score(y_test, found), 4),
        }
    one_against_rest = [roc_auc_score(y_test == k, found == k) for k in range(4)]
    return {
        "f1": round(f1_score(y_test, found, average="weighted"), 4),
        "auc": round(float(np.mean(one_against_rest)), 4),
    }


@pytest.mark.parametrize("method", ("original", "imbalance", "smotenc", "smote_raw", "adasyn_raw"))
@pytest.mark.parametrize("name", ("german", "car", "fuel"))
def test_equals_a_literal_one(tmp_path, dataset_of, name, method):
    table, folder = dataset_of(name), data_folder()
    words = [f"data_dir={folder}"] if folder else []
    outcome = run_one(run_config(tmp_path, f"dataset={name}", f"method={method}", "seed=1", *words))
    assert outcome.state == "done", outcome.reason
    assert outcome.scores["classifiers"]["xgboost"]["published"] == literal_scores(table, 1, method)


def test_train_and_test_have_codes_of_their_own():
    """The same word is another number in a frame that lacks a word before it."""
    split = split_dataset(mixed_dataset(), 0, 0.5)
    test = split.test.features[split.test.features["colour"] != "blue"]
    encoder = CodeEncoder.fit(split.train.features, split.schema)
    coded = code_rows("published", split.train.features, test, split.schema, encoder)
    at = split.schema.features.index("colour")
    codes = {"train": (split.train.features, coded.train), "test": (test, coded.test)}
    codes = {part: dict(zip(f["colour"], array[:, at], strict=True)) for part, (f, array) in codes.items()}
    assert codes == {"train": {"blue": 0, "green": 1, "red": 2}, "test": {"green": 0, "red": 1}}
    corrected = code_rows("corrected", split.train.features, test, split.schema, encoder)
    assert set(zip(test["colour"], corrected.test[:, at], strict=True)) == {("green", 1), ("red", 2)}


def test_fractional_codes_sort_among_the_others():
    from imbench.data.dataset import Schema
    from imbench.data.raw_codes import MARK

    schema = Schema("y", ("a", "b"), (), ("c",))
    frame = pd.DataFrame({"c": ["x", f"{MARK}0.5", "y", f"{MARK}1.25", "z", np.nan, "x"]})
    ranks = own_codes(frame, schema)[:, 0]
    np.testing.assert_array_equal(ranks, [0, 1, 2, 3, 4, np.nan, 0])


def published_scores(truth, labels, classes):
    found = Predictions(truth, np.eye(classes, dtype="float32")[labels], 0)
    return scores_of({"published": found, "corrected": found})["published"]


def test_f1_is_that_of_code_one_whoever_that_is():
    truth = np.array([0, 0, 0, 1, 1])
    scores = published_scores(truth, [0, 0, 1, 1, 1], 2)
    assert scores == {"f1": 0.8, "auc": round((2 / 3 + 1) / 2, 4)}, "AUC from labels is balanced accuracy"


def test_several_classes():
    truth = np.array([0, 0, 0, 0, 1, 1, 2, 2])
    called = np.array([0, 0, 0, 1, 1, 0, 2, 1])
    f1 = [2 * 3 / (2 * 3 + 2), 2 * 1 / (2 * 1 + 3), 2 * 1 / (2 * 1 + 1)]
    auc = [(3 / 4 + 3 / 4) / 2, (1 / 2 + 4 / 6) / 2, (1 / 2 + 1) / 2]
    scores = published_scores(truth, called, 3)
    assert scores["f1"] == round((4 * f1[0] + 2 * f1[1] + 2 * f1[2]) / 8, 4)
    assert scores["auc"] == round(sum(auc) / 3, 4)


def test_equal_codes_are_fitted_once_and_other_codes_twice(monkeypatch):
    """Where both parts hold all categories the protocols' codes are equal, and so are the predictions."""
    from imbench.data.split import Part, split_dataset
    from imbench.scoring import evaluate

    split = split_dataset(mixed_dataset(300, 90), 0, 1.0)
    whole = Part(split.train.features, split.train.labels)
    config = {"xgboost": {**read_yaml("classifier", "xgboost"), "name": "xgboost"}}
    fits = []
    fit = evaluate.fit_predict
    monkeypatch.setattr(evaluate, "fit_predict", lambda *given: fits.append(1) or fit(*given))
    once = evaluate.predict(split, split.train, whole, config, 0, None)["xgboost"]
    assert len(fits) == 1
    monkeypatch.setattr(evaluate, "_equal", lambda *_: False)
    twice = evaluate.predict(split, split.train, whole, config, 0, None)["xgboost"]
    assert len(fits) == 3
    for protocol in ("published", "corrected"):
        assert np.array_equal(once[protocol].probabilities, twice[protocol].probabilities)
    monkeypatch.undo()
    monkeypatch.setattr(evaluate, "fit_predict", lambda *given: fits.append(1) or fit(*given))
    less = split.test.features.assign(colour=split.test.features["colour"].cat.remove_categories("blue"))
    other = replace(split, test=Part(less, split.test.labels))
    evaluate.predict(other, split.train, whole, config, 0, None)
    assert len(fits) == 5
