"""Training: a fixed number of steps, each on some rows of every frame of the corpus, in fresh orders.

Everything random about rows and orders is drawn before the first step, as arrays of integers.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from imbench.lm.cells.discretization import ABSENT
from imbench.lm.cells.transformer import CellTransformer
from imbench.lm.interface import Order, Trained


@dataclass(frozen=True)
class CellTraining:
    """How long and how fast. A step reads ``batch`` rows of each frame; ``steps`` is chosen in docs/tiny.md.

    The rate ``lr`` rises linearly over the ``warmup`` share of the steps, then falls to zero by a cosine;
    ``weight_decay`` holds for matrices.
    """

    steps: int = 200
    batch: int = 32
    lr: float = 3e-3
    warmup: float = 0.05
    weight_decay: float = 0.1


class Reads(NamedTuple):
    """Prepared reads of one frame, step by step.

    ``ids`` before each position and ``places`` that come next, (steps, batch, k); ``slots`` sorts the
    positions by place, ``codes`` are the cells so sorted; ``sorted_places`` (k).
    """

    ids: Tensor
    places: Tensor
    slots: Tensor
    codes: Tensor
    sorted_places: np.ndarray


def prepare_reads(
    model: CellTransformer, codes: np.ndarray, order: Order, steps: int, batch: int,
    rng: np.random.Generator,
) -> Reads:  # fmt: skip
    """Draw the reads of ``codes`` (rows × columns; a column is :data:`ABSENT` everywhere or nowhere).

    Every row is read as often as an epoch of ``order`` says before another epoch begins.
    """
    rows, count = len(codes), steps * batch
    epochs = -(-count // (rows * order.passes))
    reads = np.concatenate([rng.permutation(rows * order.passes) for _ in range(epochs)])[:count]
    ordered = order(reads, rows, rng)
    present = codes[0] != ABSENT
    ordered = ordered[present[ordered]].reshape(count, -1)
    cells = np.take_along_axis(codes[reads % rows], ordered, axis=1)
    places = model.layout.place[ordered]
    slots = places.argsort(axis=1)
    arrays = model.ids_before(cells, places), places, slots, np.take_along_axis(cells, slots, axis=1)
    return Reads(*(torch.from_numpy(a).view(steps, batch, -1) for a in arrays), np.sort(places[0]))


def log_marginals(
    model: CellTransformer, sizes: np.ndarray, corpus: Sequence[np.ndarray], reference: np.ndarray | None
) -> Tensor:
    """Logarithms of each column's smoothed distribution in the corpus, shape (ids,).

    One pseudo-count has the distribution of ``reference`` (all training rows; rows × columns), where one
    pseudo-count is uniform.
    """
    found = np.zeros(model.layout.ids)
    for j, size in enumerate(sizes):
        shares = np.full(size, 1 / size)
        for part in ([] if reference is None else [[reference]]) + [corpus]:
            codes = np.concatenate([codes[:, j] for codes in part])
            counts = np.bincount(codes[codes != ABSENT], minlength=size)
            shares = (counts + shares) / (counts.sum() + 1)
        start = model.layout.start[model.layout.place[j]]
        found[start : start + size] = np.log(shares)
    return torch.from_numpy(found).float()


def learning_rate(step: int, training: CellTraining) -> float:
    """The rate of a step: linear rise, then a cosine to zero."""
    rise = max(1, int(training.warmup * training.steps))
    if step < rise:
        return training.lr * (step + 1) / rise
    return training.lr * 0.5 * (1 + np.cos(np.pi * (step - rise) / max(1, training.steps - rise)))


class _AdamW:
    """Torch's fused AdamW as a function: the class imports torch._dynamo, longer than most fits take."""

    def __init__(self, model: CellTransformer, training: CellTraining):
        matrices = [p for p in model.parameters() if p.dim() > 1]
        others = [p for p in model.parameters() if p.dim() <= 1]
        self.groups = [
            (part, *([torch.zeros_like(p) for p in part] for _ in range(2)),
             [torch.zeros(()) for _ in part], decay)
            for part, decay in ((matrices, training.weight_decay), (others, 0.0))
        ]  # fmt: skip

    def step(self, lr: float) -> None:
        """Change the parameters by their gradients, which are then gone."""
        from torch.optim.adamw import adamw

        for parameters, means, squares, steps, decay in self.groups:
            gradients = [p.grad for p in parameters]
            with torch.no_grad():
                adamw(parameters, gradients, means, squares, [], steps, fused=True, amsgrad=False,
                      beta1=0.9, beta2=0.98, lr=lr, weight_decay=decay, eps=1e-8, maximize=False)  # fmt: skip
            for parameter in parameters:
                parameter.grad = None


def train(
    model: CellTransformer, corpus: Sequence[np.ndarray], order: Order, training: CellTraining, seed: int,
) -> Trained:  # fmt: skip
    """Train ``model`` on frames of codes (rows × columns each), in place.

    A step's loss is the sum over frames of the mean loss of a cell. Orders and dropout have generators of
    their own: the same seed gives the same weights, bit for bit, on one processor with one thread.
    """
    if not training.steps:
        return Trained(0, 0, 0.0, 0.0, 0.0)
    started = time.perf_counter()
    rng = np.random.default_rng(seed)
    dropout = torch.Generator().manual_seed(seed)
    frames = [
        prepare_reads(model, codes, order, training.steps, training.batch, rng)
        for codes in corpus
        if len(codes)
    ]
    optimizer = _AdamW(model, training)
    model.train()
    losses = []
    for step in range(training.steps):
        read, come = model.tables()
        states = model.hidden(read, [(f.ids[step], f.places[step]) for f in frames], dropout)
        loss = torch.zeros(())
        for frame, state in zip(frames, states, strict=True):
            state = state.gather(1, frame.slots[step][..., None].expand_as(state))
            loss = loss + model.losses(come, state, frame.sorted_places, frame.codes[step]).mean()
        loss.backward()
        optimizer.step(learning_rate(step, training))
        losses.append(float(loss.detach()))
    model.eval()
    tenth = max(1, len(losses) // 10)
    first, last = float(np.mean(losses[:tenth])), float(np.mean(losses[-tenth:]))
    cells = sum(f.ids.numel() for f in frames)
    return Trained(training.steps, cells, time.perf_counter() - started, first, last)
