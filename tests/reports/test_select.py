"""Which stored runs a report covers."""

import numpy as np
import pytest

from imbench.reports.select import Cell, Selection, cell, load_runs, provenance, select
from tests.reports.stored import score_of, write_run


def test_mean_and_population_std():
    found = Cell({0: 0.1, 1: 0.4, 2: 0.7}, (0, 1, 2))
    assert found.mean == pytest.approx(0.4) and found.std == pytest.approx(np.sqrt(0.06))
    assert found.complete and found.state == "3 of 3"


def test_a_missing_seed_is_never_averaged_away():
    found = Cell({0: 0.1, 2: 0.7}, (0, 1, 2), ("failed",))
    assert not found.complete and np.isnan(found.mean) and np.isnan(found.std)
    assert found.state == "2 of 3 (failed)"
    assert Cell({}, (0,)).state == "missing"
    assert Cell({0: 1.0, 1: 1.0, 5: 0.0}, (0, 1)).mean == 1.0, "seeds that nobody asked for do not count"


def test_default_settings_only(tmp_path):
    for seed in (0, 1, 2, 7):
        write_run(tmp_path, "german", "smote", seed)
    write_run(tmp_path, "german", "smote", 0, f1=0.99, overrides=("imbalance_ratio=0.3",))
    write_run(tmp_path, "german", "smote", 0, f1=0.98, overrides=("+method.sampler.k_neighbors=2",))
    write_run(tmp_path, "german", "smote", 0, f1=0.97, overrides=("classifier=[random_forest]",))
    write_run(tmp_path, "german", "smote", 0, f1=0.96, overrides=("+classifier.xgboost.max_depth=2",))
    write_run(tmp_path, "german", "smote", 0, f1=0.95, overrides=("seeds.generation=9",))
    runs = load_runs(tmp_path)
    assert len(runs) == 9
    group = select(runs, Selection())["german", "smote"]
    assert {s: r["published_f1"] for s, r in group.items()} == {
        s: score_of("german", "smote", s) for s in (0, 1, 2)
    }
    other = select(runs, Selection(imbalance_ratio=0.3))["german", "smote"]
    assert {s: r["published_f1"] for s, r in other.items()} == {0: 0.99}
    forest = select(runs, Selection(classifier="random_forest"))["german", "smote"]
    assert {s: r["published_f1"] for s, r in forest.items()} == {0: 0.97}


def test_a_failed_run_is_known_with_its_state(tmp_path):
    write_run(tmp_path, "german", "smote", 0)
    write_run(tmp_path, "german", "smote", 1, state="failed", reason="no")
    write_run(tmp_path, "german", "smote", 2, state="shortfall", reason="few")
    found = cell(select(load_runs(tmp_path), Selection())["german", "smote"], "published_f1", (0, 1, 2))
    assert found.state == "1 of 3 (failed, shortfall)" and set(found.values) == {0}


def test_of_two_equal_runs_the_later_counts(tmp_path):
    """A dataset's checksum may change (here: of the configuration) while all labels stay."""
    write_run(tmp_path, "german", "smote", 0, f1=0.1, overrides=("dataset.sha256=other",))
    write_run(tmp_path, "german", "smote", 0, f1=0.2, finished="2026-02-01T00:00:00+00:00")
    group = select(load_runs(tmp_path), Selection())["german", "smote"]
    assert group[0]["published_f1"] == 0.2


def test_provenance(tmp_path):
    write_run(tmp_path, "german", "smote", 0)
    write_run(tmp_path, "german", "smote", 1, state="failed")
    assert provenance(load_runs(tmp_path)) == "1 run; language model: none; commit cccccccccc"
