"""Write one tidy line per run: ``python scripts/export.py out.csv``."""

from __future__ import annotations

import argparse
import sys

import pandas as pd

from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root


def main() -> int:
    """Collect all ended runs, of folders and archives, into one CSV, the labels first and the key last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", help="the CSV to write")
    parser.add_argument("--runs-dir", default="results/runs")
    options = parser.parse_args()

    from imbench.records.flat import NESTED
    from imbench.records.store import all_runs

    frame = pd.DataFrame(all_runs(from_root(options.runs_dir))).drop(columns=list(NESTED), errors="ignore")
    if "key" in frame:
        frame = frame[[*(c for c in frame.columns if c != "key"), "key"]]
    frame.to_csv(options.out, index=False)
    print(f"{len(frame)} runs, {len(frame.columns)} columns written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
