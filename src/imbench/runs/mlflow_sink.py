"""A copy of every run in MLflow. The run folders are the truth; the store can be rebuilt from them."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from imbench.paths import from_root
from imbench.runs.flat import LABELS, flat_run
from imbench.runs.identity import name_of
from imbench.runs.record import ROWS, RunFolder

ARTIFACTS = ("config.yaml", "scores.json", "ledger.json", "status.json", ROWS)
SQLITE = "sqlite:///"
LONGEST = 500


def store_uri(tracking: Mapping[str, Any]) -> str:
    """The store's address; a relative sqlite file counts from the project's root."""
    uri = str(tracking["uri"])
    if uri.startswith(SQLITE):
        return SQLITE + str(from_root(uri[len(SQLITE) :]))
    return uri


def prepare(tracking: Mapping[str, Any]) -> None:
    """Create a local store once, before workers start: several at once would collide."""
    if tracking["name"] == "none":
        return
    uri = store_uri(tracking)
    if not uri.startswith(SQLITE):
        return
    from filelock import FileLock

    file = Path(uri[len(SQLITE) :])
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{file}.lock"):
            if not file.exists():
                _client(uri).search_experiments(max_results=1)
    except Exception as error:
        _warn(error)


def _client(uri: str) -> Any:
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")  # 7 are minutes a run without a server
    logging.getLogger("alembic").setLevel(logging.WARNING)
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=uri)


def log_run(folder: Path, tracking: Mapping[str, Any]) -> bool:
    """Copy one ended run into the store, in place of an older copy of the same key.

    A store that does not answer never harms the run: a warning, False, and ``mlflow_sync`` later.
    """
    if tracking["name"] == "none":
        return False
    try:
        prepare(tracking)
        _log(RunFolder(folder), _client(store_uri(tracking)), tracking)
    except Exception as error:
        _warn(error)
        return False
    return True


def logged_keys(tracking: Mapping[str, Any]) -> dict[str, str]:
    """Run keys in the store, each with the moment at which its run had finished."""
    client = _client(store_uri(tracking))
    found: dict[str, str] = {}
    experiments = [e.experiment_id for e in client.search_experiments() if e.name.startswith("imbench")]
    token: str | None = None
    while experiments:
        page = client.search_runs(experiments, max_results=1000, page_token=token)
        found |= {r.data.tags.get("run_key", ""): r.data.tags.get("finished", "") for r in page}
        token = page.token
        if not token:
            break
    return found


def _log(folder: RunFolder, client: Any, tracking: Mapping[str, Any]) -> None:
    from mlflow.entities import Metric, Param, RunTag

    status, line = folder.status(), flat_run(folder)
    if status is None or line is None:
        raise ValueError(f"'{folder.path}' has not ended")
    experiment = _experiment(client, f"imbench {status['dataset']}", tracking.get("artifacts"))
    for older in client.search_runs([experiment], f"tags.run_key = '{status['key']}'"):
        client.delete_run(older.info.run_id)
    start, end = (_milliseconds(status[moment]) for moment in ("started", "finished"))
    run = client.create_run(experiment, start_time=start, run_name=name_of(status))
    tags = {
        "run_key": status["key"],
        "state": status["state"],
        "reading": "published, corrected",
        "git_commit": line["git_commit"],
        "finished": status["finished"],
        "reason": status.get("reason"),
        "variant": status["variant"],
    }
    numbers = {n: v for n, v in line.items() if isinstance(v, (int, float)) and not isinstance(v, bool)}
    client.log_batch(
        run.info.run_id,
        metrics=[Metric(n, float(v), end, 0) for n, v in numbers.items() if n not in LABELS],
        params=[Param(n, str(status[n])) for n in LABELS if status.get(n) is not None],
        tags=[RunTag(n, str(v)[:LONGEST]) for n, v in tags.items() if v is not None],
    )
    for name in ARTIFACTS:
        if (folder.path / name).exists():
            client.log_artifact(run.info.run_id, str(folder.path / name))
    client.set_terminated(
        run.info.run_id, "FINISHED" if status["state"] == "done" else "FAILED", end_time=end
    )


def _experiment(client: Any, name: str, artifacts: str | None) -> str:
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is not None:
        return found.experiment_id
    try:
        return client.create_experiment(
            name, artifact_location=from_root(artifacts).as_uri() if artifacts else None
        )
    except MlflowException:  # another worker was faster
        return client.get_experiment_by_name(name).experiment_id


def _milliseconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp() * 1000)


def _warn(error: Exception) -> None:
    print(
        f"imbench: MLflow did not take this run ({type(error).__name__}: {str(error)[:200]}). Its record is "
        "complete; `python scripts/mlflow_sync.py` brings the store up to date.",
        file=sys.stderr,
        flush=True,
    )
