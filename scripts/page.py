"""Write the page of all stored results: ``python scripts/page.py``.

``results/page/index.html`` is one file that opens offline: leaderboard, published numbers against ours, ratio
curves, distances, maps (``scripts/maps.py`` draws them) and ledgers.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root, shown


def main() -> int:
    """Parse the command line, collect, and write the file."""
    from imbench.reports.command import parser_of, source_of
    from imbench.reports.page import assemble, page_data
    from imbench.utils.files import write_text

    parser = parser_of(__doc__)
    parser.add_argument("--maps-dir", default="results/maps", help="folder of the maps")
    parser.add_argument("--out", default="results/page/index.html")
    arguments = parser.parse_args()

    source, out = source_of(arguments), from_root(arguments.out)
    link = Path(os.path.relpath(source.runs_dir, out.parent)).as_posix() if source.runs_dir.is_dir() else None
    data = page_data(source, from_root(arguments.maps_dir), link)
    text = assemble(data)
    write_text(out, text)
    print(f"written: {shown(out)} ({len(text.encode()) / 1e6:.1f} MB, {len(data['runs'])} runs)")
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
