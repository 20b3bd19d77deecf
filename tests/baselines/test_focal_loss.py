"""The focal loss: derivatives against differences, the logistic loss as a special case, weights, classes."""

import numpy as np
import pytest
from scipy.special import log_softmax
from xgboost import XGBClassifier

from baselines.focal_loss import FocalObjective, FocalXGBClassifier


def loss(margins, labels, focus):
    """−(1 − p)^focus · log p, summed; margins of one class (n) or of each class (n × K)."""
    both = np.column_stack([np.zeros(len(margins)), margins]) if margins.ndim == 1 else margins
    log_p = log_softmax(both, axis=1)[np.arange(len(labels)), labels]
    return -np.sum(np.maximum(1 - np.exp(log_p), 0) ** focus * log_p)


@pytest.mark.parametrize("focus", (0.0, 0.5, 1.0, 2.0, 3.0))
@pytest.mark.parametrize("classes", (2, 4))
def test_the_gradient_is_that_of_the_loss(focus, classes):
    rng = np.random.default_rng(0)
    labels = rng.integers(classes, size=30)
    margins = rng.normal(scale=2, size=30 if classes == 2 else (30, classes))
    gradient, hessian = FocalObjective(focus)(labels.astype("float32"), margins)
    step = 1e-5
    for place in np.ndindex(margins.shape):
        up, down = margins.copy(), margins.copy()
        up[place] += step
        down[place] -= step
        difference = (loss(up, labels, focus) - loss(down, labels, focus)) / (2 * step)
        assert gradient[place] == pytest.approx(difference, abs=1e-6)
    assert (hessian > 0).all() and hessian.shape == margins.shape


def test_the_second_derivative_of_two_classes_where_it_is_positive():
    margins, labels, step = np.linspace(-1, 6, 20), np.ones(20, dtype=int), 1e-4
    _, hessian = FocalObjective(2.0)(labels, margins)
    up, down = (FocalObjective(2.0)(labels, margins + s)[0] for s in (step, -step))
    np.testing.assert_allclose(hessian, np.maximum((up - down) / (2 * step), 1e-6), rtol=1e-3, atol=1e-6)


def test_extreme_margins_give_finite_derivatives():
    margins = np.array([-800.0, -40.0, 0.0, 40.0, 800.0])
    for labels in (np.ones(5), np.zeros(5)):
        for focus in (0.0, 0.5, 2.0):
            found = FocalObjective(focus)(labels, margins)
            assert all(np.isfinite(part).all() for part in found)
            wide = FocalObjective(focus)(labels, np.column_stack([margins, -margins]))
            assert all(np.isfinite(part).all() for part in wide)


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(400, 4))
    return X, (X[:, 0] + rng.normal(size=400) > 1.2).astype(int)


def test_without_focus_it_is_the_logistic_loss(rows):
    ours = FocalXGBClassifier(focus=0.0, n_estimators=20).fit(*rows)
    theirs = XGBClassifier(n_estimators=20, base_score=0.5).fit(*rows)
    np.testing.assert_allclose(ours.predict_proba(rows[0]), theirs.predict_proba(rows[0]), atol=1e-5)
    focused = FocalXGBClassifier(focus=2.0, n_estimators=20).fit(*rows)
    assert np.abs(focused.predict_proba(rows[0]) - ours.predict_proba(rows[0])).max() > 0.05


def test_a_weight_of_two_is_a_row_twice(rows):
    X, y = rows
    options = {"n_estimators": 5, "tree_method": "exact"}
    weighted = FocalXGBClassifier(**options).fit(X, y, sample_weight=1 + y)
    twice = FocalXGBClassifier(**options).fit(np.vstack([X, X[y == 1]]), np.append(y, y[y == 1]))
    np.testing.assert_allclose(weighted.predict_proba(X), twice.predict_proba(X), atol=1e-4)


def test_several_classes_and_options(rows, recwarn):
    X = rows[0]
    y = np.digitize(X[:, 0], [-0.5, 1.0])
    model = FocalXGBClassifier(n_estimators=10, max_depth=3).fit(X, y)
    assert (model.predict(X) == y).mean() > 0.95 and model.predict_proba(X).shape == (400, 3)
    assert model.get_params()["focus"] == 2.0 and model.get_params()["max_depth"] == 3
    assert not [w for w in recwarn if "not used" in str(w.message)]
    with pytest.raises(ValueError, match="focus=-1"):
        FocalXGBClassifier(focus=-1).fit(*rows)
