"""The unfinished rows of a batch, and how many queued tokens are fed to them at once."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from imbench.lm.network import Cache, Network

#: What one more pass through the network costs, in tokens of one row.
FEED_COST = 64
#: Share of finished rows at which they are removed from the cache.
FINISHED_SHARE = 0.25


class Batch:
    """The unfinished rows of a batch, their logits and their cache.

    Finished rows stay in the cache until they are :data:`FINISHED_SHARE` of it, since removing rows
    copies all others.
    """

    def __init__(self, model: Network, cache: Cache, logits: Tensor):
        self.model, self.cache, self.logits = model, cache, logits
        self.places = np.arange(len(logits))  # of the unfinished rows in the cache

    def keep(self, rows: list[int]) -> None:
        """Keep only these of the unfinished rows (positions, in order)."""
        self.places = self.places[rows]
        if len(self.places) <= (1 - FINISHED_SHARE) * len(self.cache.valid):
            self.cache.keep(torch.from_numpy(self.places).to(self.model.device))
            self.places = np.arange(len(rows))

    def feed(self, chunks: list[list[int]]) -> None:
        """Feed each unfinished row its next tokens, at least one, and update ``logits`` (rows, V)."""
        lengths = np.array([len(c) for c in chunks])
        ids = np.zeros((len(self.cache.valid), lengths.max()), dtype=np.int64)
        fed = np.ones(len(ids), dtype=np.int64)
        fed[self.places] = lengths
        for place, chunk in zip(self.places.tolist(), chunks, strict=True):
            ids[place, : len(chunk)] = chunk
        uneven = bool((fed != ids.shape[1]).any())
        device = self.model.device
        ends = torch.from_numpy(fed).to(device) if uneven else None
        self.cache.reserve(ids.shape[1])
        hidden = self.model(torch.from_numpy(ids).to(device), self.cache, ends)
        last = hidden[torch.from_numpy(self.places).to(device), torch.from_numpy(lengths - 1).to(device)]
        self.logits = self.model.logits(last).float()


def feed_width(lengths: np.ndarray) -> int:
    """How many tokens of each row to feed at once, given the ``lengths`` of the rows' queues.

    Maximises real tokens per unit of work, which is rows × width plus :data:`FEED_COST` a pass. Shorter
    queues are padded, longer ones keep the rest. Never less than the shortest queue, so at least one queue
    is emptied.
    """
    widths = np.arange(1, lengths.max() + 1)
    real = np.minimum(lengths[:, None], widths).sum(axis=0)
    return int(widths[np.argmax(real / (len(lengths) * widths + FEED_COST))])
