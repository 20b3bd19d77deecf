"""Bring the MLflow store up to date with the stored runs, or rebuild it from them.

``python scripts/mlflow_sync.py`` copies the runs that the store lacks or holds in an older form; ``--uri``
names another store. It can be started again at any time, also beside a sweep: a sqlite file has one writer at
a time.
"""

from __future__ import annotations

import argparse
import sys

from imbench.errors import StorageError
from imbench.utils.cli import exit_code
from imbench.utils.config import entry
from imbench.utils.paths import from_root


def main() -> int:
    """Copy every ended run that has no current copy; 1 where some could not be copied."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs-dir", default="results/runs")
    parser.add_argument("--uri", default=None, help="address of the store (default: the local sqlite file)")
    options = parser.parse_args()

    from imbench.records.store import all_runs
    from imbench.tracking import brief, copy_runs, uri_of

    tracking = entry("tracking", "sqlite")
    if options.uri:
        artifacts = tracking["artifacts"] if options.uri.startswith("sqlite:") else None
        tracking |= {"uri": options.uri, "artifacts": artifacts}
    runs_dir, store = from_root(options.runs_dir), uri_of(tracking)
    try:
        found = copy_runs(all_runs(runs_dir), runs_dir, tracking)
    except Exception as error:  # whatever MLflow, its database or its server raises
        raise StorageError(
            f"The MLflow store '{store}' does not answer ({brief(error)}). Start the same command again when "
            "it does: copies that exist are not made again."
        ) from error
    print(f"{found.copied} runs copied, {found.current} were there already, {found.failed} failed: {store}")
    if found.error is not None:
        print(f"imbench: the first failure: {brief(found.error)}", file=sys.stderr)
    return 1 if found.failed else 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
