"""GReaT (Borisov et al., ICLR 2023) from its authors' package ``be_great``: the outside witness of ``great``.

The package fine-tunes and samples; what it cannot do by itself is done here: rows in words that its
parser can read, a bound on the attempts, seeds, silence, and a ledger.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from baselines.be_great.cells import RowText, find_fault
from baselines.be_great.wrapper import fit_great, generate, quietly, seeded
from baselines.text_model import check_text_llm
from imbench.errors import ConfigError, Shortfall
from imbench.lm.text.columns import Cell
from imbench.lm.text.repair import repair_rows
from imbench.samplers.base import MinorityOversampler, round_whole
from imbench.samplers.llm.fit import TINY

INCOMPLETE = ("repair", "reject")
PADDING = ("left", "right")
SAMPLING = {"temperature": 0.7, "top_k": 50, "batch": 100, "max_length": None, "max_attempts": 5}


class BeGreatSampler(MinorityOversampler):
    """Fine-tune a language model on all rows with ``be_great`` and sample rows of one class from it.

    Parameters
    ----------
    llm : the model, a dict like ``conf/llm/*.yaml``; None is ``tiny`` (see ``baselines/text_model.py`` for
        what that means to a package that reads folders). Always with the whole vocabulary.
    sampling : words on top of ``SAMPLING``: ``batch`` prompts at a time, at most ``max_length`` tokens a
        row, prompt and all (None: half as many again as the longest training row has), and at most
        ``max_attempts`` rows generated for each one asked for, then :class:`Shortfall`.
    incomplete : what happens to a generated row that lacks a column or holds what the column cannot
        hold. ``repair`` does as the published comparison did with every language-model method (mode or
        mean; a row without any column is dropped); ``reject`` drops it, as the package's ``sample``
        does, which lets unknown categories pass, however.
    padding : where the sentences of a training batch are filled up. ``left`` is what version 0.0.14 does:
        only a batch's longest sentences then begin at position 0, where every prompt begins, and the
        rows made resemble those (insurance: BMI with three decimals, hence northern regions), and the
        end of a sentence is never learned. ``right`` avoids both.

    Rows are sampled without dropout. The package's ``sample`` leaves it on after ``fit``.
    """

    def __init__(
        self,
        *,
        llm: Mapping[str, Any] | None = None,
        sampling: Mapping[str, Any] | None = None,
        incomplete: str = "repair",
        padding: str = "left",
        sampling_strategy: Any = "minority",
        random_state: Any = None,
    ):
        super().__init__(sampling_strategy=sampling_strategy, random_state=random_state)
        self.llm = llm
        self.sampling = sampling
        self.incomplete = incomplete
        self.padding = padding

    def fit_resample(self, X: Any, y: Any, **params: Any) -> tuple[Any, Any]:
        """Resample; the original rows come back first, the made ones after them."""
        self._target = str(getattr(y, "name", None) or "target")
        return super().fit_resample(X, y, **params)

    def _generate_rows(
        self, features: pd.DataFrame, labels: np.ndarray, label: Any, count: int, rng: np.random.RandomState
    ) -> pd.DataFrame:
        from imbench.lm.row_model import one_thread

        llm, words = {**(self.llm or TINY)}, {**SAMPLING, **(self.sampling or {})}
        self._check_options(llm, words)
        seeds = [int(rng.randint(2**31 - 1)) for _ in range(2)]
        text = RowText(features, labels, self._target)
        with one_thread(int(llm.get("threads", 1))), quietly(), tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            great, report = fit_great(text, llm, words["max_length"], seeds[0], Path(folder), self.padding)
            self._note(report, seconds_fit=time.perf_counter() - started)
            started = time.perf_counter()
            with seeded(seeds[1]):
                rows = self._sample(great, text, label, count, words)
            self._note({}, seconds_sample=time.perf_counter() - started)
        made = round_whole(text.read(rows), features)
        real = set(map(tuple, features[labels == label].astype(object).itertuples(index=False)))
        copies = sum(tuple(row) in real for row in made.astype(object).itertuples(index=False))
        self._note({}, duplicates=int(made.duplicated().sum()), training_copies=copies)
        return made

    def _check_options(self, llm: Mapping[str, Any], words: Mapping[str, Any]) -> None:
        check_text_llm(llm)
        for word, allowed in {"incomplete": INCOMPLETE, "padding": PADDING}.items():
            if getattr(self, word) not in allowed:
                raise ConfigError(f"{word}={getattr(self, word)} is not one of {', '.join(allowed)}.")
        unknown = sorted(set(words) - set(SAMPLING))
        if unknown:
            raise ConfigError(f"sampling.{unknown[0]} is unknown. sampling may hold: {', '.join(SAMPLING)}.")

    def _sample(
        self, great: Any, text: RowText, label: Any, count: int, words: Mapping[str, Any]
    ) -> list[dict[int, Cell]]:
        """``count`` complete rows, or :class:`Shortfall`."""
        rejected: Counter[str] = Counter()
        kept: list[dict[int, Cell]] = []
        made, bound = 0, int(words["max_attempts"]) * count
        while len(kept) < count and made < bound:
            share = max(len(kept) / made if made else 1, 1 / words["max_attempts"])
            ask = min(int(words["batch"]), bound - made, math.ceil((count - len(kept)) / share))
            generated, tokens = generate(great, text, label, ask, words)
            made += ask
            passed, repaired = self._passed(text, generated, rejected)
            kept += passed
            self._note({}, repaired_cells=repaired, tokens=tokens, generated=ask)
        self.ledger_["rejected"] = dict(Counter(self.ledger_.get("rejected", {})) + rejected)
        if len(kept) < count:
            raise Shortfall(
                f"be_great made {len(kept)} of {count} rows of class {label} in {made} attempts "
                f"(sampling.max_attempts={words['max_attempts']} for each row). Rejected: {dict(rejected)}. "
                "Train longer (llm.training) or raise sampling.max_length or sampling.max_attempts."
            )
        return kept[:count]

    def _passed(
        self, text: RowText, rows: list[dict[int, Cell]], rejected: Counter[str]
    ) -> tuple[list[dict[int, Cell]], int]:
        """The rows that go on and the number of cells repaired in them."""
        if self.incomplete == "repair":
            whole, repaired, dropped = repair_rows(rows, [0] * len(rows), text.columns, text.average)
            rejected.update({"empty": dropped} if dropped else {})
            return whole, repaired
        faults = [find_fault(row, text.columns) for row in rows]
        rejected.update(fault for fault in faults if fault)
        return [row for row, fault in zip(rows, faults, strict=True) if fault is None], 0

    def _note(self, words: Mapping[str, Any], **amounts: float) -> None:
        self.ledger_.update(words)
        for word, amount in amounts.items():
            self.ledger_[word] = self.ledger_.get(word, 0) + amount
