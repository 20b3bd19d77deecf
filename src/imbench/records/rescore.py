"""Scores computed again from stored predictions, in run folders and in archives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imbench.errors import ConfigError
from imbench.records import archive
from imbench.records.archive import Archive, ArchivedRun
from imbench.records.flat import LABELS
from imbench.records.prediction_files import OUT_OF_FOLD, ByClassifier, out_of_fold_in
from imbench.records.record import DONE, SCORES, Record, RunFolder
from imbench.records.store import records
from imbench.runs.key import name_of
from imbench.scoring.evaluate import all_scores
from imbench.scoring.metrics import SCORING_VERSION
from imbench.scoring.predictions import OutOfFold
from imbench.scoring.scenarios import Shares
from imbench.utils.files import json_text


@dataclass
class Rescored:
    """Counts of the selected runs; ``without`` are the names of those without predictions."""

    changed: int = 0
    same: int = 0
    without: list[str] = field(default_factory=list)

    @property
    def runs(self) -> int:
        """All selected runs."""
        return self.changed + self.same + len(self.without)


@dataclass(frozen=True)
class Replaced(Record):
    """An archived run with other scores."""

    run: ArchivedRun
    scores_json: bytes

    @property
    def key(self) -> str:
        """The run's key."""
        return self.run.key

    def content(self, name: str) -> bytes | None:
        """The new scores; every other file as archived."""
        return self.scores_json if name == SCORES else self.run.content(name)


def rescore(runs_dir: Path, selection: Mapping[str, tuple[str, ...]], write: bool = True) -> Rescored:
    """Rescore the done runs whose labels have one of the values of ``selection``.

    Raises :class:`ConfigError` for an unknown label, :class:`StorageError` when a result cannot be written.
    """
    unknown = selection.keys() - {*LABELS, "key"}
    if unknown:
        raise ConfigError(f"'{min(unknown)}' is not a label: {', '.join((*LABELS, 'key'))}.")
    found, archived = Rescored(), {}
    for record in records(runs_dir):
        status = record.status()
        if status is None or status["state"] != DONE or not _selected(status, selection):
            continue
        if isinstance(record, ArchivedRun):
            archived.setdefault(record.archive, {})[record.key] = record
            continue
        content = _count(found, record, status, record.predictions(), record.out_of_fold())
        if content is not None and write and isinstance(record, RunFolder):
            record.write_bytes(SCORES, content)
    for source, runs in archived.items():
        _rescore_archive(source, runs, found, write)
    return found


def _rescore_archive(source: Archive, runs: dict[str, ArchivedRun], found: Rescored, write: bool) -> None:
    replaced, scored = {}, set()
    out_of_fold = source.predictions(set(runs), OUT_OF_FOLD)
    head = next(out_of_fold, None)
    for key, predictions in source.predictions(set(runs)):
        scored.add(key)
        while head is not None and head[0] < key:
            head = next(out_of_fold, None)
        own = out_of_fold_in(head[1]) if head is not None and head[0] == key else None
        content = _count(found, runs[key], runs[key].status() or {}, predictions, own)
        if content is not None:
            replaced[key] = content
    for key in runs.keys() - scored:
        _count(found, runs[key], runs[key].status() or {}, None, None)
    if replaced and write:
        archive.write_records(
            {
                run.key: Replaced(run, replaced[run.key]) if run.key in replaced else run
                for run in source.runs()
            },
            source.path,
        )


def _selected(status: Mapping[str, Any], selection: Mapping[str, tuple[str, ...]]) -> bool:
    return all(_text(status.get(label)) in map(_text, values) for label, values in selection.items())


def _text(value: Any) -> str:
    try:
        return str(float(value))  # 1, 1.0 and "1" are one value
    except (TypeError, ValueError):
        return str(value)


def _count(
    found: Rescored, record: Record, status: Mapping[str, Any], predictions: ByClassifier | None,
    out_of_fold: Mapping[str, OutOfFold] | None,
) -> bytes | None:  # fmt: skip
    """The new content of ``scores.json``, or None when it is the same or predictions are missing."""
    tuned = (status.get("tuning") or {}).get("state") == DONE
    if predictions is None or (tuned and out_of_fold is None):
        found.without.append(f"{name_of(dict(status))} ({record.key})")
        return None
    before = record.read(SCORES) or {}
    scores = {"split_hash": status.get("split_hash"), **before}
    shares = Shares.of(status.get("minority_share"))
    ratio = status["imbalance_ratio"]
    scores |= {"scoring_version": SCORING_VERSION}
    scores |= all_scores(predictions, out_of_fold if tuned else None, ratio, shares)
    if scores == before:
        found.same += 1
        return None
    found.changed += 1
    return json_text(scores).encode()
