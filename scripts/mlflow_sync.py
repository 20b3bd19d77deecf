"""Bring the MLflow store up to date with the run folders, or rebuild it from them.

``python scripts/mlflow_sync.py`` copies what the store lacks; ``--uri`` names another store. It may run
beside a sweep or another sync, and be started again at any time: no run is doubled.
"""

from __future__ import annotations

import argparse
import sys

from imbench.errors import StorageError
from imbench.utils.cli import exit_code
from imbench.utils.config import entry
from imbench.utils.paths import from_root


def main() -> int:
    """Copy every ended run that the store lacks or holds in an older form."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs-dir", default="results/runs")
    parser.add_argument("--uri", default=None, help="address of the store (default: the local sqlite file)")
    words = parser.parse_args()

    from imbench.runs.record import iterate
    from imbench.tracking import sink as mlflow_sink
    from imbench.tracking import store as mlflow_store

    tracking = entry("tracking", "sqlite")
    if words.uri:
        artifacts = tracking["artifacts"] if words.uri.startswith("sqlite:") else None
        tracking |= {"uri": words.uri, "artifacts": artifacts}
    mlflow_sink.prepare(tracking)
    store = mlflow_store.uri_of(tracking)
    try:
        known = mlflow_sink.logged_keys(tracking)
    except Exception as error:  # whatever MLflow, its database or its server raises
        reason = f"{type(error).__name__}: {str(error)[:200]}"
        raise StorageError(f"The MLflow store '{store}' does not answer ({reason}).") from error
    copied = current = failed = 0
    for folder in iterate(from_root(words.runs_dir)):
        status = folder.status()
        if status is None:
            continue
        if known.get(status["key"]) == status["finished"]:
            current += 1
        elif mlflow_sink.log_run(folder.path, tracking):
            copied += 1
        elif mlflow_store.away(tracking):
            raise StorageError(
                f"The MLflow store '{store}' went away after {copied} copies. Start the same command again "
                "when it is back: what is there already is not copied again."
            )
        else:
            failed += 1
    print(f"{copied} runs copied, {current} were there already, {failed} failed: {store}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
