"""Several processes with the same work: it is done once, also when the process that does it is killed."""

import json
import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import accelerate  # noqa: F401  (so that not every forked process has to load it)
import pytest

import imbench.lm.model_store  # noqa: F401
from imbench.errors import StorageError
from imbench.records.record import RunFolder
from imbench.runs import run as execute
from imbench.runs.run import run_one
from imbench.utils.locks import exclusive, report_waits, waited
from tests.helpers import SMALL_LLM, run_config

LONG = ("llm.training.steps=300",)
ENDLESS = ("llm.training.steps=10000000",)


def start(runs_dir: Path, *words: str) -> multiprocessing.Process:
    """One run in a process of its own."""
    config = run_config(runs_dir, *SMALL_LLM, *words)
    process = multiprocessing.get_context("fork").Process(target=run_one, args=(config,))
    process.start()
    return process


def ledgers(runs_dir: Path) -> list[dict]:
    return [json.loads(p.read_text()) for p in sorted(runs_dir.glob("*/ledger.json"))]


def test_a_shared_model_is_trained_once(tmp_path):
    for process in [start(tmp_path, *LONG, f"method={m}") for m in ("great", "ablation/condition_yx")]:
        process.join()
    found = ledgers(tmp_path)
    assert len({f["model_key"] for f in found}) == 1
    assert sorted(f["model_reused"] for f in found) == [False, True]


def test_shared_rows_are_generated_once(tmp_path):
    words = ("method=imbllm", *LONG)
    for process in [start(tmp_path, *words, f"classifier=[{c}]") for c in ("xgboost", "random_forest")]:
        process.join()
    statuses = [json.loads(p.read_text()) for p in tmp_path.glob("*/status.json")]
    assert sorted(s["rows_reused"] for s in statuses) == [False, True]


def test_a_killed_process_frees_its_lock(tmp_path):
    owner = start(tmp_path, *ENDLESS, "method=great")
    waited = time.monotonic() + 60
    while not list(tmp_path.glob(".models/.*.lock")) and time.monotonic() < waited:
        time.sleep(0.02)
    (lock,) = tmp_path.glob(".models/.*.lock")
    owner.kill()
    owner.join()
    started = time.monotonic()
    with exclusive(lock.parent / lock.name.removeprefix(".").removesuffix(".lock")):
        assert time.monotonic() - started < 5


def test_a_run_of_two_processes_is_executed_once(tmp_path, monkeypatch):
    """The second process waits for the first, finds its record and removes no marker."""
    context = multiprocessing.get_context("fork")
    begun, go, results = context.Semaphore(0), context.Event(), context.Queue()

    def work(config, identity, folder, status, report=None):
        begun.release()
        go.wait(60)
        folder.write_json("scores.json", {"classifiers": {}, "quality": None})
        folder.end(status | {"state": "done", "finished": status["started"], "seconds": 1.0, "phases": {}})

    def ask():
        outcome = run_one(config)
        results.put((outcome.state, outcome.ran))

    monkeypatch.setattr(execute, "_do", work)
    config = run_config(tmp_path)
    processes = [context.Process(target=ask) for _ in range(2)]
    for process in processes:
        process.start()
    assert begun.acquire(timeout=60)
    assert not begun.acquire(timeout=1), "the second one has begun as well"
    go.set()
    for process in processes:
        process.join(60)
    assert sorted(results.get(timeout=10) for _ in processes) == [("done", True), ("skipped", False)]
    assert [json.loads(p.read_text())["attempts"] for p in tmp_path.glob("*/status.json")] == [1]
    assert not [p for p in tmp_path.iterdir() if p.is_file()], "the lock has gone with the work"


def test_a_record_that_cannot_be_read_back(tmp_path, monkeypatch):
    original = RunFolder.end
    monkeypatch.setattr(RunFolder, "end", lambda s, status: (original(s, status), s.begin(1)))
    monkeypatch.setattr(execute, "_do", lambda c, i, folder, status, report=None: folder.end(status))
    with pytest.raises(StorageError, match="cannot be read back"):
        run_one(run_config(tmp_path))


def test_a_wait_is_reported_and_counted(tmp_path):
    reports, before = [], waited()

    def want() -> float:
        report_waits(reports.append)
        with exclusive(tmp_path / "result"):
            return waited()

    with ThreadPoolExecutor(1) as pool:
        with exclusive(tmp_path / "result"):
            found, end = pool.submit(want), time.monotonic() + 60
            while not reports and time.monotonic() < end:
                time.sleep(0.01)
            time.sleep(0.1)
            assert reports == [True]
        assert found.result() >= 0.1 and reports == [True, False]
    assert waited() == before, "each thread has its own"


@pytest.mark.parametrize("tidy", (False, True))
def test_one_at_a_time_and_an_error_frees_the_lock(tmp_path, tidy):
    inside, most = [], []

    def work(_: int) -> None:
        with exclusive(tmp_path / "result", tidy):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.01)
            inside.pop()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(12)))
    assert max(most) == 1
    with pytest.raises(ValueError), exclusive(tmp_path / "result", tidy):
        raise ValueError
    with exclusive(tmp_path / "result", tidy):
        assert (tmp_path / ".result.lock").exists()
    assert (tmp_path / ".result.lock").exists() != tidy
