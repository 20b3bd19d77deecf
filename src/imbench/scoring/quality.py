"""Quality of synthetic minority rows: how close, how covering, how copied, how diverse, how valid.

The yardstick is the *whole* minority of the training part before its reduction, unseen by every
method but "Original", in one fixed encoding fitted on the real training part.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from imbench.data.dataset import Schema, row_fingerprints
from imbench.data.split import Split
from imbench.scoring.diversity import entropy_scores, spacing
from imbench.scoring.encodings import DistanceEncoder
from imbench.scoring.neighbours import close_probability, coverage_family, nearest_distance

#: Edges of the stored DCR histograms (encoded distance); the last bin is open.
DCR_EDGES = np.round(np.arange(0.0, 3.0001, 0.05), 2)


def quality_scores(split: Split, synthetic: pd.DataFrame) -> dict[str, Any]:
    """All quality measures of ``synthetic``, rows of the minority class, features only.

    Without synthetic rows there is nothing to measure: the counts are 0, the rest is None.
    """
    found: dict[str, Any] = {"rows": len(synthetic)}
    if len(synthetic) == 0:
        return found
    encoder = DistanceEncoder.fit(split.complete.features, split.schema)
    made = encoder.transform(synthetic)
    whole = encoder.transform(split.complete.of_class(split.minority))
    found |= close_probability(nearest_distance(whole, made))
    found |= coverage_family(whole, made)
    for name, part in (("test", split.test), ("train", split.train)):
        found |= _distances_to_closest(name, encoder.transform(part.of_class(split.minority)), made)
    found |= copied_rows(split, synthetic)
    found |= entropy_scores(synthetic, split.complete.features, split.schema) | spacing(made)
    found |= validity(split.train.features, synthetic, split.schema)
    return {name: none_for_nan(value) for name, value in found.items()}


def none_for_nan(value: Any) -> Any:
    """NaN as None, for plain JSON."""
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _distances_to_closest(name: str, rows: np.ndarray, made: np.ndarray) -> dict[str, Any]:
    """DCR: distance of each real minority row to its nearest synthetic row, summarised."""
    distances = nearest_distance(rows, made)
    if len(distances) == 0:
        return {f"dcr_{name}_median": None, f"dcr_{name}_mean": None, f"dcr_{name}_histogram": None}
    counts, _ = np.histogram(np.minimum(distances, DCR_EDGES[-1]), bins=DCR_EDGES)
    return {
        f"dcr_{name}_median": float(np.median(distances)),
        f"dcr_{name}_mean": float(distances.mean()),
        f"dcr_{name}_histogram": [int(c) for c in counts],
    }


def copied_rows(split: Split, synthetic: pd.DataFrame) -> dict[str, float]:
    """Shares of synthetic rows that repeat a training row, a test row, or another synthetic row."""
    made = row_fingerprints(synthetic)
    return {
        "copies_of_train": float(made.isin(row_fingerprints(split.train.features)).mean()),
        "copies_of_test": float(made.isin(row_fingerprints(split.test.features)).mean()),
        "duplicates": float(made.duplicated().mean()),
    }


def validity(train: pd.DataFrame, synthetic: pd.DataFrame, schema: Schema) -> dict[str, float]:
    """Shares of cells and rows that the columns can hold.

    A category is valid when the training rows have it; a number when it is finite, inside the
    training rows' range, and whole where the column holds whole numbers. ``valid_*_cells`` tell the
    three apart.
    """
    fine = pd.DataFrame(index=range(len(synthetic)))
    inside, whole = [], []
    for c in schema.continuous:
        values = synthetic[c].to_numpy(dtype="float64")
        span = train[c].min(), train[c].max()
        may_miss = np.isnan(values) & bool(train[c].isna().any())
        ok = (np.isfinite(values) & (values >= span[0]) & (values <= span[1])) | may_miss
        inside.append(ok)
        if c in schema.integer:
            integral = (values == np.rint(values)) | may_miss
            whole.append(integral)
            ok = ok & integral
        fine[c] = ok
    known = []
    for c in schema.categorical:
        values = synthetic[c].astype(object)
        ok = values.isin(train[c].dropna().unique()) | (values.isna() & bool(train[c].isna().any()))
        known.append(ok.to_numpy())
        fine[c] = known[-1]
    return {
        "valid_cells": float(fine.to_numpy().mean()),
        "valid_rows": float(fine.all(axis=1).mean()),
        "valid_category_cells": _mean(known),
        "valid_range_cells": _mean(inside),
        "valid_integer_cells": _mean(whole),
    }


def _mean(flags: list[np.ndarray]) -> float:
    return float(np.mean(flags)) if flags else float("nan")
