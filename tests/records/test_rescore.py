"""Scores of stored runs are computed again from their predictions, exactly and without a fit."""

import json
import shutil

import pytest

from imbench.errors import ConfigError
from imbench.records.archive import Archive, pack, records_path
from imbench.records.record import PREDICTIONS, iterate
from imbench.records.rescore import rescore
from imbench.records.store import all_runs
from imbench.runs.run import run_one
from imbench.scoring.metrics import METRICS, metric
from tests.helpers import imbench, run_config


@pytest.fixture
def runs_dir(tmp_path):
    runs_dir = tmp_path / "results" / "runs"
    for words in (["method=smote"], ["method=smote", "seed=1"], ["method=duplicate"], ["imbalance_ratio=9"]):
        run_one(run_config(runs_dir, *words))
    return runs_dir


def damage(folder):
    """Scores of an earlier version: one wrong, one missing."""
    scores = json.loads(folder.content("scores.json"))
    scores["classifiers"]["xgboost"]["corrected"]["f1"] = 0.123
    del scores["classifiers"]["xgboost"]["corrected"]["brier_score"]
    folder.write_json("scores.json", scores)


@pytest.mark.parametrize("archived", (False, True))
def test_rescoring_is_exact(runs_dir, archived):
    before = {f.key: f.content("scores.json") for f in iterate(runs_dir)}
    for folder in iterate(runs_dir):
        if folder.status()["state"] == "done":
            damage(folder)
    path = records_path(runs_dir, "all")
    if archived:
        pack(iterate(runs_dir), path)
        shutil.rmtree(runs_dir)
    dry = rescore(runs_dir, {}, write=False)
    assert (dry.runs, dry.changed, dry.same, dry.without) == (3, 3, 0, [])
    found = rescore(runs_dir, {"method": ("smote",), "seed": ("0", "1.0")})
    assert (found.runs, found.changed) == (2, 2)
    again = rescore(runs_dir, {})
    assert (again.changed, again.same) == (1, 2)
    runs = Archive(path).runs() if archived else iterate(runs_dir)
    assert {run.key: run.content("scores.json") for run in runs} == before, "byte for byte"
    if archived:
        assert Archive(path).predicted() == 3, "the file of predictions stays"


def test_a_new_metric_reaches_stored_runs(runs_dir, monkeypatch):
    monkeypatch.setattr("imbench.scoring.metrics.METRICS", dict(METRICS))

    @metric("accuracy", title="accuracy", higher_is_better=True)
    def accuracy(found):
        return (found.truth == found.labels).mean()

    assert rescore(runs_dir, {}).changed == 3
    lines = [line for line in all_runs(runs_dir) if line["status"] == "done"]
    assert len(lines) == 3 and all(0.5 < line["corrected_accuracy"] <= 1 for line in lines)


def test_runs_without_predictions_are_reported(runs_dir):
    folder = next(f for f in iterate(runs_dir) if f.status()["method"] == "duplicate")
    (folder.path / PREDICTIONS).unlink()
    before = folder.content("scores.json")
    done = imbench("--runs-dir", runs_dir, script="scripts/rescore.py")
    assert done.returncode == 1 and "3 runs selected: 0 changed, 2 had the same" in done.stdout
    name = f"insurance · duplicate · seed 0 · q 0.2 ({folder.key})"
    assert f"1 have no predictions and were left as they are: {name}" in done.stdout
    assert folder.content("scores.json") == before
    done = imbench("method=smote", "seed=1", "--runs-dir", runs_dir, script="scripts/rescore.py")
    assert done.returncode == 0 and "1 runs selected" in done.stdout
    for wrong, text in (("nothing=1", "'nothing' is not a label"), ("smote", "not of the form label=value")):
        done = imbench(wrong, "--runs-dir", runs_dir, script="scripts/rescore.py")
        assert done.returncode == 2 and text in done.stderr and "Traceback" not in done.stderr


def test_an_unknown_label(tmp_path):
    with pytest.raises(ConfigError, match="'f1' is not a label: dataset"):
        rescore(tmp_path, {"f1": ("1",)})
