"""A CSV of measurements that is appended to, so that an interrupted series goes on where it stopped."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

Unit = tuple[str, ...]


def measurements(
    path: Path, unit: Sequence[str], measures: Sequence[str],
    missing: Callable[[set[Unit]], Iterable[Mapping[str, Any]]],
) -> list[dict[str, str]]:  # fmt: skip
    """All lines of ``path``, after each that ``missing`` yields was appended as soon as it was measured.

    ``unit`` names the columns that identify a measurement; ``missing`` receives the units that are there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", newline="", encoding="utf-8") as file:
        file.seek(0)
        lines = list(csv.DictReader(file))
        writer = csv.DictWriter(file, [*unit, *measures], lineterminator="\n")
        if not lines:
            writer.writeheader()
        for line in missing({tuple(line[u] for u in unit) for line in lines}):
            writer.writerow(line)
            file.flush()
        file.seek(0)
        return list(csv.DictReader(file))
