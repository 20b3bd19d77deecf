"""Draw figures of stored runs: ``python scripts/figures.py NAME|all``.

Writes PNG, PDF and the drawn numbers as CSV into ``results/figures``. The names are those of the registered
figures below; 2 and 4 to 7 are the paper's.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root


def main() -> int:
    """Parse the command line and draw."""
    from imbench.errors import DataError
    from imbench.reports.command import add_conditions, chosen, out_folder, parser_of, source_of, written
    from imbench.reports.registry import FIGURES, registered

    reports = registered(FIGURES)
    parser = parser_of(__doc__, reports.values())
    parser.add_argument("name", choices=(*reports, "all"), metavar="NAME")
    parser.add_argument("--out", default="results/figures", help="folder for the files")
    parser.add_argument("--attention-dir", default="results/attention", help="output of scripts/attention.py")
    parser.add_argument("--dataset", default=None, help="dataset of figures 2 and 7")
    add_conditions(parser)
    arguments = parser.parse_args()

    attention_dir = from_root(arguments.attention_dir)
    source = replace(source_of(arguments), dataset=arguments.dataset, attention_dir=attention_dir)
    every = arguments.name == "all"
    for report in chosen(reports, arguments.name, source):
        try:
            print(written(report.make(source, out_folder(arguments))))
        except DataError as error:
            if not every:
                raise
            print(f"{report.title}: not drawn. {error}")
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
