"""MLflow gets a copy of every run, once, in one store, and never harms the run."""

import json
import time

import pytest

from imbench.runs.run import run_one
from imbench.tracking import sink as mlflow_sink
from imbench.tracking import store as mlflow_store
from tests.helpers import imbench, run_config

JOBS = (("method=smote",), ("method=duplicate",), ("method=smote", "imbalance_ratio=9"))


@pytest.fixture(scope="module")
def logged(tmp_path_factory):
    """Three runs, the last of which failed, and the store that holds them: (outcomes, tracking, folder)."""
    place = tmp_path_factory.mktemp("mlflow")
    tracking = {
        "name": "mlflow",
        "uri": f"sqlite:///{place}/store/mlflow.db",
        "artifacts": f"{place}/store/artifacts",
    }
    outcomes = [run_one(run_config(place / "runs", *words)) for words in JOBS]
    for outcome in outcomes:
        assert mlflow_sink.log_run(outcome.folder, tracking)
    return outcomes, tracking, place


def stored(tracking):
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=tracking["uri"])
    experiments = {e.experiment_id: e.name for e in client.search_experiments() if e.name != "Default"}
    runs = client.search_runs(list(experiments))
    return client, experiments, {run.info.run_name: run for run in runs}, len(runs)


def test_names_that_a_person_can_read(logged):
    _, experiments, runs, _ = stored(logged[1])
    assert list(experiments.values()) == ["imbench insurance"]
    assert set(runs) == {
        "insurance · smote · seed 0 · q 0.2", "insurance · duplicate · seed 0 · q 0.2",
        "insurance · smote · seed 0 · q 9.0",
    }  # fmt: skip


def test_params_metrics_and_tags(logged):
    outcomes, tracking, _ = logged
    run = stored(tracking)[2]["insurance · smote · seed 0 · q 0.2"]
    assert run.data.params == {
        "dataset": "insurance",
        "method": "smote",
        "seed": "0",
        "imbalance_ratio": "0.2",
    }
    scores = json.loads((outcomes[0].folder / "scores.json").read_text())
    for reading in ("published", "corrected"):
        for metric, value in scores["classifiers"]["xgboost"][reading].items():
            assert run.data.metrics[f"{reading}_{metric}"] == value
    for metric, value in scores["quality"].items():
        if metric != "rows" and isinstance(value, float):
            assert run.data.metrics[metric] == value, metric
    assert run.data.metrics["seconds_score"] > 0 and run.data.metrics["peak_mb_generate"] > 10
    tags = run.data.tags
    assert tags["run_key"] == outcomes[0].key and tags["state"] == "done"
    assert "published" in tags["reading"] and "corrected" in tags["reading"]
    assert len(tags.get("git_commit", "0" * 40)) == 40
    assert run.info.status == "FINISHED" and run.info.end_time >= run.info.start_time


def test_a_failed_run_is_shown_as_failed(logged):
    run = stored(logged[1])[2]["insurance · smote · seed 0 · q 9.0"]
    assert run.info.status == "FAILED" and "imbalance_ratio=9" in run.data.tags["reason"]
    assert not any("f1" in metric for metric in run.data.metrics)


def test_artifacts(logged):
    outcomes, tracking, place = logged
    client, _, runs, _ = stored(tracking)
    run = runs["insurance · smote · seed 0 · q 0.2"]
    names = {a.path for a in client.list_artifacts(run.info.run_id)}
    assert names == {"config.yaml", "scores.json", "ledger.json", "status.json", "synthetic.parquet"}
    kept = [
        p for p in (place / "store" / "artifacts").rglob("synthetic.parquet") if run.info.run_id in str(p)
    ]
    assert kept[0].read_bytes() == (outcomes[0].folder / "synthetic.parquet").read_bytes()
    assert [p.name for p in place.rglob("*.db")] == ["mlflow.db"], "one store"


def test_logging_again_doubles_nothing(logged):
    _, tracking, place = logged
    again = run_one(run_config(place / "runs", "method=smote", "rerun=true"))
    assert mlflow_sink.log_run(again.folder, tracking) and mlflow_sink.log_run(again.folder, tracking)
    _, _, runs, number = stored(tracking)
    assert number == len(runs) == len(JOBS)
    status = json.loads((again.folder / "status.json").read_text())
    assert runs["insurance · smote · seed 0 · q 0.2"].data.tags["finished"] == status["finished"]


def test_a_deleted_store_is_rebuilt_from_the_folders(logged, tmp_path):
    _, tracking, place = logged
    before = {name: (r.data.metrics, r.data.params) for name, r in stored(tracking)[2].items()}
    rebuilt = {"uri": f"sqlite:///{tmp_path}/new.db"}
    words = ("--runs-dir", place / "runs", "--uri", rebuilt["uri"])
    (place / "runs" / "0123456789abcdef").mkdir(exist_ok=True)  # a half-written run is not copied
    done = imbench(*words, script="scripts/mlflow_sync.py")
    assert done.returncode == 0 and "3 runs copied, 0 were there already, 0 failed" in done.stdout, (
        done.stderr
    )
    assert {name: (r.data.metrics, r.data.params) for name, r in stored(rebuilt)[2].items()} == before
    again = imbench(*words, script="scripts/mlflow_sync.py")
    assert "0 runs copied, 3 were there already" in again.stdout
    assert stored(rebuilt)[3] == 3


def test_no_tracking(tmp_path, logged):
    assert mlflow_sink.log_run(logged[0][0].folder, {"name": "none", "uri": None}) is False
    mlflow_sink.prepare({"name": "none", "uri": None})
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_does_not_answer(tmp_path, logged, capfd):
    """A server that is not there costs seconds and a warning, and the run is done all the same."""
    started = time.monotonic()
    tracking = {"name": "mlflow", "uri": "http://127.0.0.1:9", "artifacts": None}
    assert mlflow_sink.log_run(logged[0][0].folder, tracking) is False
    assert time.monotonic() - started < 20
    warning = capfd.readouterr().err
    assert "MLflow did not take this run" in warning and "mlflow_sync.py" in warning
    (tmp_path / "file").write_text("")
    broken = {"name": "mlflow", "uri": f"sqlite:///{tmp_path}/file/mlflow.db", "artifacts": None}
    assert mlflow_sink.log_run(logged[0][0].folder, broken) is False


def test_a_run_is_done_whatever_its_store(tmp_path):
    (tmp_path / "file").write_text("")
    done = imbench("dataset=insurance", "method=imbalance", f"runs_dir={tmp_path / 'runs'}",
                   f"tracking.uri=sqlite:///{tmp_path}/file/mlflow.db")  # fmt: skip
    assert done.returncode == 0 and "MLflow did not take this run" in done.stderr
    assert len(list((tmp_path / "runs").glob("*/status.json"))) == 1


def test_relative_stores_count_from_the_root():
    from imbench.utils.paths import ROOT

    assert (
        mlflow_store.uri_of({"uri": "sqlite:///results/mlflow.db"}) == f"sqlite:///{ROOT}/results/mlflow.db"
    )
    assert mlflow_store.uri_of({"uri": "http://host:5000"}) == "http://host:5000"
