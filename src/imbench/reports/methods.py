"""Method metadata for reports: titles, groups, and the paper's column, from the YAMLs of ``conf/method``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from imbench.reports.paper.published import COLUMNS
from imbench.utils.config import entries


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
    found = {}
    for config in entries("method").values():
        name, metadata = config["name"], config.get("metadata") or {}
        found[name] = MethodMetadata(
            name, metadata.get("title", name), metadata.get("group", "other"), metadata.get("paper_column"),
            config.get("trains_on", "reduced") == "reduced",
        )  # fmt: skip
    return found


def in_order(names: Iterable[str]) -> list[MethodMetadata]:
    """Cards of ``names``: the paper's columns first and in its order, then the others by name."""
    cards = [method_metadata().get(n) or MethodMetadata(n, n, "", None, True) for n in names]
    return sorted(
        cards, key=lambda c: (COLUMNS.index(c.column) if c.column in COLUMNS else len(COLUMNS), c.name)
    )


def paper_methods() -> list[MethodMetadata]:
    """The methods that stand for the paper's columns, in its order, of those that exist here."""
    return in_order(card.name for card in method_metadata().values() if card.column)
