"""What the report scripts share: their options, and the list of registered reports in their help."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from imbench.reports.registry import Report, Source, discover
from imbench.reports.select import CLASSIFIER, LLM, Selection, stored_selection, unused
from imbench.reports.suite import STORED, suite_of
from imbench.utils.paths import from_root, shown


def parser_of(description: str | None, reports: Iterable[Report] = ()) -> argparse.ArgumentParser:
    """A parser with the options of every report script; ``reports`` are listed in its help."""
    listing = "".join(f"\n  {report.name:12} {report.title}" for report in reports)
    parser = argparse.ArgumentParser(
        description=description,
        epilog=f"reports:{listing}" if listing else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--runs-dir", default="results/runs", help="folder of the run records")
    what = "default: that of most stored runs, with a suite"
    parser.add_argument("--classifier", default=None, help=f"{what} {CLASSIFIER}")
    parser.add_argument("--llm", default=None, help=f"language model of the runs ({what} {LLM})")
    parser.add_argument("--metric", default=None, help="f1, auc or another metric, without its protocol")
    parser.add_argument(
        "--suite",
        default=STORED.name,
        help="paper, a file of conf/suite, or all stored datasets (default: %(default)s)",
    )
    return parser


def source_of(arguments: argparse.Namespace) -> Source:
    """The source of the reports that the options select.

    A suite states ratio and seeds; without one they are those that are stored, which is printed.
    """
    discover()  # packages of reports may register suites
    source = Source(
        runs_dir=from_root(arguments.runs_dir),
        selection=Selection(classifier=arguments.classifier or CLASSIFIER, llm=arguments.llm or LLM),
        suite=suite_of(arguments.suite),
        metric=arguments.metric,
    )
    if source.suite is not STORED:
        return source
    selection, note = stored_selection(source.runs, arguments.classifier, arguments.llm)
    source = replace(source, selection=selection)
    for text in (note, unused(source.runs, selection, source.groups)):
        if text:
            print(text)
    if not source.runs:
        print(f"No run is stored in {shown(source.runs_dir)}.")
    return source


def written(paths: Iterable[Path]) -> str:
    """The line that names the written files."""
    return "written: " + ", ".join(shown(path) for path in paths)
