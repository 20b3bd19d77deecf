"""The types that all row models share: column order, options of sampling, counts, facts of a training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np


class Order(Protocol):
    """The order of a row's columns; ``passes`` is how often a row is read in one epoch."""

    passes: int

    def __call__(self, reads: np.ndarray, rows: int, rng: np.random.Generator) -> np.ndarray:
        """Column positions, shape (reads, k). Read ``i`` is row ``i % rows`` in pass ``i // rows``."""


@dataclass(frozen=True)
class Sampling:
    """Options of sampling; published: temperature 0.7 and top-k 50, without grammar.

    ``margin`` widens the range of numbers by that share of its width on both sides.
    """

    grammar: bool = True
    temperature: float = 0.7
    top_k: int = 50
    batch: int = 512
    margin: float = 0.0


@dataclass
class Tally:
    """Counts of rows and tokens, and the model's uncertainty.

    ``entropy`` sums the entropy (nats) of each distribution that a token (in a model with one position a
    cell: a cell) was drawn from, ``surprise`` the drawn tokens' negative log-probabilities under it.
    ``forced`` counts tokens without a choice.
    """

    rows: int = 0
    tokens: int = 0
    forced: int = 0
    entropy: float = 0.0
    surprise: float = 0.0

    def add(self, other: Tally) -> None:
        """Add another tally's numbers."""
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True)
class Trained:
    """Optimiser steps, tokens (or cells) read, seconds, mean loss of the first and last tenth of steps."""

    steps: int
    tokens: int
    seconds: float
    first_loss: float
    last_loss: float
