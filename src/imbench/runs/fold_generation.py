"""Synthetic rows of every fold of the training rows, under one key that all classifiers share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from imbench.data.split import Split
from imbench.records import shapes
from imbench.records.record import ROWS, RunFolder
from imbench.runs.generation import Generated, read_rows
from imbench.runs.key import digest
from imbench.utils.files import write_parquet

MARKER = "folds.json"
#: Part of the key; increased when the same options give other folds.
VERSION = 1
#: Rows that took less time than this are made again rather than stored: reading them takes as long.
STORED_FROM_SECONDS = 0.5


def fold_key(generation_key: str, folds: int) -> str:
    """The key of the synthetic rows of all folds."""
    return digest({"generation": generation_key, "folds": folds, "folds_version": VERSION})


def store(
    folder: Path, generated: Sequence[Generated], splits: Sequence[Split], cost: dict[str, Any]
) -> None:
    """Write the rows of all folds one after another, then the marker. Raises :class:`StorageError`."""
    write_parquet(folder / ROWS, pd.concat([found.rows for found in generated], ignore_index=True))
    lines = [
        {"ledger": found.ledger, "kept": found.kept, "split": split.hash}
        for found, split in zip(generated, splits, strict=True)
    ]
    RunFolder(folder).write_json(MARKER, {"folds": lines, "phases": {"generate": cost}})


def load(folder: Path, splits: Sequence[Split]) -> tuple[list[Generated], dict[str, Any]] | None:
    """The stored rows of these folds and their cost, or None: absent, invalid or of other folds."""
    marker = shapes.decode(RunFolder(folder).content(MARKER), shapes.FoldStages)
    if marker is None or [line["split"] for line in marker["folds"]] != [split.hash for split in splits]:
        return None
    schema, lines = splits[0].schema, marker["folds"]
    added = [line["ledger"].get("added") for line in lines]
    if not all(isinstance(count, int) and count >= 0 for count in added):
        return None
    if any(max(line["kept"] or [0]) >= len(s.train) for line, s in zip(lines, splits, strict=True)):
        return None
    texts = (*schema.categorical, schema.target)
    rows = read_rows(folder / ROWS, schema.continuous, texts, schema.classes, sum(added))
    if rows is None or len(rows) != sum(added):
        return None
    found, start = [], 0
    for line, count in zip(lines, added, strict=True):
        own = rows.iloc[start : start + count].reset_index(drop=True)
        found.append(Generated(own, line["ledger"], line["kept"]))
        start += count
    return found, dict(marker["phases"]["generate"])
