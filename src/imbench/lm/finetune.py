"""Fine-tuning: each time a row is read, its columns come in a new order."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from imbench.lm.device import progress
from imbench.lm.interface import Order, Trained
from imbench.lm.network import Network
from imbench.lm.text.vocabulary import TokenCache
from imbench.lm.working_weights import WorkingWeights

#: Cost of one more forward and backward pass, in tokens.
GROUP_COST = 100
#: At most so many tokens (or one group) in one forward and backward pass.
TOGETHER = 4096


@dataclass(frozen=True)
class Training:
    """Options of training: ``llm.training``.

    ``epochs`` are bounded by ``max_steps`` and ``max_tokens``; the schedule spans the resulting steps.
    """

    epochs: float = 50
    batch: int = 32
    lr: float = 1e-3
    max_steps: int | None = None
    max_tokens: float | None = None
    warmup: float = 0.05
    weight_decay: float = 0.0
    schedule: str = "linear"
    accumulation: int = 1
    clip: float = 1.0


def count_steps(lengths: np.ndarray, training: Training) -> int:
    """Optimiser steps for the sentences of one epoch, given their lengths in tokens."""
    batch = training.batch * training.accumulation
    steps = max(1, round(-(-len(lengths) // batch) * training.epochs))
    if training.max_steps is not None:
        steps = min(steps, training.max_steps)
    if training.max_tokens is not None:
        steps = min(steps, max(1, int(training.max_tokens / (lengths.mean() * min(batch, len(lengths))))))
    return steps


def batches(reads: int, size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Endless batches of positions, each epoch shuffled anew.

    They are not sorted by length: interpolated rows are the short ones, and a step on those alone makes
    the model forget the others. :func:`groups` avoids padding inside a batch instead.
    """
    while True:
        order = rng.permutation(reads)
        yield from (order[start : start + size] for start in range(0, reads, size))


def groups(lengths: np.ndarray) -> list[np.ndarray]:
    """Split a batch into groups of similar length, so that little padding is computed.

    Cuts the sorted rows where rows × longest, summed over groups, plus :data:`GROUP_COST` a group is
    smallest. Returns positions in the batch.
    """
    order = np.argsort(lengths, kind="stable")
    ordered = lengths[order].tolist()
    best, cut = [0.0], [0]
    for end in range(1, len(ordered) + 1):
        longest = ordered[end - 1]
        costs = [best[start] + (end - start) * longest for start in range(end)]
        start = int(np.argmin(costs))
        best.append(costs[start] + GROUP_COST)
        cut.append(start)
    found, end = [], len(ordered)
    while end:
        found.append(order[cut[end] : end])
        end = cut[end]
    return found


def _together(parts: list[np.ndarray], lengths: np.ndarray) -> Iterator[list[np.ndarray]]:
    """Groups of one forward and backward pass: up to :data:`TOGETHER` tokens, which bounds the memory."""
    taken: list[np.ndarray] = []
    tokens = 0
    for part in parts:
        size = len(part) * int(lengths[part].max())
        if taken and tokens + size > TOGETHER:
            yield taken
            taken, tokens = [], 0
        taken.append(part)
        tokens += size
    if taken:
        yield taken


def next_token_loss(model: Network, groups: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
    """Summed cross-entropy of all next tokens of padded sentences.

    Each group is token ids (B, T) and the number of real tokens of each row (B); padding is ignored.
    """
    states = model.hidden([ids[:, :-1] for ids, _ in groups])
    wanted, targets = [], []
    for ids, lengths in groups:
        real = torch.arange(1, ids.shape[1], device=ids.device) < lengths[:, None]
        wanted.append(real.flatten())
        targets.append(ids[:, 1:][real])
    return F.cross_entropy(model.logits(states[torch.cat(wanted)]), torch.cat(targets), reduction="sum")


def learning_rate(step: int, steps: int, training: Training) -> float:
    """Linear warm-up over the ``warmup`` share of steps, then linear, cosine or no decay."""
    rise = max(1, int(training.warmup * steps))
    if step < rise:
        return training.lr * (step + 1) / rise
    gone = (step - rise) / max(1, steps - rise)
    if training.schedule == "constant":
        return training.lr
    return training.lr * (0.5 * (1 + np.cos(np.pi * gone)) if training.schedule == "cosine" else 1 - gone)


def finetune(
    model: Network,
    token_cache: TokenCache,
    cells: np.ndarray,
    order: Order,
    training: Training,
    seed: int,
    accelerator: Any = None,
) -> Trained:
    """Train ``model`` on rows of cell numbers (rows × columns), in place.

    ``accelerator`` (accelerate's; None: one process, float32) decides the precision of matrix products;
    weights stay float32. With several processes each reads its share of every batch and the gradients are
    added, so the weights are those of one process up to rounding. The same seed gives the
    same weights, bit for bit, on the CPU with the same number of threads.
    """
    rng = np.random.default_rng(seed)
    rank = accelerator.process_index if accelerator else 0
    reads = len(cells) * order.passes
    lengths = np.tile(_row_lengths(token_cache, cells, order), order.passes)
    steps = count_steps(lengths, training)
    weights = WorkingWeights(model, bf16=accelerator is not None and accelerator.mixed_precision == "bf16")
    optimizer = _optimizer(weights.originals, training)
    model.train()
    started, losses, tokens = time.perf_counter(), [], 0
    source = batches(reads, training.batch, rng)
    with torch.random.fork_rng(devices=[]), progress(steps, "fine-tuning", "step") as bar:
        torch.manual_seed(seed + rank)  # dropout
        for step in range(steps):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(step, steps, training)
            read = np.concatenate([next(source) for _ in range(training.accumulation)])
            ordered = order(read, len(cells), rng)
            total = int(lengths[read].sum() - len(read))  # a sentence's first token is not predicted
            sentences = _Sentences(token_cache, cells, read, ordered, lengths[read])
            losses.append(_accumulate_gradients(model, weights, sentences, total, accelerator))
            tokens += total
            bar.update()
            weights.clip(training.clip)
            optimizer.step()
            weights.stepped()
    weights.restore()
    model.eval()
    tenth = max(1, len(losses) // 10)
    first, last = float(np.mean(losses[:tenth])), float(np.mean(losses[-tenth:]))
    return Trained(steps, tokens, time.perf_counter() - started, first, last)


@dataclass(frozen=True)
class _Sentences:
    """The sentences of one step: row reads, their column orders (reads × k) and lengths in tokens."""

    token_cache: TokenCache
    cells: np.ndarray
    read: np.ndarray
    ordered: np.ndarray
    lengths: np.ndarray

    def share(self, rank: int, processes: int) -> _Sentences:
        """The part of one of several processes."""
        part = slice(rank, None, processes)
        return replace(self, read=self.read[part], ordered=self.ordered[part], lengths=self.lengths[part])

    def passes(self, device: torch.device) -> Iterator[list[tuple[Tensor, Tensor]]]:
        """Token ids and lengths of the groups of each forward and backward pass."""
        for part in _together(groups(self.lengths), self.lengths):
            rows = [self.cells[self.read[group] % len(self.cells)] for group in part]
            pairs = [self.token_cache.sentences(r, self.ordered[g]) for r, g in zip(rows, part, strict=True)]
            yield [tuple(torch.from_numpy(a).to(device) for a in pair) for pair in pairs]


def _accumulate_gradients(
    model: Network, weights: WorkingWeights, sentences: _Sentences, total: int, accelerator: Any
) -> float:
    """Add the gradients of one step to the model's; returns the mean loss over its ``total`` tokens."""
    if accelerator:
        sentences = sentences.share(accelerator.process_index, accelerator.num_processes)
    summed = 0.0
    for tensors in sentences.passes(model.device):
        with accelerator.autocast() if accelerator else nullcontext():
            loss = next_token_loss(model, tensors) / total
        loss.backward()
        weights.collect()
        summed += loss.item()
    if accelerator and accelerator.num_processes > 1:
        return _reduce_gradients(weights.originals, summed, accelerator)
    return summed


def _optimizer(trained: list[Tensor], training: Training) -> torch.optim.AdamW:
    """AdamW with weight decay for matrices only."""
    matrices = {"params": [p for p in trained if p.dim() > 1], "weight_decay": training.weight_decay}
    others = {"params": [p for p in trained if p.dim() <= 1], "weight_decay": 0.0}
    return torch.optim.AdamW([matrices, others], lr=training.lr, fused=True)


def _reduce_gradients(parameters: list[Tensor], loss: float, accelerator: Any) -> float:
    """Sum the processes' gradients in place; returns the sum of their losses."""
    for parameter in parameters:
        grad = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        parameter.grad = accelerator.reduce(grad, reduction="sum")
    summed = torch.tensor(loss, device=accelerator.device)
    return float(accelerator.reduce(summed, reduction="sum"))


def _row_lengths(token_cache: TokenCache, cells: np.ndarray, order: Order) -> np.ndarray:
    columns = order(np.arange(1), len(cells), np.random.default_rng(0))
    return token_cache.sentences(cells, np.repeat(columns, len(cells), axis=0))[1]
