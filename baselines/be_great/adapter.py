"""GReaT (Borisov et al., ICLR 2023) from its authors' package ``be_great``: a reference for ``great``.

The package fine-tunes and samples. This adapter adds texts that its parser can read, a bound on the
attempts, seeds, no output, and a ledger.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from numbers import Integral, Real
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.utils._param_validation import Interval, StrOptions

from baselines.be_great.cells import RowText, find_fault
from baselines.be_great.wrapper import fit_great, generate, quietly, seeded
from baselines.text_model import check_text_llm
from imbench.errors import Shortfall
from imbench.lm.llm_options import llm_options
from imbench.lm.text.columns import Cell
from imbench.lm.text.repair import repair_rows
from imbench.samplers.base import MinorityOversampler, add_counts, round_whole, validate_options

#: The defaults of the parameter ``sampling``.
SAMPLING = {"temperature": 0.7, "top_k": 50, "batch": 100, "max_length": None, "max_attempts": 5}
_SAMPLING_CONSTRAINTS = {
    "temperature": [Interval(Real, 0, None, closed="neither")],
    "top_k": [Interval(Integral, 0, None, closed="left"), None],
    "batch": [Interval(Integral, 1, None, closed="left")],
    "max_length": [Interval(Integral, 1, None, closed="left"), None],
    "max_attempts": [Interval(Integral, 1, None, closed="left")],
}


class BeGreatSampler(MinorityOversampler):
    """Fine-tune a language model on all rows with ``be_great`` and sample rows of one class from it.

    Parameters
    ----------
    llm : str or dict, default="tiny_text"
        The language model: the name of a file of ``conf/llm``, or a dict with its options (see
        ``baselines/text_model.py`` for how a model becomes a folder that the package can load). The
        whole vocabulary is used in any case.
    sampling : dict or None, default=None
        Options that differ from ``SAMPLING``: ``batch`` prompts at a time; at most ``max_length`` tokens
        a row with its prompt (None: half as many again as the longest training row has); at most
        ``max_attempts`` rows generated for each requested one, then :class:`Shortfall`.
    incomplete : {"repair", "reject"}, default="repair"
        What happens to a generated row that lacks a column or holds what the column cannot hold.
        ``"repair"`` inserts mode or mean, as the published comparison did with every language-model
        method, and drops a row without any column; ``"reject"`` drops the row, as the package's
        ``sample`` does (which accepts unknown categories, however).
    padding : {"left", "right"}, default="left"
        The side on which the sentences of a training batch are padded. ``"left"`` is what version 0.0.14
        does: only a batch's longest sentences then begin at position 0, where every prompt begins, so the
        generated rows resemble those (insurance: BMI with three decimals, hence northern regions), and
        the end of a sentence is never learned. ``"right"`` avoids both.
    sampling_strategy : float, str, dict or callable, default="auto"
        The classes to fill up, as in imbalanced-learn.
    missing : {"native", "impute", "refuse"} or None, default=None
        As of :class:`~imbench.MinorityOversampler`.
    random_state : int, RandomState instance or None, default=None
        The same int gives the same rows.

    Attributes
    ----------
    ledger_ : dict
        Counts and costs.

    Notes
    -----
    Rows are sampled without dropout. The package's ``sample`` leaves it on after ``fit``.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **MinorityOversampler._parameter_constraints,
        "llm": [str, Mapping],
        "sampling": [Mapping, None],
        "incomplete": [StrOptions({"repair", "reject"})],
        "padding": [StrOptions({"left", "right"})],
    }

    def __init__(
        self,
        *,
        llm: str | Mapping[str, Any] = "tiny_text",
        sampling: Mapping[str, Any] | None = None,
        incomplete: str = "repair",
        padding: str = "left",
        sampling_strategy: Any = "auto",
        missing: str | None = None,
        random_state: Any = None,
    ):
        super().__init__(sampling_strategy=sampling_strategy, missing=missing, random_state=random_state)
        self.llm = llm
        self.sampling = sampling
        self.incomplete = incomplete
        self.padding = padding

    def fit_resample(self, X: Any, y: Any, **params: Any) -> tuple[Any, Any]:
        """Resample; the original rows come back first, the synthetic ones after them."""
        self._target = str(getattr(y, "name", None) or "target")
        return super().fit_resample(X, y, **params)

    def _validate_params(self) -> None:
        super()._validate_params()
        validate_options(self.sampling, _SAMPLING_CONSTRAINTS, "sampling")

    def _generate_rows(
        self, features: pd.DataFrame, labels: np.ndarray, label: Any, count: int, rng: np.random.RandomState
    ) -> pd.DataFrame:
        from imbench.lm.row_model import one_thread

        llm, sampling = llm_options(self.llm), {**SAMPLING, **(self.sampling or {})}
        check_text_llm(llm)
        seeds = [int(rng.randint(2**31 - 1)) for _ in range(2)]
        text = RowText(features, labels, self._target)
        with one_thread(int(llm.get("threads", 1))), quietly(), tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            great, facts = fit_great(text, llm, sampling["max_length"], seeds[0], Path(folder), self.padding)
            self.ledger_.update(facts)
            add_counts(self.ledger_, seconds_fit=time.perf_counter() - started)
            started = time.perf_counter()
            with seeded(seeds[1]):
                rows = self._sample(great, text, label, count, sampling)
            add_counts(self.ledger_, seconds_sample=time.perf_counter() - started)
        generated = round_whole(text.read(rows), features)
        real = set(map(tuple, features[labels == label].astype(object).itertuples(index=False)))
        copies = sum(tuple(row) in real for row in generated.astype(object).itertuples(index=False))
        add_counts(self.ledger_, duplicates=int(generated.duplicated().sum()), training_copies=copies)
        return generated

    def _sample(
        self, great: Any, text: RowText, label: Any, count: int, sampling: Mapping[str, Any]
    ) -> list[dict[int, Cell]]:
        """``count`` complete rows, or :class:`Shortfall`."""
        rejected: Counter[str] = Counter()
        accepted: list[dict[int, Cell]] = []
        attempts, bound = 0, sampling["max_attempts"] * count
        while len(accepted) < count and attempts < bound:
            share = max(len(accepted) / attempts if attempts else 1, 1 / sampling["max_attempts"])
            missing = math.ceil((count - len(accepted)) / share)
            size = min(sampling["batch"], bound - attempts, missing)
            generated, tokens = generate(great, text, label, size, sampling)
            attempts += size
            passed, repaired = self._passed(text, generated, rejected)
            accepted += passed
            add_counts(self.ledger_, repaired_cells=repaired, tokens=tokens, generated=size)
        self.ledger_["rejected"] = dict(Counter(self.ledger_.get("rejected", {})) + rejected)
        if len(accepted) < count:
            raise Shortfall(
                f"be_great generated {len(accepted)} of {count} rows of class {label} in {attempts} attempts "
                f"(sampling.max_attempts={sampling['max_attempts']} for each row). Rejected: "
                f"{dict(rejected)}. Train longer (llm.training) or raise sampling.max_length or "
                "sampling.max_attempts."
            )
        return accepted[:count]

    def _passed(
        self, text: RowText, rows: list[dict[int, Cell]], rejected: Counter[str]
    ) -> tuple[list[dict[int, Cell]], int]:
        """The accepted rows and the number of cells repaired in them."""
        if self.incomplete == "repair":
            complete, repaired, dropped = repair_rows(rows, [0] * len(rows), text.columns, text.average)
            rejected.update({"empty": dropped} if dropped else {})
            return complete, repaired
        faults = [find_fault(row, text.columns) for row in rows]
        rejected.update(fault for fault in faults if fault)
        return [row for row, fault in zip(rows, faults, strict=True) if fault is None], 0
