"""Quality of synthetic minority rows: closeness, coverage, copies, diversity, validity.

The reference is the *whole* minority of the training part before its reduction, unseen by every method
but "Original", in one fixed encoding fitted on the real training part. Titles and directions of the
measures are in :mod:`imbench.scoring.metrics`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from imbench.data.dataset import Schema, row_fingerprints
from imbench.data.split import Split
from imbench.scoring.diversity import entropy_scores, spacing
from imbench.scoring.encodings import DistanceEncoder
from imbench.scoring.metrics import none_for_nan
from imbench.scoring.neighbours import close_probability, coverage_family, nearest_distance

#: Edges of the stored DCR histograms (encoded distance); the last bin is open.
DCR_EDGES = np.round(np.arange(0.0, 3.0001, 0.05), 2)

#: Measures of pairs of rows use all rows up to so many synthetic ones, or minority rows.
MAX_ROWS = 32_000
#: Above that: rows of each kind for coverage and spacing (Naeem et al. used 10,000), real rows whose
#: nearest one among all synthetic rows is looked for, and synthetic rows that are encoded at a time.
SAMPLE_ROWS, SAMPLE_QUERIES, CHUNK_ROWS = 5_000, 1_000, 10_000


def quality_scores(split: Split, synthetic: pd.DataFrame) -> dict[str, Any]:
    """All quality measures of ``synthetic`` (features of synthetic minority rows); None where undefined.

    Without synthetic rows the result is ``{"rows": 0}``. Above :data:`MAX_ROWS` rows the measures of pairs of
    rows are those of samples, and above ``MAX_PAIRS`` pairs of columns their entropy is that of a sample of
    pairs; then ``sampled_rows``, ``sampled_queries`` and ``sampled_pairs`` are the sizes. The samples
    depend on the split alone, so that methods are compared on the same real rows.
    """
    found: dict[str, Any] = {"rows": len(synthetic)}
    if len(synthetic) == 0:
        return found
    rng = np.random.default_rng(int(split.hash[:16], 16))
    encoder = DistanceEncoder.fit(split.complete.features, split.schema)
    parts = [part.of_class(split.minority) for part in (split.complete, split.test, split.train)]
    kinds = (
        2 if len(parts[2]) == len(parts[0]) else 3
    )  # minority rows that were not reduced are measured once
    if max(len(synthetic), len(parts[0])) > MAX_ROWS:
        found |= {"sampled_rows": SAMPLE_ROWS, "sampled_queries": SAMPLE_QUERIES}
        queries = [encoder.transform(sample_rows(part, SAMPLE_QUERIES, rng)) for part in parts[:kinds]]
        nearest = _nearest_in_chunks(queries, synthetic, encoder)
        whole = encoder.transform(sample_rows(parts[0], SAMPLE_ROWS, rng))
        encoded = encoder.transform(sample_rows(synthetic, SAMPLE_ROWS, rng))
    else:
        encoded = encoder.transform(synthetic)
        whole, *others = (encoder.transform(part) for part in parts[:kinds])
        nearest = [nearest_distance(rows, encoded) for rows in (whole, *others)]
    nearest += nearest[: len(parts) - kinds]
    found |= close_probability(nearest[0]) | coverage_family(whole, encoded)
    for name, distances in zip(("test", "train"), nearest[1:], strict=True):
        found |= _summary(name, distances)
    found |= copied_rows(split, synthetic)
    found |= entropy_scores(synthetic, split.complete.features, split.schema, rng) | spacing(encoded)
    found |= validity(split.train.features, synthetic, split.schema)
    return {name: none_for_nan(value) for name, value in found.items()}


def sample_rows(rows: pd.DataFrame, most: int, rng: np.random.Generator) -> pd.DataFrame:
    """At most ``most`` of the rows, in their order."""
    if len(rows) <= most:
        return rows
    return rows.iloc[np.sort(rng.choice(len(rows), most, replace=False))]


def _nearest_in_chunks(
    queries: list[np.ndarray], synthetic: pd.DataFrame, encoder: DistanceEncoder
) -> list[np.ndarray]:
    """Distances of encoded rows to the nearest of *all* synthetic rows, which are encoded in pieces."""
    nearest = [np.full(len(rows), np.inf) for rows in queries]
    for start in range(0, len(synthetic), CHUNK_ROWS):
        encoded = encoder.transform(synthetic.iloc[start : start + CHUNK_ROWS])
        for found, rows in zip(nearest, queries, strict=True):
            np.minimum(found, nearest_distance(rows, encoded), out=found)
    return nearest


def _summary(name: str, distances: np.ndarray) -> dict[str, Any]:
    """DCR: distance of each real minority row to its nearest synthetic row, summarised."""
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
    fine, inside, whole = [], [], []
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
        fine.append(ok)
    known = []
    for c in schema.categorical:
        values = synthetic[c].astype(object)
        ok = values.isin(train[c].dropna().unique()) | (values.isna() & bool(train[c].isna().any()))
        known.append(ok.to_numpy())
    return {
        "valid_cells": float(np.mean([*fine, *known])),
        "valid_rows": float(np.all([*fine, *known], axis=0).mean()),
        "valid_category_cells": _mean(known),
        "valid_range_cells": _mean(inside),
        "valid_integer_cells": _mean(whole),
    }


def _mean(flags: list[np.ndarray]) -> float:
    return float(np.mean(flags)) if flags else float("nan")
