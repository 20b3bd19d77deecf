"""Quality of synthetic minority rows: closeness, coverage, copies, diversity, validity.

The reference is the *whole* minority of the training part before its reduction, unseen by every method
but "Original", in one fixed encoding fitted on the real training part: numbers scaled to [0, 1] and
categories one-hot, the protocol ``corrected``. Close probability, coverage and the distances of unseen rows
(DCR) are also computed in the encoding that the paper's numbers point to, unscaled numbers and integer codes
(``published_…``). Titles and directions of the measures are in :mod:`imbench.scoring.metrics`.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    rows = _Rows.of(split, synthetic, rng)
    if rows.sampled:
        found |= {"sampled_rows": SAMPLE_ROWS, "sampled_queries": SAMPLE_QUERIES}
    encoder = DistanceEncoder.fit(split.complete.features, split.schema)
    encoded, whole = encoder.transform(rows.some), encoder.transform(rows.whole)
    nearest = rows.nearest(encoder, encoded, whole)
    found |= close_probability(nearest["whole"])
    # Both measures of the synthetic rows among themselves come from one pass over their pairs.
    others = nearest_others(encoded, NEAREST_K) if len(encoded) > 1 else np.zeros((0, 1))
    found |= coverage_family(whole, encoded, radius=others[:, -1])
    for name in ("test", "train"):
        found |= _distances_to_closest(name, nearest[name])
    found |= _published(split, rows)
    found |= copied_rows(split, synthetic)
    found |= entropy_scores(synthetic, split.complete.features, split.schema, rng) | spacing(others[:, 0])
    found |= validity(split.train.features, synthetic, split.schema)
    return {name: none_for_nan(value) for name, value in found.items()}


@dataclass(frozen=True)
class _Rows:
    """The rows that measures of pairs of rows use: all of them, or samples above :data:`MAX_ROWS`.

    ``whole`` and ``some`` are minority and synthetic rows for coverage and spacing; ``queries`` are the real
    rows whose nearest one among all ``synthetic`` rows is looked for, by the name of their part.
    """

    whole: pd.DataFrame
    some: pd.DataFrame
    queries: dict[str, pd.DataFrame]
    synthetic: pd.DataFrame
    sampled: bool

    @classmethod
    def of(cls, split: Split, synthetic: pd.DataFrame, rng: np.random.Generator) -> _Rows:
        whole, test, train = (p.of_class(split.minority) for p in (split.complete, split.test, split.train))
        queries = {"whole": whole, "test": test, "train": train}
        if len(train) == len(whole):  # a minority that was not reduced is measured once
            del queries["train"]
        sampled = max(len(synthetic), len(whole)) > MAX_ROWS
        if not sampled:
            return cls(whole, synthetic, queries, synthetic, False)
        return cls(
            sample_rows(whole, SAMPLE_ROWS, rng), sample_rows(synthetic, SAMPLE_ROWS, rng),
            {name: sample_rows(part, SAMPLE_QUERIES, rng) for name, part in queries.items()}, synthetic, True,
        )  # fmt: skip

    def nearest(
        self, encoder: DistanceEncoder | RawCodeEncoder, encoded: np.ndarray, whole: np.ndarray,
        names: tuple[str, ...] = ("whole", "test", "train"),
    ) -> dict[str, np.ndarray]:  # fmt: skip
        """Distances of the queries to the nearest of all synthetic rows, by the name of their part.

        ``encoded`` and ``whole`` are the encoded ``some`` and ``whole``. Many rows are encoded in pieces.
        """
        queries = {
            n: whole if n == "whole" and not self.sampled else encoder.transform(part)
            for n, part in self.queries.items() if n in names
        }  # fmt: skip
        found = {name: np.full(len(rows), np.inf) for name, rows in queries.items()}
        starts = range(0, len(self.synthetic), CHUNK_ROWS)
        chunks = (encoder.transform(self.synthetic.iloc[start : start + CHUNK_ROWS]) for start in starts)
        for chunk in chunks if self.sampled else [encoded]:
            for name, rows in queries.items():
                np.minimum(found[name], nearest_distance(rows, chunk), out=found[name])
        if "train" in names:
            found.setdefault("train", found["whole"])
        return found


def sample_rows(rows: pd.DataFrame, most: int, rng: np.random.Generator) -> pd.DataFrame:
    """At most ``most`` of the rows, in their order."""
    if len(rows) <= most:
        return rows
    return rows.iloc[np.sort(rng.choice(len(rows), most, replace=False))]


def _published(split: Split, rows: _Rows) -> dict[str, Any]:
    """The paper's three measures on raw codes; a distance of 1 is one category that is one code away."""
    encoder = RawCodeEncoder.fit(split.complete.features, split.schema)
    encoded, whole = encoder.transform(rows.some), encoder.transform(rows.whole)
    nearest = rows.nearest(encoder, encoded, whole, ("whole", "test"))
    to_some = nearest_distance(whole, encoded) if rows.sampled else nearest["whole"]
    found = {"close_probability": close_probability(nearest["whole"])["close_probability"]}
    found["coverage"] = coverage(whole, to_some) if len(encoded) > 1 else float("nan")
    found |= _distances_to_closest("test", nearest["test"])
    return {f"{PUBLISHED}_{name}": value for name, value in found.items()}


def _distances_to_closest(name: str, distances: np.ndarray) -> dict[str, Any]:
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
