"""The generation stage: from a split to synthetic rows, stored apart from the scores.

A new classifier or measure finds the rows under their ``generation_key`` and makes none again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from cachetools import LRUCache, cached

from imbench.data.dataset import Dataset, row_fingerprints
from imbench.data.split import Part, Split, split_dataset
from imbench.errors import MethodError
from imbench.runs import shapes
from imbench.runs.record import ROWS, RunFolder, read_json, write_parquet
from imbench.samplers.build import Method
from imbench.scoring.leakage import gate_sampler_input

MARKER = "generation.json"
#: Below the runs folder: stored rows by generation key, trained models by their own keys.
STAGES, MODELS = ".stages", ".models"


@dataclass(frozen=True)
class Generated:
    """Synthetic rows (features and the target column with class names) and how they came about.

    ``kept`` are the positions of the given rows that stay in the training set; None means all.
    """

    rows: pd.DataFrame
    ledger: dict[str, Any]
    kept: list[int] | None = None
    phases: dict[str, Any] = field(default_factory=dict)


@cached(LRUCache(4), key=lambda table, *rest: (table.name, table.checksum, table.schema, *rest))
def split_of(table: Dataset, seed: int, imbalance_ratio: float) -> Split:
    """The table's split, computed once for the runs of a process that share it. Nobody may change it."""
    return split_dataset(table, seed, imbalance_ratio)


def sampler_input(split: Split, method: Method) -> Part:
    """The rows that the method may see, past the leakage gate."""
    given = split.complete if method.trains_on == "complete" else split.train
    gate_sampler_input(split, given)
    return given


def generate(split: Split, given: Part, method: Method) -> Generated:
    """Let the method make its rows. Its errors become a :class:`MethodError` that names it."""
    features, labels = given.features.reset_index(drop=True), given.labels.reset_index(drop=True)
    output = method.sampler.fit_resample(features.copy(), labels.copy())
    new_features, new_labels = pd.DataFrame(output[0]), np.asarray(output[1])
    if list(new_features.columns) != list(features.columns):
        raise MethodError(
            f"Method '{method.name}' returned the columns {list(new_features.columns)}, "
            f"expected {list(features.columns)}."
        )
    kept, added = _separate(features, labels, new_features.reset_index(drop=True), new_labels)
    rows = _plain(new_features.reset_index(drop=True).iloc[added], split)
    codes = new_labels[added].astype(int)
    rows[split.schema.target] = [split.schema.classes[code] for code in codes]
    ledger = dict(getattr(method.sampler, "ledger_", None) or {"asked": None, "accepted": len(rows)})
    ledger["added"] = len(rows)
    ledger["added_by_class"] = {c: int((codes == i).sum()) for i, c in enumerate(split.schema.classes)}
    ledger["given"] = len(given)
    return Generated(rows.reset_index(drop=True), ledger, kept)


def _separate(
    features: pd.DataFrame, labels: pd.Series, new_features: pd.DataFrame, new_labels: np.ndarray
) -> tuple[list[int] | None, np.ndarray]:
    """Which given rows stay (None: all) and the positions of the new rows in the output.

    Oversamplers put the given rows first. Of samplers that remove rows, a returned row counts as
    given when it equals a given row of its class that was not counted yet.
    """
    before, after = _fingerprints(features, labels), _fingerprints(new_features, new_labels)
    count = len(before)
    if len(after) >= count and np.array_equal(after[:count], before):
        return None, np.arange(count, len(after))
    waiting: dict[int, list[int]] = {}
    for position in range(count - 1, -1, -1):
        waiting.setdefault(before[position], []).append(position)
    kept, added = [], []
    for position, mark in enumerate(after):
        if waiting.get(mark):
            kept.append(waiting[mark].pop())
        else:
            added.append(position)
    return kept, np.array(added, dtype=int)


def _fingerprints(features: pd.DataFrame, labels: Any) -> np.ndarray:
    return row_fingerprints(features.assign(__label__=np.asarray(labels))).to_numpy()


def _plain(rows: pd.DataFrame, split: Split) -> pd.DataFrame:
    schema = split.schema
    return rows.astype(
        dict.fromkeys(schema.continuous, "float64") | dict.fromkeys(schema.categorical, object)
    )


def training_part(split: Split, given: Part, generated: Generated) -> Part:
    """The classifier's training set: the given rows that stay, then the synthetic ones."""
    schema = split.schema
    stay = slice(None) if generated.kept is None else generated.kept
    real = _plain(given.features.iloc[stay], split)
    codes = generated.rows[schema.target].map({c: i for i, c in enumerate(schema.classes)})
    features = pd.concat([real, generated.rows[list(schema.features)]], ignore_index=True)
    labels = np.concatenate([given.labels.iloc[stay].to_numpy(), codes.to_numpy(dtype="int64")])
    return Part(features, pd.Series(labels, name=schema.target))


def store(folder: Path, generated: Generated, split: Split) -> None:
    """Write the stage: rows first, its marker last."""
    write_parquet(folder / ROWS, generated.rows)
    content = {
        "ledger": generated.ledger,
        "kept": generated.kept,
        "phases": generated.phases,
        "split": split.hash,
    }
    RunFolder(folder).write_json(MARKER, content)


def load(folder: Path, split: Split) -> Generated | None:
    """The stored stage, or None when it is not there, not whole, or of another split."""
    marker = read_json(folder / MARKER)
    if marker is None or marker.get("split") != split.hash or not shapes.is_stage(marker):
        return None
    schema = split.schema
    words = (*schema.categorical, schema.target)
    added = marker["ledger"].get("added")
    if not isinstance(added, int):
        return None
    rows = shapes.read_rows(folder / ROWS, schema.continuous, words, schema.classes, added)
    if rows is None or len(rows) != added:
        return None
    if max(marker["kept"] or [0]) >= len(split.complete):
        return None
    return Generated(rows, marker["ledger"], marker["kept"], marker["phases"])


def is_of_class(generated: Generated, split: Split, code: int) -> pd.DataFrame:
    """The features of the synthetic rows of one class."""
    schema = split.schema
    return generated.rows.loc[generated.rows[schema.target] == schema.classes[code], list(schema.features)]


def stage_folder(runs_dir: Path, generation_key: str) -> Path:
    """Where the stage of a generation key is kept."""
    return runs_dir / STAGES / generation_key


def settings(config: Mapping[str, Any]) -> tuple[int, int, int]:
    """Seeds of the split, the generation and the classifier."""
    return (
        int(config["seeds"]["split"]),
        int(config["seeds"]["generation"]),
        int(config["seeds"]["classifier"]),
    )
