"""The one oversampler behind every language-model method: a row is a sentence, a sampler writes more.

Four words choose the method, and its YAML holds nothing else: ``corpus`` (which rows the model is
fine-tuned on), ``ordering`` (how a sentence is ordered), ``prompts`` (what starts a sentence) and
``verification`` (who checks the rows).

LITO (``prompts: imputation``) is described in ``importance.py``: what follows its authors' paper
and what is this project's reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from imbench.errors import ConfigError
from imbench.samplers.base import MinorityOversampler
from imbench.samplers.llm.checks import VERIFICATIONS
from imbench.samplers.llm.corpus import CORPORA, INTERPOLATIONS
from imbench.samplers.llm.fit import SAMPLING, TINY, Work
from imbench.samplers.llm.ordering import ORDERINGS
from imbench.samplers.llm.prompts import FEATURES, PROMPTS

NUMBER = ("missing", "majority")
NUMBERS = ("as_tokenized", "characters")
PLACEMENT = ("append", "replace")
SHORTAGE = ("fewer", "error")


class LLMOversampler(MinorityOversampler):
    """Make minority rows with a language model fine-tuned on the table's rows as sentences.

    Parameters
    ----------
    corpus : ``all``, ``minority`` or ``minority_interpolated``.
    ordering : ``permute_xy``, ``fix_y``, ``y_last`` or ``features_only``.
    prompts : ``condition_y``, ``condition_yx``, ``condition_x`` or ``imputation``.
    verification : ``none``, ``classifier`` or ``self``.
    interpolation_ratio : r in [0, 1], the share of interpolated rows that is used.
    interpolation : ``pairs`` (paper, eq. 5) or ``neighbours`` (published code).
    interpolation_decimals : None writes interpolated numbers with each column's own decimals; the
        published code rounds to 2.
    prompt_features : ``random`` (paper) or ``in_turn`` (published code).
    numbers : ``as_tokenized``, or ``characters`` to spell numbers digit by digit in a pretrained model's
        tokens (TapTap; ``tiny`` always does).
    accumulation : batches whose gradients are added before a step (TapTap: 2).
    number : ``missing`` makes rows up to balance (n_major - n_minor, published code), ``majority`` as
        many as the commonest class has (paper). The same number of rows is interpolated at r = 1.
    placement : ``append`` keeps the real minority rows (published code); ``replace`` takes them out, so
        that the class consists of made rows only (paper).
    llm : the model, a dict like ``conf/llm/tiny.yaml``; None is ``tiny``.
    sampling : words of sampling, on top of the defaults ``SAMPLING``. At most ``max_attempts`` rows are
        generated for each row asked for.
    shortage : what happens when ``verification`` lets too few rows through within that bound.
        ``fewer`` adds those that passed, as the published Pred-LLM does (it makes the number of rows
        asked for once and keeps what passes; the published TapTap also makes them once, but adds what
        its classifier calls majority as majority rows, which is not done here); ``error`` raises
        :class:`Shortfall`. Rows that cannot be generated at all raise it in any case.
    model_dir : folder where fine-tuned models are kept under their keys and found again; None keeps none.
    """

    def __init__(
        self,
        *,
        corpus: str = "minority_interpolated",
        ordering: str = "fix_y",
        prompts: str = "condition_yx",
        verification: str = "none",
        interpolation_ratio: float = 1.0,
        interpolation: str = "pairs",
        interpolation_decimals: int | None = None,
        prompt_features: str = "random",
        numbers: str = "as_tokenized",
        accumulation: int = 1,
        number: str = "missing",
        placement: str = "append",
        llm: Mapping[str, Any] | None = None,
        sampling: Mapping[str, Any] | None = None,
        shortage: str = "fewer",
        model_dir: str | None = None,
        sampling_strategy: Any = "minority",
        random_state: Any = None,
    ):
        super().__init__(sampling_strategy=sampling_strategy, random_state=random_state)
        self.corpus = corpus
        self.ordering = ordering
        self.prompts = prompts
        self.verification = verification
        self.interpolation_ratio = interpolation_ratio
        self.interpolation = interpolation
        self.interpolation_decimals = interpolation_decimals
        self.prompt_features = prompt_features
        self.numbers = numbers
        self.accumulation = accumulation
        self.number = number
        self.placement = placement
        self.llm = llm
        self.sampling = sampling
        self.shortage = shortage
        self.model_dir = model_dir

    def fit_resample(self, X: Any, y: Any, **params: Any) -> tuple[Any, Any]:
        """Resample; the original rows come back first, the made ones after them."""
        self._target = str(getattr(y, "name", None) or "target")
        return super().fit_resample(X, y, **params)

    def _fit_resample(self, X: Any, y: np.ndarray) -> tuple[Any, np.ndarray]:
        self._check_options()
        rows, labels = super()._fit_resample(X, y)
        if self.placement == "append":
            return rows, labels
        made = [label for label, count in self.sampling_strategy_.items() if count]
        keep = ~(np.isin(labels, made) & (np.arange(len(labels)) < len(y)))
        self.ledger_["removed"] = int((~keep).sum())
        return (rows[keep].reset_index(drop=True) if isinstance(rows, pd.DataFrame) else rows[keep]), labels[
            keep
        ]

    def _check_options(self) -> None:
        words = {
            "corpus": CORPORA, "ordering": ORDERINGS, "prompts": PROMPTS, "verification": VERIFICATIONS,
            "interpolation": INTERPOLATIONS, "prompt_features": FEATURES, "number": NUMBER,
            "numbers": NUMBERS, "placement": PLACEMENT, "shortage": SHORTAGE,
        }  # fmt: skip
        for word, allowed in words.items():
            if getattr(self, word) not in allowed:
                raise ConfigError(f"{word}={getattr(self, word)} is not one of {', '.join(allowed)}.")
        if not 0 <= self.interpolation_ratio <= 1:
            raise ConfigError(f"interpolation_ratio={self.interpolation_ratio} is not in [0, 1].")
        unknown = sorted(set(self.sampling or {}) - set(SAMPLING))
        if unknown:
            raise ConfigError(f"sampling.{unknown[0]} is unknown. sampling may hold: {', '.join(SAMPLING)}.")
        if self.ordering == "features_only" and self.verification == "self":
            raise ConfigError(
                "verification=self needs the label in the sentence; ordering=features_only leaves it out."
            )
        if self.ordering == "features_only" and self.prompts == "imputation":
            raise ConfigError(
                "prompts=imputation needs the label in the sentence; ordering=features_only leaves it out."
            )

    def _generate_rows(
        self, features: pd.DataFrame, labels: np.ndarray, label: Any, count: int, rng: np.random.RandomState
    ) -> pd.DataFrame:
        from imbench.lm.row_model import one_thread

        with one_thread(int((self.llm or TINY).get("threads", 1))):
            return Work(self, features, labels, label, count, rng).make()

    def _check_generated(self, made: pd.DataFrame, frame: pd.DataFrame, label: Any, count: int) -> None:
        # Fewer rows than asked for are an outcome of a checked method, and the ledger tells it.
        fewer = self.verification != "none" and self.shortage == "fewer"
        super()._check_generated(made, frame, label, min(count, len(made)) if fewer else count)
