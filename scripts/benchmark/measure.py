"""Clocks, alternations, and the machine's own matrix-multiply rate."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

#: Rows, inner and outer size of the product that stands for the machine's rate: GPT-2's widest layer.
SHAPE = (2048, 768, 3072)


def alternate(sides: Mapping[str, Callable[[], float]], times: int) -> dict[str, list[float]]:
    """Measure all sides in turn, ``times`` times; each side returns its seconds for one unit of work.

    Alternating spreads what else the machine does over all sides alike.
    """
    if times < 1:
        raise ValueError(f"alternations={times}: at least one is needed.")
    found: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(times):
        for name, side in sides.items():
            found[name].append(side())
    return found


def medians(found: Mapping[str, list[float]]) -> dict[str, float]:
    """The median of each side."""
    return {name: median(values) for name, values in found.items()}


def matmul_rate(device: str = "cpu", dtype: str = "float32", seconds: float = 0.5) -> float:
    """Floating-point operations a second of a plain matrix product (one thread on the CPU)."""
    import torch

    rows, inner, outer = SHAPE
    kind = getattr(torch, dtype)
    left, right = torch.randn(rows, inner, dtype=kind, device=device), torch.randn(
        inner, outer, dtype=kind, device=device
    )  # fmt: skip
    rates = []
    left @ right
    until = time.perf_counter() + seconds
    while time.perf_counter() < until or len(rates) < 3:
        wait(device)
        started = now(device)
        left @ right
        wait(device)
        rates.append(2 * rows * inner * outer / (now(device) - started))
    return median(rates)


def now(device: str) -> float:
    """The clock of a measurement: wall time on a GPU, CPU time of this process elsewhere.

    Each side has one thread on the CPU, so on a machine without other work both clocks agree there; where
    other processes share the core, wall time would count theirs.
    """
    return time.perf_counter() if device == "cuda" else time.process_time()


def wait(device: str) -> None:
    """Wait until a GPU has finished its queue."""
    if device == "cuda":
        import torch

        torch.cuda.synchronize()


def operations(size: Any, tokens: float, length: float, training: bool) -> float:
    """Floating-point operations for ``tokens`` tokens in sentences of ``length`` tokens.

    Two for each weight that a token meets (12 width² a layer, and the output layer), and for attention
    4 · width · length a layer (causal attention computed in full); a backward pass costs twice the
    forward pass (Kaplan et al. 2020, "Scaling laws for neural language models", section 2.1).
    """
    layers, width = size.layers, size.width
    weights = 12 * layers * width**2 + size.vocabulary * width
    forward = 2 * weights + 4 * layers * width * length
    return forward * tokens * (3 if training else 1)
