"""Method metadata for reports: titles, groups and the paper's column, from ``conf/method``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from imbench.utils.config import entries
from imbench.utils.text import truncated

#: Datasets that a title names.
_NAMED = 2


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


def with_fallbacks(
    methods: Iterable[MethodMetadata], groups: Mapping[tuple[str, str], Mapping[int, Mapping[str, Any]]]
) -> list[MethodMetadata]:
    """The methods, the titles of those that did something else in some run saying so.

    ``groups`` are the runs of a report by (dataset, method) and seed. ``SMOTE (duplicates: 4 rows)`` where
    every run fell back, ``SMOTE (duplicates on german: 4 rows)`` where those on one dataset did.
    """
    found = []
    for method in methods:
        runs = {d: by_seed.values() for (d, name), by_seed in groups.items() if name == method.name}
        texts = {
            d: [str(r["ledger_fallback"]) for r in rs if r.get("ledger_fallback")] for d, rs in runs.items()
        }
        some = [d for d in sorted(texts) if texts[d]]
        if some:
            everywhere = all(len(texts[d]) == len(rs) for d, rs in runs.items())
            more = f" and {len(some) - _NAMED} other datasets" if len(some) > _NAMED else ""
            where = "" if everywhere else f" on {', '.join(some[:_NAMED])}{more}"
            what = _fallback([text for d in some for text in texts[d]], where)
            method = replace(method, title=f"{method.title} ({what})")
        found.append(method)
    return found


def _fallback(texts: Sequence[str], where: str) -> str:
    """The fallbacks of several runs in a few words."""
    counts = sorted({int(n) for text in texts for n in re.findall(r"duplicates: (\d+)", text)})
    if not counts:
        return f"{truncated(texts[0], 60)}{where}"
    rows = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return f"duplicates{where}: {rows} {'row' if rows == '1' else 'rows'}"
