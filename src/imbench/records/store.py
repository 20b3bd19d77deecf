"""All runs of a runs folder: the records in its folders and in the archives beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from imbench.records.archive import RECORDS_SUFFIX, Archive, archive_folder
from imbench.records.flat import flat_run
from imbench.records.record import Record, RunFolder, iterate
from imbench.utils.text import is_safe


def archives(runs_dir: Path) -> list[Archive]:
    """The archives that belong to a runs folder, by name; their columns are kept between calls."""
    try:
        names = sorted(n for n in os.listdir(archive_folder(runs_dir)) if n.endswith(RECORDS_SUFFIX))
    except OSError:
        return []
    found = []
    for name in names:
        path = archive_folder(runs_dir) / name
        if is_safe(name.removesuffix(RECORDS_SUFFIX)):
            facts = path.stat()
            found.append(_archive(path, (facts.st_ino, facts.st_size, facts.st_mtime_ns)))
    return found


@lru_cache(maxsize=16)
def _archive(path: Path, version: tuple[int, ...]) -> Archive:
    return Archive(path)


def records(runs_dir: Path) -> Iterator[Record]:
    """All records in the order of their keys, including folders of runs that have not ended.

    Of several records of one key a folder with a marker comes first, then the archives by their names,
    then a folder without a marker. Raises :class:`StorageError` for an unreadable archive.
    """
    archived: dict[str, Record] = {}
    for archive in reversed(archives(runs_dir)):
        archived |= {run.key: run for run in archive.runs()}
    folders = {folder.key: folder for folder in iterate(runs_dir)}
    for key in sorted(archived.keys() | folders.keys()):
        if key not in archived or (key in folders and folders[key].status() is not None):
            yield folders[key]
        else:
            yield archived[key]


def keys(runs_dir: Path) -> set[str]:
    """The keys of all folders and archived runs, by one listing."""
    found = {folder.key for folder in iterate(runs_dir)}
    return found.union(*(archive.positions for archive in archives(runs_dir)))


def all_runs(runs_dir: Path) -> Iterator[dict[str, Any]]:
    """One flat line (:func:`imbench.records.flat.flat_run`) for every ended run, in the order of the keys."""
    for record in records(runs_dir):
        if (line := flat_run(record)) is not None:
            yield line


def find(runs_dir: Path, key: str) -> Record | None:
    """The record of an ended run, or None. The order of :func:`records` holds."""
    folder = RunFolder(runs_dir / key)
    if folder.status() is not None:
        return folder
    for archive in archives(runs_dir):
        run = archive.find(key)
        if run is not None and run.status() is not None:
            return run
    return None
