"""The end of ``make demo``: scores of every method and dataset, and where the files are."""

from __future__ import annotations

import sys

from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root, shown


def main() -> int:
    """Print the overview table; write it and its figure."""
    from imbench.reports.command import parser_of, source_of
    from imbench.reports.overview import overview, scores_figure

    parser = parser_of(__doc__)
    parser.add_argument("--out", default="results/summary", help="folder for the table and the figure")
    parser.add_argument("--store", default="results/mlflow.db", help="the MLflow store to point to")
    arguments = parser.parse_args()

    source, out = source_of(arguments), from_root(arguments.out)
    (table,) = overview(source)
    print("\n" + table.markdown())
    print("table: ", shown(table.write(out)[0]))
    print("figure:", shown(scores_figure(source, out)[0]))
    store = from_root(arguments.store)
    print(f"MLflow: {shown(store)}  (mlflow ui --backend-store-uri sqlite:///{store})")
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
