"""A copy of every run in MLflow. The run folders are the truth; the store can be rebuilt from them.

Many processes may copy at once. A sqlite file has one writer at a time, by a lock beside it. A server
has no such lock: there every writer looks again when its copy is complete, and of several copies of one
run all writers keep the same one. A store that is away costs a warning.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from imbench.runs.flat import LABELS, flat_run
from imbench.runs.key import name_of
from imbench.runs.record import ROWS, RunFolder
from imbench.tracking import copies as copies
from imbench.tracking import store as store

ARTIFACTS = ("config.yaml", "scores.json", "ledger.json", "status.json", ROWS)
#: Characters of a tag.
LONGEST = 500
#: How often a copy is tried while the store answers.
TRIES = 4


class StoreAwayError(Exception):
    """The store did not answer a moment ago and is not asked again yet."""


def prepare(tracking: Mapping[str, Any]) -> None:
    """Create a local store once, before workers start; each of them would look and wait."""
    if tracking["name"] == "none":
        return
    uri = store.uri_of(tracking)
    if not uri.startswith(store.SQLITE):
        return
    try:
        with store.writing(uri):
            if not Path(uri[len(store.SQLITE) :]).exists():
                store.client_of(uri).search_experiments(max_results=1)
    except Exception as error:
        _warn(error)


def log_run(folder: Path, tracking: Mapping[str, Any]) -> bool:
    """Copy one ended run into the store, in place of an older copy of the same key.

    A store that does not answer never harms the run: a warning, False, and ``mlflow_sync`` later.
    """
    if tracking["name"] == "none":
        return False
    uri = store.uri_of(tracking)
    try:
        if store.away(tracking):
            raise StoreAwayError(f"the store did not answer within the last {store.PAUSE_SECONDS:.0f} s")
        for left in reversed(range(TRIES)):
            try:
                with store.writing(uri):
                    _log(RunFolder(folder), uri, tracking)
                break
            except Exception:
                store.forget_experiments()
                if not store.answers(uri):
                    store.leave_alone(uri)
                    raise
                if not left:
                    raise
                time.sleep(random.uniform(0.1, 1.0))
    except Exception as error:
        _warn(error)
        return False
    return True


def logged_keys(tracking: Mapping[str, Any]) -> dict[str, str]:
    """Run keys of which the store has one whole copy, with the moment at which the run had finished."""
    found = held(tracking)
    return {key: moments[0] for key, moments in found.items() if len(moments) == 1 and moments[0]}


def held(tracking: Mapping[str, Any]) -> dict[str, list[str]]:
    """By run key, the moment of each copy in the store: that at which the run had finished, or an empty text
    for a copy that is not whole.
    """
    client = store.client_of(store.uri_of(tracking))
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


def _log(folder: RunFolder, uri: str, tracking: Mapping[str, Any]) -> None:
    from mlflow.entities import Metric, Param

    status, line = folder.status(), flat_run(folder)
    if status is None or line is None:
        raise ValueError(f"'{folder.path}' has not ended")
    client, alone = store.client_of(uri), uri.startswith(store.SQLITE)
    experiment = store.experiment(client, uri, f"imbench {status['dataset']}", tracking.get("artifacts"))
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


def _milliseconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp() * 1000)


def _warn(error: Exception) -> None:
    print(
        f"imbench: MLflow did not take this run ({type(error).__name__}: {str(error)[:200]}). Its record is "
        "complete; `python scripts/mlflow_sync.py` brings the store up to date.",
        file=sys.stderr,
        flush=True,
    )
