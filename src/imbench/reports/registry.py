"""The registry of report tables and figures.

A report is one decorated function in any module below :mod:`imbench.reports`; :func:`discover` imports them
all, and the scripts list and write what is registered::

    @report_table("means", title="Mean F1 of every method")
    def means(source: Source) -> Iterator[ReportTable]:
        yield ReportTable("means", ...)
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from imbench.records.store import find
from imbench.reports.methods import MethodMetadata, with_fallbacks
from imbench.reports.select import Groups, Selection, load_runs, select
from imbench.reports.suite import STORED, Suite, suite_of
from imbench.reports.table import ENDINGS, ReportTable
from imbench.utils.paths import ROOT

#: Groups of reports: what ``scripts/tables.py`` or ``figures.py``, ``compare.py`` and ``scorecard.py`` write.
STANDARD, STATISTICS, SCORECARD = "standard", "statistics", "scorecard"


@dataclass(frozen=True)
class Source:
    """What reports are made from.

    ``metric`` (without its protocol) and ``dataset`` are what the user asked for; None for each report's
    default.
    """

    runs_dir: Path
    selection: Selection = field(default_factory=Selection)
    suite: Suite = STORED
    metric: str | None = None
    dataset: str | None = None
    data_dir: str | None = None
    attention_dir: Path = ROOT / "results" / "attention"
    #: What several reports of one source need and is slow to compute.
    cache: dict[Any, Any] = field(default_factory=dict, compare=False)

    @cached_property
    def runs(self) -> list[dict[str, Any]]:
        """The flat lines of all stored runs."""
        return load_runs(self.runs_dir)

    @cached_property
    def groups(self) -> Groups:
        """The selected runs of default settings, by (dataset, method) and seed."""
        return select(self.runs, self.selection)

    def methods(self) -> list[MethodMetadata]:
        """The methods of the groups in the suite's order; a title says where a method did something else."""
        return with_fallbacks(self.suite.in_order({m for _, m in self.groups}), self.groups)

    def record(self, key: str, name: str) -> Mapping[str, Any]:
        """One JSON file of an ended run's record; empty where it is missing."""
        record = find(self.runs_dir, key)
        return (record and record.read(name)) or {}


MakeTables = Callable[[Source], Iterable[ReportTable]]
MakeFigures = Callable[[Source, Path], Iterable[Path]]


@dataclass(frozen=True)
class Report:
    """A registered table or figure. ``formats`` are those of a table's files.

    ``from_data``: whether it reads the datasets instead of records, so that data files may be missing.
    ``suite``: the only suite that it is about; empty for a report of any datasets.
    """

    name: str
    title: str
    make: Callable[..., Any]
    group: str = STANDARD
    formats: tuple[str, ...] = ENDINGS
    from_data: bool = False
    suite: str = ""

    def concerns(self, source: Source) -> bool:
        """Whether the source is of the report's suite, or has a run of a dataset of it."""
        if self.suite in ("", source.suite.name):
            return True
        datasets = set(suite_of(self.suite).datasets)
        return any(run["dataset"] in datasets for run in source.runs)


TABLES: dict[str, Report] = {}
FIGURES: dict[str, Report] = {}
#: By the name of a suite: the published numbers that the page shows beside ours (``page/content.py``).
PUBLISHED: dict[str, Callable[[], dict[str, Any]]] = {}


def report_table(
    name: str,
    title: str,
    group: str = STANDARD,
    formats: tuple[str, ...] = ENDINGS,
    from_data: bool = False,
    suite: str = "",
) -> Callable[[MakeTables], MakeTables]:
    """Register a function ``source → tables`` under the name of the command line."""
    return _adder(TABLES, lambda make: Report(name, title, make, group, formats, from_data, suite))


def report_figure(
    name: str, title: str, group: str = STANDARD, suite: str = ""
) -> Callable[[MakeFigures], MakeFigures]:
    """Register a function ``(source, folder) → written files`` under the name of the command line."""
    return _adder(FIGURES, lambda make: Report(name, title, make, group, suite=suite))


def _adder(reports: dict[str, Report], report_of: Callable[[Any], Report]) -> Callable[[Any], Any]:
    def add(make: Any) -> Any:
        report = report_of(make)
        if report.name in reports:
            raise ValueError(f"a report of the name '{report.name}' is registered already")
        reports[report.name] = report
        return make

    return add


def discover() -> None:
    """Import every module below :mod:`imbench.reports`, so that its reports are registered."""
    package = import_module("imbench.reports")
    for module in pkgutil.walk_packages(package.__path__, "imbench.reports."):
        import_module(module.name)


def registered(reports: dict[str, Report], group: str = STANDARD) -> dict[str, Report]:
    """The reports of one group by name, in the order of their names."""
    discover()
    return {name: reports[name] for name in sorted(reports) if reports[name].group == group}


def write_tables(
    reports: Iterable[Report], source: Source, out: Path
) -> Iterable[tuple[ReportTable, list[Path]]]:
    """Make and write tables; yields each with its files."""
    for report in reports:
        for table in report.make(source):
            yield table, table.write(out, report.formats)
