"""The dataset's own vocabulary, and the token cache: each distinct cell is tokenised once.

The vocabulary has one token for each column (``", X is "``), one for each category of a column, one for a
missing cell, and single characters for numbers. A sentence is the concatenation of its cells' pieces and the
end token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd

from imbench.lm.text.columns import MISSING, Cell, Column, factorize, write_cells

END = 0
CHARACTERS = "0123456789.-+"


class Vocabulary(Protocol):
    """How cells become tokens: :class:`DatasetVocabulary`, or ``pretrained_vocabulary.TextVocabulary``."""

    columns: tuple[Column, ...]
    padded: bool
    variants: int

    @property
    def end(self) -> int: ...  # noqa: D102
    @property
    def size(self) -> int: ...  # noqa: D102
    def name_path(self, column: int, first: bool = False) -> tuple[int, ...]: ...  # noqa: D102
    def value_path(self, column: int, value: Cell, last: bool = False) -> tuple[int, ...]: ...  # noqa: D102
    def piece(self, column: int, value: Cell, variant: int = 0) -> tuple[int, ...]: ...  # noqa: D102
    def number_tokens(self, first: bool) -> dict[int, str]: ...  # noqa: D102
    def stop_token(self, last: bool) -> int | None: ...  # noqa: D102
    def read(  # noqa: D102
        self, prompt: Sequence[tuple[int, Cell]], tokens: Sequence[int]
    ) -> list[tuple[int, Cell]]: ...


@dataclass(frozen=True)
class DatasetVocabulary:
    """Token ids of a dataset. ``padded`` writes all numbers of a column with the same length."""

    columns: tuple[Column, ...]
    padded: bool = False
    #: A piece is the same at every place of the sentence.
    variants: int = 1
    end: int = END
    _ids: dict[tuple[int, Cell], int] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        next_id = self.missing_token + 1 + len(self.columns)
        for j, column in enumerate(self.columns):
            for category in column.categories or ():
                self._ids[j, category] = next_id
                next_id += 1

    @property
    def missing_token(self) -> int:
        """Token of a missing cell."""
        return 1 + len(CHARACTERS)

    @property
    def size(self) -> int:
        """Number of tokens."""
        return self.missing_token + 1 + len(self.columns) + len(self._ids)

    def name_path(self, column: int, first: bool = False) -> tuple[int, ...]:
        """Tokens that open a cell of ``column``."""
        return (self.missing_token + 1 + column,)

    def value_path(self, column: int, value: Cell, last: bool = False) -> tuple[int, ...]:
        """Tokens of a value."""
        if value is MISSING:
            return (self.missing_token,)
        if self.columns[column].is_number:
            return tuple(1 + CHARACTERS.index(c) for c in value)
        return (self._ids[column, value],)

    def piece(self, column: int, value: Cell, variant: int = 0) -> tuple[int, ...]:
        """All tokens of a cell."""
        return self.name_path(column) + self.value_path(column, value)

    def read(self, prompt: Sequence[tuple[int, Cell]], tokens: Sequence[int]) -> list[tuple[int, Cell]]:
        """The cells in freely sampled ``tokens`` after a prompt; of several cells of a column the first.

        Values are not checked: they can be categories of another column or incomplete numbers.
        """
        texts = self._texts()
        cells, column, value = dict(prompt), -1, ""
        for token in [*tokens, None]:
            opened = None if token is None else token - self.missing_token - 1
            if token is not None and not 0 <= opened < len(self.columns):
                value = (value or "") + texts[token] if token != self.missing_token else MISSING
                continue
            if column >= 0:
                cells.setdefault(column, value)
            column, value = (-1, "") if opened is None else (opened, "")
        return list(cells.items())

    def _texts(self) -> dict[int, str]:
        texts = {1 + i: c for i, c in enumerate(CHARACTERS)}
        return texts | {token: text or "" for (_, text), token in self._ids.items()}

    def number_tokens(self, first: bool) -> dict[int, str]:
        """Tokens that can continue a number, with the characters they add."""
        return {1 + i: c for i, c in enumerate(CHARACTERS)}

    def stop_token(self, last: bool) -> int | None:
        """The token that ends a number; None, since the next column's token or the end token does."""
        return None


class TokenCache:
    """Each distinct cell as tokens; a row is a list of cell numbers, where 0 means no cell.

    A vocabulary with ``variants`` = 4 writes a cell differently at the first and the last place of
    a sentence: variant = first + 2 * last.
    """

    def __init__(self, vocabulary: Vocabulary):
        self.vocabulary = vocabulary
        self._number: dict[tuple[int, Cell], int] = {}
        self._pieces: list[tuple[int, ...]] = [()] * vocabulary.variants
        self._matrix: np.ndarray | None = None

    def cell(self, column: int, value: Cell) -> int:
        """The number of a cell, assigned when it is first needed."""
        key = column, value
        if key not in self._number:
            self._number[key] = len(self._number) + 1
            for variant in range(self.vocabulary.variants):
                self._pieces.append(self.vocabulary.piece(column, value, variant))
            self._matrix = None
        return self._number[key]

    def encode(self, frame: pd.DataFrame) -> np.ndarray:
        """Cell numbers, shape (rows, columns of the vocabulary), int32.

        Columns that ``frame`` lacks are 0: their cells are not in the sentence.
        """
        columns = self.vocabulary.columns
        numbers = np.zeros((len(frame), len(columns)), dtype=np.int32)
        for j, column in enumerate(columns):
            if column.name in frame.columns:
                codes, texts = self._texts(frame[column.name], column)
                numbers[:, j] = np.array([self.cell(j, t) for t in texts], dtype=np.int32)[codes]
        return numbers

    def _texts(self, values: pd.Series, column: Column) -> tuple[np.ndarray, list[Cell]]:
        """Codes (rows) and the distinct cells of a column, in the order of appearance."""
        if not column.is_number:
            return factorize(values)
        codes, distinct = pd.factorize(values, use_na_sentinel=False)
        return codes, write_cells(list(distinct), column, self.vocabulary.padded)

    def sentences(
        self, cells: np.ndarray, order: np.ndarray, open_end: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Token ids of rows, padded on the right with the end token, and their lengths.

        ``cells`` is rows × columns (cell numbers), ``order`` rows × k (column positions in the order
        of the sentence). ``open_end`` is for prompts: no end token, which lengths do not count either, and no
        cell is written as the last one.
        """
        matrix, lengths = self._tables()
        chosen = np.take_along_axis(cells, order, axis=1)
        index = chosen * self.vocabulary.variants
        if self.vocabulary.variants > 1:
            present = chosen > 0
            rank = present.cumsum(axis=1)
            first, last = rank == 1, (rank == rank[:, -1:]) & (not open_end)
            index = np.where(present, index + first + 2 * last, 0)
        taken = np.arange(matrix.shape[1]) < lengths[index][..., None]
        flat = matrix[index][taken]
        row_lengths = taken.sum(axis=(1, 2))
        full = row_lengths + (0 if open_end else 1)
        ids = np.full((len(cells), full.max(initial=1)), self.vocabulary.end, dtype=np.int64)
        ids[np.arange(ids.shape[1]) < row_lengths[:, None]] = flat
        return ids, full

    def lengths(self, cells: np.ndarray) -> np.ndarray:
        """Number of tokens of each cell (of its variant inside a sentence)."""
        return self._tables()[1][cells * self.vocabulary.variants]

    @property
    def pieces(self) -> list[tuple[int, ...]]:
        """Tokens of all cells so far, in the order of their numbers."""
        return self._pieces

    def longest_sentence(self) -> int:
        """Upper bound of a row's tokens, with the end token: every column with its longest value."""
        columns = self.vocabulary.columns
        longest = 1
        for j, column in enumerate(columns):
            values = list(column.categories or ()) + (
                [MISSING] if column.has_missing or column.categories == () else []
            )
            lengths = [len(self.vocabulary.piece(j, v)) for v in values]
            if column.is_number:
                most = column.integer_digits + (column.decimals + 1 if column.decimals else 0) + column.signed
                lengths.append(len(self.vocabulary.name_path(j)) + most + 2)
            longest += max(lengths)
        return longest

    def _tables(self) -> tuple[np.ndarray, np.ndarray]:
        if self._matrix is None:
            self._lengths = np.array([len(p) for p in self._pieces])
            self._matrix = np.zeros((len(self._pieces), max(1, self._lengths.max())), dtype=np.int64)
            for i, piece in enumerate(self._pieces):
                self._matrix[i, : len(piece)] = piece
        return self._matrix, self._lengths
