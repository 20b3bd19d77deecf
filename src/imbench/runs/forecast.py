"""Expected cost of a method that trains a network: reported before it starts, refused beyond the limits."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from imbench.errors import MethodError
from imbench.runs.options import Limits
from imbench.samplers.expected_cost import ExpectedCost

if TYPE_CHECKING:
    from imbench.data.split import Part
    from imbench.samplers.build import Method

#: A run that is expected to take more than this is announced.
LONG_SECONDS, LARGE_GB = 600.0, 4.0


def expected_cost(method: Method, training_rows: Part) -> ExpectedCost | None:
    """What the method says that it will take; None of one that does not say."""
    tell = getattr(method.sampler, "expected_cost", None)
    return None if tell is None else tell(training_rows.features, np.asarray(training_rows.labels))


def announce(method: Method, cost: ExpectedCost, limits: Limits) -> list[str]:
    """Print and return a sentence about a cost above the bounds; a run without one is not announced.

    Raises :class:`MethodError` where the cost exceeds a limit, before anything is trained.
    """
    text = f"{method.name} is expected to take {_shown(cost)} (an estimate, right within a factor of 2 or 3)"
    for value, limit, name in (
        (cost.seconds, limits.seconds, "seconds"), (cost.memory_gb, limits.memory_gb, "memory_gb"),
    ):  # fmt: skip
        if limit is not None and value > limit:
            raise MethodError(
                f"{text}, more than limits.{name}={limit:g}; nothing was trained. Raise limits.{name}, leave "
                "columns out (dataset.ignore=[…]), or use a method without a network (smotenc, "
                "interpolate_marginal)."
            )
    if cost.seconds <= LONG_SECONDS and cost.memory_gb <= LARGE_GB:
        return []
    print(f"imbench: {text}; limits.seconds and limits.memory_gb bound a run.", file=sys.stderr, flush=True)
    return [f"{text}."]


def as_record(cost: ExpectedCost) -> dict[str, Any]:
    """The estimate as the record holds it."""
    return {"seconds": round(cost.seconds, 1), "memory_gb": round(cost.memory_gb, 2)}


def _shown(cost: ExpectedCost) -> str:
    seconds = cost.seconds
    time = f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min" if seconds < 7200 else (
        f"{seconds / 3600:.0f} h"
    )  # fmt: skip
    return f"{time} of one core and {cost.memory_gb:.1f} GiB"
