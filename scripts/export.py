"""Write one tidy line per run: ``python scripts/export.py out.csv``."""

from __future__ import annotations

import argparse
import sys

import pandas as pd

from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root


def main() -> int:
    """Collect all ended runs into one CSV, the labels first and the key last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", help="the CSV to write")
    parser.add_argument("--runs-dir", default="results/runs")
    words = parser.parse_args()

    from imbench.reports.select import load_runs
    from imbench.runs.flat import CLASSIFIERS

    lines = load_runs(from_root(words.runs_dir))
    frame = pd.DataFrame(lines).drop(columns=CLASSIFIERS, errors="ignore")
    if "key" in frame:
        frame = frame[[*(c for c in frame.columns if c != "key"), "key"]]
    frame.to_csv(words.out, index=False)
    print(f"{len(frame)} runs, {len(frame.columns)} columns written to {words.out}")
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
