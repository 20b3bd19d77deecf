"""What the method YAMLs say to a report: titles, groups, and the paper's column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from imbench.reports.paper.published import COLUMNS
from imbench.utils.paths import ROOT


@dataclass(frozen=True)
class MethodMetadata:
    """A method's words for reports. ``competes`` is False for a reference that sees more rows."""

    name: str
    title: str
    group: str
    column: str | None
    competes: bool


@lru_cache(maxsize=1)
def method_metadata() -> dict[str, MethodMetadata]:
    """Every method of ``conf/method``."""
    methods = {}
    for path in sorted((ROOT / "conf" / "method").glob("*.yaml")):
        words: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        name = words.get("name", path.stem)
        methods[name] = MethodMetadata(
            name, words.get("title", name), words.get("group", ""), words.get("paper"),
            words.get("trains_on", "reduced") == "reduced",
        )  # fmt: skip
    return methods


def in_order(names: Iterable[str]) -> list[MethodMetadata]:
    """Metadata of ``names``: the paper's columns first and in its order, then the others by name."""
    methods = [method_metadata().get(n) or MethodMetadata(n, n, "", None, True) for n in names]
    return sorted(
        methods, key=lambda c: (COLUMNS.index(c.column) if c.column in COLUMNS else len(COLUMNS), c.name)
    )


def paper_methods() -> list[MethodMetadata]:
    """The methods that stand for the paper's columns, in its order, of those that exist here."""
    return in_order(method.name for method in method_metadata().values() if method.column)
