"""What the harness costs beside the work: a run's key, record and MLflow copy, and the commands' start-up."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from statistics import median
from typing import Any

from imbench.paths import ROOT

COMMANDS = {
    "run.py --help": ["run.py", "--help"],
    "scripts/status.py --help": ["scripts/status.py", "--help"],
}
#: Phases whose seconds are the work itself.
WORK = ("load", "split", "generate", "score", "quality")
SEEDS = range(21)


def harness(repeats: int = 3) -> list[dict[str, Any]]:
    """Seconds of each command's start-up and of the harness in a run of a sweep, with MLflow and without."""
    found = []
    for name, command in COMMANDS.items():
        found.append(
            {"what": f"start-up of {name}", "seconds": median(_timed(command) for _ in range(repeats))}
        )
    for tracking in ("none", "sqlite"):
        found.append({"what": f"a run's overhead, tracking={tracking}", "seconds": overhead(tracking)})
    return found


def _timed(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, check=True)
    return time.perf_counter() - started


def overhead(tracking: str) -> float:
    """Seconds a run beyond its phases: the difference of a sweep over two lengths, less the phases."""
    with tempfile.TemporaryDirectory() as folder:
        _sweep(folder, tracking, "new", [max(SEEDS) + 1])  # the first sweep also makes the MLflow store
        first = _sweep(folder, tracking, "one", list(SEEDS)[:1])
        last = _sweep(folder, tracking, "all", list(SEEDS))
        more = len(SEEDS) - 1
        return max(0.0, ((last[0] - last[1]) - (first[0] - first[1])) / more)


def _sweep(folder: str, tracking: str, name: str, seeds: list[int]) -> tuple[float, float]:
    """Seconds of the whole sweep and of its runs' phases."""
    import json
    from pathlib import Path

    runs = Path(folder) / name
    words = [
        "run.py", "-m", "dataset=insurance", "method=duplicate", f"seed={','.join(map(str, seeds))}",
        f"runs_dir={runs}", f"tracking={tracking}",
    ]  # fmt: skip
    if tracking != "none":
        words += [f"tracking.uri=sqlite:///{folder}/mlflow.db", f"tracking.artifacts={folder}/artifacts"]
    seconds = _timed(words)
    phases = 0.0
    for path in runs.glob("*/status.json"):
        status = json.loads(path.read_text(encoding="utf-8"))
        phases += sum(cost["seconds"] for word, cost in status["phases"].items() if word in WORK)
    return seconds, phases
