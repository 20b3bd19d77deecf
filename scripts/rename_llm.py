"""Give a language model another name in an archive: ``python scripts/rename_llm.py paper OLD NEW``.

conf/llm must have NEW with the settings that OLD had. For each record it is checked that its key is the
hash of its configuration, that the name alone moved, and that the present conf composes the new key from its
command line; keys correspond one to one. When a check fails it is printed, and nothing is written. Scores,
environments, predictions and the records of other models stay byte for byte.
"""

from __future__ import annotations

import argparse
import sys

from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root, shown


def main() -> int:
    """Rename, check and report; the exit code is 1 when a check failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("archive", help="the archive's name")
    parser.add_argument("old", help="the model's name in the records")
    parser.add_argument("new", help="its name in conf/llm")
    parser.add_argument("--runs-dir", default="results/runs", help="the archive is beside this folder")
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args()

    from imbench.records.archive import open_archive, write
    from imbench.records.rename_llm import has_llm, not_one_to_one, renamed

    archive = open_archive(from_root(options.runs_dir), options.archive)
    records = list(archive.runs())
    found = [renamed(r, options.old, options.new) for r in records if has_llm(r, options.old)]
    problems = [f"{r.before.key}: {problem}" for r in found for problem in r.problems]
    problems += not_one_to_one(found)
    for problem in problems:
        print(problem)
    print(f"{len(records)} records, {len(found)} with {options.old}; {len(problems)} problems")
    if problems or not found:
        return 1
    if not options.check:
        moved = {r.before.key for r in found}
        write({r.key: r for r in [*(r for r in records if r.key not in moved), *found]}, archive.path)
        print(f"written to {shown(archive.path)}")
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
