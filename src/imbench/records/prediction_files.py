"""The files that keep the predictions of fitted classifiers: for the test part, and out of fold.

A table of predictions has one row per (run,) classifier and protocol. Out-of-fold predictions are those for
the real training rows, under the protocol ``corrected`` alone, with each row's fold (int16). ``rows``
(int32), ``labels`` (int16) and ``probabilities`` (float32) are little-endian arrays as binary values: equal
row numbers and labels are stored once by the dictionary encoding. For two classes the probabilities are
those of class 1 alone where ``float32(1) - p`` restores the other's exactly, as it does for XGBoost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from imbench.scoring.metrics import CORRECTED, PROTOCOLS
from imbench.scoring.predictions import OutOfFold, Predictions
from imbench.utils.parquet import BINARY, INTEGER, TEXT, Bounds, UnreadableError, read_groups, values_of
from imbench.utils.text import is_safe

ByClassifier = dict[str, dict[str, Predictions]]
KINDS = {
    "classifier": TEXT, "protocol": TEXT, "classes": INTEGER, "minority": INTEGER,
    "rows": BINARY, "labels": BINARY, "probabilities": BINARY,
}  # fmt: skip
FOLDS = "folds"


@dataclass(frozen=True)
class PredictionTable:
    """One kind of table: its file in a run's folder, and the columns with their kinds."""

    file: str
    kinds: Mapping[str, str]

    @property
    def archive_suffix(self) -> str:
        """How the name of its file in an archive ends."""
        return f".{self.file}"


TEST = PredictionTable("predictions.parquet", KINDS)
OUT_OF_FOLD = PredictionTable("out_of_fold.parquet", KINDS | {FOLDS: BINARY})
TABLES = (TEST, OUT_OF_FOLD)
#: The bounds of a run's own file, in rows of the table and bytes.
BOUNDS = Bounds(rows=1000, columns=10, unpacked=2 << 30, distinct=2 << 30, longest=1 << 30)
ROW, LABEL, PROBABILITY = np.dtype("<i4"), np.dtype("<i2"), np.dtype("<f4")
MOST_CLASSES = 2**15 - 1


def lines_of(predictions: Mapping[str, Mapping[str, Predictions]]) -> list[dict[str, Any]]:
    """The rows of a table of predictions."""
    return [
        _folds(found)
        | {
            "classifier": classifier,
            "protocol": protocol,
            "classes": found.classes,
            "minority": found.minority,
            "rows": np.asarray(found.rows, ROW).tobytes(),
            "labels": np.asarray(found.truth, LABEL).tobytes(),
            "probabilities": _packed(found.probabilities).tobytes(),
        }
        for classifier, by_protocol in predictions.items()
        for protocol, found in by_protocol.items()
    ]


def _folds(found: Predictions) -> dict[str, bytes]:
    return {FOLDS: np.asarray(found.folds, LABEL).tobytes()} if isinstance(found, OutOfFold) else {}


def _packed(probabilities: np.ndarray) -> np.ndarray:
    values = np.asarray(probabilities, PROBABILITY)
    if values.shape[1] == 2 and np.array_equal(values[:, 0], np.float32(1) - values[:, 1]):
        return values[:, 1]
    return values


def from_lines(lines: Iterable[Mapping[str, Any]]) -> ByClassifier | None:
    """The predictions of one run from its rows of a table; None without rows or when one is invalid."""
    found: ByClassifier = {}
    for line in lines:
        predictions = _unpacked(line)
        if predictions is None:
            return None
        found.setdefault(line["classifier"], {})[line["protocol"]] = predictions
    complete = all(CORRECTED in by_protocol for by_protocol in found.values())
    return found if found and complete else None


def out_of_fold_in(found: ByClassifier | None) -> dict[str, OutOfFold] | None:
    """Out-of-fold predictions by classifier, from those by classifier and protocol."""
    if found is None:
        return None
    by_name = {name: by_protocol[CORRECTED] for name, by_protocol in found.items()}
    return {name: p for name, p in by_name.items() if isinstance(p, OutOfFold)}


def _unpacked(line: Mapping[str, Any]) -> Predictions | None:
    if any(value is None for value in line.values()):
        return None
    classes, minority = line["classes"], line["minority"]
    count, rest = divmod(len(line["labels"]), LABEL.itemsize)
    per_row, uneven = divmod(len(line["probabilities"]), max(1, count * PROBABILITY.itemsize))
    if (
        not is_safe(line["classifier"])
        or line["protocol"] not in PROTOCOLS
        or not 2 <= classes <= MOST_CLASSES
        or not 0 <= minority < classes
        or rest or uneven or not count
        or len(line["rows"]) != count * ROW.itemsize
        or (per_row != classes and (per_row, classes) != (1, 2))
    ):  # fmt: skip
        return None
    truth = np.frombuffer(line["labels"], LABEL).astype("int64")
    probabilities = np.frombuffer(line["probabilities"], PROBABILITY).reshape(count, per_row)
    if per_row == 1:
        probabilities = np.hstack([np.float32(1) - probabilities, probabilities])
    valid = truth.min() >= 0 and truth.max() < classes and (abs(probabilities - 0.5) <= 0.5).all()
    if not valid:
        return None
    rows = np.frombuffer(line["rows"], ROW)
    if FOLDS not in line:
        return Predictions(truth, probabilities, minority, rows)
    if len(line[FOLDS]) != count * LABEL.itemsize:
        return None
    return OutOfFold(truth, probabilities, minority, rows, folds=np.frombuffer(line[FOLDS], LABEL))


def table_of(
    lines: list[dict[str, Any]], keys: list[str] | None = None, kinds: Mapping[str, str] = KINDS
) -> Any:
    """An Arrow table of predictions; with ``keys`` (an archive's), a first column names each row's run."""
    import pyarrow as pa

    types = {TEXT: pa.string(), BINARY: pa.large_binary(), INTEGER: pa.int16()}
    columns = {} if keys is None else {"key": pa.array(keys, pa.string())}
    columns |= {name: pa.array([x[name] for x in lines], types[kind]) for name, kind in kinds.items()}
    return pa.table(columns)


#: Row numbers and labels repeat between protocols and runs; probabilities do not.
DICTIONARY = ["key", "classifier", "protocol", "rows", "labels", FOLDS]


def dictionary_columns(kinds: Mapping[str, str]) -> list[str]:
    """Those of the columns whose values repeat."""
    return [name for name in DICTIONARY if name in kinds]


def prediction_bytes(predictions: ByClassifier, table: PredictionTable = TEST) -> bytes:
    """The content of a run's file of predictions."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(
        table_of(lines_of(predictions), kinds=table.kinds), sink, compression="zstd",
        use_dictionary=dictionary_columns(table.kinds), write_statistics=False, store_schema=False,
    )  # fmt: skip
    return sink.getvalue().to_pybytes()


def read_predictions(path: Path, table: PredictionTable = TEST) -> ByClassifier | None:
    """The predictions in a file, or None when it is absent or not what a run writes."""
    try:
        groups = read_groups(path, table.kinds, BOUNDS)
        lines = [line for group in groups for line in lines_in(group, table.kinds)]
    except UnreadableError:
        return None
    return from_lines(lines)


def lines_in(table: Any, names: Iterable[str] = tuple(KINDS)) -> list[dict[str, Any]]:
    """The rows of an Arrow table of predictions."""
    names = list(names)
    return [
        dict(zip(names, values, strict=True))
        for values in zip(*(values_of(table, name) for name in names), strict=True)
    ]
