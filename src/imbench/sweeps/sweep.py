"""A sweep from its start to its exit code: checks, journal, launcher, copies in MLflow, summary."""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from omegaconf import DictConfig

from imbench.errors import ImbenchError
from imbench.records.flat import flat_run
from imbench.records.record import check_writable
from imbench.records.store import find
from imbench.sweeps.journal import Journal
from imbench.sweeps.plan import check_one_a_sweep, expand, not_overridden
from imbench.tracking import copy_missing
from imbench.utils.config import plain
from imbench.utils.paths import from_root


def sweep(
    config: DictConfig, overrides: list[str], params: Mapping[str, Any] | None,
    launch: Callable[[list[list[str]], int], object], batch: int | None = None,
) -> None:  # fmt: skip
    """Run all jobs of ``overrides`` and exit with 1 unless every run has scores.

    ``params`` are the experiment's own lists; ``launch`` runs up to ``batch`` jobs from a number on. What an
    interrupted sweep (Ctrl-C, SIGTERM) has finished is copied to MLflow all the same.
    """
    overrides = [*not_overridden(params, overrides), *overrides]
    try:
        check_one_a_sweep(overrides)
        jobs = expand(overrides)
        runs_dir = from_root(config["runs_dir"])
        check_writable(runs_dir)
        journal = Journal.begin(runs_dir, overrides, len(jobs))
    except ImbenchError as error:
        print(f"imbench: {error}", file=sys.stderr, flush=True)
        sys.exit(2)
    print(f"{len(jobs)} runs planned, records in {runs_dir}", flush=True)
    batch = batch or len(jobs)
    try:
        with terminable():
            for first in range(0, len(jobs), batch):
                launch(jobs[first : first + batch], first)
    except KeyboardInterrupt:
        copy_to_mlflow(config, journal)
        print("imbench: interrupted; the same command goes on where this one ended.", file=sys.stderr)
        sys.exit(130)
    except SystemExit:
        copy_to_mlflow(config, journal)
        raise
    copy_to_mlflow(config, journal)
    if not summarize(journal):
        sys.exit(1)


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM end this process by ``SystemExit``, so that what is finished can be copied."""
    owner = os.getpid()

    def end(number: int, _: Any) -> None:
        if os.getpid() == owner:
            sys.exit(128 + number)
        signal.signal(number, signal.SIG_DFL)  # a forked child: its limits see a process ended by a signal
        os.kill(os.getpid(), number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def copy_to_mlflow(config: DictConfig, journal: Journal) -> None:
    """Copy those of the ended runs to MLflow that have no copy there yet."""
    runs_dir = from_root(config["runs_dir"])
    keys = dict.fromkeys(line["key"] for line in journal.lines() if line["key"])
    records = (record for key in keys if (record := find(runs_dir, key)) is not None)
    copy_missing(map(flat_run, records), runs_dir, plain(config["tracking"]))


def summarize(journal: Journal) -> bool:
    """Print how the jobs ended; whether every one of them has scores."""
    ended = list(journal.lines())
    counts = Counter(line["state"] for line in ended)
    lost = journal.planned - len(ended)
    parts = [f"{n} {state}" for state, n in sorted(counts.items())] + ([f"{lost} lost"] if lost else [])
    print("sweep: " + ", ".join(parts), flush=True)
    for line in ended:
        if not line["ok"]:
            print(f"  {line['state']}: {line['name']}: {line['reason']}")
    if lost:
        print(f"  {lost} of {journal.planned} runs could not be recorded; start the same command again.")
    return not lost and all(line["ok"] for line in ended)
