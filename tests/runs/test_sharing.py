"""Several processes that want the same thing at once: it is made once, also when its maker is killed."""

import json
import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import accelerate  # noqa: F401  (so that not every forked process has to load it)

import imbench.lm.plan  # noqa: F401
from imbench.locks import exclusive
from imbench.runs.execute import run_one
from tests.helpers import SMALL_LLM, run_config

LONG = "llm.training.max_steps=60", "llm.training.epochs=100000"
ENDLESS = "llm.training.max_steps=1000000", "llm.training.epochs=100000"


def start(runs_dir: Path, *words: str) -> multiprocessing.Process:
    """One run in a process of its own."""
    config = run_config(runs_dir, *SMALL_LLM, *words)
    process = multiprocessing.get_context("fork").Process(target=run_one, args=(config,))
    process.start()
    return process


def ledgers(runs_dir: Path) -> list[dict]:
    return [json.loads(p.read_text()) for p in sorted(runs_dir.glob("*/ledger.json"))]


def test_a_model_that_two_processes_want_is_trained_once(tmp_path):
    for process in [start(tmp_path, *LONG, f"method={m}") for m in ("great", "ablation/condition_yx")]:
        process.join()
    found = ledgers(tmp_path)
    assert len({f["model_key"] for f in found}) == 1
    assert sorted(f["model_reused"] for f in found) == [False, True]


def test_rows_that_two_processes_want_are_made_once(tmp_path):
    words = ("method=imbllm", *LONG)
    for process in [start(tmp_path, *words, f"classifier=[{c}]") for c in ("xgboost", "random_forest")]:
        process.join()
    statuses = [json.loads(p.read_text()) for p in tmp_path.glob("*/status.json")]
    assert sorted(s["rows_reused"] for s in statuses) == [False, True]


def test_a_killed_owner_does_not_keep_the_others_waiting(tmp_path):
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


def test_one_at_a_time_and_an_error_frees_the_lock(tmp_path):
    inside, most = [], []

    def work(_: int) -> None:
        with exclusive(tmp_path / "result"):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.01)
            inside.pop()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(12)))
    assert max(most) == 1
    try:
        with exclusive(tmp_path / "result"):
            raise ValueError
    except ValueError:
        pass
    with exclusive(tmp_path / "result"):
        pass
