"""Attention of a row model between the columns of its sentences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from imbench.lm.cells.cell_model import CellModel
from imbench.lm.row_model import RowModel


@dataclass(frozen=True)
class Attention:
    """Means over sentences, both of shape (query columns, key columns).

    ``shares``: attention from a token of the query column to all tokens of the key column, mean over
    the query's tokens, heads and layers; every row sums to 1. It is 0 in a sentence where the key comes
    later. A model of cells has no tokens of the query column before its value: its position that predicts
    the query's value attends to the cells before, and the first column's row is 0.
    ``before``: share of the sentences in which the key comes before the query.
    """

    shares: np.ndarray
    before: np.ndarray
    sentences: int


def column_attention(
    model: RowModel | CellModel, rows: pd.DataFrame, order: np.ndarray, batch: int = 64
) -> Attention:
    """Attention between all columns in the sentences of ``rows``.

    ``rows`` holds every column of the model; ``order`` (rows × columns) is each sentence's order.
    """
    if isinstance(model, CellModel):
        return Attention(*model.column_attention(rows, order), len(rows))
    count = len(model.columns)
    shares, before = np.zeros((count, count)), np.zeros((count, count))
    cells = model.token_cache.encode(rows)
    for start in range(0, len(rows), batch):
        part = slice(start, start + batch)
        shares += _sums(model, cells[part], order[part])
        place = order[part].argsort(axis=1)
        before += (place[:, None, :] < place[:, :, None]).sum(axis=0)
    return Attention(shares / len(rows), before / len(rows), len(rows))


def _sums(model: RowModel, cells: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Sum over sentences of the (columns, columns) attention of each."""
    import torch

    ids, lengths = model.token_cache.sentences(cells, order)
    owner = _owners(model, cells, order, ids.shape[1], lengths - 1)
    device, rows, count = model.model.device, len(ids), cells.shape[1]
    tokens = torch.from_numpy(ids).to(device)
    total, queries = np.zeros((rows, count + 1, count)), np.zeros((rows, count + 1))
    each = np.arange(rows)
    for position in range(int(lengths.max()) - 1):
        query = torch.full((rows,), position, device=device)
        seen = model.model.attention_from(tokens, query).float().cpu().numpy()
        by_column = np.zeros((rows, count + 1))
        np.add.at(by_column, (each[:, None], owner), seen)
        total[each, owner[:, position]] += by_column[:, :count]
        queries[each, owner[:, position]] += 1
    shares = total[:, :count] / np.maximum(queries[:, :count, None], 1)
    return shares.sum(axis=0)


def _owners(
    model: RowModel, cells: np.ndarray, order: np.ndarray, width: int, lengths: np.ndarray
) -> np.ndarray:
    """The column of each token, shape (rows, width); tokens of no column have the number of columns.

    Spans are computed from the lengths of the sentence's beginnings, because a vocabulary can write a
    cell differently at the first and the last place.
    """
    count = order.shape[1]
    ends = np.stack(
        [model.token_cache.sentences(cells, order[:, : k + 1], open_end=True)[1] for k in range(count - 1)]
        + [lengths],
        axis=1,
    )
    place = (np.arange(width)[None, :, None] >= ends[:, None, :]).sum(axis=2)
    with_none = np.hstack([order, np.full((len(order), 1), cells.shape[1])])
    return np.take_along_axis(with_none, place, axis=1)
