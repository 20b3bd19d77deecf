"""Count done, failed and missing runs, say why, and guess the time left.

    python scripts/status.py                                        all stored runs
    python scripts/status.py dataset=german,car method=smote seed=0,1,2   what this sweep plans
    python scripts/status.py experiment=table3                      what an experiment plans

Takes the same overrides as ``run.py -m``. Exits with 1 when a planned run is not done.
"""

from __future__ import annotations

import sys

from imbench.paths import from_root
from imbench.script import exit_code

DEFAULT_RUNS = "results/runs"


def main(words: list[str]) -> int:
    """Print the summary; the exit code tells whether everything is done."""
    if any(word in ("-h", "--help") for word in words):
        print(__doc__)
        return 0
    from imbench.reports.progress import standings, stored, summary
    from imbench.runs.record import DONE

    overrides = [w for w in words if w not in ("-m", "--multirun")]
    if all(w.startswith("runs_dir=") for w in overrides):
        named = [w.removeprefix("runs_dir=") for w in overrides]
        found, known = stored(from_root(named[-1] if named else DEFAULT_RUNS)), []
    else:
        found, runs_dir = standings(overrides)
        known = stored(runs_dir)
    print("\n".join(summary(found, known)))
    return 0 if all(s.state == DONE for s in found) else 1


if __name__ == "__main__":
    sys.exit(exit_code(lambda: main(sys.argv[1:])))
