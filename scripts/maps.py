"""Draw the maps of minority rows that the page shows: ``python scripts/maps.py``.

Writes ``results/maps/<dataset>.json`` from the synthetic rows that are kept beside the run records
(``<runs-dir>/.stages``). What a map has already is kept, so the rows may come from several folders, one
after the other:

    python scripts/maps.py
    python run.py -m dataset=german,car method=smotenc seed=0 runs_dir=results/again tracking=none
    python scripts/maps.py --runs-dir results/again
"""

from __future__ import annotations

import argparse
import sys

from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root, shown


def main() -> int:
    """Parse the command line, draw, and report what was drawn."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs-dir", default="results/runs", help="run records and their synthetic rows")
    parser.add_argument("--out", default="results/maps")
    parser.add_argument("--data-dir", default=None, help="folder with the paper's data files")
    arguments = parser.parse_args()

    from imbench.reports.page.maps import draw_maps
    from imbench.reports.select import load_runs

    runs_dir = from_root(arguments.runs_dir)
    for result in draw_maps(load_runs(runs_dir), runs_dir, from_root(arguments.out), arguments.data_dir):
        parts = [("drawn", result.drawn), ("kept", result.kept), ("rows not here", result.absent)]
        print(shown(result.path) + ":", "; ".join(f"{what} {', '.join(n)}" for what, n in parts if n))
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
