"""Quality of synthetic minority rows: closeness, coverage, copies, diversity, validity.

The reference is the *whole* minority of the training part before its reduction, unseen by every method
but "Original", in one fixed encoding fitted on the real training part: numbers scaled to [0, 1] and
categories one-hot, the protocol ``corrected``. Close probability, coverage and the distances of unseen rows
(DCR) are also computed in the encoding that the paper's numbers point to, unscaled numbers and integer codes
(``published_…``). Titles and directions of the measures are in :mod:`imbench.scoring.metrics`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from imbench.data.dataset import Schema, row_fingerprints
from imbench.data.split import Split
from imbench.scoring.diversity import entropy_scores, spacing
from imbench.scoring.encodings import DistanceEncoder, RawCodeEncoder
from imbench.scoring.metrics import PUBLISHED, none_for_nan
from imbench.scoring.neighbours import (
    NEAREST_K,
    close_probability,
    coverage,
    coverage_family,
    nearest_distance,
    nearest_others,
)

#: Edges of the stored DCR histograms (encoded distance); the last bin is open.
DCR_EDGES = np.round(np.arange(0.0, 3.0001, 0.05), 2)


def quality_scores(split: Split, synthetic: pd.DataFrame) -> dict[str, Any]:
    """All quality measures of ``synthetic`` (features of synthetic minority rows); None where undefined.

    Without synthetic rows the result is ``{"rows": 0}``.
    """
    found: dict[str, Any] = {"rows": len(synthetic)}
    if len(synthetic) == 0:
        return found
    encoder = DistanceEncoder.fit(split.complete.features, split.schema)
    encoded = encoder.transform(synthetic)
    whole = encoder.transform(split.complete.of_class(split.minority))
    found |= close_probability(nearest_distance(whole, encoded))
    # Both measures of the synthetic rows among themselves come from one pass over their pairs.
    others = nearest_others(encoded, NEAREST_K) if len(encoded) > 1 else np.zeros((0, 1))
    found |= coverage_family(whole, encoded, radius=others[:, -1])
    for name, part in (("test", split.test), ("train", split.train)):
        found |= _distances_to_closest(name, encoder.transform(part.of_class(split.minority)), encoded)
    found |= _published(split, synthetic)
    found |= copied_rows(split, synthetic)
    found |= entropy_scores(synthetic, split.complete.features, split.schema) | spacing(others[:, 0])
    found |= validity(split.train.features, synthetic, split.schema)
    return {name: none_for_nan(value) for name, value in found.items()}


def _published(split: Split, synthetic: pd.DataFrame) -> dict[str, Any]:
    """The paper's three measures on raw codes; a distance of 1 is one category that is one code away."""
    encoder = RawCodeEncoder.fit(split.complete.features, split.schema)
    encoded = encoder.transform(synthetic)
    whole = encoder.transform(split.complete.of_class(split.minority))
    nearest = nearest_distance(whole, encoded)
    found = {"close_probability": close_probability(nearest)["close_probability"]}
    found["coverage"] = coverage(whole, nearest) if len(synthetic) > 1 else float("nan")
    found |= _distances_to_closest("test", encoder.transform(split.test.of_class(split.minority)), encoded)
    return {f"{PUBLISHED}_{name}": value for name, value in found.items()}


def _distances_to_closest(name: str, rows: np.ndarray, encoded: np.ndarray) -> dict[str, Any]:
    """DCR: distance of each real minority row to its nearest synthetic row, summarised."""
    distances = nearest_distance(rows, encoded)
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
    encoded = row_fingerprints(synthetic)
    return {
        "copies_of_train": float(encoded.isin(row_fingerprints(split.train.features)).mean()),
        "copies_of_test": float(encoded.isin(row_fingerprints(split.test.features)).mean()),
        "duplicates": float(encoded.duplicated().mean()),
    }


def validity(train: pd.DataFrame, synthetic: pd.DataFrame, schema: Schema) -> dict[str, float]:
    """Shares of valid cells and rows.

    A category is valid when the training rows have it; a number when it is finite, inside the
    training rows' range, and whole where the column holds whole numbers (``valid_category_cells``,
    ``valid_range_cells``, ``valid_integer_cells``).
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
