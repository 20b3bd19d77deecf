"""Weights during fine-tuning: float32, or matrices in bfloat16 beside float32 originals."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class WorkingWeights:
    """The trained parameters of a model while an optimiser changes them.

    In bfloat16 the matrices of linear layers are replaced by rounded copies, so that no forward pass casts
    them again, and the optimiser works on the float32 originals. The result is that of automatic mixed
    precision with float32 parameters, bit for bit: there each product rounds the same weights, and each
    pass's gradient is rounded to bfloat16 before it is added in float32.

    Attributes
    ----------
    originals : list of Tensor
        What the optimiser changes: float32, with gradients after :meth:`collect`.
    """

    def __init__(self, model: nn.Module, bf16: bool):
        trained = [p for p in model.parameters() if p.requires_grad]  # all, or LoRA's
        linear = [m.weight for m in model.modules() if isinstance(m, nn.Linear)]
        others = {id(p) for m in model.modules() if isinstance(m, nn.Embedding) for p in m.parameters()}
        cast = {id(p) for p in linear} - others if bf16 else set()
        if any(not p.requires_grad for p in linear):
            cast = set()  # LoRA's layers add products of two precisions
        self.rounded = [p for p in trained if id(p) in cast]
        self.sources = [p.detach().clone() for p in self.rounded]
        for parameter, source in zip(self.rounded, self.sources, strict=True):
            source.grad = torch.zeros_like(source)
            parameter.data = source.to(torch.bfloat16)
        same = dict(zip(map(id, self.rounded), self.sources, strict=True))
        self.originals: list[Tensor] = [same.get(id(p), p) for p in trained]
        self.empty = True

    def collect(self) -> None:
        """Add the gradients of a backward pass to the originals'."""
        if not self.rounded:
            return
        grads = [p.grad for p in self.rounded]
        targets = [s.grad for s in self.sources]
        if self.empty:
            torch._foreach_copy_(targets, grads)
        else:
            torch._foreach_add_(targets, [g.float() for g in grads])
        self.empty = False
        for parameter in self.rounded:
            parameter.grad = None

    def clip(self, most: float) -> None:
        """Scale the gradients to a norm of at most ``most``, as :func:`torch.nn.utils.clip_grad_norm_`."""
        grads = [p.grad for p in self.originals if p.grad is not None]
        norm = torch.nn.utils.get_total_norm(grads)
        if not norm < most:  # also for a norm that is not finite
            torch.nn.utils.clip_grads_with_norm_(self.originals, most, norm)

    def stepped(self) -> None:
        """Round the originals anew and forget the gradients: to be called after each optimiser step."""
        if self.rounded:
            torch._foreach_copy_([p.data for p in self.rounded], self.sources)
        self.empty = True
        kept = set(map(id, self.sources))
        for parameter in self.originals:
            if id(parameter) not in kept:
                parameter.grad = None

    def restore(self) -> None:
        """Put the float32 originals back into the model."""
        for parameter, source in zip(self.rounded, self.sources, strict=True):
            parameter.data = source
            source.grad = None
