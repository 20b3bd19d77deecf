"""Tests of one contrast over sources, and within one dataset: functions of arrays of gains, nothing else.

A gain is an arm's value minus the reference's, positive where the arm is better; one gain a source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

DRAWS, BAYES_DRAWS = 10_000, 50_000
#: The pseudo-source at a gain of 0 counts as half a source (baycomp's default).
PRIOR_STRENGTH = 0.5
#: The largest number of sources that :func:`further_sources` looks at.
MOST_SOURCES = 2000


@dataclass(frozen=True)
class Probabilities:
    """Posterior probabilities that an arm hurts, is equivalent, helps; they add to 1."""

    hurts: float
    equivalent: float
    helps: float

    def word(self, decided: float) -> str:
        """``hurts``, ``equivalent``, ``helps`` at a probability of ``decided``, else ``undecided``."""
        names = ("hurts", "equivalent", "helps")
        return next((n for n in names if getattr(self, n) >= decided), "undecided")


def bootstrap_interval(gains: Sequence[float], level: float = 0.95) -> tuple[float, float]:
    """Percentile interval of the mean over sources: 10,000 draws of sources, seed 0; NaN without gains."""
    gains = np.asarray(gains, dtype="float64")
    if not len(gains):
        return float("nan"), float("nan")
    means = gains[_drawn(len(gains))].mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


@lru_cache(maxsize=16)
def _drawn(n: int) -> np.ndarray:
    return np.random.default_rng(0).integers(n, size=(DRAWS, n))


def signed_rank(gains: Sequence[float], rope: float, weight: float = 1.0) -> Probabilities:
    """Bayesian signed-rank test with a region of practical equivalence of ``±rope``.

    Benavoli, Corani, Mangili, Zaffalon, "Time for a change", JMLR 18 (2017), section 4.3: with Dirichlet
    weights w over the gains z and a pseudo-gain of 0, the share of pairs with (zᵢ + zⱼ)/2 above the region,
    Σ wᵢwⱼ [zᵢ + zⱼ > 2·rope], against that below and that inside; the probability of each is how often it is
    the largest. The draws are those of ``baycomp.SignedRankTest`` (seed 0), which loops over them; this is
    the same sum by matrix products. ``weight``: how many sources each gain stands for. NaN without gains.
    """
    values = np.concatenate([[0.0], np.asarray(gains, dtype="float64")])
    if len(values) == 1:
        return Probabilities(*[float("nan")] * 3)
    sums = values[:, None] + values[None, :]
    drawn = _weights(len(values) - 1, weight)
    shares = np.empty((len(drawn), 3))
    for column, beyond in ((0, _share_beyond(-sums, rope)), (2, _share_beyond(sums, rope))):
        shares[:, column] = ((drawn @ beyond) * drawn).sum(axis=1)
    shares[:, 1] = 1 - shares[:, 0] - shares[:, 2]
    counts = np.bincount(shares.argmax(axis=1), minlength=3) / len(shares)
    return Probabilities(*map(float, counts))


def _share_beyond(sums: np.ndarray, rope: float) -> np.ndarray:
    return (sums > 2 * rope) + 0.5 * (sums == 2 * rope)


@lru_cache(maxsize=6)
def _weights(n: int, weight: float) -> np.ndarray:
    alpha = np.array([PRIOR_STRENGTH, *[weight] * n])
    return np.random.RandomState(0).dirichlet(alpha, BAYES_DRAWS if weight == 1 else BAYES_DRAWS // 5)


def further_sources(gains: Sequence[float], rope: float, decided: float) -> int | None:
    """How many more sources like those seen would decide the contrast; 0 where it is decided.

    Each gain stands for n'/n sources, and n' grows until one probability reaches ``decided``. It is what to
    expect if further sources repeat those seen, not a promise; None where :data:`MOST_SOURCES` would not do.
    """
    n = len(gains)
    if n < 2:
        return None

    def decides(sources: int) -> bool:
        return signed_rank(gains, rope, sources / n).word(decided) != "undecided"

    if signed_rank(gains, rope).word(decided) != "undecided":
        return 0
    low, high = n, 2 * n
    while not decides(high):
        low, high = high, 2 * high
        if low >= MOST_SOURCES:
            return None
    while high - low > max(1, low // 50):
        middle = (low + high) // 2
        low, high = (low, middle) if decides(middle) else (middle, high)
    return high - n


def correlated_t(gains: Sequence[float], rope: float, test_share: float = 0.2) -> Probabilities:
    """Bayesian correlated t-test of the gains of n random splits of one dataset.

    Nadeau and Bengio, "Inference for the generalization error", Machine Learning 52 (2003): splits overlap,
    so the variance of the mean is s² (1/n + test_share / (1 - test_share)). The posterior of the mean gain is
    Student's t with n - 1 degrees of freedom (Corani and Benavoli 2015). NaN with fewer than two splits.
    """
    from scipy.stats import t

    gains = np.asarray(gains, dtype="float64")
    n = len(gains)
    if n < 2:
        return Probabilities(*[float("nan")] * 3)
    mean, scale = gains.mean(), gains.std(ddof=1) * np.sqrt(1 / n + test_share / (1 - test_share))
    if scale == 0:
        below, above = float(mean < -rope), float(mean > rope)
    else:
        below = float(t.cdf(-rope, n - 1, mean, scale))
        above = float(t.sf(rope, n - 1, mean, scale))
    return Probabilities(below, 1 - below - above, above)
