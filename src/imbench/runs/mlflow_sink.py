"""A copy of every run in MLflow. The run folders are the truth; the store can be rebuilt from them.

Many processes may copy at once. A sqlite file has one writer at a time, by a lock beside it. A server
has no such lock: there every writer looks again when its copy is complete, and of several copies of one
run all writers keep the same one. A store that is away costs a warning.
"""

from __future__ import annotations

import logging
import os
import random
import sqlite3
import sys
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, closing, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

from imbench.paths import from_root
from imbench.runs import mlflow_copies as copies
from imbench.runs.flat import LABELS, flat_run
from imbench.runs.identity import name_of
from imbench.runs.record import ROWS, RunFolder

ARTIFACTS = ("config.yaml", "scores.json", "ledger.json", "status.json", ROWS)
SQLITE = "sqlite:///"
LONGEST = 500
#: How often a copy is tried while the store answers, and seconds for which a store that does not answer
#: is left alone: else every run of a sweep would wait for it.
TRIES, PAUSE_SECONDS = 4, 30.0
#: Seconds to wait for the writers before this one, and for a server's answer.
LOCK_SECONDS, ANSWER_SECONDS = 120.0, 20
#: Seconds that sqlite waits for a lock of others (MLflow's own pages, say).
BUSY_SECONDS = 30

_away: dict[str, float] = {}
_experiments: dict[tuple[str, str], str] = {}
_files: dict[str, tuple[tuple[int, int] | None, int]] = {}


class StoreAwayError(Exception):
    """The store did not answer a moment ago and is not asked again yet."""


def store_uri(tracking: Mapping[str, Any]) -> str:
    """The store's address; a relative sqlite file counts from the project's root."""
    uri = str(tracking["uri"])
    if uri.startswith(SQLITE):
        return SQLITE + str(from_root(uri[len(SQLITE) :]))
    return uri


def prepare(tracking: Mapping[str, Any]) -> None:
    """Create a local store once, before workers start; each of them would look and wait."""
    if tracking["name"] == "none":
        return
    uri = store_uri(tracking)
    if not uri.startswith(SQLITE):
        return
    try:
        with _writing(uri):
            if not Path(uri[len(SQLITE) :]).exists():
                _client(uri).search_experiments(max_results=1)
    except Exception as error:
        _warn(error)


def log_run(folder: Path, tracking: Mapping[str, Any]) -> bool:
    """Copy one ended run into the store, in place of an older copy of the same key.

    A store that does not answer never harms the run: a warning, False, and ``mlflow_sync`` later.
    """
    if tracking["name"] == "none":
        return False
    uri = store_uri(tracking)
    try:
        if away(tracking):
            raise StoreAwayError(f"the store did not answer within the last {PAUSE_SECONDS:.0f} s")
        for left in reversed(range(TRIES)):
            try:
                with _writing(uri):
                    _log(RunFolder(folder), uri, tracking)
                break
            except Exception:
                _experiments.clear()
                if not _answers(uri):
                    _away[uri] = time.monotonic() + PAUSE_SECONDS
                    raise
                if not left:
                    raise
                time.sleep(random.uniform(0.1, 1.0))
    except Exception as error:
        _warn(error)
        return False
    return True


def away(tracking: Mapping[str, Any]) -> bool:
    """Whether the store did not answer a moment ago."""
    return _away.get(store_uri(tracking), 0.0) > time.monotonic()


def logged_keys(tracking: Mapping[str, Any]) -> dict[str, str]:
    """Run keys of which the store has one whole copy, with the moment at which the run had finished."""
    found = held(tracking)
    return {key: moments[0] for key, moments in found.items() if len(moments) == 1 and moments[0]}


def held(tracking: Mapping[str, Any]) -> dict[str, list[str]]:
    """By run key, the moment of each copy in the store: that at which the run had finished, or an empty text
    for a copy that is not whole.
    """
    client = _client(store_uri(tracking))
    found: dict[str, list[str]] = {}
    experiments = [e.experiment_id for e in client.search_experiments() if e.name.startswith("imbench")]
    token: str | None = None
    while experiments:
        page = client.search_runs(experiments, max_results=1000, page_token=token)
        for run in page:
            moment = run.data.tags.get(copies.FINISHED, "") if copies.whole(run) else ""
            found.setdefault(run.data.tags.get(copies.KEY, ""), []).append(moment)
        token = page.token
        if not token:
            break
    return found


def _writing(uri: str) -> AbstractContextManager[Any]:
    """The lock of a sqlite file, which also survives its owner's death; nothing for a server."""
    if not uri.startswith(SQLITE):
        return nullcontext()
    from filelock import FileLock

    file = Path(uri[len(SQLITE) :])
    file.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(f"{file}.lock", timeout=LOCK_SECONDS)


def _client(uri: str) -> Any:
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")  # 7 are minutes a run without a server
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", str(ANSWER_SECONDS))
    logging.getLogger("alembic").setLevel(logging.WARNING)
    if uri.startswith(SQLITE):  # MLflow tries for minutes to open a file that cannot be opened
        with closing(sqlite3.connect(uri[len(SQLITE) :], timeout=BUSY_SECONDS)) as file:
            file.execute("SELECT count(*) FROM sqlite_master")
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=_address(uri))
    if uri.startswith(SQLITE):  # the file is there now
        _files[uri] = (_mark(uri), _files[uri][1])
    return client


def _address(uri: str) -> str:
    """The address for MLflow, which keeps one open file for each that it was ever given.

    A sqlite file that was deleted or replaced therefore gets another one: the seconds for which sqlite
    waits for a lock are a part of it and grow by one.
    """
    if not uri.startswith(SQLITE):
        return uri
    known, times = _files.get(uri, (None, 0))
    mark = _mark(uri)
    if known is not None and mark != known:
        times += 1
        _experiments.clear()
    _files[uri] = (mark, times)
    return f"{uri}?timeout={BUSY_SECONDS + times}"


def _mark(uri: str) -> tuple[int, int] | None:
    """What tells a sqlite file from another one of the same name; None where there is none."""
    try:
        found = os.stat(uri[len(SQLITE) :])
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _answers(uri: str) -> bool:
    try:
        _client(uri).search_experiments(max_results=1)
    except Exception:
        return False
    return True


def _log(folder: RunFolder, uri: str, tracking: Mapping[str, Any]) -> None:
    from mlflow.entities import Metric, Param

    status, line = folder.status(), flat_run(folder)
    if status is None or line is None:
        raise ValueError(f"'{folder.path}' has not ended")
    client, alone = _client(uri), uri.startswith(SQLITE)
    experiment = _experiment(client, uri, f"imbench {status['dataset']}", tracking.get("artifacts"))
    before = copies.of(client, experiment, status["key"])
    if any(copies.whole(run) and run.data.tags[copies.FINISHED] == status["finished"] for run in before):
        copies.tidy(client, before, alone)
        return
    start, end = (_milliseconds(status[moment]) for moment in ("started", "finished"))
    tags = {
        copies.KEY: status["key"],
        copies.FINISHED: status["finished"],
        copies.WRITER: copies.writer(),
        "state": status["state"],
        "reading": "published, corrected",
        "git_commit": line["git_commit"],
        "reason": status.get("reason"),
        "variant": status["variant"],
    }
    run = client.create_run(
        experiment,
        start_time=start,
        run_name=name_of(status),
        tags={n: str(v)[:LONGEST] for n, v in tags.items() if v is not None},
    )
    name = run.info.run_id
    copies.begun(uri, name)
    numbers = {n: v for n, v in line.items() if isinstance(v, (int, float)) and not isinstance(v, bool)}
    client.log_batch(
        name,
        metrics=[Metric(n, float(v), end, 0) for n, v in numbers.items() if n not in LABELS],
        params=[Param(n, str(status[n])) for n in LABELS if status.get(n) is not None],
    )
    for artifact in ARTIFACTS:
        if (folder.path / artifact).exists():
            client.log_artifact(name, str(folder.path / artifact))
    client.set_terminated(name, "FINISHED" if status["state"] == "done" else "FAILED", end_time=end)
    copies.ended(client, uri, name)
    if before or not alone:
        copies.tidy(client, copies.of(client, experiment, status["key"]), alone)


def _experiment(client: Any, uri: str, name: str, artifacts: str | None) -> str:
    """The number of a table's experiment, made or brought back where needed; asked for once a process."""
    from mlflow.exceptions import MlflowException

    if (uri, name) in _experiments:
        return _experiments[uri, name]
    found = client.get_experiment_by_name(name)
    if found is None:
        location = from_root(artifacts).as_uri() if artifacts else None
        try:
            number = client.create_experiment(name, artifact_location=location)
        except MlflowException:  # another worker was faster
            found = client.get_experiment_by_name(name)
            if found is None:
                raise
    if found is not None:
        number = found.experiment_id
        if found.lifecycle_stage == "deleted":
            client.restore_experiment(number)
    _experiments[uri, name] = number
    return number


def _milliseconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp() * 1000)


def _warn(error: Exception) -> None:
    print(
        f"imbench: MLflow did not take this run ({type(error).__name__}: {str(error)[:200]}). Its record is "
        "complete; `python scripts/mlflow_sync.py` brings the store up to date.",
        file=sys.stderr,
        flush=True,
    )
