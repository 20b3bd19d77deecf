"""Count done, failed and missing runs and say why.

    python scripts/status.py                                        all stored runs
    python scripts/status.py dataset=german,car method=smote seed=0,1,2   what this sweep plans

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
    from imbench.reports.progress import standings, summary
    from imbench.runs.record import DONE

    named = [w.split("=", 1)[1] for w in words if w.startswith("runs_dir=")]
    overrides = [w for w in words if not w.startswith("runs_dir=") and w != "-m"]
    runs_dir = from_root(named[-1] if named else DEFAULT_RUNS)
    found = standings(runs_dir, overrides)
    print("\n".join(summary(found, standings(runs_dir, []) if overrides else ())))
    return 0 if all(s.state == DONE for s in found) else 1


if __name__ == "__main__":
    sys.exit(exit_code(lambda: main(sys.argv[1:])))
