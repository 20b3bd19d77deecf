"""The rows of a batch that are still being written, and how much of what waits is fed to them at once."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from imbench.lm.network import Cache, Network

#: What one more pass through the network costs, in tokens of one row.
FEED_COST = 64
#: Share of finished rows at which a batch leaves them behind.
PASSENGERS = 0.25


class Batch:
    """The rows of a batch that are still being written, their logits and their cache.

    A finished row stays in the cache as a passenger until :data:`PASSENGERS` of the rows are: to take
    rows out is to copy all the rest.
    """

    def __init__(self, model: Network, cache: Cache, logits: Tensor):
        self.model, self.cache, self.logits = model, cache, logits
        self.places = np.arange(len(logits))  # of the live rows in the cache

    def keep(self, rows: list[int]) -> None:
        """Only these of the live rows go on (positions, in order)."""
        self.places = self.places[rows]
        if len(self.places) <= (1 - PASSENGERS) * len(self.cache.valid):
            self.cache.keep(torch.from_numpy(self.places).to(self.model.device))
            self.places = np.arange(len(rows))

    def feed(self, chunks: list[list[int]]) -> None:
        """Each live row reads its next tokens, one at least; ``logits`` (live rows, V) come after."""
        lengths = np.array([len(c) for c in chunks])
        ids = np.zeros((len(self.cache.valid), lengths.max()), dtype=np.int64)
        fed = np.ones(len(ids), dtype=np.int64)
        fed[self.places] = lengths
        for place, chunk in zip(self.places.tolist(), chunks, strict=True):
            ids[place, : len(chunk)] = chunk
        uneven = bool((fed != ids.shape[1]).any())
        device = self.model.device
        ends = torch.from_numpy(fed).to(device) if uneven else None
        self.cache.make_room(ids.shape[1])
        hidden = self.model(torch.from_numpy(ids).to(device), self.cache, ends)
        last = hidden[torch.from_numpy(self.places).to(device), torch.from_numpy(lengths - 1).to(device)]
        self.logits = self.model.logits(last).float()


def feed_width(lengths: np.ndarray) -> int:
    """How many tokens of each row to feed at once, given how many are waiting.

    The most real tokens for the work done, which is rows × width and :data:`FEED_COST` a time. Rows that
    have fewer waiting are padded, those that have more keep the rest for the next time. Never less than the
    shortest queue, so some row is always done with it.
    """
    widths = np.arange(1, lengths.max() + 1)
    real = np.minimum(lengths[:, None], widths).sum(axis=0)
    return int(widths[np.argmax(real / (len(lengths) * widths + FEED_COST))])
