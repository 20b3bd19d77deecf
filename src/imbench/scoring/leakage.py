"""Leakage gates: no test row reaches a method or an encoder. Every run asserts them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from imbench.data.split import Part, Split
from imbench.errors import LeakageError


def gate_sampler_input(split: Split, training_rows: Part) -> None:
    """Raise :class:`LeakageError` unless ``training_rows`` are unaltered rows of the training part."""
    refuse_test_rows(split, training_rows.features.index, "the training rows of the method")
    expected = split.complete.features.loc[training_rows.features.index]
    if not expected.astype(object).equals(training_rows.features.astype(object)):
        raise LeakageError("The training rows of the method differ from the training part's own.")


def gate_folds(split: Split, training_rows: Part, folds: Sequence[Split]) -> None:
    """Raise :class:`LeakageError` unless ``folds`` hold out every training row once and train on the others.

    No fold may have a row of the test part, and each row must be the training part's own, unaltered.
    """
    expected = training_rows.labels.index
    for number, fold in enumerate(folds):
        refuse_test_rows(
            split, fold.train.labels.index.append(fold.test.labels.index), f"the rows of fold {number}"
        )
        for part in (fold.train, fold.test):
            gate_sampler_input(split, part)
        if shared := len(fold.train.labels.index.intersection(fold.test.labels.index)):
            raise LeakageError(f"Fold {number} trains on {shared} of the rows that it holds out.")
        if len(fold.train) + len(fold.test) != len(expected):
            raise LeakageError(f"Fold {number} has other rows than the training part.")
    held_out = [row for fold in folds for row in fold.test.labels.index]
    if sorted(held_out) != sorted(expected):
        raise LeakageError("The folds do not hold out each training row once.")


def refuse_test_rows(split: Split, fitted_on: pd.Index, what: str) -> None:
    """Raise :class:`LeakageError` when any row number in ``fitted_on`` is one of the test part's."""
    shared = fitted_on.intersection(split.test.labels.index)
    if len(shared):
        raise LeakageError(f"{what}: {len(shared)} of them are test rows, e.g. row {shared[0]}.")
