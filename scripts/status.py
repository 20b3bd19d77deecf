"""Count done, failed and missing runs with the reasons, and estimate the time left.

    python scripts/status.py                                        all stored runs
    python scripts/status.py dataset=german,car method=smote seed=0,1,2   what this sweep plans
    python scripts/status.py experiment=table3                      what an experiment plans
    python scripts/status.py experiment=table3 estimate=true        and the cost of what is left of it

Takes the same overrides as ``run.py -m``. Exits with 1 when a planned run is not done.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from imbench.errors import ConfigError
from imbench.utils.cli import exit_code
from imbench.utils.overrides import quote_values
from imbench.utils.paths import from_root

DEFAULT_RUNS = "results/runs"
ESTIMATE, RUNS_DIR = "estimate=", "runs_dir="


def main(arguments: list[str]) -> int:
    """Print the summary; 0 when every run is done, else 1."""
    if any(argument in ("-h", "--help") for argument in arguments):
        print(__doc__)
        return 0
    from imbench.records.record import DONE
    from imbench.sweeps.status import plan, stored, summary

    given = [a for a in arguments if a not in ("-m", "--multirun") and not a.startswith(ESTIMATE)]
    overrides = quote_values(given)
    estimated = _flag([a.removeprefix(ESTIMATE) for a in arguments if a.startswith(ESTIMATE)])
    if all(override.startswith(RUNS_DIR) for override in overrides):
        if estimated:
            raise ConfigError("estimate=true needs a sweep or an experiment to estimate; name one.")
        folders = [override.removeprefix(RUNS_DIR) for override in overrides]
        found = stored(from_root(folders[-1] if folders else DEFAULT_RUNS))
        print("\n".join(summary(found)))
    else:
        planned, runs_dir = plan(overrides)
        found = [run.status for run in planned]
        print("\n".join(summary(found, stored(runs_dir))))
        if estimated:
            print("\n".join(_estimate(planned, runs_dir)))
    return 0 if all(status.state == DONE for status in found) else 1


def _flag(values: list[str]) -> bool:
    for value in values:
        if value not in ("true", "false"):
            raise ConfigError(f"estimate={value} is neither true nor false.")
    return bool(values) and values[-1] == "true"


def _estimate(planned: list, runs_dir: Path) -> list[str]:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before the libraries that measure are loaded
    import psutil
    from benchmark.reference import measure_reference_timings, stored_reference_timings

    from imbench.records.store import all_runs
    from imbench.runs.environment import processor
    from imbench.sweeps.estimate import estimate, lines_of

    found = estimate(
        planned,
        all_runs(runs_dir),
        runs_dir,
        processor(),
        stored_reference_timings(),
        measure_reference_timings,
    )
    memory = psutil.virtual_memory().available
    return lines_of(found, len(planned), processors(), memory)


def processors() -> int:
    """The number of processors that this process may use; the machine's where that is unknown (macOS)."""
    import psutil

    try:
        return len(psutil.Process().cpu_affinity())
    except AttributeError:
        return os.cpu_count() or 1


if __name__ == "__main__":
    sys.exit(exit_code(lambda: main(sys.argv[1:])))
