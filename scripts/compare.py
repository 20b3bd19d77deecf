"""Compare the methods by tests that pair runs by dataset, seed and imbalance ratio.

Writes into ``results/statistics``, for each protocol and for two selections of datasets (all of the suite,
and those on which each of its methods is complete): mean ranks with Friedman's and Nemenyi's tests, gains
over reference methods with bootstrap intervals and Wilcoxon tests (Holm), and the correlation of the rows'
diversity with the gain. The figures go into ``results/figures``.
"""

from __future__ import annotations

import sys

from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root


def main() -> int:
    """Parse the command line, write tables and figures, and print the ranks."""
    from imbench.reports.command import add_conditions, out_folder, parser_of, source_of, written
    from imbench.reports.registry import FIGURES, STATISTICS, TABLES, registered, write_tables

    tables, figures = registered(TABLES, STATISTICS), registered(FIGURES, STATISTICS)
    parser = parser_of(__doc__, tables.values())
    parser.add_argument("--out", default="results/statistics", help="folder for the tables")
    parser.add_argument("--figures", default="results/figures", help="folder for the figures")
    add_conditions(parser)
    arguments = parser.parse_args()

    source, out = source_of(arguments), out_folder(arguments)
    for table, paths in write_tables(tables.values(), source, out):
        if table.name.startswith("ranks"):
            print(table.markdown())
        print(written(paths))
    for report in figures.values():
        paths = list(report.make(source, from_root(arguments.figures)))
        empty = f"{report.title}: not drawn, for there are too few complete methods or datasets."
        print(written(paths) if paths else empty)
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
