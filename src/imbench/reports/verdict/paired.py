"""Paired comparisons of scores: ranks, signed-rank and sign-flip tests, bootstrap, rank correlation.

Everything here takes arrays and frames and knows no run records. The independent unit is the dataset: two
seeds of one dataset share its rows and most of its difficulty, so a test about datasets flips, resamples or
permutes within or by whole datasets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

#: Decimals to which scores are distinguished; smaller differences are floating-point noise.
PLACES = 6
REPLICATES = 10_000


@dataclass(frozen=True)
class Ranking:
    """Mean ranks (1 is best), Friedman's test, and Nemenyi's p-values and critical difference.

    ``friedman``, ``nemenyi`` and ``critical`` are None where there are fewer than three methods or
    two datasets. ``critical`` is at 5 %.
    """

    ranks: pd.Series
    friedman: tuple[float, float] | None
    nemenyi: pd.DataFrame | None
    critical: float | None


def ranking(scores: pd.DataFrame, higher_is_better: bool = True) -> Ranking:
    """Rank methods (columns) within datasets (rows); 1 is best, ties share their mean rank.

    Demšar, "Statistical comparisons of classifiers over multiple data sets", JMLR 7 (2006):
    CD = q_α √(k(k+1) / 6N), with q_α the studentised range quantile over √2.
    """
    rounded = scores.round(PLACES)
    ranks = rounded.rank(axis=1, ascending=not higher_is_better).mean().rename("rank")
    datasets, methods = scores.shape
    if methods < 3 or datasets < 2:
        return Ranking(ranks, None, None, None)
    import scikit_posthocs
    from scipy.stats import friedmanchisquare, studentized_range

    found = friedmanchisquare(*(rounded[m] for m in rounded))
    nemenyi = scikit_posthocs.posthoc_nemenyi_friedman(rounded)
    nemenyi.index = nemenyi.columns = rounded.columns
    quantile = studentized_range.ppf(0.95, methods, np.inf) / np.sqrt(2)
    critical = float(quantile * np.sqrt(methods * (methods + 1) / (6 * datasets)))
    return Ranking(ranks, (float(found.statistic), float(found.pvalue)), nemenyi, critical)


def wilcoxon(gains: Sequence[float], alternative: str = "two-sided") -> float:
    """p-value of Wilcoxon's signed-rank test of paired differences; 1 when all of them are zero.

    Exact without ties and zeros, else by the normal approximation with continuity correction.
    """
    from scipy.stats import wilcoxon as signed_rank

    gains = np.round(np.asarray(gains, dtype="float64"), PLACES)
    if not gains.any():
        return 1.0
    tied = len(np.unique(np.abs(gains))) < len(gains) or not gains.all()
    method = "approx" if tied else "auto"
    return float(signed_rank(gains, alternative=alternative, method=method, correction=tied).pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction of one family of p-values: the i-th smallest of m times m - i + 1."""
    p = np.asarray(p_values, dtype="float64")
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(stepped, 1.0)
    return [float(v) for v in corrected]


def sign_flip(gains: Sequence[float], alternative: str = "greater") -> float:
    """p-value of the mean of paired gains, one a dataset: how many of all sign patterns reach it.

    Exact up to 13 datasets (2^n patterns), else with seeded draws. With n datasets no p-value lies below
    2^-n: fewer than five datasets can show nothing at 5 %.
    """
    from scipy.stats import permutation_test

    gains = np.round(np.asarray(gains, dtype="float64"), PLACES)
    if len(gains) < 2 or not gains.any():
        return 1.0
    found = permutation_test(
        (gains, np.zeros_like(gains)), lambda a, b, axis: np.mean(a - b, axis=axis), vectorized=True,
        permutation_type="samples", n_resamples=REPLICATES, alternative=alternative, rng=0,
    )  # fmt: skip
    return float(found.pvalue)


def bootstrap_mean(gains: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Percentile interval of the mean of ``gains`` (datasets × seeds): resample datasets, then seeds within.

    Seeded. With three seeds the inner draw is coarse, and the interval somewhat short.
    """
    gains = np.asarray(gains, dtype="float64")
    datasets, seeds = gains.shape
    rng = np.random.default_rng(0)
    which = rng.integers(datasets, size=(REPLICATES, datasets))
    drawn = rng.integers(seeds, size=(REPLICATES, datasets, seeds))
    means = gains[which[:, :, None], drawn].mean(axis=(1, 2))
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def rising(blocks: pd.DataFrame) -> float:
    """p-value of Page's trend test: do scores rise from column to column, within datasets (rows)?"""
    from scipy.stats import page_trend_test

    if blocks.shape[0] < 2 or blocks.shape[1] < 3:
        return 1.0
    return float(page_trend_test(blocks.round(PLACES).to_numpy()).pvalue)


@dataclass(frozen=True)
class Correlation:
    """Spearman's ρ within each dataset, its mean over datasets, and a two-sided permutation p-value."""

    by_dataset: Mapping[str, float]
    mean: float
    p: float


def within_datasets(points: pd.DataFrame, x: str, y: str, permutations: int = 2000) -> Correlation | None:
    """Rank correlation of ``x`` with ``y`` within splits; None where no dataset has three groups that differ.

    ``points`` has the columns ``dataset``, ``seed``, ``group`` (a method or setting), ``x`` and ``y``, a line
    a run. ρ is taken over the groups of each (dataset, seed), so that neither datasets nor splits are
    compared with each other, and averaged over the seeds. Runs of one group are not independent: the p-value
    permutes whole groups within a dataset, the same way in all its seeds.
    """
    from scipy.stats import rankdata

    rng = np.random.default_rng(0)
    by_dataset, shuffled = {}, []
    for dataset, lines in points.dropna(subset=[x, y]).groupby("dataset", sort=True):
        grids = [
            lines.pivot(index="group", columns="seed", values=c).dropna(axis=1).round(PLACES) for c in (x, y)
        ]
        seeds = grids[0].columns.intersection(grids[1].columns)
        grids = [g[seeds] for g in grids]
        if len(grids[0]) < 3 or not len(seeds) or any((g.nunique() < 2).any() for g in grids):
            continue
        a, b = (_standard(rankdata(g, axis=0)) for g in grids)
        by_dataset[str(dataset)] = float((a * b).sum(axis=0).mean())
        orders = rng.permuted(np.tile(np.arange(len(a)), (permutations, 1)), axis=1)
        shuffled.append((a[orders] * b).sum(axis=1).mean(axis=1))
    if not by_dataset:
        return None
    mean = float(np.mean(list(by_dataset.values())))
    null = np.abs(np.mean(shuffled, axis=0))
    return Correlation(by_dataset, mean, float((1 + (null >= abs(mean) - 1e-12).sum()) / (1 + permutations)))


def _standard(values: np.ndarray) -> np.ndarray:
    centred = values - values.mean(axis=0)
    return centred / np.linalg.norm(centred, axis=0)
