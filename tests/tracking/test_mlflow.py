"""MLflow gets one copy of every run, from one writer, and never harms a run."""

import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from imbench.records.flat import flat_run
from imbench.records.record import RunFolder
from imbench.runs.run import run_one
from imbench.tracking import FINISHED, KEY, copies, copy_missing, uri_of
from imbench.utils.paths import ROOT
from tests.helpers import folders, imbench, run_config
from tests.reports.stored import write_run

JOBS = (("method=smote",), ("method=duplicate",), ("method=smote", "imbalance_ratio=9"))


def sqlite_store(place):
    return {"name": "mlflow", "uri": f"sqlite:///{place}/mlflow.db", "artifacts": f"{place}/artifacts"}


def copy_of(runs, tracking):
    """Copy these run folders, which lie in one runs folder."""
    return copy_missing([flat_run(RunFolder(run)) for run in runs], runs[0].parent, tracking)


def records(runs_dir, number):
    """``number`` ended runs of two datasets and several methods."""
    methods = ("smote", "adasyn", "original")
    labels = [(d, m, s) for s in range(50) for d in ("german", "car") for m in methods]
    return [write_run(runs_dir, *label) for label in labels[:number]]


def client_of(tracking):
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=f"{tracking['uri']}?timeout=5")


@pytest.fixture(scope="module")
def logged(tmp_path_factory):
    """Three runs, the last of which failed, and the store that holds them: (outcomes, tracking, folder)."""
    place = tmp_path_factory.mktemp("mlflow")
    tracking = sqlite_store(place / "store")
    outcomes = [run_one(run_config(place / "runs", *overrides)) for overrides in JOBS]
    found = copy_of([outcome.folder for outcome in outcomes], tracking)
    assert (found.copied, found.current, found.failed) == (3, 0, 0)
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
    for protocol in ("published", "corrected"):
        for metric, value in scores["classifiers"]["xgboost"][protocol].items():
            assert run.data.metrics[f"{protocol}_{metric}"] == value
    for metric, value in scores["quality"].items():
        if metric != "rows" and isinstance(value, float):
            assert run.data.metrics[metric] == value, metric
    assert run.data.metrics["seconds_score"] > 0 and run.data.metrics["peak_mb_generate"] > 10
    tags = run.data.tags
    assert tags["run_key"] == outcomes[0].key and tags["status"] == "done"
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


def test_copying_again_doubles_nothing(logged):
    _, tracking, place = logged
    again = run_one(run_config(place / "runs", "method=smote", "rerun=true"))
    assert copy_of([again.folder], tracking).copied == 1, "a run that was made again replaces its copy"
    assert copy_of([again.folder], tracking).current == 1
    _, _, runs, number = stored(tracking)
    assert number == len(runs) == len(JOBS)
    status = json.loads((again.folder / "status.json").read_text())
    assert runs["insurance · smote · seed 0 · q 0.2"].data.tags["finished"] == status["finished"]


def test_a_deleted_store_is_rebuilt_from_the_folders(logged, tmp_path):
    _, tracking, place = logged
    before = {name: (r.data.metrics, r.data.params) for name, r in stored(tracking)[2].items()}
    rebuilt = {"uri": f"sqlite:///{tmp_path}/new.db"}
    arguments = ("--runs-dir", place / "runs", "--uri", rebuilt["uri"])
    (place / "runs" / "0123456789abcdef").mkdir(exist_ok=True)  # a half-written run is not copied
    done = imbench(*arguments, script="scripts/mlflow_sync.py")
    assert done.returncode == 0 and "3 runs copied, 0 were there already, 0 failed" in done.stdout, (
        done.stderr
    )
    assert {name: (r.data.metrics, r.data.params) for name, r in stored(rebuilt)[2].items()} == before
    again = imbench(*arguments, script="scripts/mlflow_sync.py")
    assert "0 runs copied, 3 were there already" in again.stdout
    assert stored(rebuilt)[3] == 3


def test_no_tracking(tmp_path, logged):
    found = copy_missing([flat_run(RunFolder(logged[0][0].folder))], tmp_path, {"name": "none", "uri": None})
    assert (found.copied, found.failed) == (0, 0) and list(tmp_path.iterdir()) == []


def test_a_store_that_does_not_answer(tmp_path, logged, capfd):
    """A server that is not there costs seconds and one warning, however many runs there are."""
    started = time.monotonic()
    runs = [outcome.folder for outcome in logged[0]]
    assert copy_of(runs, {"name": "mlflow", "uri": "http://127.0.0.1:9", "artifacts": None}).failed == 3
    assert time.monotonic() - started < 20
    warning = capfd.readouterr().err
    assert warning.count("MLflow did not take 3 of 3 runs") == 1 and "mlflow_sync.py" in warning
    (tmp_path / "file").write_text("")
    assert copy_of(runs, sqlite_store(tmp_path / "file")).failed == 3


def test_a_run_is_done_whatever_its_store(tmp_path):
    (tmp_path / "file").write_text("")
    done = imbench("dataset=insurance", "method=imbalance", f"runs_dir={tmp_path / 'runs'}",
                   f"tracking.uri=sqlite:///{tmp_path}/file/mlflow.db")  # fmt: skip
    assert done.returncode == 0 and "MLflow did not take 1 of 1 runs" in done.stderr
    assert len(list((tmp_path / "runs").glob("*/status.json"))) == 1


def test_relative_stores_count_from_the_root():
    assert uri_of({"uri": "sqlite:///results/mlflow.db"}) == f"sqlite:///{ROOT}/results/mlflow.db"
    assert uri_of({"uri": "http://host:5000"}) == "http://host:5000"


def test_a_file_is_read_as_mlflow_reads_it(logged):
    """``copies`` reads a sqlite file without MLflow: the same keys, moments and ids."""
    _, tracking, _ = logged
    _, _, runs, _ = stored(tracking)
    expected = {run.data.tags[KEY]: {run.info.run_id: run.data.tags[FINISHED]} for run in runs.values()}
    assert copies(tracking) == expected


def test_an_incomplete_copy_is_replaced(tmp_path):
    """One of three runs has its copy, one half a copy, one none, as after a kill while copying."""
    runs, tracking = records(tmp_path / "runs", 3), sqlite_store(tmp_path)
    assert copy_of(runs[:1], tracking).copied == 1
    client = client_of(tracking)
    experiment = client.get_experiment_by_name("imbench german").experiment_id
    client.create_run(experiment, tags={KEY: runs[1].name, FINISHED: "2026-01-01T00:00:01+00:00"})
    assert copies(tracking)[runs[1].name].popitem()[1] == "", "it is still running"
    found = copy_of(runs, tracking)
    assert (found.copied, found.current) == (2, 1)
    assert {key: len(ids) for key, ids in copies(tracking).items()} == dict.fromkeys(
        (r.name for r in runs), 1
    )


def test_an_experiment_that_was_deleted_comes_back(tmp_path):
    (run,), tracking = records(tmp_path / "runs", 1), sqlite_store(tmp_path)
    copy_of([run], tracking)
    client = client_of(tracking)
    client.delete_experiment(client.get_experiment_by_name("imbench german").experiment_id)
    assert copies(tracking) == {}
    assert copy_of([run], tracking).copied == 1 and len(copies(tracking)[run.name]) == 1


def test_a_store_deleted_under_a_running_process_is_made_again(tmp_path):
    runs, tracking = records(tmp_path / "runs", 2), sqlite_store(tmp_path)
    assert copy_of(runs[:1], tracking).copied == 1
    (tmp_path / "mlflow.db").unlink()
    assert copy_of(runs[1:], tracking).copied == 1
    assert list(copies(tracking)) == [runs[1].name]
    (experiment,) = [e for e in client_of(tracking).search_experiments() if e.name != "Default"]
    assert experiment.name == "imbench german"


def test_a_run_that_mlflow_refuses_costs_no_other_run(tmp_path, capsys):
    runs, tracking = records(tmp_path / "runs", 3), sqlite_store(tmp_path)
    lines = [flat_run(RunFolder(run)) for run in runs]
    lines[1] = lines[1] | {"a name/with: a bad ? sign": 1.0}
    found = copy_missing(lines, tmp_path / "runs", tracking)
    assert (found.copied, found.failed) == (2, 1) and "did not take 1 of 3 runs" in capsys.readouterr().err
    again = copy_of(runs, tracking)
    assert (again.copied, again.current) == (1, 2) and {len(ids) for ids in copies(tracking).values()} == {1}


def test_a_sync_without_a_store_reports_it(tmp_path):
    records(tmp_path / "runs", 1)
    (tmp_path / "mlflow.db").mkdir()
    for uri in (f"sqlite:///{tmp_path}/mlflow.db", "http://127.0.0.1:9"):
        done = imbench("--runs-dir", tmp_path / "runs", "--uri", uri, script="scripts/mlflow_sync.py")
        assert done.returncode == 2 and f"imbench: The MLflow store '{uri}'" in done.stderr
        assert "Traceback" not in done.stderr.split("imbench: The MLflow")[1]


# --- at the end of a run, of a sweep, of an interrupted sweep ----------------------------------------


def tracked(place, *overrides):
    store = sqlite_store(place)
    return ["dataset=insurance", "method=imbalance", "classifier=[logistic_regression]",
            f"runs_dir={place / 'runs'}", *(f"tracking.{w}={store[w]}" for w in ("uri", "artifacts")),
            *overrides]  # fmt: skip


def test_a_run_that_was_done_before_gets_its_copy(tmp_path):
    """Its process was killed between its end and its copy; the same command again makes the copy."""
    assert imbench(*tracked(tmp_path), "tracking=none").returncode == 0
    assert not (tmp_path / "mlflow.db").exists()
    done = imbench(*tracked(tmp_path))
    assert done.returncode == 0 and "done before" in done.stdout, done.stdout + done.stderr
    assert len(copies(sqlite_store(tmp_path))) == 1


@pytest.mark.parametrize("launcher", ("local", "joblib"))
def test_a_sweep_copies_its_runs_once(tmp_path, launcher):
    sweep = ("-m", *tracked(tmp_path, "seed=0,1,2", f"launcher={launcher}"))
    first = imbench(*sweep)
    assert first.returncode == 0 and "sweep: 3 done" in first.stdout, first.stderr
    before = copies(sqlite_store(tmp_path))
    assert set(before) == {run.name for run in folders(tmp_path / "runs")}
    (tmp_path / "mlflow.db").rename(tmp_path / "aside.db")
    assert "sweep: 3 skipped" in imbench(*sweep).stdout
    assert set(copies(sqlite_store(tmp_path))) == set(before), "runs done before are copied to a new store"
    (tmp_path / "aside.db").replace(tmp_path / "mlflow.db")
    imbench(*sweep)
    assert copies(sqlite_store(tmp_path)) == before


@pytest.mark.parametrize("number, code", ((signal.SIGINT, 130), (signal.SIGTERM, 143)))
def test_an_interrupted_sweep_copies_what_has_ended(tmp_path, number, code):
    command = [sys.executable, "run.py", "-m", *tracked(tmp_path, "seed=range(0,200)")]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # A shell's background jobs ignore SIGINT, and so would the tests' children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    end = time.monotonic() + 120
    while not list((tmp_path / "runs").glob("*/status.json")) and time.monotonic() < end:
        time.sleep(0.02)
    assert not (tmp_path / "mlflow.db").exists(), "nothing is written while runs are made"
    process.send_signal(number)
    out, err = process.communicate(timeout=120)
    assert process.returncode == code, out + err
    ended = {path.parent.name for path in (tmp_path / "runs").glob("*/status.json")}
    assert 0 < len(ended) < 200 and set(copies(sqlite_store(tmp_path))) == ended
    assert "Traceback" not in err


# --- several writers, and a server -------------------------------------------------------------------


def copied_beside(runs, tracking, gate, results):
    gate.wait()
    results.put(copy_of(runs, tracking).failed)


def test_sweeps_that_end_at_the_same_time(tmp_path):
    """Three processes copy overlapping runs into one file, which none of them has prepared."""
    import mlflow  # noqa: F401  (once, before the processes split)

    runs, tracking = records(tmp_path / "runs", 6), sqlite_store(tmp_path)
    context = multiprocessing.get_context("fork")
    gate, results = context.Barrier(3), context.Queue()
    shares = (runs[:4], runs[1:5], runs[2:])
    processes = [context.Process(target=copied_beside, args=(s, tracking, gate, results)) for s in shares]
    for process in processes:
        process.start()
    assert [results.get(timeout=300) for _ in processes] == [0, 0, 0]
    for process in processes:
        process.join(60)
    found = copies(tracking)
    assert {key: len(ids) for key, ids in found.items()} == dict.fromkeys((r.name for r in runs), 1)
    assert all(all(ids.values()) for ids in found.values())


class Server:
    """`mlflow server` on loopback over a sqlite file."""

    def __init__(self, place):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.place, self.process = place, None
        self.tracking = {"name": "mlflow", "uri": f"http://127.0.0.1:{self.port}", "artifacts": None}

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port),
             "--backend-store-uri", f"sqlite:///{self.place}/server.db", "--workers", "2",
             "--artifacts-destination", str(self.place / "kept")],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        for _ in range(300):
            with suppress(OSError), urllib.request.urlopen(f"{self.tracking['uri']}/health", timeout=5):
                return
            time.sleep(1)
        raise AssertionError("the server did not start")

    def stop(self):
        if self.process is not None:
            os.killpg(self.process.pid, 9)  # workers, too; the group is this server's own
            self.process.wait()
            self.process = None


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")
    server = Server(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.mark.slow
def test_a_server_that_is_killed_and_comes_back(tmp_path, server, capsys):
    """Two syncs at the same time double nothing, and what a killed server did not take is copied later."""
    runs = records(tmp_path / "runs", 24)
    assert copy_of(runs[:8], server.tracking).copied == 8
    server.stop()
    assert copy_of(runs[:12], server.tracking).failed == 12
    assert capsys.readouterr().err.count("MLflow did not take 12 of 12 runs") == 1
    server.start()
    sync = ("--runs-dir", tmp_path / "runs", "--uri", server.tracking["uri"])
    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(imbench, *sync, script="scripts/mlflow_sync.py") for _ in range(2)]
        for job in jobs:
            assert job.result().returncode == 0, job.result().stdout + job.result().stderr
    counts = Counter({key: len(ids) for key, ids in copies(server.tracking).items()})
    assert counts == dict.fromkeys((run.name for run in runs), 1)
