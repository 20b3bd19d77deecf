"""Expected time and memory of CTGAN and TVAE, from their layers and the training rows' shape."""

from __future__ import annotations

from imbench.samplers.expected_cost import BASE_GB, GIB, ExpectedCost, Shape, flops_a_second

#: Outputs of a continuous column: its value, and up to ten modes of a mixture.
NUMBER_OUTPUTS = 11
#: Seconds of a step for each column (activations and losses are computed one by one), and of its mixture.
COLUMN_SECONDS, MIXTURE_SECONDS = 4e-4, 0.05
#: Share of the processor's rate, fitted to measured runs.
SHARE = 0.35


def network_cost(shape: Shape, model: str, epochs: int, batch: int) -> ExpectedCost:
    """The cost of fitting ``model`` (``CTGAN`` or ``TVAE``) on the minority rows, with its usual layers."""
    categories = sum(min(n, shape.minority) for n in shape.categories) + 1
    modes = min(NUMBER_OUTPUTS, shape.minority + 1)
    outputs = categories + modes * len(shape.digits)
    if model == "TVAE":
        rows = min(batch, shape.minority)
        weights = 2 * 128 * (outputs + 128)
        products, steps = 6 * rows * weights, epochs * -(-shape.minority // batch)
    else:
        rows, steps = batch, epochs * max(1, shape.minority // batch)
        generator = 256 * (128 + categories) + 256 * (384 + categories) + outputs * (640 + categories)
        critic = 256 * (10 * (outputs + categories) + 256)
        weights = generator + critic
        products = rows * (8 * generator + 24 * critic / 10)
    train = steps * (products + 40 * weights)
    overhead = steps * shape.columns * COLUMN_SECONDS + len(shape.digits) * MIXTURE_SECONDS
    memory = 4 * (5 * weights + 8 * rows * outputs) / GIB
    return ExpectedCost(train / (SHARE * flops_a_second()) + overhead, BASE_GB + memory)
