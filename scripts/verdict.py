"""Does generating minority rows help? ``python scripts/verdict.py suite=natural`` (or ``suite=paper``).

Reads stored runs and writes into ``results/verdict``: for every arm × learner × endpoint × reference the mean
gain with a bootstrap interval over sources, the probabilities of helps, equivalent and hurts, Wilcoxon tests
with Holm's correction, by regime and by dataset, and the figures. What is compared stands in
``conf/verdict``, the rules in ``docs/protocol.md``.
"""

from __future__ import annotations

import argparse
import sys

from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root


def main() -> int:
    """Parse the command line, write tables and figures."""
    from imbench.errors import ConfigError
    from imbench.reports.command import written
    from imbench.reports.registry import FIGURES, TABLES, Source, registered, write_tables
    from imbench.reports.select import Selection
    from imbench.reports.suite import suite_of
    from imbench.reports.verdict.design import VERDICT, design_of

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("suite", help="suite=NAME, one of conf/verdict")
    parser.add_argument("--runs-dir", default="results/runs", help="folder of the run records")
    parser.add_argument("--llm", default="tiny", help="language model of the runs (default: %(default)s)")
    parser.add_argument("--splits", type=int, help="only the first planned splits; then there is no verdict")
    parser.add_argument("--out", default="results/verdict", help="folder for the files")
    arguments = parser.parse_args()
    if arguments.splits is not None and arguments.splits < 1:
        raise ConfigError(f"--splits {arguments.splits}: it must be 1 or more.")

    tables, figures = registered(TABLES, VERDICT), registered(FIGURES, VERDICT)
    suite = suite_of(arguments.suite.removeprefix("suite="))
    design = design_of(suite.name)
    selection = Selection(design.all_seeds[: arguments.splits], design.imbalance_ratio, llm=arguments.llm)
    source = Source(from_root(arguments.runs_dir), selection, suite)
    out = from_root(arguments.out)
    for table, paths in write_tables(tables.values(), source, out):
        print(f"{table.title}: {len(table.rows)} lines; {written(paths)}")
    for report in figures.values():
        print(written(report.make(source, out)))
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
