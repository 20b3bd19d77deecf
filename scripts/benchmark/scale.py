"""What the harness costs with many runs: records, archives, MLflow, composition, git."""

from __future__ import annotations

import subprocess
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

from benchmark.commands import timed
from benchmark.many_records import many_records
from imbench.utils.paths import ROOT

RUNS, COPIES, JOBS = 10_000, 40, 8


def scale(runs: int = RUNS) -> list[dict[str, Any]]:
    """Seconds (wall and CPU) and bytes of each part, with ``runs`` stored runs."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "runs"
        started = time.perf_counter()
        written = many_records(ROOT / "results" / "runs", folder, runs)
        disk = sum(p.stat().st_blocks * 512 for p in folder.rglob("*"))
        found = [
            {"what": f"writing {runs} records", "seconds": time.perf_counter() - started},
            {"what": "a record without its rows", "bytes": written / runs, "on_disk": disk / runs},
            *_readers(folder, Path(place)),
            *_mlflow(folder, Path(place)),
            *_composing(),
            *_git(folder, runs),
        ]
    return found


def _readers(folder: Path, place: Path) -> list[dict[str, Any]]:
    from imbench.records.archive import pack, records_path
    from imbench.records.record import iterate

    archived = place / "archived" / "runs"
    path = records_path(archived, "all")
    started, cpu = time.perf_counter(), time.process_time()
    count = pack(iterate(folder), path)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    found = [{"what": f"packing {count} records", "seconds": seconds, "cpu_seconds": cpu}]
    for runs_dir, kind in ((folder, "folders"), (archived, "archived")):
        status = ["scripts/status.py", f"runs_dir={runs_dir}"]
        tables = ["scripts/tables.py", "2", "--runs-dir", str(runs_dir), "--out", str(place / "tables")]
        timed(tables)  # also composes every method's settings, which are then kept
        for name, command in {"status": status, "tables 2": tables}.items():
            seconds, cpu = timed(command, allowed=(0, 1))
            found.append({"what": f"{name}: {count} runs, {kind}", "seconds": seconds, "cpu_seconds": cpu})
    return [*found, {"what": "an archived record", "bytes": path.stat().st_size / count}]


def _mlflow(folder: Path, place: Path) -> list[dict[str, Any]]:
    from imbench.records.flat import flat_run
    from imbench.records.record import iterate
    from imbench.tracking import copy_missing

    store = place / "mlflow"
    tracking = {"name": "mlflow", "uri": f"sqlite:///{store}/mlflow.db", "artifacts": str(store / "kept")}
    lines = [flat_run(run) for run in islice(iterate(folder), COPIES + 5)]
    copy_missing(lines[:5], folder, tracking)  # they also create the store and its experiments
    before = _bytes(store)
    started, cpu = time.perf_counter(), time.process_time()
    if copy_missing(lines[5:], folder, tracking).failed:
        raise RuntimeError("the MLflow store refused a copy")
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    size = (_bytes(store) - before) / COPIES
    return [
        {"what": "a copy in MLflow", "seconds": seconds / COPIES, "cpu_seconds": cpu / COPIES},
        {"what": "MLflow (sqlite, artifacts without rows), a run", "bytes": size},
    ]


def _composing() -> list[dict[str, Any]]:
    from imbench.utils.config import compose

    overrides = ["dataset=insurance", "method=duplicate"]
    compose(overrides)
    started, cpu = time.perf_counter(), time.process_time()
    for seed in range(JOBS):
        compose([*overrides, f"seed={seed}"])
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    return [{"what": "Hydra composes a job", "seconds": seconds / JOBS, "cpu_seconds": cpu / JOBS}]


def _git(folder: Path, runs: int) -> list[dict[str, Any]]:
    def git(*arguments: str) -> float:
        started = time.perf_counter()
        name = ["-c", "user.name=imbench", "-c", "user.email=imbench@example.org", "-c", "gc.auto=0"]
        subprocess.run(["git", *name, *arguments], cwd=folder, capture_output=True, check=True)
        return time.perf_counter() - started

    try:
        git("init", "--quiet")
    except (OSError, subprocess.CalledProcessError):
        return []
    added = git("add", "--all") + git("commit", "--quiet", "-m", "records")
    return [
        {"what": f"git add and commit of {runs} records", "seconds": added},
        {"what": f"git status with {runs} records", "seconds": git("status", "--short")},
        {"what": "git, a record", "bytes": _bytes(folder / ".git") / runs},
    ]


def _bytes(folder: Path) -> int:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
