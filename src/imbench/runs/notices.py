"""What a run reports beside its scores: how the user's file was read, rows requested and added, fallbacks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from imbench.data.dataset import Dataset
    from imbench.data.split import Split

#: How the notice of measures on samples begins.
SAMPLED = "Quality of the synthetic rows is measured on samples"


@lru_cache(maxsize=4)
def dataset_notices(dataset: Dataset, split: Split) -> tuple[str, ...]:
    """Warnings about a user's own file; empty for a dataset with a known file.

    Computed once for the runs of a process that share the split.
    Adds columns that predict the label alone, judged on the training part, and test rows that occur among
    the training rows.
    """
    from imbench.data.audit import leak_warnings, leaking_columns, repeated_test_rows

    if not dataset.columns:
        return ()
    leaks = leaking_columns(
        split.complete.features, split.complete.labels.to_numpy(), dataset.schema.continuous, split.minority
    )
    notices = [*dataset.warnings, *leak_warnings(leaks)]
    if repeated := repeated_test_rows(split):
        notices.append(
            f"{repeated} of {len(split.test.labels)} test rows occur among the training rows as well; "
            "dataset.duplicates=drop keeps one of each."
        )
    return tuple(notices)


def row_counts(split: Split, training_labels: pd.Series, ledger: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers of minority rows: received by the method, requested from it, and added by it."""
    minority = split.schema.classes[split.minority]
    return {
        "minority_rows": int((training_labels == split.minority).sum()),
        "requested_rows": ledger.get("requested"),
        "added_rows": (ledger.get("added_by_class") or {}).get(minority, ledger.get("added")),
    }


def quality_notices(quality: Mapping[str, Any]) -> list[str]:
    """What was computed on samples, as a sentence."""
    parts = []
    if rows := quality.get("sampled_rows"):
        queries = quality["sampled_queries"]
        parts.append(f"coverage and spacing on {rows:,} rows, distances from {queries:,} real rows")
    if pairs := quality.get("sampled_pairs"):
        parts.append(f"entropy on {pairs:,} pairs of columns")
    return [f"{SAMPLED}: {'; '.join(parts)}."] if parts else []
