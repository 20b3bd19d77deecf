"""Sampling: many rows at once, each in an order of its own, with a cache of keys and values."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from imbench.lm.cells.discretization import ABSENT
from imbench.lm.cells.transformer import CellTransformer
from imbench.lm.interface import Sampling, Tally

#: Rank of a given cell and of a column that is left out, beside [0, 1) of a cell to be drawn.
GIVEN, LEFT_OUT = -1e6, 1e6


class Cache:
    """Keys and values (layers, rows, heads, columns, width / heads) of the positions that were read."""

    def __init__(self, model: CellTransformer, rows: int, columns: int):
        size = model.size
        shape = size.layers, 2, rows, size.heads, columns, size.width // size.heads
        self.filled, self.pairs = 0, torch.empty(shape)


class Completer:
    """Distributions of next cells from a trained network.

    ``missing`` (columns) is the code of a missing value, or -1 where a column has none.
    """

    def __init__(self, model: CellTransformer, missing: np.ndarray):
        self.model, self.layout = model, model.layout
        self.missing = np.empty_like(missing)
        self.missing[self.layout.place] = missing
        self.read, come = model.tables()
        bias = model.bias + model.closed
        self.come = [come[b.start : b.start + (b.last - b.first) * b.width].T for b in self.layout.blocks]
        self.bias = [bias[b.start : b.start + (b.last - b.first) * b.width] for b in self.layout.blocks]

    def advance(self, ids: np.ndarray, places: np.ndarray, cache: Cache) -> Tensor:
        """States (rows, width) of the last of the new positions, (rows, k); the cache gets their keys."""
        rows, new = ids.shape
        x = F.embedding(torch.from_numpy(ids.ravel()), self.read)
        x = x + F.embedding(torch.from_numpy(places.ravel()), self.model.query)
        end = cache.filled + new
        for layer, pairs in zip(self.model.layers, cache.pairs, strict=True):
            q, k, v = layer.project(x, rows)
            pairs[0, :, :, cache.filled : end], pairs[1, :, :, cache.filled : end] = k, v
            found = F.scaled_dot_product_attention(
                q, pairs[0, :, :, :end], pairs[1, :, :, :end], is_causal=new > 1
            )
            x = layer.finish(x, found.transpose(1, 2).reshape(rows * new, -1))
        cache.filled = end
        return self.model.norm(x.view(rows, new, -1)[:, -1])

    def logits(self, states: Tensor, places: np.ndarray) -> Iterator[tuple[np.ndarray, Tensor]]:
        """Row positions and logits (rows, codes) for the column that comes next, block by block.

        ``states`` (n, width) and ``places`` (n) hold one column for each row. What a column has no code for
        is minus infinity.
        """
        blocks = self.layout.block[places]
        for index in np.unique(blocks):
            block, rows = self.layout.blocks[index], np.flatnonzero(blocks == index)
            chosen = states if len(rows) == len(states) else states[torch.from_numpy(rows)]
            found = torch.addmm(self.bias[index], chosen, self.come[index])
            own = torch.from_numpy(places[rows] - block.first)
            yield rows, found.view(len(rows), -1, block.width)[torch.arange(len(rows)), own]

    def draw(
        self, states: Tensor, places: np.ndarray, uniforms: np.ndarray, sampling: Sampling, tally: Tally
    ) -> np.ndarray:
        """A code (n) for each row's next column; ``uniforms`` (n) in [0, 1) decide.

        Temperature chooses among the values; it does not change how probable a missing value is.
        """
        drawn = np.zeros(len(places), dtype=np.int64)
        for rows, logits in self.logits(states, places):
            keep_missing_probability(logits, self.missing[places[rows]], sampling.temperature)
            codes = None
            if 0 < sampling.top_k < logits.shape[1]:
                logits, codes = logits.topk(sampling.top_k, dim=1)
            logs = (logits / sampling.temperature).log_softmax(dim=1)
            probabilities = logs.exp()
            below = probabilities.cumsum(dim=1) <= torch.from_numpy(uniforms[rows]).float()[:, None]
            # Rounding must not lead to a code of probability zero behind the last possible one.
            last = logits.shape[1] - 1 - probabilities.gt(0).flip(1).int().argmax(dim=1)
            at = torch.minimum(below.sum(dim=1), last)[:, None]
            tally.entropy += float(torch.special.entr(probabilities).sum())
            tally.surprise -= float(logs.gather(1, at).sum())
            drawn[rows] = (at if codes is None else codes.gather(1, at)).squeeze(1).numpy()
        return drawn


def keep_missing_probability(logits: Tensor, missing: np.ndarray, temperature: float) -> None:
    """Change the logit of each row's code ``missing`` (rows, -1: none) so that its probability stays.

    A temperature below 1 favours probable codes. A missing value is one code beside dozens of bins of
    numbers: of 59 % missing cells it would make 90 %. With logits l, code m, temperature T the new logit is
    T · (l_m - log Σ exp l_i + log Σ exp(l_i / T)), sums over the other codes.
    """
    rows = np.flatnonzero(missing >= 0)
    if temperature == 1 or not len(rows):
        return
    code = torch.from_numpy(missing[rows])[:, None]
    own = logits[rows]
    others = own.scatter(1, code, -torch.inf)
    changed = own.gather(1, code).squeeze(1) - others.logsumexp(1) + (others / temperature).logsumexp(1)
    logits[rows] = own.scatter(1, code, temperature * changed[:, None])


def draw_order(given: np.ndarray, wanted: np.ndarray, uniforms: np.ndarray) -> tuple[np.ndarray, ...]:
    """Each row's order of columns: given cells as they came, then the wanted ones that lack, shuffled.

    ``given`` (rows × columns) is a cell's position in its prompt or -1, ``wanted`` (columns) a mask,
    ``uniforms`` (rows × columns). Returns the order (rows × columns), and how many columns of it are given
    and how many a row has in all, (rows,) each.
    """
    rank = np.where(wanted, uniforms, LEFT_OUT)
    rank = np.where(given >= 0, GIVEN + given, rank)
    return rank.argsort(axis=1, kind="stable"), (given >= 0).sum(axis=1), (rank < LEFT_OUT).sum(axis=1)


def complete_codes(
    model: CellTransformer, codes: np.ndarray, given: np.ndarray, wanted: np.ndarray, sizes: np.ndarray,
    missing: np.ndarray, sampling: Sampling, generator: torch.Generator,
) -> tuple[np.ndarray, Tally]:  # fmt: skip
    """Complete rows of codes (rows × columns, :data:`ABSENT` where nothing is given).

    ``given`` and ``wanted`` as for :func:`draw_order`; ``sizes`` (columns) are the columns' numbers of codes,
    ``missing`` (columns) the codes of missing values (-1: none).
    What is drawn for a row depends on its own random numbers alone, up to the rounding of sums.
    """
    codes, tally = codes.copy(), Tally(rows=len(codes))
    uniforms = torch.rand(2, *codes.shape, generator=generator, dtype=torch.float64).numpy()
    order, known, total = draw_order(given, wanted, uniforms[0])
    completer = Completer(model, missing)
    for shape in np.unique(np.stack([known, total], axis=1), axis=0):
        alike = np.flatnonzero((known == shape[0]) & (total == shape[1]))
        for start in range(0, len(alike), sampling.batch):
            rows = alike[start : start + sampling.batch]
            _complete(completer, codes, rows, order[rows, : shape[1]], shape[0], uniforms[1], sampling, tally)
    drawn = (given < 0) & (codes != ABSENT)
    tally.tokens = int((drawn & (sizes > 1)).sum())
    tally.forced = int((drawn & (sizes <= 1)).sum())
    return codes, tally


def _complete(
    completer: Completer, codes: np.ndarray, rows: np.ndarray, order: np.ndarray, known: int,
    uniforms: np.ndarray, sampling: Sampling, tally: Tally,
) -> None:  # fmt: skip
    """Draw the cells of ``rows`` behind the ``known`` first ones of their ``order``, into ``codes``."""
    length = order.shape[1]
    if known == length:
        return
    places = completer.layout.place[order]
    cache = Cache(completer.model, len(rows), length)
    first = np.take_along_axis(codes[rows], order[:, : known + 1], axis=1)
    ids = completer.model.ids_before(first, places[:, : known + 1])
    for t in range(known, length):
        states = completer.advance(ids, places[:, t : t + 1] if t > known else places[:, : t + 1], cache)
        drawn = completer.draw(states, places[:, t], uniforms[rows, order[:, t]], sampling, tally)
        codes[rows, order[:, t]] = drawn
        ids = (completer.layout.start[places[:, t]] + drawn)[:, None]
