"""The tests over sources and within a dataset: known answers, the package baycomp, a simulation."""

import numpy as np
import pytest

from imbench.reports.verdict import source_tests
from imbench.reports.verdict.design import DECIDED, ROPE
from imbench.reports.verdict.source_tests import (
    bootstrap_interval,
    correlated_t,
    further_sources,
    signed_rank,
)


@pytest.mark.parametrize(("mean", "std", "n"), [(0.01, 0.02, 12), (0.0, 0.005, 30), (-0.02, 0.03, 5)])
def test_signed_rank_draws_what_baycomp_draws(monkeypatch, mean, std, n):
    from baycomp import SignedRankTest

    gains = np.random.default_rng(n).normal(mean, std, n)
    monkeypatch.setattr(source_tests, "BAYES_DRAWS", 2000)
    source_tests._weights.cache_clear()
    found = signed_rank(gains, ROPE)
    source_tests._weights.cache_clear()
    theirs = SignedRankTest.probs(np.zeros(n), gains, rope=ROPE, nsamples=2000, random_state=0)
    assert (found.hurts, found.equivalent, found.helps) == pytest.approx(theirs, abs=1e-9)


def test_known_answers_of_the_signed_rank_test():
    rng = np.random.default_rng(1)
    assert signed_rank(rng.normal(0.03, 0.01, 40), ROPE).word(DECIDED) == "helps"
    assert signed_rank(rng.normal(-0.03, 0.01, 40), ROPE).word(DECIDED) == "hurts"
    assert signed_rank(np.zeros(40), ROPE).word(DECIDED) == "equivalent"
    assert signed_rank(rng.normal(0.01, 0.005, 40), ROPE).word(DECIDED) == "undecided", "at the border"
    assert np.isnan(signed_rank([], ROPE).helps)


def test_pure_noise_is_seldom_called_a_gain():
    rng = np.random.default_rng(2)
    words = [signed_rank(rng.normal(0, 0.05, 30), ROPE).word(DECIDED) for _ in range(40)]
    assert words.count("helps") + words.count("hurts") <= 4, words


def test_the_bootstrap_interval_covers_the_mean():
    rng = np.random.default_rng(3)
    inside = []
    for _ in range(300):
        low, high = bootstrap_interval(rng.normal(0.02, 0.05, 40))
        inside.append(low <= 0.02 <= high)
    assert 0.90 <= np.mean(inside) <= 0.98


def test_further_sources_are_what_decides():
    gains = np.random.default_rng(4).normal(0.013, 0.02, 25)
    assert signed_rank(gains, ROPE).word(DECIDED) == "undecided"
    more = further_sources(gains, ROPE, DECIDED)
    assert more > 0
    assert signed_rank(gains, ROPE, (25 + more) / 25).word(DECIDED) != "undecided"
    assert signed_rank(gains, ROPE, (25 + more // 2) / 25).word(DECIDED) == "undecided"
    assert further_sources(np.full(30, 0.05), ROPE, DECIDED) == 0
    assert further_sources([0.1], ROPE, DECIDED) is None


def test_the_corrected_t_test_keeps_its_level_where_the_plain_one_does_not():
    """Nadeau and Bengio's setting: the training mean against a constant of the same expected error."""
    rng, n, splits, repetitions = np.random.default_rng(5), 100, 10, 1500
    train = int(0.8 * n)
    constant = np.sqrt(1 / train)  # E(x - mean)² = 1 + 1/train = E(x - constant)² for x of N(0, 1)
    corrected, plain = [], []
    for _ in range(repetitions):
        rows = rng.normal(size=n)
        order = rng.permuted(np.tile(np.arange(n), (splits, 1)), axis=1)
        parts = rows[order]
        test, means = parts[:, train:], parts[:, :train].mean(axis=1, keepdims=True)
        gains = ((test - constant) ** 2 - (test - means) ** 2).mean(axis=1)
        corrected.append(correlated_t(gains, 0.0).helps)
        plain.append(correlated_t(gains, 0.0, test_share=0.0).helps)

    def rejected(p):
        return np.mean((np.array(p) < 0.025) | (np.array(p) > 0.975))

    assert rejected(plain) > 0.2
    assert rejected(corrected) < 0.09


def test_the_corrected_t_test_by_hand():
    from scipy.stats import t

    gains = np.array([0.01, 0.03, 0.02, 0.05])
    scale = np.sqrt(gains.var(ddof=1) * (1 / 4 + 0.25))
    found = correlated_t(gains, 0.01)
    assert found.helps == pytest.approx(1 - t.cdf((0.01 - gains.mean()) / scale, 3))
    assert found.hurts + found.equivalent + found.helps == pytest.approx(1)
    assert correlated_t([0.0, 0.0], 0.01).equivalent == 1
    assert np.isnan(correlated_t([0.1], 0.01).helps)
