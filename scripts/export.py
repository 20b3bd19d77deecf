"""Write stored runs as one CSV: ``python scripts/export.py out.csv``.

One tidy line a run, the labels first and the key last. With ``--for bencheval`` the arms of a suite in the
form that benchmark packages rank: ``method, task, fold, metric_error``, a line for each arm and learner,
dataset and split, by one endpoint (``--endpoint``).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd

from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root


def main() -> int:
    """Write what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", help="the CSV to write")
    parser.add_argument("--runs-dir", default="results/runs")
    parser.add_argument("--for", dest="form", choices=("bencheval",), help="another form than a line a run")
    parser.add_argument(
        "--suite", default="natural", help="of --for: one of conf/verdict (default: %(default)s)"
    )
    parser.add_argument(
        "--endpoint", default="tuned_f1", help="of --for: what the error is (default: %(default)s)"
    )
    options = parser.parse_args()
    runs_dir = from_root(options.runs_dir)
    frame = _lines(runs_dir) if options.form is None else _errors(runs_dir, options.suite, options.endpoint)
    frame.to_csv(options.out, index=False)
    what = "runs" if options.form is None else "errors"
    print(f"{len(frame)} {what}, {len(frame.columns)} columns written to {options.out}")
    return 0


def _lines(runs_dir: Path) -> pd.DataFrame:
    from imbench.records.flat import NESTED
    from imbench.records.store import all_runs

    frame = pd.DataFrame(all_runs(runs_dir)).drop(columns=list(NESTED), errors="ignore")
    return frame[[*(c for c in frame.columns if c != "key"), "key"]] if "key" in frame else frame


def _errors(runs_dir: Path, suite: str, endpoint: str) -> pd.DataFrame:
    from imbench.reports.registry import Source, discover
    from imbench.reports.select import Selection
    from imbench.reports.suite import suite_of
    from imbench.reports.verdict.bencheval import error_rows
    from imbench.reports.verdict.design import design_of

    discover()
    design = design_of(suite)
    source = Source(
        runs_dir, Selection(design.all_seeds, design.imbalance_ratio, llm="tiny"), suite_of(suite)
    )
    return error_rows(source, endpoint)


if __name__ == "__main__":
    sys.exit(exit_code(main))
