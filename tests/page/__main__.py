"""Click through the page in headless Chromium: ``python -m tests.page``.

Every option of every control is chosen; console errors, empty charts, cut-off text and a page that scrolls
sideways are printed and give the exit code 1. ``--shots FOLDER`` keeps pictures of the page in light, in dark
and on a phone. Needs ``pip install -e '.[dev]'`` and Debian's chromium and chromium-driver.
"""

from __future__ import annotations

import argparse
import sys

from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root, shown


def main() -> int:
    """Parse the command line, check, and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--page", default="results/page/index.html")
    parser.add_argument("--shots", default=None, help="folder for pictures of the page")
    arguments = parser.parse_args()

    from tests.page.browser import check_page

    page = from_root(arguments.page)
    faults = check_page(page, from_root(arguments.shots) if arguments.shots else None)
    print("\n".join(faults) or f"{shown(page)}: nothing is wrong")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
