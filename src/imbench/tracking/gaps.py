"""Runs whose copy in MLflow is missing, for a process was killed between a run's end and its copy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from imbench.runs.record import RunFolder
from imbench.tracking import sink as mlflow_sink
from imbench.tracking import store as mlflow_store


def copy_missing(folders: Iterable[Path], tracking: Mapping[str, Any]) -> tuple[int, int]:
    """Copy the ended runs of which the store has no whole copy; how many were copied, how many may lack one.

    Without it no later command would see the gap: the run is done, and is skipped.
    """
    if tracking["name"] == "none":
        return 0, 0
    ended = [(f, status) for f in folders if (status := RunFolder(f).status()) is not None]
    if not ended:
        return 0, 0
    try:
        known = None if mlflow_store.away(tracking) else mlflow_sink.logged_keys(tracking)
    except Exception:  # whatever MLflow, its database or its server raises
        known = None
    if known is None:
        return 0, len(ended)
    without = [f for f, status in ended if known.get(status["key"]) != status.get("finished")]
    copied = 0
    for folder in without:
        copied += mlflow_sink.log_run(folder, tracking)
        if mlflow_store.away(tracking):  # it would not take the others, either
            break
    return copied, len(without) - copied
