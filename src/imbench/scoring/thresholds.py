"""Threshold policies: the probability from which a row is called minority.

A policy is one function of a :class:`Case`, decorated with :func:`policy`, that returns the threshold; None
stands for the most probable class.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from imbench.scoring.calibration import share_weights
from imbench.scoring.predictions import Case, Predictions

HALF, PRIOR, TUNED, ORACLE = "half", "prior", "tuned", "oracle"

Function = Callable[[Case], "float | None"]
#: Weights of true and of false minority calls (candidates), and of all minority and all other rows.
Objective = Callable[[np.ndarray, np.ndarray, float, float], np.ndarray]


@dataclass(frozen=True)
class Policy:
    """One threshold policy. ``competes`` is False for a bound that uses the labels of the test part.

    ``out_of_fold``: it needs out-of-fold predictions. ``shares``: it needs the minority's share in the fitted
    rows. ``known_prior``: it uses the test part's share of the minority.
    """

    name: str
    title: str
    function: Function
    competes: bool = True
    out_of_fold: bool = False
    shares: bool = False
    known_prior: bool = False

    def applies(self, case: Case) -> bool:
        """Whether the case has what the policy needs."""
        if self.out_of_fold and (case.out_of_fold is None or not case.out_of_fold.is_minority.any()):
            return False
        return not self.shares or case.fitted_share is not None


POLICIES: dict[str, Policy] = {}


def policy(
    name: str, title: str, *, competes: bool = True, out_of_fold: bool = False, shares: bool = False,
    known_prior: bool = False,
) -> Callable[[Function], Function]:  # fmt: skip
    """Register a function ``case → threshold`` under a name."""

    def add(function: Function) -> Function:
        if name in POLICIES:
            raise ValueError(f"a threshold policy of the name '{name}' is registered already")
        POLICIES[name] = Policy(name, title, function, competes, out_of_fold, shares, known_prior)
        return function

    return add


def candidates(found: Predictions) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Thresholds (ascending), and the weights of true and of false minority calls at each.

    A threshold lies midway between two neighbouring probabilities of ``found``, and the lowest one between
    the lowest probability and 0, so that each call of a minority row that any threshold makes is there.
    """
    probability = found.minority_probability
    weights = np.ones(len(probability)) if found.weights is None else found.weights
    values, position = np.unique(probability, return_inverse=True)
    positive = np.bincount(position, weights * found.is_minority, minlength=len(values))
    negative = np.bincount(position, weights * ~found.is_minority, minlength=len(values))
    thresholds = (values + np.concatenate([[0.0], values[:-1]])) / 2
    return thresholds, positive[::-1].cumsum()[::-1], negative[::-1].cumsum()[::-1]


def f1_objective(true: np.ndarray, false: np.ndarray, positive: float, negative: float) -> np.ndarray:
    """F1 of the minority class against the rest."""
    return 2 * true / (true + false + positive)


def balanced_accuracy_objective(
    true: np.ndarray, false: np.ndarray, positive: float, negative: float
) -> np.ndarray:
    """Mean of the recalls of the minority and of the rest."""
    return (true / positive + 1 - false / negative) / 2


def cost_objective(miss: float, false_alarm: float = 1.0) -> Objective:
    """Minus the cost of missed minority rows and of false alarms."""
    return lambda true, false, positive, _: -(miss * (positive - true) + false_alarm * false)


def best_threshold(found: Predictions, objective: Objective = f1_objective) -> float:
    """The threshold with the highest objective on these predictions; the lowest of equally good ones.

    ``found`` has rows of both classes.
    """
    thresholds, true, false = candidates(found)
    weights = np.ones(len(found.truth)) if found.weights is None else found.weights
    positive, negative = weights[found.is_minority].sum(), weights[~found.is_minority].sum()
    return float(thresholds[np.argmax(objective(true, false, positive, negative))])


@policy(HALF, "most probable class")
def half(case: Case) -> None:
    """The most probable class: for two classes a threshold of 1/2."""
    return None


@policy(PRIOR, "share in the fitted rows", shares=True)
def prior(case: Case) -> float | None:
    """The minority's share among the rows that the classifier was fitted on."""
    return case.fitted_share


@policy(TUNED, "tuned", out_of_fold=True)
def tuned(case: Case) -> float:
    """The threshold with the highest F1 on the out-of-fold predictions of the real training rows."""
    assert case.out_of_fold is not None
    return best_threshold(case.out_of_fold)


@policy("tuned_balanced_accuracy", "tuned for balanced accuracy", out_of_fold=True)
def tuned_balanced_accuracy(case: Case) -> float:
    """The same for balanced accuracy."""
    assert case.out_of_fold is not None
    return best_threshold(case.out_of_fold, balanced_accuracy_objective)


@policy("tuned_known_prior", "tuned at the test part's prior", out_of_fold=True, known_prior=True)
def tuned_known_prior(case: Case) -> float:
    """The highest F1 on the out-of-fold predictions with the minority weighted to the test part's share."""
    from dataclasses import replace

    assert case.out_of_fold is not None
    weights = share_weights(case.out_of_fold, case.test.minority_share)
    return best_threshold(replace(case.out_of_fold, weights=weights))


@policy(ORACLE, "best on the test part (a bound)", competes=False)
def oracle(case: Case) -> float:
    """The highest F1 that any threshold reaches on the test part."""
    return best_threshold(case.test)
