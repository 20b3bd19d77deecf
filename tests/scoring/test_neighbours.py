"""Neighbour measures: equal to the package prdc, independent of blocks, small in memory."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from imbench.data.split import split_dataset
from imbench.samplers.build import build_method
from imbench.scoring import neighbours
from imbench.scoring.encodings import DistanceEncoder
from imbench.scoring.neighbours import (
    close_probability,
    coverage,
    coverage_family,
    kth_radius,
    nearest_distance,
)
from imbench.utils.paths import ROOT
from tests.helpers import read_yaml


def reference(real, synthetic, k):
    import contextlib
    import io

    from prdc import compute_prdc

    with contextlib.redirect_stdout(io.StringIO()):
        return compute_prdc(real, synthetic, nearest_k=k)


def clouds(seed, real, synthetic, width):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(real, width)), rng.normal(0.3, 1.2, size=(synthetic, width))


@pytest.mark.parametrize("k", (1, 2, 5))
@pytest.mark.parametrize("shape", ((30, 50, 3), (211, 97, 8), (9, 400, 2), (600, 601, 5)))
def test_equals_prdc_on_random_rows(shape, k):
    real, synthetic = clouds(1, *shape)
    assert coverage_family(real, synthetic, k) == pytest.approx(reference(real, synthetic, k), abs=1e-9)


@pytest.mark.parametrize("method", ("smotenc", "duplicate", "interpolate_marginal"))
@pytest.mark.parametrize("name", ("car", "german", "fuel", "insurance"))
def test_equals_prdc_on_real_tables(dataset_of, name, method):
    """Tables of few distinct values are full of ties, which only the same arithmetic decides alike."""
    split = split_dataset(dataset_of(name), 0, 0.2)
    encoder = DistanceEncoder.fit(split.complete.features, split.schema)
    sampler = build_method(read_yaml("method", method), 0).sampler
    X, y = split.train.features, split.train.labels
    rows, labels = sampler.fit_resample(X.reset_index(drop=True), y.reset_index(drop=True))
    added = rows.iloc[len(X) :][np.asarray(labels)[len(X) :] == split.minority]
    real, synthetic = encoder.transform(split.complete.of_class(split.minority)), encoder.transform(added)
    if name == "car":
        assert (np.bincount(np.unique(cdist(real, real), return_inverse=True)[1].ravel()) > 50).any(), "ties"
    assert coverage_family(real, synthetic) == pytest.approx(reference(real, synthetic, 2), abs=1e-9)


def test_by_hand():
    real = np.array([[0.0], [1.0], [3.0], [10.0]])
    synthetic = np.array([[0.5], [3.5], [4.0]])
    assert kth_radius(real, 2).tolist() == [3.0, 2.0, 3.0, 9.0]
    # balls: (-3, 3), (-1, 3), (0, 6), (1, 19)
    assert nearest_distance(real, synthetic).tolist() == [0.5, 0.5, 0.5, 6.0]
    found = coverage_family(real, synthetic)
    assert found["coverage"] == 1.0 and found["precision"] == 1.0
    assert found["density"] == pytest.approx((3 + 2 + 2) / (2 * 3))
    # radii of synthetic rows: 3.5, 3, 3.5 -> 0, 1 and 3 lie inside a ball, 10 does not
    assert found["recall"] == 0.75


def test_coverage_counts_balls_and_not_rows():
    """Many synthetic rows in one place cover little, however many they are."""
    real, _ = clouds(2, 50, 1, 2)
    stack = np.repeat(real[:1], 500, axis=0)
    assert coverage_family(real, stack)["coverage"] < 0.2
    assert coverage_family(real, real)["coverage"] == 1.0


@settings(max_examples=10)
@given(seed=st.integers(0, 10**6), cells=st.sampled_from([1, 7, 40, 1000]))
def test_block_size_does_not_matter(seed, cells):
    real, synthetic = clouds(seed, 23, 41, 3)
    whole = coverage_family(real, synthetic), nearest_distance(real, synthetic)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "BLOCK_CELLS", cells)
        patch.setattr(neighbours, "SLICES", 1 + cells % 9)
        assert coverage_family(real, synthetic) == pytest.approx(whole[0], abs=1e-12)
        np.testing.assert_allclose(nearest_distance(real, synthetic), whole[1], atol=1e-9)


@given(seed=st.integers(0, 10**6), k=st.integers(1, 30))
def test_radii_and_distances_equal_a_plain_matrix(seed, k):
    real, synthetic = clouds(seed, 20, 33, 4)
    matrix = np.sort(cdist(real, real), axis=1)
    np.testing.assert_allclose(kth_radius(real, k), matrix[:, min(k, 19)], atol=1e-9)
    np.testing.assert_allclose(
        nearest_distance(real, synthetic), cdist(real, synthetic).min(axis=1), atol=1e-9
    )


def test_too_few_rows_have_no_score():
    rows = np.zeros((5, 2))
    for real, synthetic in ((rows[:1], rows), (rows, rows[:1]), (rows, rows[:0])):
        assert all(np.isnan(v) for v in coverage_family(real, synthetic).values())
    assert np.isnan(nearest_distance(rows, rows[:0])).all()


def test_close_probability():
    distances = np.array([0.1, 0.2, 0.25, 1.0, 2.1])
    found = close_probability(distances)
    scaled = (distances - 0.1) / (2.1 - 0.1 + 1e-8)
    assert found["close_probability"] == (scaled <= 0.2).mean() == 0.6
    assert found["close_probability_unscaled"] == 0.4
    edge = np.array([0.0, 0.19, 0.21, 1.0])
    assert close_probability(edge) == {"close_probability": 0.5, "close_probability_unscaled": 0.5}
    assert close_probability(distances + 5)["close_probability"] == 0.6, "it is relative to the worst row"
    assert close_probability(np.zeros(4)) == {"close_probability": 1.0, "close_probability_unscaled": 1.0}
    assert np.isnan(close_probability(np.array([]))["close_probability"])
    assert np.isnan(close_probability(np.array([np.nan]))["close_probability_unscaled"])


LARGE = """
import json, resource, time
import numpy as np
from imbench.scoring.neighbours import coverage_family, nearest_distance
rng = np.random.default_rng(0)
real, synthetic = rng.normal(size=(25_000, 14)), rng.normal(size=(25_000, 14))
started = time.perf_counter()
nearest_distance(real, synthetic)
alone = time.perf_counter() - started
coverage_family(real, synthetic)
print(json.dumps({"nearest": alone, "seconds": time.perf_counter() - started,
                  "gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}))
"""


@pytest.mark.slow
def test_25_000_by_25_000_rows():
    """Under 2 GB and a minute, all measures together, on one thread."""
    done = subprocess.run([sys.executable, "-c", LARGE], cwd=ROOT, capture_output=True, text=True, check=True)
    cost = json.loads(done.stdout)
    print(cost)
    assert cost["gb"] < 2 and cost["seconds"] < 60, cost


def test_coverage_alone_equals_that_of_the_family():
    rng = np.random.default_rng(3)
    for kind in (rng.normal(size=(60, 3)), rng.integers(0, 3, (60, 3)).astype(float)):  # few ties, and many
        real, synthetic = kind[:35], kind[35:]
        family = coverage_family(real, synthetic)
        assert coverage_family(real, synthetic, radius=kth_radius(synthetic, 2)) == family
        expected = family["coverage"]
        assert coverage(real, nearest_distance(real, synthetic)) == expected
    assert np.isnan(coverage(real[:1], np.ones(1)))
