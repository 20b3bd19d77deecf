"""The end of ``make demo``: one dataset of stored runs, and where everything is."""

from __future__ import annotations

import argparse
import sys

from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root, shown


def main() -> int:
    """Print mean F1 of every method and dataset under both protocols; write dataset and figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs-dir", default="results/runs")
    parser.add_argument("--out", default="results/summary", help="folder for the dataset and the figure")
    parser.add_argument("--store", default="results/mlflow.db", help="the MLflow store to point to")
    words = parser.parse_args()

    from imbench.reports.paper.figures import scores_figure
    from imbench.reports.paper.tables.table2 import overview
    from imbench.reports.select import Selection, load_runs

    runs, selection, out = load_runs(from_root(words.runs_dir)), Selection(), from_root(words.out)
    table = overview(runs, selection)
    print("\n" + table.markdown())
    paths = [*table.write(out), *scores_figure(runs, selection, out / "scores")]
    store = from_root(words.store)
    print("dataset: ", shown(paths[0]))
    print("figure:", shown(paths[3]))
    print(f"MLflow: {shown(store)}  (mlflow ui --backend-store-uri sqlite:///{store})")
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
