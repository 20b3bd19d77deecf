"""Suites: which datasets and methods a report covers, and in which order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from imbench.errors import ConfigError
from imbench.reports.methods import MethodMetadata, in_order, method_metadata
from imbench.utils.config import entry, names

CONTROL = "control"


@dataclass(frozen=True)
class Suite:
    """A benchmark as reports see it.

    ``datasets``: those that statistics cover; empty for all with a stored run. ``methods``: those that come
    first in every report and define the datasets "on which every method of the suite is complete"; empty for
    all with a stored run. ``references``: methods that all others are compared with; empty for the controls.
    ``baseline``: the method without oversampling.
    """

    name: str
    datasets: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    baseline: str = "imbalance"

    def covered(self, present: Iterable[str]) -> tuple[str, ...]:
        """The datasets of the suite, or all of ``present``."""
        return self.datasets or tuple(sorted(set(present)))

    def ordered(self, present: Iterable[str]) -> list[str]:
        """``present`` datasets, those of the suite first."""
        found = set(present)
        return [d for d in self.datasets if d in found] + sorted(found - set(self.datasets))

    def in_order(self, names: Iterable[str]) -> list[MethodMetadata]:
        """Metadata of methods, those of the suite first."""
        return in_order(names, self.methods)

    @property
    def title_of_baseline(self) -> str:
        """The title of the method without oversampling."""
        return in_order([self.baseline])[0].title

    def compared_with(self) -> tuple[str, ...]:
        """Names of the reference methods."""
        return self.references or tuple(
            name for name, method in method_metadata().items() if method.group == CONTROL
        )


STORED = Suite("stored")
SUITES = {STORED.name: STORED}


def register_suite(suite: Suite) -> Suite:
    """Add a suite to those that ``--suite`` accepts."""
    SUITES[suite.name] = suite
    return suite


def suite_of(name: str) -> Suite:
    """A registered suite, or the datasets of ``conf/suite/<name>.yaml``.

    Raises :class:`ConfigError` for an unknown name.
    """
    if name in SUITES:
        return SUITES[name]
    if name not in names("suite"):
        raise ConfigError(f"suite '{name}' is not one of {', '.join(sorted({*SUITES, *names('suite')}))}.")
    return Suite(name, tuple(entry("suite", name)["dataset"].split(",")))
