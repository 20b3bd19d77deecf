"""The corrected protocol: one encoder, the minority positive, AUC from probabilities."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from imbench.data.raw_codes import MARK, from_codes, to_codes
from imbench.data.split import split_dataset
from imbench.scoring.encodings import CodeEncoder, DistanceEncoder
from imbench.scoring.evaluate import classifier_scores
from imbench.scoring.metrics import scores_of
from imbench.scoring.predictions import Predictions
from tests.helpers import mixed_dataset, read_yaml

TABLE = mixed_dataset()


def corrected_scores(truth, probabilities, minority):
    found = Predictions(truth, probabilities.astype("float32"), minority)
    return scores_of({"published": found, "corrected": found})["corrected"]


def test_the_minority_is_positive_whatever_its_code():
    truth = np.array([0, 0, 1, 1, 1, 1, 1, 1])
    probability = np.array([0.9, 0.4, 0.6, 0.2, 0.1, 0.1, 0.3, 0.2])  # of class 0
    scores = corrected_scores(truth, np.column_stack([probability, 1 - probability]), minority=0)
    assert scores["precision"] == 0.5 and scores["recall"] == 0.5 and scores["f1"] == 0.5
    assert scores["auc"] == pytest.approx(11 / 12), "of 12 pairs, one is in the wrong order"
    assert scores["average_precision"] == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert scores["balanced_accuracy"] == pytest.approx((1 / 2 + 5 / 6) / 2)
    assert scores["g_mean"] == pytest.approx((1 / 2 * 5 / 6) ** 0.5)
    assert scores["mcc"] == pytest.approx(metrics.matthews_corrcoef(truth, (probability < 0.5).astype(int)))
    swapped = corrected_scores(1 - truth, np.column_stack([1 - probability, probability]), minority=1)
    assert swapped == pytest.approx(scores), "the same problem with the codes exchanged scores the same"


def test_several_classes_count_the_minority_against_the_rest():
    truth = np.array([0, 1, 2, 2, 0, 1])
    called = np.array([2, 0, 2, 2, 0, 1])
    scores = corrected_scores(truth, np.eye(3)[called], minority=2)
    assert scores["f1"] == pytest.approx(0.8) and scores["auc"] == pytest.approx(7 / 8)
    assert scores["macro_f1"] == pytest.approx((0.5 + 2 / 3 + 0.8) / 3)
    assert scores["g_mean"] == pytest.approx((0.5 * 0.5 * 1) ** (1 / 3))


def test_an_unseen_category_is_missing():
    split = split_dataset(TABLE, 0, 0.5)
    encoder = CodeEncoder.fit(split.train.features, split.schema)
    odd = split.test.features.astype({"colour": object}).copy()
    odd.iloc[0, odd.columns.get_loc("colour")] = "ultraviolet"
    odd.iloc[1, odd.columns.get_loc("colour")] = f"{MARK}0.5"
    at = split.schema.features.index("colour")
    codes = encoder.transform(odd)[:, at]
    assert np.isnan(codes[:2]).all() and not np.isnan(codes[2:]).any()
    names = sorted(split.train.features["colour"].unique())
    assert [names[int(code)] for code in codes[2:]] == odd["colour"].tolist()[2:]


@pytest.mark.parametrize("name", ("xgboost", "random_forest", "logistic_regression"))
def test_an_unseen_category_does_not_stop_a_classifier(name):
    split = split_dataset(TABLE, 0, 0.5)
    test = split.test.features.astype({"colour": object})
    test["colour"] = "ultraviolet"
    odd = type(split)(
        split.schema,
        split.complete,
        split.train,
        type(split.test)(test, split.test.labels),
        split.minority,
        "",
    )
    config = {name: read_yaml("classifier", name)}
    scores = classifier_scores(odd, split.train, split.train, config, 0, None)[name]
    assert 0 <= scores["corrected"]["auc"] <= 1 and 0 <= scores["published"]["f1"] <= 1


def test_crossed_scores_mix_the_protocols():
    """Each protocol's metric on the other's codes; without categories both sets of codes are one."""
    split = split_dataset(mixed_dataset(kinds="numbers", rows=200, minority=60), 0, 0.5)
    found = classifier_scores(
        split, split.train, split.train, {"x": read_yaml("classifier", "xgboost")}, 0, None
    )["x"]
    assert found["crossed"]["published_f1_one_encoder"] == found["published"]["f1"]
    assert found["crossed"]["corrected_f1_own_codes"] == found["corrected"]["f1"]
    assert found["crossed"]["corrected_auc_own_codes"] == found["corrected"]["auc"]
    assert found["crossed"]["published_auc_one_encoder"] == found["published"]["auc"]


def test_distance_encoding():
    split = split_dataset(TABLE, 0, 0.5)
    rows = split.complete.features
    encoded = DistanceEncoder.fit(rows, split.schema).transform(rows)
    numbers, hot = encoded[:, :3], encoded[:, 3:]
    np.testing.assert_allclose(numbers.min(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(numbers.max(axis=0), 1)
    assert hot.shape[1] == 8 and set(np.unique(hot)) == {0, 1} and (hot.sum(axis=1) == 3).all()


def test_distance_encoding_of_odd_cells():
    split = split_dataset(TABLE, 0, 0.5)
    rows = split.complete.features.astype(dict.fromkeys(split.schema.categorical, object))
    encoder = DistanceEncoder.fit(rows, split.schema)
    odd = rows.iloc[:2].copy()
    odd.iloc[0, 0] = np.nan
    odd.iloc[1, 3] = "ultraviolet"
    encoded = encoder.transform(odd)
    low, high, mean = (getattr(rows["size"], f)() for f in ("min", "max", "mean"))
    assert encoded[0, 0] == pytest.approx((mean - low) / (high - low)), "a missing number takes the mean"
    assert encoded[1, 3:6].sum() == 0, "an unknown category is all zeros"
    constant = rows.assign(size=3.0)
    assert (DistanceEncoder.fit(constant, split.schema).transform(constant)[:, 0] == 0).all()


@given(
    codes=st.lists(st.floats(-2, 6) | st.just(float("nan")) | st.integers(0, 3).map(float), min_size=1),
    raw=st.booleans(),
)
def test_raw_codes_there_and_back(codes, raw):
    words = ["a", "b b", "c", "d"]
    cells = pd.Series(from_codes(np.array(codes), words, raw), dtype=object)
    back = to_codes(cells, words)
    if raw:
        np.testing.assert_array_equal(back, codes)
    else:
        expected = [np.nan if np.isnan(c) else float(np.clip(np.rint(c), 0, 3)) for c in codes]
        np.testing.assert_array_equal(back, expected)
        assert not any(str(cell).startswith(MARK) for cell in cells)
