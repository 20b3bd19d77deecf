"""The generation stage: from a split to synthetic rows, stored apart from the scores.

Runs that differ in their classifiers alone share the rows under their ``generation_key``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from imbench.data.dataset import Dataset, row_fingerprints
from imbench.data.split import Part, Split, split_dataset
from imbench.errors import ImbenchError, MethodError
from imbench.records import shapes
from imbench.records.record import ROWS, RunFolder
from imbench.runs.budget import method_within
from imbench.samplers.build import PUBLISHED, Method, build_method
from imbench.scoring.leakage import gate_sampler_input
from imbench.utils.files import write_parquet
from imbench.utils.parquet import FLOAT, TEXT, Bounds, UnreadableError, read_groups
from imbench.utils.text import truncated

MARKER = "generation.json"
#: Below the runs folder: stored rows by generation key, trained models by their own keys.
STAGES, MODELS = ".stages", ".models"
ROW_BOUNDS = Bounds()


@dataclass(frozen=True)
class Generated:
    """Synthetic rows (features and the target column with class names), their ledger and their cost.

    ``kept`` are the positions of the real rows that stay in the training set; None means all.
    """

    rows: pd.DataFrame
    ledger: dict[str, Any]
    kept: list[int] | None = None
    phases: dict[str, Any] = field(default_factory=dict)


@lru_cache(maxsize=4)
def split_of(dataset: Dataset, seed: int, imbalance_ratio: float) -> Split:
    """The dataset's split, computed once for the runs of a process that share it; must not be modified."""
    return split_dataset(dataset, seed, imbalance_ratio)


def method_of(config: Mapping[str, Any], runs_dir: Path) -> Method:
    """The method of a run's configuration, within its dataset's budget, with models shared between runs."""
    strategy = config.get("sampling_strategy") or PUBLISHED  # records of before the option existed
    method = build_method(method_within(config), settings(config)[1], strategy)
    if "model_dir" in method.sampler.get_params():
        method.sampler.set_params(model_dir=str(runs_dir / MODELS))
    return method


def sampler_input(split: Split, method: Method) -> Part:
    """The real rows that the method receives, checked by the leakage gate."""
    training_rows = split.complete if method.trains_on == "complete" else split.train
    gate_sampler_input(split, training_rows)
    return training_rows


def generate(split: Split, training_rows: Part, method: Method) -> Generated:
    """Synthetic rows of the method. Raises :class:`MethodError` for an output with other columns."""
    features = training_rows.features.reset_index(drop=True)
    labels = training_rows.labels.reset_index(drop=True)
    output = _resampled(method, features.copy(), labels.copy())
    new_features, new_labels = pd.DataFrame(output[0]), np.asarray(output[1])
    if list(new_features.columns) != list(features.columns):
        raise MethodError(
            f"Method '{method.name}' returned the columns {list(new_features.columns)}, "
            f"expected {list(features.columns)}. Return those of X, in their order."
        )
    kept, added = _separate(features, labels, new_features.reset_index(drop=True), new_labels)
    # The copy is in one piece, so that the target is added without a warning about fragments.
    rows = _plain(new_features.reset_index(drop=True).iloc[added], split).copy()
    codes = new_labels[added].astype(int)
    rows[split.schema.target] = [split.schema.classes[code] for code in codes]
    ledger = dict(getattr(method.sampler, "ledger_", None) or {"requested": None, "accepted": len(rows)})
    ledger["added"] = len(rows)
    ledger["added_by_class"] = {c: int((codes == i).sum()) for i, c in enumerate(split.schema.classes)}
    ledger["real_rows"] = len(training_rows)
    return Generated(rows.reset_index(drop=True), ledger, kept)


def _resampled(method: Method, features: pd.DataFrame, labels: pd.Series) -> Any:
    """The sampler's output; an error of a package below it is a :class:`MethodError` with the ways out."""
    try:
        return method.sampler.fit_resample(features, labels)
    except (ImbenchError, MemoryError, OSError):
        raise
    except Exception as error:
        text = [c for c in features if isinstance(features[c].dtype, pd.CategoricalDtype)]
        hint = (
            f" It received text in '{text[0]}': imbench.WrappedSampler around a sampler encodes text."
            if text
            else ""
        )
        raise MethodError(
            f"Method '{method.name}' failed on these rows: {type(error).__name__}: "
            f"{truncated(str(error), 500)}."
            f"{hint} Choose another method; duplicate and class_weight work on any rows."
        ) from error


def _separate(
    features: pd.DataFrame, labels: pd.Series, new_features: pd.DataFrame, new_labels: np.ndarray
) -> tuple[list[int] | None, np.ndarray]:
    """Positions of the real rows that stay (None: all) and of the synthetic rows in the output.

    Oversamplers return the real rows first. Of samplers that remove rows, a returned row counts as
    real when it equals a real row of its class that is not counted yet.
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


def training_set(split: Split, training_rows: Part, generated: Generated) -> Part:
    """The classifier's training set: the real rows that stay, then the synthetic ones."""
    schema = split.schema
    stay = slice(None) if generated.kept is None else generated.kept
    real = _plain(training_rows.features.iloc[stay], split)
    codes = generated.rows[schema.target].map({c: i for i, c in enumerate(schema.classes)})
    features = pd.concat([real, generated.rows[list(schema.features)]], ignore_index=True)
    labels = np.concatenate([training_rows.labels.iloc[stay].to_numpy(), codes.to_numpy(dtype="int64")])
    return Part(features, pd.Series(labels, name=schema.target))


def store(folder: Path, generated: Generated, split: Split) -> None:
    """Write the stage: rows first, its marker last. Raises :class:`StorageError`."""
    write_parquet(folder / ROWS, generated.rows)
    content = {
        "ledger": generated.ledger,
        "kept": generated.kept,
        "phases": generated.phases,
        "split": split.hash,
    }
    RunFolder(folder).write_json(MARKER, content)


def load(folder: Path, split: Split) -> Generated | None:
    """The stored stage, or None when it is absent, incomplete, invalid, or of another split."""
    marker = shapes.decode(RunFolder(folder).content(MARKER), shapes.Stage)
    if marker is None or marker["split"] != split.hash:
        return None
    schema, added = split.schema, marker["ledger"].get("added")
    if not isinstance(added, int) or max(marker["kept"] or [0]) >= len(split.complete):
        return None
    rows = read_rows(
        folder / ROWS, schema.continuous, (*schema.categorical, schema.target), schema.classes, added
    )
    if rows is None or len(rows) != added:
        return None
    return Generated(rows, marker["ledger"], marker["kept"], marker["phases"])


def read_rows(
    path: Path, continuous: tuple[str, ...], texts: tuple[str, ...], classes: tuple[str, ...],
    most: int = Bounds.rows,
) -> pd.DataFrame | None:  # fmt: skip
    """Stored synthetic rows, or None when the file is not what a run writes.

    ``texts`` are the categorical columns and, last, the target, whose values are ``classes``; ``most`` is
    the largest number of rows.
    """
    import pyarrow as pa

    kinds = dict.fromkeys(continuous, FLOAT) | dict.fromkeys(texts, TEXT)
    try:
        groups = list(read_groups(path, kinds, replace(ROW_BOUNDS, rows=min(most, ROW_BOUNDS.rows))))
        if not groups:
            return None
        table = pa.concat_tables(groups)
        rows = table.to_pandas(ignore_metadata=True)
    except (UnreadableError, pa.ArrowException, ValueError):
        return None
    rows = rows.astype(dict.fromkeys(continuous, "float64") | dict.fromkeys(texts, object))
    for name in texts:
        if table.column(name).null_count:
            rows[name] = rows[name].where(rows[name].notna(), None)
    return rows if rows[texts[-1]].isin(classes).all() else None


def is_of_class(generated: Generated, split: Split, code: int) -> pd.DataFrame:
    """The features of the synthetic rows of one class."""
    schema = split.schema
    return generated.rows.loc[generated.rows[schema.target] == schema.classes[code], list(schema.features)]


def stage_folder(runs_dir: Path, generation_key: str) -> Path:
    """The folder of the stage of a generation key."""
    return runs_dir / STAGES / generation_key


def settings(config: Mapping[str, Any]) -> tuple[int, int, int]:
    """Seeds of the split, the generation and the classifier."""
    split, generation, classifier = (
        int(config["seeds"][axis]) for axis in ("split", "generation", "classifier")
    )
    return split, generation, classifier
