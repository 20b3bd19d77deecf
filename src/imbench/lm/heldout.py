"""What a model of text says about rows that it never read, and how many of its free rows are valid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import torch

from imbench.lm.device import in_bf16
from imbench.lm.interface import Order
from imbench.lm.row_model import RowModel
from imbench.lm.text.columns import MISSING, Cell, Column

#: Rows that go through the network at once.
BATCH = 64


def sentence_surprise(
    model: RowModel, rows: pd.DataFrame, order: Order, orders: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Negative log-likelihood (nats) of each row's sentence, and the part of its values: (rows,) each.

    Mean over random orders; ``rows`` holds all columns and only known categories. The first number counts all
    tokens, the end token included; the second leaves out the columns' names and the end, which say nothing of
    the row. The model's whole vocabulary competes for each token; there is no grammar.
    """
    rng, cells = np.random.default_rng(seed), model.token_cache.encode(rows)
    sums = np.zeros((2, len(rows)))
    device = model.model.device
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=in_bf16(model.llm)):
        for _ in range(orders):
            ordered = order(np.arange(len(rows)), len(rows), rng)
            for start in range(0, len(rows), BATCH):
                part = slice(start, start + BATCH)
                ids, lengths = model.token_cache.sentences(cells[part], ordered[part])
                counted, value = _counted(model, cells[part], ordered[part], ids.shape[1], lengths)
                tokens = torch.from_numpy(ids).to(device)
                logs = model.model.logits(model.model(tokens[:, :-1])).float().log_softmax(dim=2)
                nats = -logs.gather(2, tokens[:, 1:, None]).squeeze(2).double().cpu().numpy()
                sums[0, part] += (nats * counted[:, 1:]).sum(axis=1)
                sums[1, part] += (nats * value[:, 1:]).sum(axis=1)
    return sums[0] / orders, sums[1] / orders


def _counted(
    model: RowModel, cells: np.ndarray, ordered: np.ndarray, width: int, lengths: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Which tokens (rows, width) belong to a sentence, and which of them to values."""
    vocabulary, variants = model.vocabulary, model.vocabulary.variants
    value = np.zeros((len(cells), width), dtype=bool)
    for row, columns in enumerate(ordered):
        place = 0
        for rank, column in enumerate(columns.tolist()):
            variant = (rank == 0) + 2 * (rank == len(columns) - 1) if variants > 1 else 0
            name = len(vocabulary.name_path(column, first=rank == 0))
            end = place + len(model.token_cache.pieces[int(cells[row, column]) * variants + variant])
            value[row, place + name : end] = True
            place = end
    return np.arange(width) < lengths[:, None], value


def readable(rows: pd.DataFrame, columns: Sequence[Column]) -> np.ndarray:
    """Which ``rows`` the columns can write: known categories, and holes only where there were holes."""
    fine = np.ones(len(rows), dtype=bool)
    for column in columns:
        values = rows[column.name]
        holes = values.isna().to_numpy()
        known = ~holes if column.is_number else values.astype(str).isin(column.categories or ()).to_numpy()
        fine &= np.where(holes, column.has_missing, known)
    return fine


def is_valid(
    row: Mapping[int, Cell], columns: Sequence[Column], known: Mapping[int, Sequence[str]] | None = None
) -> bool:
    """Whether every column was read: a category of the column (of ``known``), or a number in its range."""
    return all(
        j in row and _fits(row[j], column, (known or {}).get(j, column.categories or ()))
        for j, column in enumerate(columns)
    )


def _fits(text: Cell, column: Column, categories: Sequence[str]) -> bool:
    if text is MISSING:
        return column.has_missing
    if not column.is_number:
        return text in categories
    try:
        units = float(text) * 10**column.decimals
    except ValueError:
        return False
    low, high = column.bounds()
    return bool(np.isfinite(units)) and low <= round(units) <= high
