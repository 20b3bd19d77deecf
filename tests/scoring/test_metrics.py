"""The registry of metrics, and the calibration metrics against their definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from imbench.errors import ConfigError
from imbench.scoring.metrics import METRICS, Metric, lookup, metric, register, scores_of
from imbench.scoring.predictions import Predictions


def predictions(probability, truth, minority=1):
    probability = np.asarray(probability, dtype="float32")
    columns = [1 - probability, probability] if minority else [probability, 1 - probability]
    return Predictions(np.asarray(truth), np.column_stack(columns).astype("float32"), minority)


def scores(found):
    return scores_of({"published": found, "corrected": found})


def test_every_stored_score_is_registered():
    found = scores(predictions([0.1, 0.8, 0.4], [0, 1, 1]))
    for protocol in ("published", "corrected"):
        assert all(METRICS[f"{protocol}_{name}"].name == name for name in found[protocol])
    assert set(found["crossed"]) == {m.id for m in METRICS.values() if m.protocol and m.crossed}
    assert len(METRICS) >= 2 + 12 + 4 + 22, "published, corrected, crossed, quality; more may be added"


def test_directions():
    assert {
        "corrected_log_loss", "corrected_brier_score", "corrected_expected_calibration_error",
        "copies_of_train", "copies_of_test", "duplicates",
    } <= {m.id for m in METRICS.values() if m.direction == -1}  # fmt: skip
    for name in ("f1", "auc", "average_precision", "balanced_accuracy", "g_mean", "mcc", "macro_f1"):
        assert METRICS[f"corrected_{name}"].direction == 1
    assert METRICS["published_f1"].direction == 1 and METRICS["dcr_test_mean"].direction == 0


def test_lookup_of_further_classifiers():
    assert lookup("random_forest_corrected_f1") is METRICS["corrected_f1"]
    assert lookup("published_f1_one_encoder").title == "F1 (one encoder)"
    with pytest.raises(ConfigError, match="metric 'corrected_f2' is not one of published_f1"):
        lookup("corrected_f2")


def test_a_new_metric_is_one_function(monkeypatch):
    monkeypatch.setattr("imbench.scoring.metrics.METRICS", dict(METRICS))

    @metric("accuracy", title="accuracy", higher_is_better=True, protocols=("published", "corrected"))
    def accuracy(found):
        return (found.truth == found.labels).mean()

    found = scores(predictions([0.1, 0.8, 0.4], [0, 1, 1]))
    assert found["published"]["accuracy"] == found["corrected"]["accuracy"] == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="registered already"):
        register(Metric("f1", "F1", True, "corrected"))


@given(
    rows=st.lists(st.tuples(st.floats(0, 1, width=32), st.booleans()), min_size=1, max_size=60),
    minority=st.sampled_from([0, 1]),
)
def test_against_sklearn(rows, minority):
    probability, positive = np.array([p for p, _ in rows]), np.array([y for _, y in rows])
    found = predictions(probability, np.where(positive, minority, 1 - minority), minority)
    given_probability = found.minority_probability
    corrected = scores(found)["corrected"]
    assert corrected["brier_score"] == pytest.approx(
        metrics.brier_score_loss(positive, given_probability, pos_label=True), abs=1e-12
    )
    eps = np.finfo("float32").eps
    clipped = np.clip(given_probability, eps, 1 - eps)
    assert corrected["log_loss"] == pytest.approx(metrics.log_loss(positive, clipped, labels=[False, True]))


def test_calibration_error_of_known_bins():
    """20 rows in ten bins of two: (0.1, 0.1) with one positive is off by 0.4, the nine others by 0.25."""
    probability = [0.1, 0.1] + [0.25] * 18
    truth = [0, 1] + [0, 0] * 9
    found = scores(predictions(probability, truth))["corrected"]["expected_calibration_error"]
    assert found == pytest.approx((0.4 + 9 * 0.25) / 10)
    order = np.random.default_rng(0).permutation(20)
    again = scores(predictions(np.array(probability)[order], np.array(truth)[order]))["corrected"]
    assert again["brier_score"] == pytest.approx(2 * (0.1**2 + 0.9**2) / 4 / 10 + 0.9 * 0.25**2)


def test_perfect_and_undefined_scores():
    perfect = scores(predictions([0.0, 1.0] * 10, [0, 1] * 10))["corrected"]
    assert perfect["brier_score"] == 0 and perfect["expected_calibration_error"] == 0
    assert perfect["log_loss"] == pytest.approx(0, abs=1e-6)
    wrong = scores(predictions([1.0, 0.0], [0, 1]))["corrected"]
    assert wrong["log_loss"] == pytest.approx(23 * np.log(2)) and wrong["brier_score"] == 1
    without = scores(predictions([0.2, 0.3], [0, 0]))["corrected"]
    assert without["auc"] is None and without["brier_score"] == pytest.approx((0.04 + 0.09) / 2)
