"""What a fitted network says about rows: label probabilities, attention between columns, likelihood.

All functions take the network, the codes of its columns, and rows as a frame.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from imbench.lm.cells.discretization import CellCodes
from imbench.lm.cells.transformer import CellTransformer
from imbench.lm.interface import Order

#: Rows that go through the network at once.
BATCH = 256


def label_probabilities(
    network: CellTransformer, codes: CellCodes, rows: pd.DataFrame, target: int
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Probability of each category of column ``target`` after the other columns in their order.

    ``rows`` holds the other columns; the result is (rows, categories) and the categories.
    """
    words = codes.columns[target].categories or ()
    found = [np.zeros((0, len(words)))]
    with torch.inference_mode():
        read, come = network.tables()
        for ids, places, _ in _target_last(network, codes, rows, target):
            [states] = network.hidden(read, [(ids, places)])
            start = network.layout.start[network.layout.place[target]]
            table, bias = (t[start : start + len(words)] for t in (come, network.bias))
            found.append((states[:, -1] @ table.T + bias).double().softmax(dim=1).numpy())
    return np.concatenate(found), words


def attention_to_columns(
    network: CellTransformer, codes: CellCodes, rows: pd.DataFrame, target: int
) -> np.ndarray:
    """Attention to the other columns when ``target`` is predicted after them: (rows, others).

    Mean over heads and layers of the attention from the position that predicts ``target`` to those that
    read the other cells, each row divided by its sum.
    """
    found = [np.zeros((0, len(codes.columns) - 1))]
    with torch.inference_mode():
        read, _ = network.tables()
        for ids, places, _ in _target_last(network, codes, rows, target):
            found.append(network.attention(read, ids, places)[:, -1, 1:].double().numpy())
    weights = np.concatenate(found)
    return weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)


def column_attention(
    network: CellTransformer, codes: CellCodes, rows: pd.DataFrame, order: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Attention between all columns and how often one comes before another, (columns, columns) both.

    ``rows`` holds every column, ``order`` (rows × columns) is each row's order. The first result is the
    attention of the position that predicts a column to those that read other cells, divided by its sum
    (0 for the first column of a row), mean over rows; the second is the share of rows in which the column
    attended to comes before.
    """
    count = len(codes.columns)
    attention, before = np.zeros((count, count)), np.zeros((count, count))
    with torch.inference_mode():
        read, _ = network.tables()
        for start, (ids, places, _) in zip(
            range(0, len(rows), BATCH), _batches(network, codes.encode(rows), order), strict=True
        ):
            part = order[start : start + BATCH]
            # Position s reads the cell at position s - 1 of the order.
            to = network.attention(read, ids, places)[:, 1:, 1:].double().numpy()
            shares = np.zeros((len(part), count, count))
            shares[:, 1:, :-1] = to / np.maximum(to.sum(axis=2, keepdims=True), 1e-12)
            position, each = part.argsort(axis=1), np.arange(len(part))[:, None, None]
            attention += shares[each, position[:, :, None], position[:, None, :]].sum(axis=0)
            before += (position[:, None, :] < position[:, :, None]).sum(axis=0)
    return attention / len(rows), before / len(rows)


def surprise(
    network: CellTransformer, codes: CellCodes, rows: pd.DataFrame, order: Order, orders: int, seed: int
) -> np.ndarray:
    """Negative log-likelihood (nats) of each row's codes, shape (rows,), mean over random orders.

    ``rows`` holds all columns of the orders; a number counts as its bin.
    """
    rng, encoded = np.random.default_rng(seed), codes.encode(rows)
    total = np.zeros(len(rows))
    with torch.inference_mode():
        read, come = network.tables()
        for _ in range(orders):
            found = [np.zeros(0)]
            for ids, places, cells in _batches(network, encoded, order(np.arange(len(rows)), len(rows), rng)):
                [states] = network.hidden(read, [(ids, places)])
                slots = places.argsort(dim=1)
                states = states.gather(1, slots[..., None].expand_as(states))
                losses = network.losses(come, states, places[0].sort().values.numpy(), cells.gather(1, slots))
                found.append(losses.double().sum(dim=1).numpy())
            total += np.concatenate(found)
    return total / orders


def _target_last(
    network: CellTransformer, codes: CellCodes, rows: pd.DataFrame, target: int
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    encoded = codes.encode(rows.drop(columns=codes.columns[target].name, errors="ignore"))
    encoded[:, target] = 0  # never read
    order = np.array([*(j for j in range(encoded.shape[1]) if j != target), target])
    return _batches(network, encoded, np.broadcast_to(order, encoded.shape))


def _batches(
    network: CellTransformer, encoded: np.ndarray, order: np.ndarray
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Ids before each position, places that come next and their codes, (rows, k) each, some rows at once."""
    for start in range(0, len(encoded), BATCH):
        part = order[start : start + BATCH]
        cells, places = (
            np.take_along_axis(encoded[start : start + BATCH], part, axis=1),
            network.layout.place[part],
        )
        ids = network.ids_before(cells, places)
        yield tuple(torch.from_numpy(a) for a in (ids, places, cells))
