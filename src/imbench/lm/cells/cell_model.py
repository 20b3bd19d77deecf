"""A fitted model as the samplers use it, with the methods of :class:`imbench.lm.row_model.RowModel`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import torch

from imbench.errors import ConfigError
from imbench.lm.cells import inspection
from imbench.lm.cells.completion import complete_codes
from imbench.lm.cells.discretization import ABSENT, CellCodes
from imbench.lm.cells.transformer import CellTransformer
from imbench.lm.interface import Order, Sampling, Tally, Trained
from imbench.lm.text.columns import Cell, Column

Prompt = Sequence[tuple[int, Cell]]


@dataclass
class CellModel:
    """A fitted model. ``read`` (columns) marks the columns that training rows held and orders named."""

    codes: CellCodes
    network: CellTransformer
    trained: Trained
    read: np.ndarray
    llm: dict[str, Any]

    #: Whether prompts must write numbers with the same length throughout.
    padded: ClassVar[bool] = False

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, the label last."""
        return self.codes.columns

    def sample(
        self, prompts: Sequence[Prompt], wanted: Sequence[int], sampling: Sampling, seed: int
    ) -> tuple[pd.DataFrame, Tally]:
        """Complete each prompt to a row of the ``wanted`` columns (float64, or objects; missing: NaN).

        A prompt lists column positions and cells as text (None: missing). They stay as they are and come
        first in their order; the other columns follow in a random order. Rows are valid by construction:
        there is no sampling without a grammar and no margin around a column's range (:class:`ConfigError`).
        """
        if not sampling.grammar or sampling.margin:
            option = "margin=0" if sampling.grammar else "grammar=true"
            raise ConfigError(
                f"llm={self.llm['name']} samples with sampling.{option} only. Set method.sampling.{option}, "
                "or use a model of text (llm=tiny_text)."
            )
        shape = len(prompts), len(self.columns)
        codes, given = (np.full(shape, ABSENT, dtype=np.int64) for _ in range(2))
        lengths = np.fromiter(map(len, prompts), dtype=np.int64, count=len(prompts))
        at = np.fromiter((j for p in prompts for j, _ in p), dtype=np.int64)
        cells = np.fromiter((text for p in prompts for _, text in p), dtype=object)
        rows = np.repeat(np.arange(len(prompts)), lengths)
        places = np.arange(len(at)) - np.repeat(lengths.cumsum() - lengths, lengths)
        kept: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        for j in np.unique(at).tolist():
            mine = np.flatnonzero(at == j)
            found, values = self.codes.encode_text(j, cells[mine])
            kept[j] = rows[mine], values
            if self.read[j]:  # a column that training never read says nothing
                codes[rows[mine], j], given[rows[mine], j] = found, places[mine]
        generator = torch.Generator().manual_seed(seed)
        open_columns = np.isin(np.arange(shape[1]), wanted)
        with torch.inference_mode():
            codes, tally = complete_codes(
                self.network,
                codes,
                given,
                open_columns,
                self.codes.sizes,
                self.codes.missing_codes,
                sampling,
                generator,
            )
        uniforms = torch.rand(shape, generator=generator, dtype=torch.float64).numpy()
        found = {}
        for j in wanted:
            values = self.codes.decode_column(j, codes[:, j], uniforms[:, j])
            if j in kept:
                values[kept[j][0]] = kept[j][1]
            found[self.columns[j].name] = values
        return pd.DataFrame(found, index=range(shape[0])), tally

    def label_probabilities(self, rows: pd.DataFrame, target: int) -> tuple[np.ndarray, tuple[str, ...]]:
        """See :func:`imbench.lm.cells.inspection.label_probabilities`."""
        return inspection.label_probabilities(self.network, self.codes, rows, target)

    def attention_to_columns(self, rows: pd.DataFrame, target: int) -> np.ndarray:
        """See :func:`imbench.lm.cells.inspection.attention_to_columns`."""
        return inspection.attention_to_columns(self.network, self.codes, rows, target)

    def column_attention(self, rows: pd.DataFrame, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See :func:`imbench.lm.cells.inspection.column_attention`."""
        return inspection.column_attention(self.network, self.codes, rows, order)

    def surprise(self, rows: pd.DataFrame, order: Order, orders: int, seed: int) -> np.ndarray:
        """See :func:`imbench.lm.cells.inspection.surprise`."""
        return inspection.surprise(self.network, self.codes, rows, order, orders, seed)
