"""MLflow: a copy of each run in a store. The run records are the truth, and a store can be rebuilt from them.

One process writes: a single run copies itself at its end, a sweep copies its runs when it ends or is
interrupted, and ``scripts/mlflow_sync.py`` copies what is missing. A store that does not answer costs a
warning.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from imbench.errors import StorageError
from imbench.records.flat import LABELS
from imbench.records.record import DONE, ROWS
from imbench.runs.key import name_of
from imbench.utils.locks import exclusive
from imbench.utils.paths import from_root

SQLITE = "sqlite:///"
#: Tags of a copy: the run's key and the moment at which the run had finished.
KEY, FINISHED = "run_key", "finished"
ARTIFACTS = ("config.yaml", "scores.json", "ledger.json", "status.json", ROWS)
#: Facts of a run that are no number and no label.
TAGS = ("status", "git_commit", "reason", "variant")
LONGEST_TAG = 500
#: Seconds to wait for other users of a sqlite file, and for a server's answer.
BUSY_SECONDS, ANSWER_SECONDS = 30, 20

#: By run key, the id of each copy and the moment at which its run had finished ("" while it is incomplete).
Copies = dict[str, dict[str, str]]


@dataclass
class Copied:
    """Runs that were copied, that had their copy already, and that were not taken (with the first error)."""

    copied: int = 0
    current: int = 0
    failed: int = 0
    error: Exception | None = field(default=None, repr=False)


def copy_missing(
    lines: Iterable[Mapping[str, Any] | None], runs_dir: Path, tracking: Mapping[str, Any]
) -> Copied:
    """Copy the runs that have no current copy, and warn once when the store does not take them.

    ``lines`` are flat lines (:func:`imbench.records.flat.flat_run`) of ended runs, None for others; files are
    taken from ``runs_dir/<key>`` where that exists. A run that was made again replaces its copy.
    """
    found = [line for line in lines if line is not None] if tracking["name"] != "none" else []
    if not found:
        return Copied()
    try:
        result = copy_runs(found, runs_dir, tracking)
    except Exception as error:  # whatever MLflow, its database or its server raises
        result = Copied(failed=len(found), error=error)
    if result.failed:
        print(
            f"imbench: MLflow did not take {result.failed} of {len(found)} runs ({brief(result.error)}). "
            "Their records are complete; `python scripts/mlflow_sync.py` completes the store.",
            file=sys.stderr,
            flush=True,
        )
    return result


def copy_runs(lines: Iterable[Mapping[str, Any]], runs_dir: Path, tracking: Mapping[str, Any]) -> Copied:
    """The same without a warning. Raises what MLflow raises when the store does not answer at the start."""
    result = Copied()
    uri = uri_of(tracking)
    local = uri.startswith(SQLITE)
    with exclusive(Path(uri[len(SQLITE) :]) if local else runs_dir / "mlflow"):  # two sweeps at once
        known, store = copies(tracking), None
        for line in lines:
            existing = known.get(line["key"], {})
            if list(existing.values()) == [line["finished"]]:
                result.current += 1
                continue
            try:
                store = store or Store(uri, tracking.get("artifacts"))
                store.copy(line, runs_dir / line["key"], existing)
                result.copied += 1
            except Exception as error:  # whatever MLflow, its database or its server raises
                result.failed += 1
                result.error = result.error or error
                if store is None or not store.answers():
                    raise StorageError(
                        f"{brief(error)}; {result.copied} runs were copied before the store stopped answering"
                    ) from error
    return result


def copies(tracking: Mapping[str, Any]) -> Copies:
    """All copies in the store by run key. Raises what MLflow or sqlite raises when it does not answer.

    A sqlite file is read directly: MLflow takes a second and a half to be imported and to open it, which a
    sweep that finds everything done does not need.
    """
    uri = uri_of(tracking)
    return _copies_in_file(uri[len(SQLITE) :]) if uri.startswith(SQLITE) else Store(uri, None).copies()


def _copies_in_file(path: str) -> Copies:
    found: Copies = {}
    with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as file:
        tables = {name for (name,) in file.execute("SELECT name FROM sqlite_master")}
        if not {"runs", "tags"} <= tables:  # a new file
            return found
        rows = file.execute(
            "SELECT key.value, runs.run_uuid, runs.status, finished.value FROM runs "
            f"JOIN tags key ON key.run_uuid = runs.run_uuid AND key.key = '{KEY}' "
            f"LEFT JOIN tags finished ON finished.run_uuid = runs.run_uuid AND finished.key = '{FINISHED}' "
            "WHERE runs.lifecycle_stage = 'active'"
        )
        for key, run_id, status, finished in rows:
            found.setdefault(key, {})[run_id] = _moment(status, finished)
    return found


def _moment(status: str, finished: str | None) -> str:
    return finished or "" if status in ("FINISHED", "FAILED") else ""


class Store:
    """An MLflow store that is open for writing, with one experiment for each dataset."""

    def __init__(self, uri: str, artifacts: str | None):
        os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")  # 7 are minutes without a server
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", str(ANSWER_SECONDS))
        logging.getLogger("alembic").setLevel(logging.WARNING)
        from mlflow import MlflowClient

        if uri.startswith(SQLITE):
            # MLflow keeps a connection for each address, also to a file that was deleted. With the file's
            # inode in the address, a new file has another one.
            uri = f"{uri}?timeout={BUSY_SECONDS}.{os.stat(uri[len(SQLITE) :]).st_ino}"
        self._client = MlflowClient(tracking_uri=uri)
        self._artifacts = from_root(artifacts).as_uri() if artifacts else None
        self._experiments: dict[str, str] = {}

    def answers(self) -> bool:
        """Whether the store answers now."""
        try:
            self._client.search_experiments(max_results=1)
        except Exception:  # whatever MLflow, its database or its server raises
            return False
        return True

    def copies(self) -> Copies:
        """All copies of this project's runs."""
        found: Copies = {}
        every = self._client.search_experiments()
        experiments = [e.experiment_id for e in every if e.name.startswith("imbench")]
        token: str | None = None
        while experiments:
            page = self._client.search_runs(experiments, max_results=1000, page_token=token)
            for run in page:
                moment = _moment(run.info.status, run.data.tags.get(FINISHED))
                found.setdefault(run.data.tags.get(KEY, ""), {})[run.info.run_id] = moment
            token = page.token
            if not token:
                break
        return found

    def copy(self, line: Mapping[str, Any], folder: Path, existing: Iterable[str]) -> None:
        """Copy a run, then delete its ``existing`` copies (their ids)."""
        from mlflow.entities import Metric, Param

        start, end = (_milliseconds(line[moment]) for moment in ("started", "finished"))
        tags = {KEY: line["key"], FINISHED: line["finished"]} | {tag: line.get(tag) for tag in TAGS}
        run = self._client.create_run(
            self._experiment(f"imbench {line['dataset']}"),
            start_time=start,
            run_name=name_of(line),
            tags={tag: str(value)[:LONGEST_TAG] for tag, value in tags.items() if value is not None},
        )
        numbers = {n: v for n, v in line.items() if isinstance(v, int | float) and not isinstance(v, bool)}
        self._client.log_batch(
            run.info.run_id,
            metrics=[Metric(n, float(v), end, 0) for n, v in numbers.items() if n not in LABELS],
            params=[Param(n, str(line[n])) for n in LABELS if line.get(n) is not None],
        )
        self._copy_files(run, [folder / name for name in ARTIFACTS if (folder / name).is_file()])
        status = "FINISHED" if line["status"] == DONE else "FAILED"
        self._client.set_terminated(run.info.run_id, status, end_time=end)
        for run_id in existing:
            self._client.delete_run(run_id)

    def _copy_files(self, run: Any, files: list[Path]) -> None:
        if run.info.artifact_uri.startswith("file:"):  # without asking the store for the run with each file
            from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository

            repository = LocalArtifactRepository(run.info.artifact_uri)
            for file in files:
                repository.log_artifact(str(file))
        else:
            for file in files:
                self._client.log_artifact(run.info.run_id, str(file))

    def _experiment(self, name: str) -> str:
        """The id of a dataset's experiment, which is created or restored where needed."""
        if name not in self._experiments:
            found = self._client.get_experiment_by_name(name)
            if found is not None and found.lifecycle_stage == "deleted":
                self._client.restore_experiment(found.experiment_id)
                for run in self._client.search_runs([found.experiment_id], max_results=50_000):
                    self._client.delete_run(run.info.run_id)  # they come back with their experiment
            self._experiments[name] = (
                self._client.create_experiment(name, artifact_location=self._artifacts)
                if found is None
                else found.experiment_id
            )
        return self._experiments[name]


def uri_of(tracking: Mapping[str, Any]) -> str:
    """The store's address; a relative sqlite file counts from the project's root."""
    uri = str(tracking["uri"])
    return SQLITE + str(from_root(uri[len(SQLITE) :])) if uri.startswith(SQLITE) else uri


def _milliseconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp() * 1000)


def brief(error: Exception | None) -> str:
    """An error of MLflow in one short line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
