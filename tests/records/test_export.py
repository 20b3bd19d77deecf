"""`scripts/export.py` writes one tidy line per run; `scripts/status.py` counts and gives reasons."""

import json

import pandas as pd
import pytest

from imbench.runs.run import run_one
from tests.helpers import imbench, run_config

COLUMNS = [
    "dataset",
    "method",
    "llm",
    "seed",
    "imbalance_ratio",
    "interpolation_ratio",
    "status",
    "reason",
    "published_f1",
    "published_auc",
    "corrected_f1",
    "corrected_auc",
    "corrected_average_precision",
    "corrected_precision",
    "corrected_recall",
    "corrected_balanced_accuracy",
    "corrected_g_mean",
    "corrected_mcc",
    "corrected_macro_f1",
    "close_probability",
    "close_probability_unscaled",
    "coverage",
    "density",
    "dcr_test_median",
    "dcr_train_median",
    "copies_of_train",
    "copies_of_test",
    "valid_cells",
    "seconds",
    "seconds_load",
    "seconds_split",
    "seconds_generate",
    "seconds_predict",
    "seconds_score",
    "seconds_quality",
    "peak_mb_load",
    "peak_mb_split",
    "peak_mb_generate",
    "peak_mb_score",
    "peak_mb_quality",
    "key",
]


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    place = tmp_path_factory.mktemp("export")
    words = (
        ["method=smote"],
        ["method=imbalance"],
        ["imbalance_ratio=9"],
        ["classifier=[xgboost,random_forest]"],
    )
    return place, [run_one(run_config(place, *w)) for w in words]


def test_columns_and_values(stored, tmp_path):
    place, outcomes = stored
    (place / "0123456789abcdef").mkdir(exist_ok=True)
    done = imbench(tmp_path / "out.csv", "--runs-dir", place, script="scripts/export.py")
    assert done.returncode == 0, done.stderr
    frame = pd.read_csv(tmp_path / "out.csv", dtype={"key": str})
    assert set(COLUMNS) <= set(frame.columns), set(COLUMNS) - set(frame.columns)
    assert list(frame.columns)[:6] == COLUMNS[:6] and frame.columns[-1] == "key"
    assert len(frame) == len(outcomes) and frame["key"].is_unique
    lines = frame.set_index("key")
    for outcome in outcomes:
        line = lines.loc[outcome.key]
        assert line["status"] == outcome.state
        if outcome.state == "done":
            scores = outcome.scores["classifiers"]["xgboost"]
            assert line["published_f1"] == scores["published"]["f1"], "no digit is lost"
            assert line["corrected_average_precision"] == scores["corrected"]["average_precision"]
    failed = lines.loc[outcomes[2].key]
    assert (
        "imbalance_ratio=9" in failed["reason"]
        and pd.isna(failed["published_f1"])
        and failed["phase"] == "split"
    )
    assert pd.isna(lines.loc[outcomes[1].key, "coverage"]), "no synthetic rows, no coverage"
    both = lines.loc[outcomes[3].key]
    assert (
        both["random_forest_corrected_f1"]
        == outcomes[3].scores["classifiers"]["random_forest"]["corrected"]["f1"]
    )


def test_an_empty_folder(tmp_path):
    done = imbench(tmp_path / "out.csv", "--runs-dir", tmp_path / "none", script="scripts/export.py")
    assert done.returncode == 0 and "0 runs" in done.stdout


def test_status_counts_done_failed_interrupted_and_missing(stored):
    place, _ = stored
    (place / "0123456789abcdef").mkdir(exist_ok=True)
    done = imbench(f"runs_dir={place}", script="scripts/status.py")
    assert "5 runs: 3 done, 1 interrupted, 1 failed" in done.stdout and done.returncode == 1
    assert "failed: split: imbalance_ratio=9 is not in (0, 1]" in done.stdout
    sweep = ("dataset=insurance", "method=smote,imbalance", "seed=0,1", f"runs_dir={place}")
    done = imbench(*sweep, script="scripts/status.py")
    assert "4 runs: 2 done, 2 missing" in done.stdout and done.returncode == 1
    assert (
        "insurance · smote · seed 1 · q 0.2" in done.stdout and "minutes of one process left" in done.stdout
    )
    done = imbench(
        "dataset=insurance", "method=smote,imbalance", f"runs_dir={place}", script="scripts/status.py"
    )
    assert "2 runs: 2 done" in done.stdout and done.returncode == 0


def test_a_record_is_plain_json(stored):
    for path in (path for outcome in stored[1] for path in outcome.folder.glob("*.json")):
        json.loads(path.read_text(), parse_constant=pytest.fail)
