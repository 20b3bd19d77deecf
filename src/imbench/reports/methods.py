"""Method metadata for reports: titles, groups and the paper's column, from ``conf/method``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from imbench.utils.config import entries


@dataclass(frozen=True)
class MethodMetadata:
    """How reports show a method. ``competes``: False for a reference that sees more rows than the others."""

    name: str
    title: str
    group: str = "other"
    paper_column: str | None = None
    competes: bool = True


@lru_cache(maxsize=1)
def method_metadata() -> dict[str, MethodMetadata]:
    """Metadata of every method of ``conf/method``, by name."""
    found = {}
    for config in entries("method").values():
        name, metadata = config["name"], config.get("metadata") or {}
        found[name] = MethodMetadata(
            name, metadata.get("title", name), metadata.get("group", "other"), metadata.get("paper_column"),
            config.get("trains_on", "reduced") == "reduced",
        )  # fmt: skip
    return found


def in_order(names: Iterable[str], first: Sequence[str] = ()) -> list[MethodMetadata]:
    """Metadata of ``names``: those of ``first`` in its order, then the others by name.

    A method that is not in ``conf/method`` any more has its name as title.
    """
    found = [method_metadata().get(name) or MethodMetadata(name, name) for name in names]
    return sorted(found, key=lambda m: (first.index(m.name) if m.name in first else len(first), m.name))
