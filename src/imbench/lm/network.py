"""GPT-2: the published architecture at any size.

Compared with the Hugging Face class it returns hidden states, so that logits are computed only where they
are needed, has a static key-value cache from which rows can be removed, and returns attention weights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class ModelSize:
    """Shape of the network; ``context`` is the longest sentence in tokens."""

    vocabulary: int
    context: int
    layers: int = 2
    width: int = 128
    heads: int = 4
    dropout: float = 0.0


#: Attention over sentences up to this length is computed as two products on the CPU, which is faster there.
SHORT = 256
#: Tokens that pass a block's wide layer at once without gradients; more would exceed the processor's caches.
PIECE = 1024
GELU = math.sqrt(2 / math.pi), 0.044715


class _Gelu(torch.autograd.Function):
    """GPT-2's activation, x · sigmoid(2u) with u = sqrt(2/pi) (x + 0.044715 x³): equal to its tanh form.

    Twice as fast on the CPU as torch's own, forward and backward, and the same up to rounding.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        gate = (x * x).mul_(2 * GELU[0] * GELU[1]).add_(2 * GELU[0]).mul_(x).sigmoid_()
        ctx.save_for_backward(x, gate)
        return x * gate

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        x, gate = ctx.saved_tensors
        slope = (x * x).mul_(6 * GELU[0] * GELU[1]).add_(2 * GELU[0]).mul_(x)
        return slope.mul_(1 - gate).add_(1).mul_(gate).mul_(grad)


def gelu(x: Tensor) -> Tensor:
    """GPT-2's activation (the tanh form of GELU), by the fastest implementation for the device of ``x``."""
    if x.device.type == "cpu" and x.dtype == torch.float32:
        return _Gelu.apply(x)
    return F.gelu(x, approximate="tanh")


def dropout(x: Tensor, share: float) -> Tensor:
    """Zero a random ``share`` of the entries and scale the rest up.

    On the CPU four entries share one draw of 64 bits, which takes a fifth of torch's time; the share is then
    exact to 2^-16.
    """
    if not share or x.device.type != "cpu":
        return F.dropout(x, share)
    drawn = torch.empty(-(-x.numel() // 4), dtype=torch.int64).random_(-(2**63), None)
    kept = drawn.view(torch.int16)[: x.numel()].view(x.shape) >= round(share * 2**16) - 2**15
    return x * kept.to(x.dtype).mul_(1 / (1 - share))


def attend(q: Tensor, k: Tensor, v: Tensor, drop: float) -> Tensor:
    """Causal attention of whole sentences: (B, heads, T, d) each, to the same shape."""
    rows, heads, length, width = q.shape
    if q.device.type != "cpu" or length > SHORT:
        return F.scaled_dot_product_attention(q, k, v, is_causal=length > 1, dropout_p=drop)
    flat = [part.reshape(rows * heads, length, width) for part in (q, k, v)]
    masked = torch.full((length, length), -torch.inf, dtype=q.dtype).triu(1)
    scores = torch.baddbmm(
        masked.expand(rows * heads, -1, -1), flat[0], flat[1].transpose(1, 2), alpha=width**-0.5
    )
    return (dropout(scores.softmax(dim=2), drop) @ flat[2]).view(q.shape)


class Cache:
    """Keys and values of all layers: per layer (B, heads, slots, width / heads), filled slot by slot.

    ``valid`` (B, slots) marks the slots that hold a token of the row. Rows take chunks of different
    lengths; the rest of a chunk is padding, which is masked in attention.
    """

    def __init__(self, size: ModelSize, rows: int, slots: int, like: Tensor):
        shape = (rows, size.heads, slots, size.width // size.heads)
        self.keys = [like.new_empty(shape) for _ in range(size.layers)]
        self.values = [like.new_empty(shape) for _ in range(size.layers)]
        self.valid = torch.zeros(rows, slots, dtype=torch.bool, device=like.device)
        self.filled = 0
        self.ragged = False

    def reserve(self, length: int) -> None:
        """Add slots when a chunk of ``length`` does not fit."""
        rows, slots = self.valid.shape
        if self.filled + length <= slots:
            return
        extra = max(length, slots // 2)
        self.valid = torch.cat([self.valid, self.valid.new_zeros(rows, extra)], dim=1)
        for store in (self.keys, self.values):
            for layer, old in enumerate(store):
                store[layer] = torch.cat([old, old.new_empty(rows, old.shape[1], extra, old.shape[3])], dim=2)

    def keep(self, rows: Tensor) -> None:
        """Keep only these rows (positions, in order)."""
        self.keys = [k[rows] for k in self.keys]
        self.values = [v[rows] for v in self.values]
        self.valid = self.valid[rows]


class Network(Protocol):
    """The interface of a network: :class:`GPT2Network`, or one of transformers."""

    size: ModelSize

    @property
    def device(self) -> torch.device: ...  # noqa: D102
    def __call__(  # noqa: D102
        self, ids: Tensor, cache: Any = None, lengths: Tensor | None = None
    ) -> Tensor: ...
    def hidden(self, groups: Sequence[Tensor]) -> Tensor: ...  # noqa: D102
    def logits(self, hidden: Tensor) -> Tensor: ...  # noqa: D102
    def new_cache(self, rows: int, slots: int) -> Any: ...  # noqa: D102
    def attention_from(self, ids: Tensor, query: Tensor) -> Tensor: ...  # noqa: D102


class Block(nn.Module):
    """Layer norm, attention, layer norm, two-layer network, with residual connections."""

    def __init__(self, size: ModelSize):
        super().__init__()
        self.heads, self.dropout = size.heads, size.dropout
        self.ln_1 = nn.LayerNorm(size.width)
        self.attention = nn.Linear(size.width, 3 * size.width)
        self.attention_out = nn.Linear(size.width, size.width)
        self.ln_2 = nn.LayerNorm(size.width)
        self.up = nn.Linear(size.width, 4 * size.width)
        self.down = nn.Linear(4 * size.width, size.width)

    def of_sentences(self, x: Tensor, shapes: Sequence[tuple[int, int]]) -> Tensor:
        """``x`` (N, width) to the same shape: sentences one after the other, in groups of (rows, length).

        All products but attention's are computed for all groups at once.
        """
        drop = self.dropout if self.training else 0.0
        mixed, start = [], 0
        projected = self.attention(self.ln_1(x))
        for rows, length in shapes:
            part = projected[start : start + rows * length].view(rows, length, 3, self.heads, -1)
            mixed.append(
                attend(*part.permute(2, 0, 3, 1, 4), drop).transpose(1, 2).reshape(rows * length, -1)
            )
            start += rows * length
        x = x + dropout(self.attention_out(torch.cat(mixed)), drop)
        return x + dropout(self.down(gelu(self.up(self.ln_2(x)))), drop)

    def forward(self, x: Tensor, cache: Cache | None, layer: int, mask: Tensor | None) -> Tensor:
        """``x`` (B, T, width) to the same shape."""
        rows, length, width = x.shape
        q, k, v = (
            part.view(rows, length, self.heads, -1).transpose(1, 2)
            for part in self.attention(self.ln_1(x)).split(width, dim=2)
        )
        if cache is not None:
            end = cache.filled + length
            cache.keys[layer][:, :, cache.filled : end] = k
            cache.values[layer][:, :, cache.filled : end] = v
            k, v = cache.keys[layer][:, :, :end], cache.values[layer][:, :, :end]
        drop = self.dropout if self.training else 0.0
        mixed = F.scaled_dot_product_attention(
            q.to(k.dtype), k, v, attn_mask=mask, is_causal=mask is None and length > 1, dropout_p=drop
        ).to(x.dtype)
        x = x + dropout(self.attention_out(mixed.transpose(1, 2).reshape(rows, length, width)), drop)
        if torch.is_grad_enabled() or rows * length <= PIECE:
            return x + dropout(self.down(gelu(self.up(self.ln_2(x)))), drop)
        pieces = self.ln_2(x).view(-1, width).split(PIECE)
        return x + torch.cat([self.down(gelu(self.up(piece))) for piece in pieces]).view(x.shape)


class GPT2Network(nn.Module):
    """GPT-2 with learned positions and tied embeddings."""

    def __init__(self, size: ModelSize):
        super().__init__()
        self.size = size
        self.tokens = nn.Embedding(size.vocabulary, size.width)
        self.positions = nn.Embedding(size.context, size.width)
        self.blocks = nn.ModuleList(Block(size) for _ in range(size.layers))
        self.ln_f = nn.LayerNorm(size.width)
        for name, weight in self.named_parameters():
            if weight.dim() > 1:
                scale = (
                    1 / math.sqrt(2 * size.layers)
                    if name.endswith(("attention_out.weight", "down.weight"))
                    else 1
                )
                nn.init.normal_(weight, std=0.02 * scale)
            elif name.endswith("bias"):
                nn.init.zeros_(weight)

    @property
    def device(self) -> torch.device:
        """The device of the weights."""
        return self.tokens.weight.device

    def forward(self, ids: Tensor, cache: Cache | None = None, lengths: Tensor | None = None) -> Tensor:
        """Hidden states (B, T, width) of tokens ``ids`` (B, T).

        Without a cache: whole sentences from position 0, padded on the right. With one: the next
        chunk of each row, of which the first ``lengths`` (B) tokens are real (None: all).
        """
        if cache is None:
            x = self.tokens(ids) + self.positions.weight[: ids.shape[1]]
            mask = None
        else:
            x, mask = self._enter(ids, cache, lengths)
        if self.training and self.size.dropout:
            x = dropout(x, self.size.dropout)
        for layer, block in enumerate(self.blocks):
            x = block(x, cache, layer, mask)
        if cache is not None:
            cache.filled += ids.shape[1]
        return self.ln_f(x)

    def hidden(self, groups: Sequence[Tensor]) -> Tensor:
        """Hidden states (N, width) of whole sentences, group after group, row after row.

        Each group is (B, T) token ids padded on the right; N is the sum of B · T.
        """
        x = torch.cat(
            [(self.tokens(ids) + self.positions.weight[: ids.shape[1]]).flatten(0, 1) for ids in groups]
        )
        if self.training and self.size.dropout:
            x = dropout(x, self.size.dropout)
        shapes = [(int(ids.shape[0]), int(ids.shape[1])) for ids in groups]
        for block in self.blocks:
            x = block.of_sentences(x, shapes)
        return self.ln_f(x)

    def _enter(self, ids: Tensor, cache: Cache, lengths: Tensor | None) -> tuple[Tensor, Tensor | None]:
        rows, length = ids.shape
        start, end = cache.filled, cache.filled + length
        before = cache.valid[:, :start].sum(dim=1, keepdim=True)
        steps = torch.arange(length, device=ids.device)
        real = (
            torch.ones(rows, length, dtype=torch.bool, device=ids.device)
            if lengths is None
            else (steps < lengths[:, None])
        )
        cache.valid[:, start:end] = real
        cache.ragged = cache.ragged or (lengths is not None and not bool(real.all()))
        position = (before + steps).clamp(max=self.size.context - 1)
        x = self.tokens(ids) + self.positions(position)
        if not cache.ragged and (start == 0 or length == 1):
            return x, None  # causal attention alone masks the right slots
        mask = cache.valid[:, None, None, :end].repeat(1, 1, length, 1)
        mask[..., start:end] &= torch.ones(length, length, dtype=torch.bool, device=ids.device).tril()
        # A padding token attends to itself, since a row of the softmax must not be empty.
        mask[..., start:end] |= torch.eye(length, dtype=torch.bool, device=ids.device)
        return x, mask

    def new_cache(self, rows: int, slots: int) -> Cache:
        """An empty cache for ``rows`` rows with ``slots`` initial slots.

        Of float32 on the CPU, where attention of few tokens is slower in bfloat16.
        """
        like = self.tokens.weight.new_empty(0)
        return Cache(self.size, rows, slots, like.float() if like.device.type == "cpu" else like)

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores of the next token, (..., vocabulary)."""
        return hidden @ self.tokens.weight.T

    @torch.no_grad()
    def attention_from(self, ids: Tensor, query: Tensor) -> Tensor:
        """Attention weights of one token of each row: (B, T), mean over heads and layers.

        ``ids`` (B, T) are whole sentences, ``query`` (B) the position of that token.
        """
        x = self.tokens(ids) + self.positions.weight[: ids.shape[1]]
        rows, length, width = x.shape
        picked = torch.arange(rows, device=ids.device)
        masked = torch.arange(length, device=ids.device) > query[:, None]
        total = torch.zeros(rows, length, device=ids.device)
        for layer, block in enumerate(self.blocks):
            q, k, _ = block.attention(block.ln_1(x)).split(width, dim=2)
            q = q[picked, query].view(rows, block.heads, 1, -1)
            k = k.view(rows, length, block.heads, -1).transpose(1, 2)
            score = (q @ k.transpose(2, 3)).squeeze(2) / math.sqrt(width // block.heads)
            total += score.masked_fill(masked[:, None, :], -math.inf).softmax(dim=2).mean(dim=1)
            x = block(x, None, layer, None)
        return total / len(self.blocks)
