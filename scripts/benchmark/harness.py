"""What the harness costs beside the work: a run's key, record and MLflow copy, and the commands' start-up."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmark.commands import timed

COMMANDS = {
    "run.py --help": ["run.py", "--help"],
    "scripts/status.py --help": ["scripts/status.py", "--help"],
    "scripts/status.py of the stored runs": ["scripts/status.py"],
}
RUNS = 20


def harness(repeats: int = 3) -> list[dict[str, Any]]:
    """Seconds of each command's start-up and of the harness in a run of a sweep, with MLflow and without.

    CPU seconds leave out what a busy machine adds to the wall time.
    """
    found = []
    for name, command in COMMANDS.items():
        times = [timed(command, allowed=(0, 1)) for _ in range(repeats)]
        seconds, cpu = (median(t[i] for t in times) for i in (0, 1))
        found.append({"what": f"start-up of {name}", "seconds": seconds, "cpu_seconds": cpu})
    for tracking in ("none", "sqlite"):
        found.append({"what": f"a run's key and record, tracking={tracking}", "seconds": overhead(tracking)})
    return found


def overhead(tracking: str, runs: int = RUNS) -> float:
    """Seconds a run beyond its phases: key, record, and the copy in MLflow; median of some runs.

    What Hydra takes to compose a job's configuration is no part of it (``benchmark.py scale`` has it).
    """
    from imbench.records.flat import flat_run
    from imbench.records.record import RunFolder
    from imbench.runs.run import run_one
    from imbench.tracking import copy_missing
    from imbench.utils.config import compose

    with tempfile.TemporaryDirectory() as place:
        overrides = [
            "dataset=insurance",
            "method=duplicate",
            f"tracking={tracking}",
            f"runs_dir={place}/runs",
        ]
        if tracking != "none":
            overrides += [
                f"tracking.uri=sqlite:///{place}/mlflow.db",
                f"tracking.artifacts={Path(place)}/kept",
            ]
        beyond = []
        for seed in range(runs + 2):  # the first two also load libraries and make the MLflow store
            config = compose([*overrides, f"seed={seed}"])
            started = time.perf_counter()
            outcome = run_one(config, overrides)
            copy_missing([flat_run(RunFolder(outcome.folder))], outcome.folder.parent, config.tracking)
            beyond.append(time.perf_counter() - started - outcome.seconds)
        return median(beyond[2:])
