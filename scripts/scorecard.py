"""Judge the paper by the stored runs: its numbers, and its claims in words.

Writes into ``results/scorecard``: ``scorecard`` (every published number beside ours, with a verdict),
``scorecard_summary`` (counted), ``claims`` (a verdict on each claim and the test that decides it) and
``findings`` (every comparison behind them), each as Markdown and CSV.
"""

from __future__ import annotations

import argparse
import sys

from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root, shown


def main() -> int:
    """Parse the command line, build the tables, write them and print the short ones."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs-dir", default="results/runs", help="where the run records are")
    parser.add_argument("--out", default="results/scorecard", help="where the files go")
    parser.add_argument("--classifier", default="xgboost")
    parser.add_argument("--llm", default="tiny", help="language model of the runs to judge")
    words = parser.parse_args()

    from imbench.reports.paper.claims import claims_tables
    from imbench.reports.paper.scorecard import scorecard
    from imbench.reports.select import Selection, load_runs
    from imbench.reports.table import PLAIN

    runs = load_runs(from_root(words.runs_dir))
    selection = Selection(classifier=words.classifier, llm=words.llm)
    numbers, summary = scorecard(runs, selection)
    claims, findings = claims_tables(runs, selection)
    print(summary.markdown())
    print(claims.markdown())
    for table in (numbers, summary, claims, findings):
        print("written:", ", ".join(shown(p) for p in table.write(from_root(words.out), PLAIN)))
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
