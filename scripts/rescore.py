"""Compute the scores of stored runs again from their predictions; nothing is fitted.

    python scripts/rescore.py                                  all runs of results/runs and its archives
    python scripts/rescore.py dataset=german,car method=smote  those with these labels
    python scripts/rescore.py --dry-run                        only report what would change

Labels: dataset, method, llm, seed, imbalance_ratio, interpolation_ratio, key. Measures of the synthetic rows
stay as they are. Runs without predictions are counted and left as they are; the exit code is then 1.
"""

from __future__ import annotations

import argparse
import sys

from imbench.errors import ConfigError
from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root


def main() -> int:
    """Rescore the selection and report the counts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labels", nargs="*", metavar="label=value[,value]")
    parser.add_argument("--runs-dir", default="results/runs")
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    options = parser.parse_intermixed_args()

    from imbench.records.rescore import rescore

    selection: dict[str, tuple[str, ...]] = {}
    for label_values in options.labels:
        label, separator, values = label_values.partition("=")
        if not separator:
            raise ConfigError(f"'{label_values}' is not of the form label=value.")
        selection[label] = tuple(values.split(","))
    found = rescore(from_root(options.runs_dir), selection, write=not options.dry_run)
    verb = "would change" if options.dry_run else "changed"
    print(f"{found.runs} runs selected: {found.changed} {verb}, {found.same} had the same scores already")
    if found.without:
        names = "; ".join(found.without[:3]) + ("; …" if len(found.without) > 3 else "")
        print(f"{len(found.without)} have no predictions and were left as they are: {names}")
    return 1 if found.without else 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
