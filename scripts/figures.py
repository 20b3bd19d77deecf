"""Draw a figure of stored runs: ``python scripts/figures.py scores``.

``scores``: F1 of every method on every table under both readings. Writes PNG and PDF into
``results/figures``.
"""

from __future__ import annotations

import argparse
import sys

from imbench.paths import from_root, shown
from imbench.script import exit_code


def main() -> int:
    """Parse the command line and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("figure", choices=("scores",))
    parser.add_argument("--runs-dir", default="results/runs")
    parser.add_argument("--out", default="results/figures")
    parser.add_argument("--classifier", default="xgboost")
    parser.add_argument("--llm", default=None, help="language model of the runs to show")
    words = parser.parse_args()

    from imbench.reports.collect import Choice, load_runs
    from imbench.reports.figures import scores_figure

    runs = load_runs(from_root(words.runs_dir))
    choice = Choice(classifier=words.classifier, llm=words.llm)
    for path in scores_figure(runs, choice, from_root(words.out) / words.figure):
        print("written:", shown(path))
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
