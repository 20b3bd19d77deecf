"""What the report scripts share: their options, and the list of registered reports in their help."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from imbench.reports.registry import Report, Source, discover
from imbench.reports.select import CLASSIFIER, LLM, Selection, stored_selection, unused
from imbench.reports.suite import STORED, suite_of
from imbench.scoring.scenarios import NATURAL, scenarios_of
from imbench.utils.paths import from_root, shown

#: The options of :func:`add_conditions`.
CONDITIONS = ("scenario", "threshold", "recalibration")


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


def add_conditions(parser: argparse.ArgumentParser) -> None:
    """Add the options that decide under which scenario and threshold the runs are scored."""
    from imbench.scoring.calibration import RECALIBRATIONS
    from imbench.scoring.scenarios import SCENARIOS
    from imbench.scoring.thresholds import POLICIES

    group = parser.add_argument_group("scores of the protocol 'corrected'")
    group.add_argument("--scenario", choices=SCENARIOS, help="default: natural, or shifted where q < 1")
    group.add_argument("--threshold", choices=tuple(POLICIES), help="default: half")
    group.add_argument("--recalibration", choices=tuple(RECALIBRATIONS), help="default: raw")


def out_folder(arguments: argparse.Namespace) -> Path:
    """The folder for the files; under a scenario, threshold or recalibration a folder of its own below it."""
    names = [getattr(arguments, name, None) for name in CONDITIONS]
    return from_root(arguments.out) / "_".join(name for name in names if name is not None)


def source_of(arguments: argparse.Namespace) -> Source:
    """The source of the reports that the options select.

    A suite states ratio and seeds; without one they are those that are stored, which is printed.
    """
    discover()  # packages of reports may register suites
    conditions = {name: getattr(arguments, name, None) for name in CONDITIONS}
    source = Source(
        runs_dir=from_root(arguments.runs_dir),
        selection=Selection(
            classifier=arguments.classifier or CLASSIFIER, llm=arguments.llm or LLM, **conditions
        ),
        suite=suite_of(arguments.suite),
        metric=arguments.metric,
    )
    scenario = conditions["scenario"]
    if source.suite is not STORED and scenario != NATURAL:
        return source
    runs = [run for run in source.runs if scenario in (None, *scenarios_of(run["imbalance_ratio"]))]
    selection, note = stored_selection(runs, arguments.classifier, arguments.llm)
    source = replace(source, selection=replace(selection, **conditions))
    for text in (note, unused(runs, source.selection, source.groups)):
        if text:
            print(text)
    if not source.runs:
        print(f"No run is stored in {shown(source.runs_dir)}.")
    return source


def chosen(reports: Mapping[str, Report], name: str, source: Source) -> list[Report]:
    """The report of this name, or for ``all`` those about the source's datasets; prints what is left out."""
    if name != "all":
        return [reports[name]]
    kept = [report for report in reports.values() if report.concerns(source)]
    rest = [report for report in reports.values() if not report.concerns(source)]
    for suite in dict.fromkeys(report.suite for report in rest):
        names = ", ".join(report.name for report in rest if report.suite == suite)
        print(
            f"Left out: {names}, for they are about the suite '{suite}', of whose datasets no run is stored "
            f"(--suite {suite} makes them)."
        )
    return kept


def written(paths: Iterable[Path]) -> str:
    """The line that names the written files."""
    return "written: " + ", ".join(shown(path) for path in paths)
