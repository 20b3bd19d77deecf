"""How likely a model finds rows that it has not seen: what its size and training are chosen by."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from torch.nn import functional as F

from imbench.lm.interface import Order
from imbench.lm.row_model import RowModel


def row_surprise(model: RowModel, rows: pd.DataFrame, order: Order, orders: int, seed: int) -> np.ndarray:
    """Negative log-likelihood (nats) of each row's sentence, shape (rows,), mean over random orders.

    ``rows`` holds all columns of the sentence. The first token (the opening of the first column)
    has no predecessor and is not counted; so with ``fix_y`` the label's name is free.
    """
    rng = np.random.default_rng(seed)
    cells = model.book.encode(rows)
    total = np.zeros(len(rows))
    with torch.inference_mode():
        for _ in range(orders):
            ids, lengths = model.book.sentences(cells, order(np.arange(len(rows)), len(rows), rng))
            tokens = torch.from_numpy(ids)
            logits = model.model.logits(model.model(tokens[:, :-1]))
            losses = F.cross_entropy(logits.transpose(1, 2), tokens[:, 1:], reduction="none")
            real = torch.arange(1, tokens.shape[1]) < torch.from_numpy(lengths)[:, None]
            total += (losses * real).sum(dim=1).double().numpy()
    return total / orders
