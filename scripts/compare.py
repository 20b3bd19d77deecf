"""Compare the methods by tests that pair runs by dataset, seed and imbalance ratio.

Writes into ``results/statistics``, for both protocols and for two selections of datasets: mean ranks with
Friedman's and Nemenyi's tests, gains over no oversampling, class weights and others with bootstrap
intervals and Wilcoxon tests (Holm), and the correlation of diversity with the gain. The
critical-difference diagrams go into ``results/figures``.
"""

from __future__ import annotations

import argparse
import sys

from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root, shown


def main() -> int:
    """Parse the command line, build the tables and figures, write them and print the ranks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs-dir", default="results/runs", help="where the run records are")
    parser.add_argument("--out", default="results/statistics", help="where the datasets go")
    parser.add_argument("--figures", default="results/figures", help="where the diagrams go")
    parser.add_argument(
        "--metric", default="f1", help="f1 (default), auc, or any other of a protocol's metrics"
    )
    parser.add_argument("--classifier", default="xgboost")
    parser.add_argument("--llm", default="tiny", help="language model of the runs to compare")
    words = parser.parse_args()

    from imbench.reports.paper.cells import PROTOCOLS
    from imbench.reports.select import Selection, load_runs
    from imbench.reports.table import PLAIN
    from imbench.reports.verdict.comparison import compare

    runs = load_runs(from_root(words.runs_dir))
    selection = Selection(classifier=words.classifier, llm=words.llm)
    for metric in (f"{protocol}_{words.metric}" for protocol in PROTOCOLS):
        tables, drawings = compare(runs, selection, metric, from_root(words.figures))
        for table in tables:
            drawings += table.write(from_root(words.out), PLAIN)
            if table.name.startswith("ranks"):
                print(table.markdown())
        print("written:", ", ".join(shown(p) for p in drawings), "\n")
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
