"""The network: one position a cell, the order given and not predicted.

Position t reads the cell before it (an embedding of its code) and a query embedding of the column that comes
next; its output is a distribution over that column's codes. So any order of any columns after any given
cells is one forward pass.

Columns are sorted by their number of codes and form blocks of similar width, so that the logits of a block
are one matrix product. Inside the network a column is its *place* in this order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

#: Cosines of the rank that tell the network how bins follow one another.
COSINES = 6
#: A block's widest column has at most so many times the codes of its narrowest one.
WIDEN = 3


@dataclass(frozen=True)
class CellSize:
    """Layers, width and heads of the network, and the rate of dropout on each layer's two outputs."""

    layers: int = 1
    width: int = 64
    heads: int = 4
    dropout: float = 0.0


class Block(NamedTuple):
    """Places ``first`` to ``last`` (exclusive) with ``width`` ids each, from id ``start`` of the tables."""

    first: int
    last: int
    start: int
    width: int


class Layout:
    """Where the codes of each column stand in the tables.

    ``place`` (columns) is a column's place; ``start`` (places) its first id, ``block`` (places) its block.
    ``used`` (ids) marks ids of codes, ``features`` (ids × 1 + COSINES) has 1 and the cosines of the rank.
    """

    def __init__(self, sizes: Sequence[int], ordered: Sequence[int]):
        sizes, ordered = np.asarray(sizes), np.asarray(ordered)
        columns = np.argsort(sizes, kind="stable")
        self.place = np.argsort(columns, kind="stable")
        cuts = [0]
        for p, size in enumerate(sizes[columns]):
            if size > WIDEN * sizes[columns[cuts[-1]]]:
                cuts.append(p)
        self.blocks: list[Block] = []
        for first, last in zip(cuts, [*cuts[1:], len(columns)], strict=True):
            start = self.blocks[-1].start + _ids(self.blocks[-1]) if self.blocks else 0
            self.blocks.append(Block(first, last, start, int(sizes[columns[last - 1]])))
        self.ids = self.blocks[-1].start + _ids(self.blocks[-1])
        self.start = np.concatenate([b.start + np.arange(b.last - b.first) * b.width for b in self.blocks])
        self.block = np.concatenate([np.full(b.last - b.first, i) for i, b in enumerate(self.blocks)])
        self.used = np.zeros(self.ids, dtype=bool)
        self.features = np.zeros((self.ids, 1 + COSINES), dtype=np.float32)
        for column, start in zip(columns, self.start, strict=True):
            self.used[start : start + sizes[column]] = True
            self.features[start : start + sizes[column], 0] = 1
            rank = np.arange(ordered[column]) / max(1, ordered[column] - 1)
            waves = np.cos(np.pi * rank[:, None] * np.arange(1, COSINES + 1))
            self.features[start : start + ordered[column], 1:] = waves


def _ids(block: Block) -> int:
    return (block.last - block.first) * block.width


class Layer(nn.Module):
    """Attention and a perceptron of twice the width, both after a norm and added to their input."""

    def __init__(self, size: CellSize):
        super().__init__()
        width = size.width
        self.heads, self.dropout = size.heads, size.dropout
        self.norm_1, self.norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def project(self, x: Tensor, rows: int) -> Tensor:
        """Queries, keys and values of states (rows · T, width): (3, rows, heads, T, width / heads)."""
        return self.split(self.qkv(self.norm_1(x)), rows)

    def split(self, projected: Tensor, rows: int) -> Tensor:
        """(rows · T, 3 · width) as (3, rows, heads, T, width / heads)."""
        return projected.view(rows, -1, 3, self.heads, self.qkv.in_features // self.heads).permute(
            2, 0, 3, 1, 4
        )

    def finish(self, x: Tensor, attended: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """The layer's output from its input and what attention found, (..., width) each."""
        x = x + self._drop(self.out(attended), generator)
        return x + self._drop(self.down(F.gelu(self.up(self.norm_2(x)))), generator)

    def _drop(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        if generator is None or not self.dropout:
            return x
        kept = torch.empty_like(x).bernoulli_(1 - self.dropout, generator=generator)
        return x * kept / (1 - self.dropout)


class CellTransformer(nn.Module):
    """The network for columns of the given numbers of codes.

    ``ordered`` (columns) says how many codes of a column are bins of numbers. Output tables start at zero,
    so that an untrained network gives each column the distribution of ``bias`` (log-probabilities).
    Random weights come from torch's global generator.
    """

    def __init__(self, sizes: Sequence[int], ordered: Sequence[int], size: CellSize):
        super().__init__()
        self.size, self.layout = size, Layout(sizes, ordered)
        ids, columns, width = self.layout.ids, len(self.layout.place), size.width
        self.codes_in = nn.Parameter(0.2 * torch.randn(ids + 1, width))  # the last row: nothing before
        self.codes_out = nn.Parameter(torch.zeros(ids, width))
        self.ranks_in = nn.Parameter(0.2 * torch.randn(columns, 1 + COSINES, width))
        self.ranks_out = nn.Parameter(torch.zeros(columns, 1 + COSINES, width))
        self.query = nn.Parameter(0.2 * torch.randn(columns, width))
        self.bias = nn.Parameter(torch.zeros(ids))
        self.layers = nn.ModuleList(Layer(size) for _ in range(size.layers))
        self.norm = nn.LayerNorm(width)
        features, unused = torch.from_numpy(self.layout.features), ~torch.from_numpy(self.layout.used)
        self.register_buffer("features", features, persistent=False)
        self.register_buffer("closed", torch.zeros(ids).masked_fill(unused, -torch.inf), persistent=False)

    def ids_before(self, codes: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Ids (rows, k) that the positions of ``codes`` and ``places`` (rows, k) in their order read."""
        ids = np.full_like(places, self.layout.ids)
        ids[:, 1:] = (self.layout.start[places] + codes)[:, :-1]
        return ids

    def tables(self) -> tuple[Tensor, Tensor]:
        """Embeddings of the cells that are read (ids + 1, width), and of those that come (ids, width)."""
        pairs = [(torch.bmm(f, self.ranks_in[b.first : b.last]).flatten(0, 1),
                  torch.bmm(f, self.ranks_out[b.first : b.last]).flatten(0, 1))
                 for b, f in self._by_block(self.features)]  # fmt: skip
        read = torch.cat([*(p[0] for p in pairs), self.codes_in.new_zeros(1, self.size.width)])
        return self.codes_in + read, self.codes_out + torch.cat([p[1] for p in pairs])

    def _by_block(self, table: Tensor) -> list[tuple[Block, Tensor]]:
        """Each block with its part of a table over ids: (places, ids of a place, ...)."""
        return [(b, table[b.start : b.start + _ids(b)].unflatten(0, (b.last - b.first, b.width)))
                for b in self.layout.blocks]  # fmt: skip

    def hidden(
        self, read: Tensor, groups: Sequence[tuple[Tensor, Tensor]], generator: torch.Generator | None = None
    ) -> list[Tensor]:
        """States (B, T, width) of each group of ids before each position and places that come next (B, T).

        ``read`` is the first of :meth:`tables`; ``generator`` draws dropout (None: no dropout).
        """
        shapes = [ids.shape for ids, _ in groups]
        x = F.embedding(torch.cat([ids.flatten() for ids, _ in groups]), read)
        x = x + F.embedding(torch.cat([places.flatten() for _, places in groups]), self.query)
        for layer in self.layers:
            projected = layer.qkv(layer.norm_1(x)).split([b * t for b, t in shapes])
            parts = []
            for (b, t), part in zip(shapes, projected, strict=True):
                q, k, v = layer.split(part, b)
                found = F.scaled_dot_product_attention(q, k, v, is_causal=True)
                parts.append(found.transpose(1, 2).reshape(b * t, -1))
            x = layer.finish(x, torch.cat(parts), generator)
        states = self.norm(x).split([b * t for b, t in shapes])
        return [s.view(b, t, -1) for s, (b, t) in zip(states, shapes, strict=True)]

    def attention(self, read: Tensor, ids: Tensor, places: Tensor) -> Tensor:
        """Attention (B, T, T) of each position to itself and the ones before, mean over heads and layers."""
        (b, t), total = ids.shape, torch.zeros(())
        x = F.embedding(ids.flatten(), read) + F.embedding(places.flatten(), self.query)
        later = torch.ones(t, t, dtype=torch.bool).triu(1)
        for layer in self.layers:
            q, k, v = layer.project(x, b)
            weights = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(later, -torch.inf).softmax(dim=-1)
            x = layer.finish(x, (weights @ v).transpose(1, 2).reshape(b * t, -1))
            total = total + weights.mean(dim=1)
        return total / len(self.layers)

    def losses(self, come: Tensor, states: Tensor, places: np.ndarray, codes: Tensor) -> Tensor:
        """Negative log-probabilities, shape (B, n), of ``codes`` (B, n) of the sorted ``places`` (n).

        ``states`` (B, n, width) predict them in this order; ``come`` is the second of :meth:`tables`.
        """
        found = []
        bias = self.bias + self.closed
        for (b, table), (_, own) in zip(self._by_block(come), self._by_block(bias), strict=True):
            first, last = np.searchsorted(places, [b.first, b.last])
            if last == first:
                continue
            if last - first < b.last - b.first:
                chosen = torch.from_numpy(places[first:last] - b.first)
                table, own = table[chosen], own[chosen]
            logits = torch.baddbmm(own[:, None], states[:, first:last].transpose(0, 1), table.mT)
            wanted = codes[:, first:last].T
            loss = F.cross_entropy(logits.flatten(0, 1), wanted.flatten(), reduction="none")
            found.append(loss.view(wanted.shape).T)
        return torch.cat(found, dim=1)
