"""Scenarios, thresholds and recalibration against scikit-learn, brute force and known answers."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imblearn.metrics import geometric_mean_score
from sklearn import metrics

from imbench.scoring import thresholds
from imbench.scoring.calibration import (
    RECALIBRATIONS,
    correct_prior,
    equal_mass_bins,
    recalibrated,
    reliability_curve,
    share_weights,
)
from imbench.scoring.classifiers import class_weights, fitted_share
from imbench.scoring.metrics import METRICS, value_of
from imbench.scoring.predictions import Case, OutOfFold, Predictions
from imbench.scoring.scenarios import (
    Shares,
    case_scores,
    scenario_metrics,
    scenario_scores,
    scenarios_of,
    under,
)
from imbench.scoring.thresholds import POLICIES, best_threshold, candidates


def predictions(probability, truth, weights=None, threshold=None):
    probability = np.asarray(probability, dtype="float32")
    pairs = np.column_stack([1 - probability, probability]).astype("float32")
    return Predictions(np.asarray(truth, dtype="int64"), pairs, 1, weights=weights, threshold=threshold)


def drawn(rows=400, share=0.2, seed=0, shift=1.5):
    """Rows of two normal classes with the exact posterior of the minority (share at which it holds)."""
    rng = np.random.default_rng(seed)
    truth = (rng.random(rows) < share).astype(int)
    x = rng.normal(truth * shift, 1)
    return x, truth


def posterior(x, share, shift=1.5):
    odds = share / (1 - share) * np.exp(shift * x - shift**2 / 2)
    return odds / (1 + odds)


def score(name, found):
    return value_of(METRICS[f"corrected_{name}"], found)


@pytest.mark.filterwarnings("ignore")  # of scikit-learn, about classes without rows
@given(
    classes=st.integers(2, 4), rows=st.integers(2, 40), seed=st.integers(0, 999),
    threshold=st.none() | st.floats(0, 1), weighted=st.booleans(),
)  # fmt: skip
def test_every_decision_metric_against_the_libraries(classes, rows, seed, threshold, weighted):
    rng = np.random.default_rng(seed)
    truth, minority = rng.integers(0, classes, rows), int(rng.integers(classes))
    weights = rng.choice([0.25, 1.0, 2.0], rows) if weighted else None
    probabilities = rng.dirichlet(np.ones(classes), rows).astype("float32")
    found = Predictions(truth, probabilities, minority, weights=weights, threshold=threshold)
    labels, w = found.labels, {"sample_weight": weights}
    one = {"zero_division": 0, **w}
    expected = {
        "f1": metrics.f1_score(truth == minority, labels == minority, **one),
        "precision": metrics.precision_score(truth == minority, labels == minority, **one),
        "recall": metrics.recall_score(truth == minority, labels == minority, **one),
        "macro_f1": metrics.f1_score(truth, labels, average="macro", **one),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, labels, **w),
        "g_mean": geometric_mean_score(truth, labels, average="multiclass", **w),
        "mcc": metrics.matthews_corrcoef(truth, labels, **w),
    }
    assert {m.name for m in scenario_metrics("decision")} >= set(expected)
    for name, value in expected.items():
        assert score(name, found) == pytest.approx(value, abs=1e-9), name
    if threshold is not None:
        np.testing.assert_array_equal(labels == minority, found.minority_probability >= threshold)


@given(rows=st.integers(3, 60), seed=st.integers(0, 999))
def test_probability_metrics_take_weights(rows, seed):
    """Whole weights are the same as rows that are there several times."""
    rng = np.random.default_rng(seed)
    truth, times = rng.integers(0, 2, rows), rng.integers(1, 4, rows)
    truth[:2] = 0, 1
    probability = rng.permutation(np.linspace(0.01, 0.99, rows))
    weighted = predictions(probability, truth, weights=times.astype(float))
    repeated = predictions(np.repeat(probability, times), np.repeat(truth, times))
    for name in ("brier_score", "log_loss", "average_precision", "auc", "f1", "mcc"):
        assert score(name, weighted) == pytest.approx(score(name, repeated)), name
    curve = reliability_curve(weighted)
    assert curve[:, 0].sum() == pytest.approx(1)
    assert score("expected_calibration_error", weighted) == pytest.approx(
        (curve[:, 0] * abs(curve[:, 1] - curve[:, 2])).sum()
    )
    same = replace(weighted, weights=np.ones(rows))
    assert sorted(map(len, equal_mass_bins(same))) == sorted(
        map(len, equal_mass_bins(predictions(probability, truth)))
    )


def test_the_reliability_curve_is_that_of_scikit_learn():
    from sklearn.calibration import calibration_curve

    x, truth = drawn(1000)
    found = predictions(posterior(x, 0.2), truth)
    observed, mean = calibration_curve(truth, found.minority_probability, n_bins=10, strategy="quantile")
    np.testing.assert_allclose(reliability_curve(found)[:, 1:], np.column_stack([mean, observed]), atol=2e-3)


def test_weights_are_the_expectation_of_a_thinned_test_part():
    """Means over 300 test parts that keep minority rows with probability q, against one weighted part."""
    q, rng = 0.2, np.random.default_rng(0)
    x, truth = drawn(3000, 0.3)
    whole = predictions(posterior(x, 0.1), truth, threshold=0.15)
    assert under("shifted", whole, q) is whole
    weighted = under("thinned", whole, q)
    names = ("f1", "precision", "recall", "brier_score", "log_loss", "average_precision", "auc", "mcc")
    found = []
    for _ in range(300):
        kept = ~whole.is_minority | (rng.random(len(truth)) < q)
        part = predictions(posterior(x, 0.1)[kept], truth[kept], threshold=0.15)
        found.append([score(name, part) for name in names])
    mean, error = np.mean(found, axis=0), np.std(found, axis=0) / np.sqrt(len(found))
    for name, value, spread in zip(names, mean, error, strict=True):
        assert score(name, weighted) == pytest.approx(value, abs=4 * spread + 2e-3), name
        if name not in ("auc", "recall"):
            assert abs(score(name, whole) - value) > 0.02, f"{name}: the whole test part is another question"
    assert score("auc", weighted) == pytest.approx(score("auc", whole))
    with pytest.raises(ValueError, match="unknown scenario 'other'"):
        under("other", whole, q)


def test_scenarios_of_a_ratio():
    assert scenarios_of(1) == scenarios_of(1.0) == ("natural",)
    assert scenarios_of(0.2) == ("shifted", "thinned")


@given(rows=st.integers(2, 40), seed=st.integers(0, 999), weighted=st.booleans())
def test_the_best_threshold_by_brute_force(rows, seed, weighted):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, rows)
    truth[:2] = 0, 1
    weights = rng.choice([0.2, 1.0], rows) if weighted else None
    found = predictions(rng.integers(0, 12, rows) / 12, truth, weights)
    best = best_threshold(found)
    tried = {t: score("f1", replace(found, threshold=t)) for t in np.linspace(0, 1, 241)}
    own = score("f1", replace(found, threshold=best))
    assert own == pytest.approx(max(tried.values()))
    lower = [t for t in candidates(found)[0] if t < best]
    assert all(score("f1", replace(found, threshold=t)) < own - 1e-12 for t in lower), "the lowest of equals"
    balanced = best_threshold(found, thresholds.balanced_accuracy_objective)
    assert score("balanced_accuracy", replace(found, threshold=balanced)) == pytest.approx(
        max(score("balanced_accuracy", replace(found, threshold=t)) for t in tried)
    )


def test_a_cost_is_tuned_to_its_own_threshold():
    """With exact probabilities the best threshold of a cost is 1 / (1 + cost of a miss)."""
    x, truth = drawn(200_000, 0.3)
    found = predictions(posterior(x, 0.3), truth)
    for miss in (1, 4, 9):
        assert best_threshold(found, thresholds.cost_objective(miss)) == pytest.approx(
            1 / (1 + miss), abs=0.03
        )


def test_policies_of_a_case():
    x, truth = drawn(600)
    test, rest = predictions(posterior(x, 0.5)[:200], truth[:200]), slice(200, None)
    held_out = OutOfFold(truth[rest], predictions(posterior(x, 0.5)[rest], truth[rest]).probabilities, 1,
                         folds=np.zeros(400))  # fmt: skip
    case = Case(test, held_out, 0.2, 0.5)
    found = {p.name: p.function(case) for p in POLICIES.values() if p.applies(case)}
    assert found["half"] is None and found["prior"] == 0.5
    assert found["tuned"] == best_threshold(held_out)
    f1 = {name: score("f1", replace(test, threshold=t)) for name, t in found.items()}
    assert max(f1.values()) == f1["oracle"] and not POLICIES["oracle"].competes
    assert all(p.competes for p in POLICIES.values() if p.name != "oracle")
    bare = case_scores(Case(test))
    assert set(bare["decisions"]) == {"half", "oracle"} and set(bare["probabilities"]) == {"raw"}
    full = case_scores(case, known_prior=True)
    assert set(full["decisions"]) == set(POLICIES) and set(full["probabilities"]) == set(RECALIBRATIONS)
    assert "tuned_known_prior" not in case_scores(case)["decisions"]
    shifted = scenario_scores({"x": {"corrected": test}}, {"x": held_out}, 0.2, Shares(0.2, {"x": 0.5}))["x"]
    assert set(shifted) == {"shifted", "thinned"}
    assert "tuned_known_prior" in shifted["shifted"]["decisions"]
    assert "tuned_known_prior" not in shifted["thinned"]["decisions"]


def test_the_known_prior_moves_the_tuned_threshold():
    """Out of fold 5 %, in the test part 33 %: the threshold at the known prior is near the best one."""
    x, truth = drawn(40_000, 0.05)
    held_out = predictions(posterior(x, 0.05), truth)
    x, truth = drawn(40_000, 1 / 3, seed=1)
    case = Case(predictions(posterior(x, 0.05), truth), held_out, 0.05, 0.05)
    weighted = replace(held_out, weights=share_weights(held_out, case.test.minority_share))
    assert weighted.minority_share == pytest.approx(case.test.minority_share)
    known, plain = (POLICIES[name].function(case) for name in ("tuned_known_prior", "tuned"))
    f1 = [score("f1", replace(case.test, threshold=t)) for t in (plain, known, best_threshold(case.test))]
    assert f1[0] < f1[1] - 0.02 and f1[2] - f1[1] < 0.003


def test_the_prior_correction_is_exact():
    """The posterior at one prior becomes the posterior at another (Elkan, 2001)."""
    x, _ = drawn(100)
    for fitted, real in ((0.5, 0.05), (0.3, 0.3), (0.2, 0.6)):
        np.testing.assert_allclose(
            correct_prior(posterior(x, fitted), fitted, real), posterior(x, real), atol=1e-12
        )
    beta, p = 0.1, posterior(x, 0.5)  # Dal Pozzolo: beta of the majority was kept
    fitted = 0.05 / (0.05 + beta * 0.95)
    np.testing.assert_allclose(correct_prior(p, fitted, 0.05), beta * p / (beta * p - p + 1), atol=1e-12)
    np.testing.assert_array_equal(correct_prior(np.array([0.0, 1.0]), 0.5, 0.1), [0, 1])


def test_recalibration_restores_known_probabilities():
    """Log-odds stretched and shifted, as by fitting to balanced classes: sigmoid and isotonic undo it."""
    x, truth = drawn(30_000, 0.1)
    truthful = posterior(x, 0.1)
    odds = 2.5 * np.log(truthful / (1 - truthful)) + 3
    wrong = 1 / (1 + np.exp(-odds))
    half = slice(15_000), slice(15_000, None)
    held_out, test = (predictions(wrong[h], truth[h]) for h in half)
    case = Case(test, held_out, 0.1, 0.1)
    best = score("log_loss", predictions(truthful[half[1]], truth[half[1]]))
    assert score("log_loss", test) > best + 0.05
    for name in ("sigmoid", "isotonic"):
        found = recalibrated(case, name)
        assert score("log_loss", found) == pytest.approx(best, abs=0.004), name
        assert score("expected_calibration_error", found) < 0.01
    np.testing.assert_allclose(
        recalibrated(case, "sigmoid").minority_probability, truthful[half[1]], atol=0.02
    )
    assert recalibrated(Case(test), "sigmoid") is None and recalibrated(Case(test), "prior") is None


def test_sigmoid_stays_finite_where_classes_separate():
    separated = predictions([0.01] * 20 + [0.99] * 5, [0] * 20 + [1] * 5)
    found = recalibrated(Case(separated, separated), "sigmoid").minority_probability
    assert found.min() == pytest.approx(1 / 22, abs=1e-3) and found.max() == pytest.approx(6 / 7, abs=1e-3)


def test_recalibration_at_the_test_parts_prior():
    x, truth = drawn(30_000, 0.05)
    held_out = predictions(posterior(x, 0.5), truth)
    x, truth = drawn(30_000, 0.4, seed=1)
    case = Case(predictions(posterior(x, 0.5), truth), held_out, 0.05, 0.5)
    best = score("log_loss", predictions(posterior(x, 0.4), truth))
    for name in ("known_prior", "sigmoid_known_prior", "isotonic_known_prior"):
        assert score("log_loss", recalibrated(case, name)) == pytest.approx(best, abs=0.01), name
    for name in ("prior", "sigmoid", "isotonic"):
        assert score("log_loss", recalibrated(case, name)) > best + 0.1, name


def test_class_weights_and_the_share_of_fitted_rows():
    labels = np.array([0] * 8 + [1] * 2)
    assert class_weights(None, labels) is None
    assert (
        class_weights("balanced", labels).tolist()
        == class_weights(1, labels).tolist()
        == [0.625] * 8 + [2.5] * 2
    )
    np.testing.assert_allclose(class_weights(0.5, labels), np.sqrt([0.625] * 8 + [2.5] * 2))
    assert fitted_share({}, labels, 1, None) == 0.2
    assert fitted_share({}, labels, 1, "balanced") == pytest.approx(0.5)
    assert fitted_share({}, labels, 1, 0.5) == pytest.approx(1 / 3)
    assert fitted_share({"balances_classes": True}, labels, 1, None) == 0.5
