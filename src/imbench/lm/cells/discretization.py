"""Cells as codes: every column has a small set of codes, and each code stands for valid values only.

A category is a code. Numbers with few possible values (steps of the last decimal between the smallest and
the largest) have a code each; other numbers fall into bins of equal counts, and values that occur often are
bins of their own. Bins tile the column's range. A missing value is the last code of a column that has any.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from imbench.errors import MethodError
from imbench.lm.text.columns import Column
from imbench.utils.text import truncated

#: Code of a cell that a row does not have (other than a missing value, which is a code of the column).
ABSENT = -1
#: Numbers with at most so many possible values have a code for each value.
MOST_STEPS = 100


@dataclass(frozen=True)
class Bins:
    """Bins of one numeric column.

    ``edges`` (bins - 1) separate neighbouring bins. Bin ``b`` holds the sorted values
    ``values[starts[b]:starts[b + 1]]``, at least one; a number is drawn between two of them.
    """

    edges: np.ndarray
    values: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, column: Column, numbers: np.ndarray, most: int) -> Bins:
        """Bins for the numbers of a corpus (1-D, NaN: missing); at most about ``most`` of equal counts."""
        low, high = column.bounds()
        if high - low <= MOST_STEPS:
            values = np.arange(low, high + 1) / 10.0**column.decimals
            return cls._cut(values, np.ones(len(values), dtype=bool))
        inside = np.clip(np.round(numbers[~np.isnan(numbers)], column.decimals), column.low, column.high)
        if not len(inside):
            inside = np.array([column.low, column.high])
        values, counts = np.unique(inside, return_counts=True)
        count = int(np.clip(len(inside) // 2, 1, most))
        group = ((counts.cumsum() - counts / 2) * count / len(inside)).astype(np.int64)
        heavy = (counts > 1) & (counts * count >= len(inside))
        first = np.ones(len(values), dtype=bool)
        first[1:] = (np.diff(group) > 0) | heavy[1:] | heavy[:-1]
        return cls._cut(values, first)

    @classmethod
    def _cut(cls, values: np.ndarray, first: np.ndarray) -> Bins:
        starts = np.flatnonzero(first)
        edges = (values[starts[1:] - 1] + values[starts[1:]]) / 2
        return cls(edges, values, np.append(starts, len(values)))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def code(self, numbers: np.ndarray) -> np.ndarray:
        """The bin of each number; numbers outside the range fall into the first or last bin."""
        return np.searchsorted(self.edges, numbers)

    def draw(self, codes: np.ndarray, uniforms: np.ndarray, decimals: int) -> np.ndarray:
        """A number of each bin: between two neighbouring values, chosen by ``uniforms`` in [0, 1)."""
        first, last = self.starts[codes], self.starts[codes + 1] - 1
        place = uniforms * (last - first)
        left = first + place.astype(np.int64)
        right = np.minimum(left + 1, last)
        mixed = self.values[left] + (first + place - left) * (self.values[right] - self.values[left])
        # Rounding to very many decimals can move a number by its last bit; adding 0 leaves no negative zero.
        return np.clip(np.round(mixed, decimals), self.values[0], self.values[-1]) + 0.0


class CellCodes:
    """The codes of all columns of a dataset.

    ``sizes`` (columns) is the number of codes of each column, ``ordered`` how many of them are bins of
    numbers, in ascending order (0 for categories). ``missing_codes`` (columns) is the code of a missing value
    beside other codes, -1 where a column has none.
    """

    def __init__(self, columns: Sequence[Column], bins: Mapping[int, Bins]):
        self.columns = tuple(columns)
        self.bins = dict(bins)
        self.ordered = np.array([len(bins.get(j, ())) for j in range(len(self.columns))])
        values = [len(bins[j]) if j in bins else len(c.categories or ()) for j, c in enumerate(columns)]
        self.sizes = np.array(
            [max(1, n + c.has_missing) for n, c in zip(values, self.columns, strict=True)], dtype=np.int64
        )
        has_both = np.array([c.has_missing for c in self.columns]) & (self.sizes > 1)
        self.missing_codes = np.where(has_both, self.sizes - 1, -1)
        self._categories = [pd.Index(c.categories or (), dtype=object) for c in self.columns]

    @classmethod
    def of(cls, columns: Sequence[Column], frames: Sequence[pd.DataFrame], most: int) -> CellCodes:
        """Codes for the ``columns``; bins follow the numbers of ``frames``, which may lack columns."""
        bins = {}
        for j, column in enumerate(columns):
            if column.is_number:
                parts = [f[column.name].to_numpy(dtype="float64") for f in frames if column.name in f.columns]
                bins[j] = Bins.of(column, np.concatenate([*parts, np.zeros(0)]), most)
        return cls(columns, bins)

    def missing(self, j: int) -> int:
        """Code of a missing value in column ``j``; :class:`MethodError` where the column has none."""
        if not self.columns[j].has_missing:
            raise MethodError(
                f"Column '{self.columns[j].name}' has a missing value, but no training row has one there."
            )
        return int(self.sizes[j]) - 1

    def encode(self, frame: pd.DataFrame) -> np.ndarray:
        """Codes (rows × columns, int64) of ``frame``; columns that it lacks are :data:`ABSENT`."""
        codes = np.full((len(frame), len(self.columns)), ABSENT, dtype=np.int64)
        for j, column in enumerate(self.columns):
            if column.name in frame.columns:
                codes[:, j] = self.encode_column(j, frame[column.name])
        return codes

    def encode_column(self, j: int, values: pd.Series) -> np.ndarray:
        """Codes of one column's values. :class:`MethodError` names a category that is unknown."""
        column = self.columns[j]
        if column.is_number:
            numbers = values.to_numpy(dtype="float64")
            gone = np.isnan(numbers)
            codes = self.bins[j].code(np.where(gone, column.low, numbers))
        else:
            places, present = pd.factorize(values)
            known = self._categories[j].get_indexer([str(v) for v in present])
            if (known < 0).any():
                unknown = truncated(str(present[int((known < 0).argmax())]))
                raise MethodError(f"Column '{column.name}' has no category '{unknown}' in the training rows.")
            gone = places < 0
            codes = np.append(known, 0)[places]
        if gone.any():
            codes[gone] = self.missing(j)
        return codes

    def encode_text(self, j: int, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Codes and values (float64, or objects; missing: NaN) of one column's cells (text or None)."""
        places, texts = pd.factorize(cells)
        different = np.append(texts, np.nan).astype("float64" if self.columns[j].is_number else object)
        values = different[places]
        return self.encode_column(j, pd.Series(values)), values

    def decode_column(self, j: int, codes: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
        """Values (float64, or objects; missing: NaN) of codes; ``uniforms`` choose numbers within bins."""
        column = self.columns[j]
        if column.is_number:
            gone = codes == len(self.bins[j])
            found = self.bins[j].draw(np.where(gone, 0, codes), uniforms, column.decimals)
            return np.where(gone, np.nan, found)
        return np.array([*(column.categories or ()), np.nan], dtype=object)[codes]
