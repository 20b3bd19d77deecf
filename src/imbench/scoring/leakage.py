"""Gates between the test part and everything that learns. They are asserted in every run."""

from __future__ import annotations

import pandas as pd

from imbench.data.split import Part, Split
from imbench.errors import LeakageError


def gate_sampler_input(split: Split, given: Part) -> None:
    """A method receives rows of the training part alone, and unaltered ones."""
    refuse_test_rows(split, given.features.index, "the rows given to the method")
    expected = split.complete.features.loc[given.features.index]
    if not expected.astype(object).equals(given.features.astype(object)):
        raise LeakageError("The rows given to the method differ from the training part's own.")


def refuse_test_rows(split: Split, fitted_on: pd.Index, what: str) -> None:
    """Raise :class:`LeakageError` when any row number in ``fitted_on`` is one of the test part's."""
    shared = fitted_on.intersection(split.test.labels.index)
    if len(shared):
        raise LeakageError(f"{what}: {len(shared)} of them are test rows, e.g. row {shared[0]}.")
