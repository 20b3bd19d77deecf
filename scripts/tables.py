"""Write report tables from stored runs: ``python scripts/tables.py NAME|all``.

Writes Markdown, CSV and LaTeX into ``results/tables`` and prints the Markdown. The names are those of the
registered tables below; 1 to 5 are the paper's, each with ours beside it. Table 1 counts the datasets
themselves; ``all`` leaves it as it is where a data file is missing.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from imbench.utils.cli import exit_code


def main() -> int:
    """Parse the command line, make the tables, write and print them."""
    from imbench.reports.command import add_conditions, chosen, out_folder, parser_of, source_of, written
    from imbench.reports.registry import TABLES, registered, write_tables
    from imbench.reports.table import MISSING

    reports = registered(TABLES)
    parser = parser_of(__doc__, reports.values())
    parser.add_argument("name", choices=(*reports, "all"), metavar="NAME")
    parser.add_argument("--out", default="results/tables", help="folder for the files")
    parser.add_argument("--data-dir", default=None, help="folder of the paper's data files (table 1)")
    add_conditions(parser)
    arguments = parser.parse_args()

    source = replace(source_of(arguments), data_dir=arguments.data_dir)
    every = arguments.name == "all"
    for report in chosen(reports, arguments.name, source):
        if every and report.from_data:
            (table,) = report.make(source)
            missing = [row[0].text for row in table.rows if any(entry.mark == MISSING for entry in row)]
            if missing:
                print(f"{table.title} stays as it is: no data file for {', '.join(missing)}.\n")
                continue
        for table, paths in write_tables([report], source, out_folder(arguments)):
            print(table.markdown())
            print(written(paths), "\n")
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
