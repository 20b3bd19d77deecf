"""Numeric encodings of rows: integer codes for classifiers, unit-scaled one-hot or raw codes for distances.

The two protocols differ in the codes that a classifier receives. ``published`` follows the paper's code:
the categories of a column become codes by sorting the values *separately* in the training and in the
test frame, and fractional codes left by SMOTE are categories of their own. ``corrected`` fits one encoder
on the training rows and uses it for both; a value that it does not know is a missing value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from imbench.data.dataset import Schema
from imbench.data.raw_codes import MARK, to_codes
from imbench.scoring.metrics import CORRECTED, PROTOCOLS, PUBLISHED


@dataclass(frozen=True)
class CodeEncoder:
    """Integer codes by the sorted categories of the rows it was fitted on; other values are missing.

    ``fitted_on`` keeps the row numbers for the leakage gate.
    """

    schema: Schema
    categories: dict[str, list[str]]
    fitted_on: pd.Index

    @classmethod
    def fit(cls, features: pd.DataFrame, schema: Schema) -> CodeEncoder:
        """Learn the categories of ``features``."""
        return cls(
            schema, {c: sorted(features[c].dropna().unique()) for c in schema.categorical}, features.index
        )

    def transform(self, features: pd.DataFrame) -> np.ndarray:
        """float64 array n × columns, continuous first; unknown and raw categories are NaN."""
        columns = [features[c].to_numpy(dtype="float64") for c in self.schema.continuous]
        for c in self.schema.categorical:
            known = pd.Index(self.categories[c], dtype=object)
            positions = known.get_indexer(features[c].astype(object))  # -1: missing, unknown or raw
            columns.append(np.where(positions < 0, np.nan, positions.astype("float64")))
        return np.column_stack(columns)


@dataclass(frozen=True)
class DistanceEncoder:
    """Continuous columns scaled to [0, 1] by the fitted rows' range, categorical ones one-hot.

    Constant columns become 0; missing numbers take the fitted mean; unknown categories are all
    zeros. Values outside the fitted range go beyond [0, 1].
    """

    schema: Schema
    low: np.ndarray
    span: np.ndarray
    mean: np.ndarray
    codes: CodeEncoder

    @classmethod
    def fit(cls, features: pd.DataFrame, schema: Schema) -> DistanceEncoder:
        """Learn ranges, means and categories of ``features``."""
        numbers = features[list(schema.continuous)].to_numpy(dtype="float64")
        if numbers.shape[1] == 0:
            low = high = mean = np.zeros(0)
        else:
            filled = np.where(np.isnan(numbers).all(axis=0), 0.0, numbers)
            low, high, mean = (f(filled, axis=0) for f in (np.nanmin, np.nanmax, np.nanmean))
        span = np.where(high > low, high - low, 1.0)
        return cls(schema, low, span, mean, CodeEncoder.fit(features, schema))

    @property
    def fitted_on(self) -> pd.Index:
        """Row numbers it was fitted on."""
        return self.codes.fitted_on

    def transform(self, features: pd.DataFrame) -> np.ndarray:
        """float64 array n × (continuous + all categories)."""
        coded = self.codes.transform(features)
        k = len(self.schema.continuous)
        numbers = np.where(np.isnan(coded[:, :k]), self.mean, coded[:, :k])
        blocks = [(numbers - self.low) / self.span]
        for j, c in enumerate(self.schema.categorical):
            blocks.append((coded[:, [k + j]] == np.arange(len(self.codes.categories[c]))).astype("float64"))
        return np.hstack(blocks)


@dataclass(frozen=True)
class RawCodeEncoder:
    """Rows for distances as the paper must have had them: unscaled numbers and integer codes of categories.

    A category is its position among the sorted categories of the fitted rows, so that two categories differ
    by 1 or more. Fractional codes left by SMOTE stay as they are; other unknown and missing categories are
    -1, pandas' code of a missing value; missing numbers take the fitted mean. Numbers are shifted by that
    mean, which changes no distance and keeps the squares small, on which the rounding error depends.
    """

    schema: Schema
    mean: np.ndarray
    categories: dict[str, list[str]]

    @classmethod
    def fit(cls, features: pd.DataFrame, schema: Schema) -> RawCodeEncoder:
        """Learn means and categories of ``features``."""
        numbers = features[list(schema.continuous)].astype("float64")
        return cls(
            schema, numbers.mean().fillna(0.0).to_numpy(), CodeEncoder.fit(features, schema).categories
        )

    def transform(self, features: pd.DataFrame) -> np.ndarray:
        """float64 array n × columns, continuous first."""
        numbers = features[list(self.schema.continuous)].to_numpy(dtype="float64") - self.mean
        codes = [to_codes(features[c], self.categories[c]) for c in self.schema.categorical]
        coded = np.column_stack(codes) if codes else np.zeros((len(features), 0))
        return np.hstack([np.nan_to_num(numbers), np.nan_to_num(coded, nan=-1.0)])


@dataclass(frozen=True)
class Coded:
    """Training and test rows as float64 arrays (rows × columns, continuous columns first).

    ``categorical`` (columns, bool) marks the columns that hold codes.
    """

    train: np.ndarray
    test: np.ndarray
    categorical: np.ndarray


def own_codes(features: pd.DataFrame, schema: Schema) -> np.ndarray:
    """Codes by sorting the values of this very frame (float64, n × columns).

    Raw codes sort among the categories' codes, as they do in a column that holds numbers only.
    """
    columns = [features[c].to_numpy(dtype="float64") for c in schema.continuous]
    for c in schema.categorical:
        positions, values = pd.factorize(features[c].astype(object))
        known = sorted(v for v in values if not str(v).startswith(MARK))
        ranks = pd.Categorical(to_codes(pd.Series(values, dtype=object), known)).codes.astype("float64")
        ranks = np.append(ranks, -1.0)[positions]  # -1 stands for a missing value
        columns.append(np.where(ranks < 0, np.nan, ranks))
    return np.column_stack(columns)


def code_rows(
    protocol: str, train: pd.DataFrame, test: pd.DataFrame, schema: Schema, encoder: CodeEncoder
) -> Coded:
    """Rows as a classifier receives them under a protocol; ``encoder`` is fitted on the real training rows.

    Raises :class:`ValueError` for an unknown protocol.
    """
    categorical = np.array([False] * len(schema.continuous) + [True] * len(schema.categorical))
    if protocol == PUBLISHED:
        return Coded(own_codes(train, schema), own_codes(test, schema), categorical)
    if protocol == CORRECTED:
        return Coded(encoder.transform(train), encoder.transform(test), categorical)
    raise ValueError(f"unknown protocol '{protocol}': one of {', '.join(PROTOCOLS)}")
