"""The published split: 80/20 stratified, then the minority of the training part cut to a share q.

There are three parts. ``complete`` is the whole training part, for the reference method "Original" and
the quality measures only; ``train`` is the reduced training part of every other method; ``test`` is for
scoring only. A part's categorical columns are pandas categories of *that part's own* values.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from imbench.data.dataset import Dataset, Schema
from imbench.errors import ConfigError, DataError, LeakageError

TEST_SHARE = 0.2


@dataclass(frozen=True)
class Part:
    """Rows of one part: features and label codes, both indexed by the dataset's row numbers."""

    features: pd.DataFrame
    labels: pd.Series

    def of_class(self, code: int) -> pd.DataFrame:
        """The features of the rows of one class."""
        return self.features[self.labels == code]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)  # equal only to itself, as its dataset
class Split:
    """The three parts of a dataset, the code of the minority class and a hash of the row numbers.

    Raises :class:`LeakageError` when a test row is in a training part.
    """

    schema: Schema
    complete: Part
    train: Part
    test: Part
    minority: int
    hash: str

    def __post_init__(self) -> None:
        for name in ("complete", "train"):
            shared = getattr(self, name).labels.index.intersection(self.test.labels.index)
            if len(shared):
                raise LeakageError(
                    f"{len(shared)} test rows are in the {name} training part, e.g. {shared[0]}."
                )
        if not self.train.labels.index.isin(self.complete.labels.index).all():
            raise LeakageError("The reduced training part has rows that the whole training part lacks.")


def as_part(features: pd.DataFrame, labels: pd.Series, schema: Schema) -> Part:
    """A part whose categorical columns have the values of these rows as their categories, sorted."""
    features = features.copy()
    for column in schema.categorical:
        codes, values = pd.factorize(features[column].astype(object), sort=True)
        features[column] = pd.Categorical.from_codes(codes, categories=values)
    return Part(features, labels.copy())


def split_dataset(dataset: Dataset, seed: int = 0, imbalance_ratio: float = 1.0) -> Split:
    """Split a dataset 80/20 with stratification, then reduce the minority of the training part.

    This is the published split: scikit-learn's ``train_test_split``, then imbalanced-learn's
    ``make_imbalance``.

    Parameters
    ----------
    dataset : Dataset
        The dataset.
    seed : int, default=0
        Random state of both steps.
    imbalance_ratio : float in (0, 1], default=1.0
        q of the paper: ``int(q * n)`` of the n rows of the smallest class of the training part are kept,
        and all rows of the other classes. The benchmark's default is 0.2.

    Returns
    -------
    Split
        The parts ``train``, ``complete`` (before the reduction) and ``test``, each with ``features`` and
        ``labels``, and the code of the ``minority`` class.

    Raises
    ------
    ConfigError
        When ``imbalance_ratio`` is not in (0, 1].
    DataError
        When a class has too few rows.

    Examples
    --------
    >>> from imbench import load_dataset, split_dataset
    >>> split = split_dataset(load_dataset("german"), imbalance_ratio=0.2)
    >>> len(split.train), len(split.complete), len(split.test)
    (608, 800, 200)
    """
    from imblearn.datasets import make_imbalance
    from sklearn.model_selection import train_test_split

    _check_ratio(imbalance_ratio)
    _check_sizes(dataset)
    train_rows, test_rows = train_test_split(
        np.arange(len(dataset.labels)),
        test_size=TEST_SHARE,
        stratify=dataset.labels,
        shuffle=True,
        random_state=seed,
    )
    train_labels = dataset.labels.iloc[train_rows]
    counts = train_labels.value_counts()
    minority = int(counts.index[counts == counts.min()].min())
    _check_test_part(dataset, dataset.labels.iloc[test_rows], minority)
    kept = int(imbalance_ratio * counts[minority])
    if kept < 1:
        raise DataError(
            f"Dataset '{dataset.name}': imbalance_ratio={imbalance_ratio} keeps none of the "
            f"{counts[minority]} minority rows ('{dataset.schema.classes[minority]}') of the training part. "
            "Raise imbalance_ratio (1 keeps all)."
        )
    reduced_rows = train_rows
    if imbalance_ratio < 1:
        picked, _ = make_imbalance(
            train_rows.reshape(-1, 1),
            train_labels.to_numpy(),
            sampling_strategy={minority: kept},
            random_state=seed,
        )
        reduced_rows = picked.ravel()

    def part(rows: np.ndarray) -> Part:
        return as_part(dataset.features.iloc[rows], dataset.labels.iloc[rows], dataset.schema)

    complete = part(train_rows)
    train = (
        part(reduced_rows) if imbalance_ratio < 1 else Part(complete.features.copy(), complete.labels.copy())
    )
    return Split(
        dataset.schema, complete, train, part(test_rows), minority,
        split_hash(dataset.checksum, reduced_rows, train_rows, test_rows),
    )  # fmt: skip


def split_hash(checksum: str, *row_numbers: np.ndarray) -> str:
    """SHA-256 of the dataset's checksum and the ordered row numbers of each part."""
    digest = hashlib.sha256(checksum.encode())
    for rows in row_numbers:
        digest.update(np.asarray(rows, dtype="<i8").tobytes())
        digest.update(b"|")
    return digest.hexdigest()


def _check_ratio(ratio: float) -> None:
    if isinstance(ratio, bool) or not isinstance(ratio, (int, float)) or not 0 < ratio <= 1:
        raise ConfigError(
            f"imbalance_ratio={ratio} is not in (0, 1]: it is the share of minority rows to keep. Set "
            "imbalance_ratio=1 to keep all."
        )


def _check_test_part(dataset: Dataset, labels: pd.Series, minority: int) -> None:
    """Refuse a test part that lacks a class, the minority first: scores would not be defined."""
    for code in (minority, *range(len(dataset.schema.classes))):
        if (labels == code).any():
            continue
        kind, name = "minority" if code == minority else "class", dataset.schema.classes[code]
        raise DataError(
            f"Dataset '{dataset.name}': the test part has no row of the {kind} ('{name}', "
            f"{(dataset.labels == code).sum()} rows in all), so no score of it is defined. At least 3 rows "
            "are needed for one to fall into the test part: add rows, or leave the class out of the file."
        )


def _check_sizes(dataset: Dataset) -> None:
    counts = dataset.labels.value_counts()
    smallest = counts.idxmin()
    if counts[smallest] < 2:
        raise DataError(
            f"Dataset '{dataset.name}': class '{dataset.schema.classes[smallest]}' has {counts[smallest]} "
            "row; a stratified split needs at least 2 rows of each class. Add rows, or leave the class out "
            "of "
            "the file."
        )
    if len(dataset.labels) * TEST_SHARE < len(counts):
        raise DataError(
            f"Dataset '{dataset.name}' has {len(dataset.labels)} rows: too few for a test part of "
            f"{TEST_SHARE:.0%} with each of its {len(counts)} classes. Add rows, or leave rare classes out "
            "of the file."
        )
