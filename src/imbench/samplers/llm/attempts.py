"""Rows are generated until enough of them passed the check, within a bound."""

from __future__ import annotations

from typing import Any

import pandas as pd

from imbench.samplers.base import add_counts
from imbench.samplers.llm.checks import Check, NoCheck
from imbench.samplers.llm.prompt_completion import Completion
from imbench.samplers.llm.prompts import Prompts

#: A further round generates at least so many rows.
FEWEST = 64


def generate_checked(
    prompts: Prompts, completion: Completion, check: Check, count: int, max_attempts: int,
    ledger: dict[str, Any],
) -> pd.DataFrame:  # fmt: skip
    """Up to ``count`` rows that pass ``check``; at most ``max_attempts`` · ``count`` are generated.

    ``ledger`` receives ``generated`` and, under ``rejected``, how many rows the check rejected.
    """
    accepted: list[pd.DataFrame] = []
    found = generated = 0
    bound = max_attempts * count
    rejected = ledger.setdefault("rejected", {})
    while found < count and generated < bound:
        missing = count - found
        if generated and not isinstance(check, NoCheck):
            share = max(found / generated, 1 / max_attempts)
            missing = max(FEWEST, int(missing / share))
        size = min(missing, bound - generated)
        rows = prompts.generate(size, completion, check)
        generated += size
        passed = check(rows)
        if not passed.all():
            add_counts(rejected, **{check.name: int((~passed).sum())})
        accepted.append(rows[passed])
        found += len(accepted[-1])
    add_counts(ledger, generated=generated)
    return pd.concat(accepted, ignore_index=True).head(count)


def count_copies(rows: pd.DataFrame, training: pd.DataFrame) -> dict[str, int]:
    """How many ``rows`` repeat one another, and how many equal a row of ``training``."""
    # Compared as text: a generated number can have the training row's value in another dtype.
    known = {tuple(map(str, r)) for r in training.astype(object).itertuples(index=False)}
    copies = sum(tuple(map(str, r)) in known for r in rows.astype(object).itertuples(index=False))
    return {"duplicates": int(rows.duplicated().sum()), "training_copies": copies}
