"""Count done, failed and missing runs, say why, and guess the time left.

    python scripts/status.py                                        all stored runs
    python scripts/status.py dataset=german,car method=smote seed=0,1,2   what this sweep plans
    python scripts/status.py experiment=table3                      what an experiment plans
    python scripts/status.py experiment=table3 estimate=true        and what is left of it costs

Takes the same overrides as ``run.py -m``. Exits with 1 when a planned run is not done.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from imbench.errors import ConfigError
from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root

DEFAULT_RUNS = "results/runs"
ESTIMATE = "estimate="


def main(words: list[str]) -> int:
    """Print the summary; the exit code tells whether everything is done."""
    if any(word in ("-h", "--help") for word in words):
        print(__doc__)
        return 0
    from imbench.runs.record import DONE
    from imbench.sweeps.status import plan, stored, summary

    overrides = [w for w in words if w not in ("-m", "--multirun") and not w.startswith(ESTIMATE)]
    wanted = _estimate_wanted([w.removeprefix(ESTIMATE) for w in words if w.startswith(ESTIMATE)])
    if all(w.startswith("runs_dir=") for w in overrides):
        if wanted:
            raise ConfigError("estimate=true needs to know of what: name an experiment or a sweep.")
        named = [w.removeprefix("runs_dir=") for w in overrides]
        found, known = stored(from_root(named[-1] if named else DEFAULT_RUNS)), []
        print("\n".join(summary(found, known)))
    else:
        planned, runs_dir = plan(overrides)
        found = [run.standing for run in planned]
        print("\n".join(summary(found, stored(runs_dir))))
        if wanted:
            print("\n".join(_estimate(planned, runs_dir)))
    return 0 if all(s.state == DONE for s in found) else 1


def _estimate_wanted(values: list[str]) -> bool:
    for value in values:
        if value not in ("true", "false"):
            raise ConfigError(f"estimate={value} is neither true nor false.")
    return bool(values) and values[-1] == "true"


def _estimate(planned: list, runs_dir: Path) -> list[str]:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before the libraries that measure are loaded
    import psutil
    from benchmark.reference import measure_reference_timings, stored_reference_timings

    from imbench.reports.select import load_runs
    from imbench.runs.environment import processor
    from imbench.sweeps.estimate import estimate, lines_of

    found = estimate(
        planned,
        load_runs(runs_dir),
        runs_dir,
        processor(),
        stored_reference_timings(),
        measure_reference_timings,
    )
    memory = psutil.virtual_memory().available
    return lines_of(found, len(planned), processors(), memory)


def processors() -> int:
    """The processors that this process may use; the machine's where the system does not tell (macOS)."""
    import psutil

    try:
        return len(psutil.Process().cpu_affinity())
    except AttributeError:
        return os.cpu_count() or 1


if __name__ == "__main__":
    sys.exit(exit_code(lambda: main(sys.argv[1:])))
