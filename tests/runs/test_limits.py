"""Limits of a run: its time, its memory, and the end of all that it started."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from imbench.errors import ConfigError, StorageError
from imbench.records.record import RunFolder
from imbench.runs import generation, process_group
from imbench.runs import run as execute
from imbench.runs.key import identify
from imbench.runs.limits import Ended, Limits, supervise
from imbench.runs.run import run_one
from imbench.utils.locks import exclusive
from tests.helpers import compose, run_config


def hang(pids=None):
    """A generator that starts a child and an orphan, writes all numbers to ``pids`` and never ends."""

    def generate(*_):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        if pids is not None:
            pids.write_text(f"{os.getpid()} {child.pid} {orphan()}")
        time.sleep(600)

    return generate


def orphan():
    """The number of a process whose parent, a shell, has ended."""
    words = ["sh", "-c", "sleep 600 >/dev/null 2>&1 & echo $!"]
    return int(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


def finish(config, identity, folder, status, report=None):
    """What a run leaves behind that is done, without its work."""
    folder.write_json("scores.json", {"classifiers": {}, "quality": None})
    folder.end(status | {"state": "done", "finished": status["started"], "seconds": 1.0, "phases": {}})


def fill(*_):
    held = []
    while True:
        held.append(bytearray(b"x") * (64 << 20))
        time.sleep(0.02)


def gone(pids, seconds=10):
    """Whether all these processes end within some seconds."""
    waited = time.monotonic() + seconds
    while time.monotonic() < waited:
        if not any(psutil.pid_exists(p) and psutil.Process(p).status() != "zombie" for p in pids):
            return True
        time.sleep(0.05)
    return False


def test_a_run_within_its_limits_is_the_same_run(tmp_path):
    free = run_one(run_config(tmp_path / "free"))
    bound = run_one(run_config(tmp_path / "bound", "limits.seconds=300", "limits.memory_gb=16"))
    assert bound.ok and bound.key == free.key and bound.ran
    assert bound.scores == free.scores and bound.scores["classifiers"]
    status = json.loads((bound.folder / "status.json").read_text())
    assert list(status["phases"]) == ["load", "split", "generate", "predict", "score", "quality"]


def test_a_run_over_its_time_is_ended_with_its_children(tmp_path, monkeypatch):
    assert run_one(run_config(tmp_path / "free")).ok  # all is loaded, so the next one is soon where it hangs
    pids = tmp_path / "pids"
    monkeypatch.setattr(generation, "generate", hang(pids))
    started = time.monotonic()
    outcome = run_one(run_config(tmp_path / "runs", "limits.seconds=4"))
    assert time.monotonic() - started < 60
    assert outcome.state == "timeout" and not outcome.ok and "limits.seconds=4" in outcome.reason
    status = RunFolder(outcome.folder).status()
    assert status["phase"] == "generate" and status["seconds"] >= 4 and status["attempts"] == 1
    assert gone([int(p) for p in pids.read_text().split()])
    monkeypatch.undo()
    again = run_one(run_config(tmp_path / "runs", "limits.seconds=300"))
    assert again.ok and RunFolder(again.folder).status()["attempts"] == 2


def test_a_run_over_its_memory_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(generation, "generate", fill)
    outcome = run_one(run_config(tmp_path, "limits.memory_gb=1.2", "limits.seconds=60"))
    assert outcome.state == "out_of_memory" and "1.2" in outcome.reason


def test_a_process_killed_from_outside_is_a_record(tmp_path, monkeypatch):
    monkeypatch.setattr(generation, "generate", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    outcome = run_one(run_config(tmp_path, "limits.seconds=60"))
    assert outcome.state == "failed" and "SIGKILL" in outcome.reason
    monkeypatch.setattr(generation, "generate", lambda *_: os._exit(3))
    outcome = run_one(run_config(tmp_path, "limits.seconds=60"))
    assert outcome.state == "failed" and "exit code 3" in outcome.reason


def test_errors_come_through_as_they_are(tmp_path, monkeypatch):
    def fail(*_):
        raise ValueError("no luck")

    monkeypatch.setattr(generation, "generate", fail)
    outcome = run_one(run_config(tmp_path, "limits.seconds=60"))
    assert outcome.state == "failed" and outcome.reason == "ValueError: no luck"

    def disk_full(*_):
        raise StorageError("disk full")

    with pytest.raises(StorageError, match="disk full"):
        supervise(disk_full, Limits(seconds=60))


def test_no_process_survives_a_killed_worker(tmp_path):
    program = (
        "import sys, pathlib\n"
        "from imbench.runs import generation\n"
        "from imbench.runs.run import run_one\n"
        "from tests.helpers import run_config\n"
        "from tests.runs.test_limits import hang\n"
        f"pids = pathlib.Path({str(tmp_path / 'pids')!r})\n"
        "generation.generate = hang(pids)\n"
        f"run_one(run_config(pathlib.Path({str(tmp_path / 'runs')!r}), 'limits.seconds=600'))\n"
    )
    worker = subprocess.Popen([sys.executable, "-c", program])
    waited = time.monotonic() + 60
    while not (tmp_path / "pids").exists() and time.monotonic() < waited:
        time.sleep(0.1)
    time.sleep(0.2)
    worker.kill()
    worker.wait()
    assert gone([int(p) for p in (tmp_path / "pids").read_text().split()])


def test_a_record_written_before_the_process_was_killed_stays(tmp_path, monkeypatch):
    def work(*words):
        finish(*words)
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(execute, "_do", work)
    outcome = run_one(run_config(tmp_path, "limits.seconds=300"))
    assert outcome.state == "done" and RunFolder(outcome.folder).status()["state"] == "done"


def test_a_record_written_before_the_time_was_over_stays(tmp_path, monkeypatch):
    def supervised(work, *_):
        work(None)
        return Ended("timeout", "ended after limits.seconds=300 seconds", "quality", 300.0)

    monkeypatch.setattr(execute, "_do", finish)
    monkeypatch.setattr(execute, "supervise", supervised)
    outcome = run_one(run_config(tmp_path, "limits.seconds=300"))
    assert outcome.state == "done" and RunFolder(outcome.folder).status()["state"] == "done"


@pytest.mark.parametrize("how", ("exit", "killed"))
def test_no_child_outlives_its_run(tmp_path, how):
    def work(_):
        child = subprocess.Popen(["sleep", "600"])
        (tmp_path / "pids").write_text(f"{child.pid} {orphan()}")
        if how == "killed":
            os.kill(os.getpid(), signal.SIGKILL)

    ended = supervise(work, Limits(seconds=300))
    assert (ended is None) == (how == "exit")
    assert gone([int(p) for p in (tmp_path / "pids").read_text().split()])


def test_a_death_is_noticed_though_a_forked_child_lives_on(tmp_path):
    """It has the pipes of the dead one, so their end does not come."""

    def work(_):
        if (child := os.fork()) == 0:
            time.sleep(600)
            os._exit(0)
        (tmp_path / "pid").write_text(str(child))
        os.kill(os.getpid(), signal.SIGKILL)

    started = time.monotonic()
    assert "SIGKILL" in supervise(work, Limits(seconds=100)).reason
    assert time.monotonic() - started < 60
    assert gone([int((tmp_path / "pid").read_text())])


def test_an_interrupted_worker_ends_its_run(tmp_path):
    """Ctrl-C reaches the worker alone, for the run's process is in a group of its own."""

    def work(_):
        (tmp_path / "pids").write_text(f"{os.getpid()} {orphan()}")
        assert os.getpgrp() == os.getpid() != os.getpgid(os.getppid())
        os.kill(os.getppid(), signal.SIGINT)
        time.sleep(600)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have set it to be ignored
    try:
        with pytest.raises(KeyboardInterrupt):
            supervise(work, Limits(seconds=60))
    finally:
        signal.signal(signal.SIGINT, before)
    assert gone([int(p) for p in (tmp_path / "pids").read_text().split()])


def test_orphans_count_and_end_with_their_group(tmp_path):
    script = f"sh -c 'sleep 600 & echo $! > {tmp_path}/new; mv {tmp_path}/new {tmp_path}/pid'; sleep 600"
    first = subprocess.Popen(["sh", "-c", script], process_group=0)
    waited = time.monotonic() + 60
    while not (tmp_path / "pid").exists() and time.monotonic() < waited:
        time.sleep(0.02)
    left = int((tmp_path / "pid").read_text())
    sizes = [psutil.Process(p).memory_info().rss for p in (first.pid, left)]
    assert process_group.memory(first.pid) > sizes[0] + sizes[1] / 2
    assert not process_group.has_ended(first.pid)
    process_group.kill(first.pid)
    assert gone([first.pid, left])
    assert process_group.has_ended(first.pid), "a zombie has ended, too"
    first.wait()


def test_waiting_for_others_does_not_count(tmp_path):
    """The clock of ``limits.seconds`` stands while another process makes what both want."""
    context = multiprocessing.get_context("fork")
    held = context.Event()

    def hold():
        with exclusive(tmp_path / "model"):
            held.set()
            time.sleep(3)

    def work(_):
        with exclusive(tmp_path / "model"):
            pass

    holder = context.Process(target=hold)
    holder.start()
    assert held.wait(60)
    ended = supervise(work, Limits(seconds=2))
    holder.join()
    assert ended is None
    again = supervise(lambda _: time.sleep(600), Limits(seconds=0.2))
    assert again.state == "timeout" and again.seconds >= 0.2


def test_the_longest_limit_is_one():
    assert supervise(lambda _: None, Limits(seconds=1e9)) is None


@pytest.mark.parametrize("words", ["limits.seconds=0", "limits.memory_gb=-1", "limits.seconds=soon"])
def test_invalid_limits(tmp_path, words):
    with pytest.raises(ConfigError, match=words.split("=")[0]):
        run_one(run_config(tmp_path, words))
    with pytest.raises(ConfigError, match="hours"):
        run_one(run_config(tmp_path, "+limits.hours=1"))


def test_limits_and_retries_are_not_in_the_key():
    words = ["limits.seconds=5", "limits.memory_gb=1", "retry_failed=false", "max_retries=3"]
    assert identify(compose(*words)) == identify(compose())
