"""Write the page of all stored results: ``python scripts/page.py``.

``results/page/index.html`` is one file that opens offline: leaderboard, the paper against ours, ratio
curves, distances, maps (``scripts/maps.py`` draws them) and ledgers.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root, shown


def main() -> int:
    """Parse the command line, collect, and write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs-dir", default="results/runs", help="where the run records are")
    parser.add_argument("--maps-dir", default="results/maps", help="where the maps are")
    parser.add_argument("--out", default="results/page/index.html")
    words = parser.parse_args()

    from imbench.reports.page import assemble, page_data
    from imbench.reports.select import load_runs
    from imbench.runs.record import RunFolder

    runs_dir, out = from_root(words.runs_dir), from_root(words.out)
    link = Path(os.path.relpath(runs_dir, out.parent)).as_posix()
    data = page_data(load_runs(runs_dir), runs_dir, from_root(words.maps_dir), link=link)
    text = assemble(data)
    RunFolder(out.parent).write_text(out.name, text)
    print(f"written: {shown(out)} ({len(text.encode()) / 1e6:.1f} MB, {len(data['runs'])} runs)")
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
