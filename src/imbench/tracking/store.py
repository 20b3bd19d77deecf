"""The MLflow store: where it is, who may write, whether it answers, its experiments.

A sqlite file has one writer at a time, by a lock beside it; a server has no such lock.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import Any

from imbench.utils.paths import from_root

SQLITE = "sqlite:///"
#: Seconds for which a store that does not answer is left alone: else every run of a sweep would wait for it.
PAUSE_SECONDS = 30.0
#: Seconds to wait for the writers before this one, and for a server's answer.
LOCK_SECONDS, ANSWER_SECONDS = 120.0, 20
#: Seconds that sqlite waits for a lock of others (MLflow's own pages, say).
BUSY_SECONDS = 30

_away: dict[str, float] = {}
_experiments: dict[tuple[str, str], str] = {}
_files: dict[str, tuple[tuple[int, int] | None, int]] = {}


def uri_of(tracking: Mapping[str, Any]) -> str:
    """The store's address; a relative sqlite file counts from the project's root."""
    uri = str(tracking["uri"])
    if uri.startswith(SQLITE):
        return SQLITE + str(from_root(uri[len(SQLITE) :]))
    return uri


def away(tracking: Mapping[str, Any]) -> bool:
    """Whether the store did not answer a moment ago."""
    return _away.get(uri_of(tracking), 0.0) > time.monotonic()


def leave_alone(uri: str) -> None:
    """Do not ask the store again for a while."""
    _away[uri] = time.monotonic() + PAUSE_SECONDS


def writing(uri: str) -> AbstractContextManager[Any]:
    """The lock of a sqlite file, which also survives its owner's death; nothing for a server."""
    if not uri.startswith(SQLITE):
        return nullcontext()
    from filelock import FileLock

    file = Path(uri[len(SQLITE) :])
    file.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(f"{file}.lock", timeout=LOCK_SECONDS)


def client_of(uri: str) -> Any:
    """A client; a sqlite file that is not there yet is made."""
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
        forget_experiments()
    _files[uri] = (mark, times)
    return f"{uri}?timeout={BUSY_SECONDS + times}"


def _mark(uri: str) -> tuple[int, int] | None:
    """What tells a sqlite file from another one of the same name; None where there is none."""
    try:
        found = os.stat(uri[len(SQLITE) :])
    except OSError:
        return None
    return found.st_dev, found.st_ino


def answers(uri: str) -> bool:
    """Whether the store answers now."""
    try:
        client_of(uri).search_experiments(max_results=1)
    except Exception:
        return False
    return True


def experiment(client: Any, uri: str, name: str, artifacts: str | None) -> str:
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


def forget_experiments() -> None:
    """Ask the store anew for the experiments' numbers; it may have been rebuilt."""
    _experiments.clear()
