"""What the published evaluation's facts do, and how far its scores move by arithmetic alone."""

import numpy as np
import pytest

from imbench.reports.methods import method_metadata
from imbench.reports.paper.published import DATASETS, table2_value
from imbench.reports.paper.tables.facts import WAYS, facts_table
from imbench.reports.paper.tables.noise import noise
from imbench.reports.select import Selection, select
from imbench.reports.settings import Variant, settings_of
from tests.reports.stored import source_of

SEEDS = (0, 1, 2)


def line(dataset, method, seed, overrides="", **scores):
    """A flat line of default settings; with ``overrides``, of other settings."""
    _, variant, classifier, ratio = settings_of(Variant(method), None, "xgboost")
    flat = {
        "dataset": dataset, "method": method, "llm": None, "seed": seed, "imbalance_ratio": 0.2,
        "interpolation_ratio": ratio, "variant": variant, "status": "done", "finished": "1",
        "classifiers": {"xgboost": "other" if overrides else classifier}, "overrides": overrides,
        "git_commit": "c" * 40, "git_dirty": False,
    }  # fmt: skip
    return flat | dict.fromkeys(WAYS["f1"], 0.5) | scores


def texts(table):
    return {row[0].text: [e.text for e in row[1:]] for row in table.rows}


def title(method):
    return method_metadata()[method].title


def test_means_and_ranks_in_four_ways():
    runs = []
    for dataset in DATASETS:
        for seed in SEEDS:
            runs.append(line(dataset, "smote", seed, published_f1=0.9, corrected_f1=0.1))
            runs.append(line(dataset, "duplicate", seed, published_f1=0.2, corrected_f1=0.8))
            runs.append(line(dataset, "original", seed, published_f1=1.0, corrected_f1=1.0))
            if (dataset, seed) != ("car", 1):
                runs.append(line(dataset, "smotenc", seed))
    found = texts(facts_table(source_of(runs), "f1"))
    assert found[title("smote")] == [
        "0.9000 (rank 1.0)",
        "0.5000 (rank 1.5)",
        "0.5000 (rank 1.5)",
        "0.1000 (rank 2.0)",
    ]
    assert (
        found[title("duplicate")][0] == "0.2000 (rank 2.0)"
        and found[title("duplicate")][3] == "0.8000 (rank 1.0)"
    )
    assert found[title("original")][0] == "1.0000", "the reference has no rank"
    assert found[title("smotenc")] == ["9 of 10 datasets"] * 4


def test_noise():
    runs = []
    for dataset in DATASETS:
        for seed in SEEDS:
            runs.append(line(dataset, "imbalance", seed, published_f1=0.4 + seed / 10))
            runs.append(line(dataset, "imbalance", seed, "+classifier.xgboost.max_bin=257", published_f1=0.7))
    runs.pop()  # one run with 257 bins is missing
    (table,) = noise(source_of(runs))
    assert table.header == ["dataset", "method", "paper", "256 bins", "257 bins"]
    rows = {(r[0].text, r[1].text): [e.text for e in r[2:]] for r in table.rows}
    assert rows["adult", "Imbalance"] == ["0.4685", "0.5000", "0.7000"]
    assert rows[DATASETS[-1], "Imbalance"][2] == "missing"
    gaps = np.mean([abs(0.5 - table2_value(d, "Imbalance")[0]) for d in DATASETS])
    assert float(rows["mean |difference|", "Imbalance"][1]) == pytest.approx(gaps, abs=6e-5)
    assert rows["mean |difference|", "Imbalance"][2] == "missing"
    assert list(noise(source_of(runs[::2]))) == []


@pytest.mark.parametrize("state", ("failed", "shortfall"))
def test_noise_with_a_failed_run(state):
    """A failed run among those with other bins is missing, and nothing else."""
    runs = [line("car", "imbalance", s, "+classifier.xgboost.max_bin=257", published_f1=0.7) for s in SEEDS]
    runs[1] |= {"status": state, "published_f1": None}
    (table,) = noise(source_of(runs))
    rows = {r[0].text: [e.text for e in r[2:]] for r in table.rows}
    assert rows["car"][-1] == "missing"


def test_a_report_finds_a_classifier_that_is_not_a_runs_first():
    _, _, forest, _ = settings_of(Variant("smote"), None, "random_forest")
    run = line("german", "smote", 0, published_f1=0.1, random_forest_published_f1=0.9) | {
        "classifier": "xgboost",
        "classifiers": {"xgboost": "x", "random_forest": forest},
    }
    selection = Selection(classifier="random_forest", seeds=(0,))
    assert select([run], selection)["german", "smote"][0]["published_f1"] == 0.9
    run["classifiers"] = {"xgboost": "x", "random_forest": "other settings"}
    assert select([run], selection) == {}
