"""Copies of one run in an MLflow store: which is whole, which one stays, which are left-overs.

A copy is begun under the run's key and is whole once its status says that it ended. Whoever completes a
copy looks at all of them and deletes all but one, by a rule that gives everybody the same answer. The
last writer to complete sees the others' whole copies, so one stays however the writers interleave.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

KEY, FINISHED, WRITER = "run_key", "finished", "copied_by"
#: Seconds after which a copy that is not whole counts as given up, whoever began it.
GIVEN_UP = 900.0

#: Copies that this process began, by store: those it could not complete are deleted with the next one.
_begun: dict[str, set[str]] = {}


def of(client: Any, experiment: str, key: str) -> list[Any]:
    """All copies of a key, whole or not."""
    return list(client.search_runs([experiment], f"tags.{KEY} = '{key}'"))


def whole(run: Any) -> bool:
    """Whether a copy was completed."""
    return run.info.status in ("FINISHED", "FAILED") and FINISHED in run.data.tags


def writer() -> str:
    """Who copies, and since when: machine, process, seconds."""
    return f"{socket.gethostname()} {os.getpid()} {time.time():.0f}"


def begun(uri: str, run_id: str) -> None:
    """Note a copy that is not whole yet."""
    _begun.setdefault(uri, set()).add(run_id)


def ended(client: Any, uri: str, run_id: str) -> None:
    """The copy is whole: forget it, and delete what this process began earlier and could not complete."""
    _begun[uri].discard(run_id)
    from mlflow.exceptions import MlflowException

    for left in list(_begun[uri]):
        with suppress(MlflowException):  # the store may have been rebuilt without it
            if not whole(client.get_run(left)):  # its last answer may be all that was lost
                delete(client, left)
        _begun[uri].discard(left)


def tidy(client: Any, found: Iterable[Any], alone: bool) -> None:
    """Delete all copies of one key but one: the whole copy of the latest end, of several the same for all.

    ``alone``: nobody else writes now, so what is not whole was given up.
    """
    found = list(found)
    ready = [run for run in found if whole(run)]
    stays = max(ready, key=lambda run: (run.data.tags[FINISHED], run.info.run_id), default=None)
    for run in found:
        given_up = not whole(run) and (alone or _given_up(run.data.tags.get(WRITER, "")))
        if given_up or (run in ready and run is not stays):
            delete(client, run.info.run_id)


def delete(client: Any, run_id: str) -> None:
    """Delete a copy that another process may have deleted a moment ago."""
    from mlflow.exceptions import MlflowException

    try:
        client.delete_run(run_id)
    except MlflowException:
        gone = None
        with suppress(MlflowException):
            gone = client.get_run(run_id).info.lifecycle_stage == "deleted"
        if gone is False:
            raise


def _given_up(words: str) -> bool:
    """Whether a copy's writer is gone: a process of this machine that has ended, or too long ago."""
    try:
        machine, process, moment = words.split()
        since, number = time.time() - float(moment), int(process)
    except ValueError:
        return True
    if machine == socket.gethostname():
        import psutil

        if not psutil.pid_exists(number):
            return True
    return since > GIVEN_UP
