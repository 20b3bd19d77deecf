"""Calibration of the minority's probability: bins of equal mass, reliability curve, recalibration.

A recalibration is one function of a :class:`Case`, decorated with :func:`recalibration`, that returns the
test rows' probabilities of the minority (n, float64). Nothing here reads the labels of the test part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from imbench.scoring.predictions import Case, Predictions

BINS = 10
#: Probabilities are clipped to [EPS, 1 - EPS] before a logarithm: the float32 machine epsilon, 2^-23.
EPS = float(np.finfo("float32").eps)

Function = Callable[[Case], np.ndarray]


def equal_mass_bins(found: Predictions, bins: int = BINS) -> list[np.ndarray]:
    """Positions of the rows (each of length n_b) in bins of equal weight, by ascending probability.

    Rows of equal probability are ordered by their position. Without weights the sizes of the bins differ by
    one at most; with weights a row falls into the bin of the middle of its weight, and a bin may be empty.
    """
    order = np.argsort(found.minority_probability, kind="stable")
    if found.weights is None:
        return np.array_split(order, bins)
    weights = found.weights[order]
    middle = (np.cumsum(weights) - weights / 2) / weights.sum()
    return np.split(order, np.searchsorted(middle, np.arange(1, bins) / bins))


def reliability_curve(found: Predictions, bins: int = BINS) -> np.ndarray:
    """The reliability diagram (bins × 3): share of the weight, mean probability, and observed minority share.

    Bins of equal mass (:func:`equal_mass_bins`); empty ones are left out.
    """
    weights = np.ones(len(found.truth)) if found.weights is None else found.weights
    probability, positive, total = found.minority_probability, found.is_minority, weights.sum()
    return np.array(
        [
            [
                weights[b].sum() / total,
                np.average(probability[b], weights=weights[b]),
                np.average(positive[b], weights=weights[b]),
            ]
            for b in equal_mass_bins(found, bins)
            if len(b)
        ]
    )


def correct_prior(probability: np.ndarray, fitted_share: float, real_share: float) -> np.ndarray:
    """Probabilities (n) of a classifier fitted with one share of the minority, for rows with another.

    p' = p·r / (p·r + (1 - p)·s) with r = real/fitted and s = (1 - real)/(1 - fitted), for a training set
    in which the classes were resampled and nothing else was changed.

    References
    ----------
    C. Elkan, "The foundations of cost-sensitive learning", IJCAI 2001, theorem 2.
    A. Dal Pozzolo et al., "Calibrating probability with undersampling for unbalanced classification", SSCI
    2015.
    """
    rare = probability * real_share * (1 - fitted_share)
    rest = (1 - probability) * (1 - real_share) * fitted_share
    total = rare + rest
    return np.divide(rare, total, out=np.zeros_like(total), where=total > 0)


def share_weights(found: Predictions, share: float) -> np.ndarray:
    """Row weights (n) under which the minority has this share; the other rows weigh 1."""
    own = found.minority_share
    odds = share / (1 - share) * (1 - own) / own
    return np.where(found.is_minority, odds, 1.0)


@dataclass(frozen=True)
class Recalibration:
    """One way of changing probabilities. ``known_prior``: it uses the test part's share of the minority.

    ``out_of_fold``: it needs out-of-fold predictions. ``curve``: records keep its reliability curve.
    """

    name: str
    title: str
    function: Function
    out_of_fold: bool = False
    known_prior: bool = False
    curve: bool = False


RECALIBRATIONS: dict[str, Recalibration] = {}


def recalibration(
    name: str, title: str, *, out_of_fold: bool = False, known_prior: bool = False, curve: bool = False
) -> Callable[[Function], Function]:
    """Register a function ``case → probabilities`` under a name."""

    def add(function: Function) -> Function:
        if name in RECALIBRATIONS:
            raise ValueError(f"a recalibration of the name '{name}' is registered already")
        RECALIBRATIONS[name] = Recalibration(name, title, function, out_of_fold, known_prior, curve)
        return function

    return add


def recalibrated(case: Case, name: str) -> Predictions | None:
    """The test part's predictions as minority (class 1) against the rest, with recalibrated probabilities.

    None where the case lacks what the recalibration needs.
    """
    entry = RECALIBRATIONS[name]
    if entry.out_of_fold and not _both_classes(case.out_of_fold):
        return None
    if name != RAW and not entry.out_of_fold and (case.fitted_share is None or case.real_share is None):
        return None
    probability = entry.function(case)
    pairs = np.column_stack([1 - probability, probability])
    return Predictions(case.test.is_minority.astype("int64"), pairs, 1, case.test.rows, case.test.weights)


def _both_classes(found: Predictions | None) -> bool:
    return found is not None and 0 < found.is_minority.sum() < len(found.truth)


RAW = "raw"


@recalibration(RAW, "as predicted", curve=True)
def raw(case: Case) -> np.ndarray:
    """The classifier's own probabilities."""
    return case.test.minority_probability


@recalibration("prior", "prior correction", curve=True)
def prior(case: Case) -> np.ndarray:
    """From the share in the fitted rows to the share in the real training rows, without any data."""
    assert case.fitted_share is not None and case.real_share is not None
    return correct_prior(case.test.minority_probability, case.fitted_share, case.real_share)


@recalibration("known_prior", "prior correction to the test part's prior", known_prior=True)
def known_prior(case: Case) -> np.ndarray:
    """From the share in the fitted rows to the test part's share."""
    assert case.fitted_share is not None
    return correct_prior(case.test.minority_probability, case.fitted_share, case.test.minority_share)


@recalibration("sigmoid", "sigmoid", out_of_fold=True, curve=True)
def sigmoid(case: Case) -> np.ndarray:
    """Logistic regression on the log-odds of the out-of-fold predictions, with Platt's targets."""
    return _sigmoid(case, None)


@recalibration("sigmoid_known_prior", "sigmoid at the test part's prior", out_of_fold=True, known_prior=True)
def sigmoid_known_prior(case: Case) -> np.ndarray:
    """The same with out-of-fold rows weighted to the test part's share."""
    return _sigmoid(case, case.test.minority_share)


@recalibration("isotonic", "isotonic", out_of_fold=True)
def isotonic(case: Case) -> np.ndarray:
    """Isotonic regression on the out-of-fold predictions."""
    return _isotonic(case, None)


@recalibration(
    "isotonic_known_prior", "isotonic at the test part's prior", out_of_fold=True, known_prior=True
)
def isotonic_known_prior(case: Case) -> np.ndarray:
    """The same with out-of-fold rows weighted to the test part's share."""
    return _isotonic(case, case.test.minority_share)


def _sigmoid(case: Case, share: float | None) -> np.ndarray:
    """Platt's sigmoid; his targets (N₊ + 1)/(N₊ + 2) and 1/(N₋ + 2) keep it finite where classes separate.

    References
    ----------
    J. Platt, "Probabilistic outputs for support vector machines", 1999. Fractional targets are two weighted
    copies of each row.
    """
    from sklearn.linear_model import LogisticRegression

    found = case.out_of_fold
    assert found is not None
    positive = found.is_minority
    target = np.where(positive, (positive.sum() + 1) / (positive.sum() + 2), 1 / ((~positive).sum() + 2))
    weights = np.ones(len(target)) if share is None else share_weights(found, share)
    odds = _log_odds(found.minority_probability)
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-8)
    model.fit(
        np.tile(odds, 2).reshape(-1, 1),
        np.repeat([1, 0], len(odds)),
        sample_weight=np.concatenate([weights * target, weights * (1 - target)]),
    )
    return model.predict_proba(_log_odds(case.test.minority_probability).reshape(-1, 1))[:, 1]


def _log_odds(probability: np.ndarray) -> np.ndarray:
    clipped = np.clip(probability, EPS, 1 - EPS)
    return np.log(clipped) - np.log1p(-clipped)


def _isotonic(case: Case, share: float | None) -> np.ndarray:
    from sklearn.isotonic import IsotonicRegression

    found = case.out_of_fold
    assert found is not None
    weights = None if share is None else share_weights(found, share)
    model = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
    model.fit(found.minority_probability, found.is_minority.astype("float64"), sample_weight=weights)
    return model.predict(case.test.minority_probability)
