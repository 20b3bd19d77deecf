"""Leakage gates: no test row reaches a method or an encoder. Every run asserts them."""

from __future__ import annotations

import pandas as pd

from imbench.data.split import Part, Split
from imbench.errors import LeakageError


def gate_sampler_input(split: Split, training_rows: Part) -> None:
    """Raise :class:`LeakageError` unless ``training_rows`` are unaltered rows of the training part."""
    refuse_test_rows(split, training_rows.features.index, "the training rows of the method")
    expected = split.complete.features.loc[training_rows.features.index]
    if not expected.astype(object).equals(training_rows.features.astype(object)):
        raise LeakageError("The training rows of the method differ from the training part's own.")


def refuse_test_rows(split: Split, fitted_on: pd.Index, what: str) -> None:
    """Raise :class:`LeakageError` when any row number in ``fitted_on`` is one of the test part's."""
    shared = fitted_on.intersection(split.test.labels.index)
    if len(shared):
        raise LeakageError(f"{what}: {len(shared)} of them are test rows, e.g. row {shared[0]}.")
