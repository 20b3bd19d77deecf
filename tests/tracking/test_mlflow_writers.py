"""Many processes copy runs into one MLflow store at once: nothing is lost and nothing doubled."""

import multiprocessing
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from imbench.tracking import copies as mlflow_copies
from imbench.tracking import sink as mlflow_sink
from imbench.tracking import store as mlflow_store
from tests.helpers import imbench
from tests.reports.stored import write_run

WRITERS = 8
#: Runs that every process copies, at the same moment.
SHARED = 2


def records(runs_dir, number):
    """``number`` ended runs of two tables and several methods."""
    methods = ("smote", "adasyn", "original")
    words = [(d, m, s) for s in range(50) for d in ("german", "car") for m in methods]
    return [write_run(runs_dir, *word) for word in words[:number]]


def copy_all(folders, tracking, results, gate, counts, pause=0.0):
    gate.wait()
    taken = []
    for folder in folders:
        taken.append(mlflow_sink.log_run(Path(folder), tracking))
        with counts[taken[-1]].get_lock():
            counts[taken[-1]].value += 1
        time.sleep(pause)
    results.put(taken)


def started(folders, tracking, pause=0.0, writers=WRITERS):
    """Processes that copy: each its own share and, first, the shared runs; and where they tell."""
    import mlflow  # noqa: F401  (once, before the processes split)

    context = multiprocessing.get_context("fork")
    results, gate = context.Queue(), context.Barrier(writers)
    counts = {taken: context.Value("i", 0) for taken in (True, False)}
    shared, own = folders[:SHARED], folders[SHARED:]
    processes = [
        context.Process(
            target=copy_all,
            args=(shared + own[number::writers], tracking, results, gate, counts, pause),
        )
        for number in range(writers)
    ]
    for process in processes:
        process.start()
    return processes, results, counts


def until(counts, taken, number):
    """Wait until so many copies were taken (or refused)."""
    for _ in range(600):
        if counts[taken].value >= number:
            return
        time.sleep(0.2)
    raise AssertionError(f"after two minutes: {counts[taken].value} of {number} copies")


def ended(processes, results, counts):
    """What each copy said (True: the store took it)."""
    answers = [results.get(timeout=600) for _ in processes]
    for process in processes:
        process.join(60)
    assert [p.exitcode for p in processes] == [0] * len(processes)
    return [taken for said in answers for taken in said]


def active_runs(tracking):
    """All active runs of the store."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=tracking["uri"])
    experiments = [e.experiment_id for e in client.search_experiments() if e.name != "Default"]
    assert len(experiments) == 2, "one experiment for each table"
    return client, list(client.search_runs(experiments, max_results=1000))


def assert_once(tracking, folders):
    client, runs = active_runs(tracking)
    counts = Counter(run.data.tags["run_key"] for run in runs)
    assert counts == dict.fromkeys((Path(f).name for f in folders), 1)
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert {run.data.metrics["corrected_f1"] > 0 for run in runs} == {True}
    for run in runs[:5]:
        assert {a.path for a in client.list_artifacts(run.info.run_id)} == {"scores.json", "status.json"}


def sqlite_store(place):
    return {"name": "mlflow", "uri": f"sqlite:///{place}/mlflow.db", "artifacts": f"{place}/artifacts"}


@pytest.mark.parametrize("writers, each", ((3, 2), pytest.param(WRITERS, 12, marks=pytest.mark.slow)))
def test_many_writers_of_one_sqlite_file(tmp_path, writers, each):
    """They make the store themselves, too: nobody prepared it."""
    folders, tracking = records(tmp_path / "runs", SHARED + each * writers), sqlite_store(tmp_path)
    said = ended(*started(folders, tracking, writers=writers))
    assert said == [True] * (writers * (SHARED + each))
    assert_once(tracking, folders)


def synced_twice_at_once(tmp_path, tracking):
    words = ("--runs-dir", tmp_path / "runs", "--uri", tracking["uri"])
    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(imbench, *words, script="scripts/mlflow_sync.py") for _ in range(2)]
        for job in jobs:
            assert job.result().returncode == 0, job.result().stdout + job.result().stderr


@pytest.mark.slow
def test_a_sqlite_store_that_is_away_for_a_while(tmp_path, monkeypatch):
    monkeypatch.setattr(mlflow_store, "PAUSE_SECONDS", 0.5)
    folders, tracking = records(tmp_path / "runs", SHARED + 12 * WRITERS), sqlite_store(tmp_path)
    mlflow_sink.prepare(tracking)
    file, aside = tmp_path / "mlflow.db", tmp_path / "aside"
    processes, results, counts = started(folders, tracking, pause=0.2)
    until(counts, True, 10)
    file.rename(aside)
    file.mkdir()
    until(counts, False, 3)
    file.rmdir()
    aside.rename(file)
    said = ended(processes, results, counts)
    assert 3 <= said.count(False) < len(said) - 10, "the store was away for some of the runs"
    synced_twice_at_once(tmp_path, tracking)
    assert_once(tracking, folders)


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
def test_eight_writers_of_a_server(tmp_path, server):
    folders = records(tmp_path / "runs", SHARED + 12 * WRITERS)
    said = ended(*started(folders, server.tracking))
    if not all(said):  # on a busy machine an answer may come too late: it is said, and the sync mends it
        synced_twice_at_once(tmp_path, server.tracking)
    assert_once(server.tracking, folders)


@pytest.mark.slow
def test_a_server_that_is_killed_and_comes_back(tmp_path, server, monkeypatch):
    monkeypatch.setattr(mlflow_store, "PAUSE_SECONDS", 1.0)
    folders = records(tmp_path / "runs", SHARED + 12 * WRITERS)
    processes, results, counts = started(folders, server.tracking, pause=0.5)
    until(counts, True, 10)
    server.stop()
    until(counts, False, 3)
    server.start()
    said = ended(processes, results, counts)
    assert 3 <= said.count(False) < len(said), "the server was away for some of the runs"
    synced_twice_at_once(tmp_path, server.tracking)
    synced_twice_at_once(tmp_path, server.tracking)  # what a killed server left half is given up by now
    assert_once(server.tracking, folders)


def test_a_writer_that_died_leaves_nothing_behind(tmp_path):
    """A copy that was begun and never completed does not count, and goes with the next one."""
    (folder,), tracking = records(tmp_path / "runs", 1), sqlite_store(tmp_path)
    client = mlflow_store.client_of(mlflow_store.uri_of(tracking))
    experiment = client.create_experiment("imbench german")
    finished = "2026-01-01T00:00:01+00:00"
    client.create_run(experiment, tags={mlflow_copies.KEY: folder.name, mlflow_copies.FINISHED: finished})
    assert mlflow_sink.logged_keys(tracking) == {}
    assert mlflow_sink.log_run(folder, tracking)
    (run,) = client.search_runs([experiment])
    assert run.info.status == "FINISHED"
    assert mlflow_sink.logged_keys(tracking) == {folder.name: finished}
    client.delete_experiment(experiment)  # by a person, in MLflow's pages
    mlflow_store.forget_experiments()
    again = write_run(tmp_path / "runs", "german", "smote", 0, finished="2026-01-02T00:00:00+00:00")
    assert again == folder and mlflow_sink.log_run(folder, tracking)
    assert [r.info.status for r in client.search_runs([experiment])] == ["FINISHED"]


def test_a_store_deleted_under_a_running_process_is_made_again(tmp_path):
    folders, tracking = records(tmp_path / "runs", 2), sqlite_store(tmp_path)
    assert mlflow_sink.log_run(folders[0], tracking)
    (tmp_path / "mlflow.db").unlink()
    assert mlflow_sink.log_run(folders[1], tracking)
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=f"{tracking['uri']}?timeout=5")  # a name MLflow has not opened yet
    (experiment,) = [e.experiment_id for e in client.search_experiments() if e.name != "Default"]
    assert [r.data.tags["run_key"] for r in client.search_runs([experiment])] == [folders[1].name]


def test_a_sync_without_a_store_says_so(tmp_path):
    records(tmp_path / "runs", 1)
    (tmp_path / "mlflow.db").mkdir()
    for uri in (f"sqlite:///{tmp_path}/mlflow.db", "http://127.0.0.1:9"):
        done = imbench("--runs-dir", tmp_path / "runs", "--uri", uri, script="scripts/mlflow_sync.py")
        assert done.returncode == 2 and f"imbench: The MLflow store '{uri}'" in done.stderr
        assert "Traceback" not in done.stderr.split("imbench: The MLflow")[1]


def copy_of(run_id, status, finished, key="k", writer="elsewhere 1 1"):
    from types import SimpleNamespace as Space

    tags = {mlflow_copies.KEY: key, mlflow_copies.WRITER: writer}
    tags |= {mlflow_copies.FINISHED: finished} if finished else {}
    return Space(info=Space(run_id=run_id, status=status), data=Space(tags=tags))


@pytest.mark.parametrize("alone", (True, False))
def test_every_writer_keeps_the_same_copy(monkeypatch, alone):
    """The latest end counts, then the name; a copy under way is left to its writer unless nobody writes."""
    deleted = []
    monkeypatch.setattr(mlflow_copies, "delete", lambda client, run_id: deleted.append(run_id))
    under_way = copy_of("d", "RUNNING", "2026-03", writer=f"elsewhere 1 {time.time()}")
    found = [
        copy_of("a", "FINISHED", "2026-02"), copy_of("b", "FINISHED", "2026-02"),
        copy_of("c", "FAILED", "2026-01"), under_way, copy_of("e", "RUNNING", None),
    ]  # fmt: skip
    for order in (found, found[::-1]):
        deleted.clear()
        mlflow_copies.tidy(None, order, alone)
        assert sorted(deleted) == (["a", "c", "d", "e"] if alone else ["a", "c", "e"])
