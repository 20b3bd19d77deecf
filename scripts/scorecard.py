"""Judge the paper by the stored runs: its numbers and its claims.

Writes into ``results/scorecard``: ``scorecard`` (every published number beside ours, with a verdict),
``scorecard_summary`` (counted), ``claims`` (a verdict on each claim and the test that decides it) and
``findings`` (every comparison behind them), each as Markdown and CSV.
"""

from __future__ import annotations

import sys

from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root

#: The tables that are short enough to print.
PRINTED = ("scorecard_summary", "claims")


def main() -> int:
    """Parse the command line, write the tables and print the short ones."""
    from imbench.reports.command import parser_of, source_of, written
    from imbench.reports.registry import SCORECARD, TABLES, registered, write_tables

    reports = registered(TABLES, SCORECARD)
    parser = parser_of(__doc__, reports.values())
    parser.add_argument("--out", default="results/scorecard", help="folder for the files")
    arguments = parser.parse_args()

    for table, paths in write_tables(reports.values(), source_of(arguments), from_root(arguments.out)):
        if table.name in PRINTED:
            print(table.markdown())
        print(written(paths))
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
