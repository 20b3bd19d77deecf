"""Records of runs whose worker process died."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from imbench.records.record import ATTEMPTS, RunFolder
from imbench.sweeps.jobs import Job, report


def uncount(job: Job, begun: Path) -> None:
    """Take back the attempt that a run began beside others: ``max_retries`` counts the others.

    ``begun`` is the journal's file of the start. An attempt that was counted before it stays.
    """
    folder = _folder(job.config)
    with suppress(OSError):
        counted = (folder.path / ATTEMPTS).stat().st_mtime_ns >= begun.stat().st_mtime_ns
        if counted and folder.status() is None and (attempts := folder.attempts()):
            folder.begin(attempts - 1)


def record_lost(job: Job, deaths: int) -> None:
    """Write the record that a run's dead process could not write, and write it into the sweep's journal.

    A run that has a record keeps it. Raises :class:`ImbenchError` when nothing can be written.
    """
    from imbench.runs.run import run_one

    folder = _folder(job.config)
    unrecorded = folder.status() is None
    if unrecorded:
        folder.begin(max(1, folder.attempts()))
    # With an attempt behind it and no retry allowed nothing is computed: the record alone is written.
    outcome = run_one(job.config | {"max_retries": 0, "retry_failed": True, "rerun": False}, job.overrides)
    if unrecorded and (status := folder.status()):
        reason = f"its worker process died {deaths} times while it ran alone (killed, or out of memory?)"
        folder.end(status | {"reason": reason})
        outcome = replace(outcome, reason=reason)
    report(outcome, job.number, job.overrides)


def _folder(config: Mapping[str, Any]) -> RunFolder:
    from imbench.runs.key import identify
    from imbench.runs.run import folder_of

    return folder_of(config, identify(config))
