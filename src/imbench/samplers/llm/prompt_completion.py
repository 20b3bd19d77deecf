"""Prompts become rows: sampled by the fine-tuned model, repaired where sampling was free, and counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from imbench.lm.interface import Sampling
from imbench.lm.row_model import RowModel
from imbench.lm.text.columns import read_cells
from imbench.lm.text.partial import Prompt
from imbench.lm.text.repair import averages, repair_rows
from imbench.samplers.base import add_counts


class Completion:
    """Completes prompts to rows of the features.

    ``frames`` are the corpus (for the averages of the repair), ``rng`` seeds each call, ``ledger``
    receives the counts of tokens, entropies and repairs.
    """

    def __init__(
        self, model: RowModel, frames: Sequence[pd.DataFrame], sampling: Sampling,
        rng: np.random.RandomState, ledger: dict[str, Any],
    ):  # fmt: skip
        self.model, self.frames, self.sampling = model, frames, sampling
        self.rng, self.ledger = rng, ledger
        self.columns = model.columns[:-1]

    def complete(self, prompts: Sequence[Prompt]) -> pd.DataFrame:
        """One row for each prompt; free sampling leaves out the rows in which nothing could be read."""
        wanted = range(len(self.columns))
        seed = int(self.rng.randint(2**31 - 1))
        rows, tally = self.model.sample(prompts, wanted, self.sampling, seed)
        self._count(tally)
        if isinstance(rows, pd.DataFrame):  # a model of cells: every row is complete and valid
            return rows
        if not self.sampling.grammar:
            prompted = [sum(j in wanted for j, _ in prompt) for prompt in prompts]
            average = averages(self.frames, self.columns)
            rows, repaired, dropped = repair_rows(rows, prompted, self.columns, average)
            add_counts(self.ledger, repaired_cells=repaired)
            if dropped:
                add_counts(self.ledger.setdefault("rejected", {}), empty=dropped)
        values = {c.name: read_cells([r[j] for r in rows], c) for j, c in enumerate(self.columns)}
        return pd.DataFrame(values, columns=[c.name for c in self.columns])

    def _count(self, tally: Any) -> None:
        ledger = self.ledger
        add_counts(
            ledger, tokens=tally.tokens + tally.forced, sampled_tokens=tally.tokens, rows_sampled=tally.rows,
            entropy_sum=tally.entropy, surprise_sum=tally.surprise, repaired_cells=0,
        )  # fmt: skip
        ledger["entropy_token"] = ledger["entropy_sum"] / max(1, ledger["sampled_tokens"])
        ledger["entropy_row"] = ledger["entropy_sum"] / max(1, ledger["rows_sampled"])
