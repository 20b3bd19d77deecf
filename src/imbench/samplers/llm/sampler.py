"""The oversampler behind every language-model method: fine-tuned on rows as sentences, it writes new ones.

Four parameters choose the method: ``corpus`` (``corpus.py``), ``ordering`` (``ordering.py``), ``prompts``
(``prompts.py``, ``lito.py``) and ``verification`` (``checks.py``).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.utils._param_validation import Interval, StrOptions

from imbench.errors import ConfigError, Shortfall
from imbench.lm.llm_options import llm_options
from imbench.samplers.base import MinorityOversampler, add_counts, validate_options
from imbench.samplers.expected_cost import ExpectedCost, Shape
from imbench.samplers.llm.checks import Check, ClassifierCheck, NoCheck, SelfCheck
from imbench.samplers.llm.corpus import CORPORA, INTERPOLATIONS, Corpus, Interpolation
from imbench.samplers.llm.lito import ImputationPrompts
from imbench.samplers.llm.ordering import ORDERINGS, Ordering
from imbench.samplers.llm.prompts import (
    FEATURE_CHOICES,
    FeaturePrompts,
    LabelFeaturePrompts,
    LabelPrompts,
    Prompts,
)
from imbench.samplers.llm.training_rows import TrainingRows

#: The defaults of the parameter ``sampling``.
SAMPLING = {"grammar": True, "temperature": 0.7, "top_k": 50, "batch": 512, "margin": 0.0, "max_attempts": 5}
_SAMPLING_CONSTRAINTS = {
    "grammar": ["boolean"],
    "temperature": [Interval(Real, 0, None, closed="neither")],
    "top_k": [Interval(Integral, 0, None, closed="left"), None],
    "batch": [Interval(Integral, 1, None, closed="left")],
    "margin": [Interval(Real, 0, None, closed="left")],
    "max_attempts": [Interval(Integral, 1, None, closed="left")],
}
PROMPTS: dict[str, type[Prompts]] = {
    "condition_y": LabelPrompts,
    "condition_yx": LabelFeaturePrompts,
    "condition_x": FeaturePrompts,
    "imputation": ImputationPrompts,
}
VERIFICATIONS = (NoCheck.name, ClassifierCheck.name, SelfCheck.name)


class LLMOversampler(MinorityOversampler):
    """Generate minority rows with a language model fine-tuned on the training rows as sentences.

    A row is the sentence ``age is 31, job is clerk, income is high``. The model is fine-tuned on the
    sentences of a corpus and completes prompts to new ones. The defaults are those of
    :class:`~imbench.ImbLLM`.

    Parameters
    ----------
    corpus : {"all", "minority", "minority_interpolated"}, default="minority_interpolated"
        The rows for fine-tuning: all, those of the class to generate, or those and rows interpolated
        between them.
    ordering : {"permute_xy", "fix_y", "y_last", "features_only"}, default="fix_y"
        The order of the columns in a sentence: all shuffled; the label first and the features shuffled;
        every row twice with the label last; the features shuffled and no label.
    prompts : {"condition_y", "condition_yx", "condition_x", "imputation"}, default="condition_yx"
        The start of a generated sentence: the label, the label and a feature, a feature, or the label
        and a part of a majority row.
    verification : {"none", "classifier", "self"}, default="none"
        The check of a generated row's class: none, by XGBoost, or by the language model itself.
    interpolation_ratio : float in [0, 1], default=1.0
        The share of interpolated rows that is used.
    interpolation : {"pairs", "neighbours"}, default="pairs"
        Rows are interpolated between random pairs (paper, eq. 5) or nearest neighbours (published code).
    interpolation_decimals : int or None, default=None
        Decimals of interpolated numbers; None keeps each column's own. The published code rounds to 2.
    prompt_features : {"random", "in_turn"}, default="random"
        The feature of a prompt: uniform at random (paper), or each equally often (published code).
    numbers : {"as_tokenized", "characters"}, default="as_tokenized"
        ``"characters"`` writes numbers digit by digit in a pretrained model's tokens (TapTap). Models
        with the dataset's own vocabulary always do.
    accumulation : int, default=1
        Number of batches whose gradients are added before a step.
    number : {"missing", "majority"}, default="missing"
        How many rows to generate: up to balance (published code), or as many as the most frequent class
        has (paper). The same number of rows is interpolated at a ratio of 1. Where ``sampling_strategy`` is
        a dict or a number, it decides.
    placement : {"append", "replace"}, default="append"
        ``"append"`` keeps the real rows of the class (published code), ``"replace"`` removes them, so that
        the class consists of synthetic rows (paper).
    llm : str or dict, default="tiny"
        The language model: the name of a file of ``conf/llm``, or a dict with its options.
    sampling : dict or None, default=None
        Options of sampling that differ from ``grammar=True, temperature=0.7, top_k=50, batch=512,
        margin=0.0, max_attempts=5``. At most ``max_attempts`` rows are generated for each requested row.
    shortage : {"fewer", "error"}, default="fewer"
        What happens when ``verification`` accepts too few rows within that bound: add those that passed,
        or raise :class:`~imbench.errors.Shortfall`. Without verification missing rows always raise it.
    model_dir : str or None, default=None
        Folder in which fine-tuned models are stored and found again under a hash of all that decides
        them.
    sampling_strategy : float, str, dict or callable, default="auto"
        The classes to fill up, as in imbalanced-learn. ``"auto"`` fills up all classes but the most
        frequent one, ``"minority"`` the rarest one.
    missing : {"native", "impute", "refuse"} or None, default=None
        As of :class:`~imbench.MinorityOversampler`. ``"native"``, the default: a missing cell is a word
        that the model learns.
    random_state : int, RandomState instance or None, default=None
        The same int gives the same rows, bit for bit, on the same kind of processor.

    Attributes
    ----------
    sampling_strategy_ : dict
        The number of rows to generate for each class.
    ledger_ : dict
        Counts and costs: rows requested, generated, accepted and rejected, repaired cells, tokens,
        training steps and seconds.
    model_ : imbench.lm.row_model.RowModel
        The fine-tuned model of the class that was filled up last. Absent when no row was requested.
    n_features_in_ : int
        Number of features of ``X``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where they are all text.

    See Also
    --------
    ImbLLM : Minority and interpolated rows, prompts with the label and a feature.
    GReaT : All rows, prompts with the label.
    TapTap : The label is not in the sentence; a classifier checks the rows.
    PredLLM : The label is last, and the model predicts it.
    LITO : Majority rows are imputed to minority rows.

    Notes
    -----
    Cells that are missing in the training rows are learned as such. With ``sampling={"grammar": False}``
    the model samples freely, and unreadable cells are replaced by the column's mode or mean, as in the
    published comparison; the ledger counts them.

    References
    ----------
    .. [1] V. Borisov, K. Sessler, T. Leemann, M. Pawelczyk, G. Kasneci, "Language models are realistic
       tabular data generators", ICLR 2023.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from imbench import LLMOversampler
    >>> X, y = make_classification(n_samples=60, weights=[0.8], n_features=4, random_state=0)
    >>> llm = {"name": "short", "size": {"layers": 1, "width": 16, "heads": 2}, "training": {"max_steps": 5}}
    >>> sampler = LLMOversampler(corpus="minority", llm=llm, random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> int((y_resampled == 0).sum()) == int((y_resampled == 1).sum())
    True
    >>> sampler.ledger_["training_steps"]
    5
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **MinorityOversampler._parameter_constraints,
        "corpus": [StrOptions(set(CORPORA))],
        "ordering": [StrOptions(set(ORDERINGS))],
        "prompts": [StrOptions(set(PROMPTS))],
        "verification": [StrOptions(set(VERIFICATIONS))],
        "interpolation_ratio": [Interval(Real, 0, 1, closed="both")],
        "interpolation": [StrOptions(set(INTERPOLATIONS))],
        "interpolation_decimals": [Interval(Integral, 0, None, closed="left"), None],
        "prompt_features": [StrOptions(set(FEATURE_CHOICES))],
        "numbers": [StrOptions({"as_tokenized", "characters"})],
        "accumulation": [Interval(Integral, 1, None, closed="left")],
        "number": [StrOptions({"missing", "majority"})],
        "placement": [StrOptions({"append", "replace"})],
        "llm": [str, Mapping],
        "sampling": [Mapping, None],
        "shortage": [StrOptions({"fewer", "error"})],
        "model_dir": [str, None],
    }

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
        llm: str | Mapping[str, Any] = "tiny",
        sampling: Mapping[str, Any] | None = None,
        shortage: str = "fewer",
        model_dir: str | None = None,
        sampling_strategy: Any = "auto",
        missing: str | None = None,
        random_state: Any = None,
    ):
        super().__init__(sampling_strategy=sampling_strategy, missing=missing, random_state=random_state)
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
        """Resample; the original rows come back first, the synthetic ones after them."""
        self._target = str(getattr(y, "name", None) or "target")
        return super().fit_resample(X, y, **params)

    def _fit_resample(self, X: Any, y: np.ndarray) -> tuple[Any, np.ndarray]:
        rows, labels = super()._fit_resample(X, y)
        if self.placement == "append":
            return rows, labels
        filled = [label for label, count in self.sampling_strategy_.items() if count]
        keep = ~(np.isin(labels, filled) & (np.arange(len(labels)) < len(y)))
        self.ledger_["removed"] = int((~keep).sum())
        rows = rows[keep].reset_index(drop=True) if isinstance(rows, pd.DataFrame) else rows[keep]
        return rows, labels[keep]

    def _validate_params(self) -> None:
        super()._validate_params()
        validate_options(self.sampling, _SAMPLING_CONSTRAINTS, "sampling")
        if self.ordering == "features_only":
            for parameter, needs_label in (("verification", "self"), ("prompts", "imputation")):
                if getattr(self, parameter) == needs_label:
                    raise ConfigError(
                        f"{parameter}={needs_label} needs the label in the sentence, and "
                        "ordering=features_only leaves it out. Use another ordering (permute_xy), or "
                        "verification=classifier with prompts=condition_x."
                    )
        if self.corpus != "minority_interpolated" and (
            self.interpolation_ratio != 1 or self.interpolation != "pairs"
        ):
            raise ConfigError(
                f"interpolation_ratio={self.interpolation_ratio} and interpolation={self.interpolation} "
                "have no "
                f"effect with corpus={self.corpus}, which holds no interpolated rows. Leave them out, or use "
                "corpus=minority_interpolated."
            )

    def expected_cost(self, features: pd.DataFrame, labels: np.ndarray) -> ExpectedCost:
        """Time and memory of filling up the rarest class, before anything is trained."""
        from imbench.samplers.llm.training_cost import model_cost

        batch = int({**SAMPLING, **(self.sampling or {})}["batch"])
        passes = Ordering(self.ordering, features.shape[1]).passes
        return model_cost(
            llm_options(self.llm), Shape.of(features, labels), self.corpus, self.interpolation_ratio, passes,
            self.accumulation, batch,
        )  # fmt: skip

    def _generate_rows(
        self, features: pd.DataFrame, labels: np.ndarray, label: Any, count: int, rng: np.random.RandomState
    ) -> pd.DataFrame:
        from imbench.lm.row_model import one_thread

        llm = llm_options(self.llm)
        # The model's seed is drawn first, so that variants that differ in sampling only share a model.
        fit_seed, sample_seed = (int(rng.randint(2**31 - 1)) for _ in range(2))
        rows = TrainingRows.of(features, labels, label, self._target)
        if self.number == "majority" and isinstance(self.sampling_strategy, str):
            count = len(rows.majority_positions)
        with one_thread(int(llm.get("threads", 1))):
            corpus = self._fit_model(rows, llm, count, fit_seed)
            started = time.perf_counter()
            generated = self._sample(rows, corpus, count, sample_seed)
            add_counts(self.ledger_, seconds_sample=time.perf_counter() - started)
        return generated.set_axis(features.columns, axis=1)

    def _fit_model(self, rows: TrainingRows, llm: dict[str, Any], count: int, seed: int) -> Corpus:
        """Fine-tune ``model_``, or find it in ``model_dir``; returns its corpus."""
        from imbench.lm.device import precision_facts
        from imbench.lm.model_store import fit_or_load, make_plan
        from imbench.utils.locks import waited

        started, before = time.perf_counter(), waited()
        interpolation = Interpolation(
            self.interpolation_ratio, self.interpolation, self.interpolation_decimals
        )
        corpus = Corpus.of(self.corpus, rows, interpolation, count, np.random.RandomState(seed))
        plan = make_plan(
            rows.columns, corpus.frames, Ordering(self.ordering, len(rows.feature_columns)), self.ordering,
            llm, seed, self.numbers == "characters", self.accumulation,
            rows.features.assign(**{rows.target: rows.labels.astype(str)}),
        )  # fmt: skip
        if plan.key == self.ledger_.get("model_key"):  # the model of the class before
            return corpus
        self.model_, reused = fit_or_load(plan, self.model_dir)
        trained = self.model_.trained
        self.ledger_.update(
            model=llm["name"], model_key=plan.key, model_reused=reused, **precision_facts(llm),
            loss_first=trained.first_loss, loss_last=trained.last_loss,
        )  # fmt: skip
        add_counts(
            self.ledger_, training_steps=trained.steps, training_tokens=trained.tokens,
            training_rows=len(plan.cells),
            # A stored model costs nothing now; seconds_training is what it cost when it was trained.
            seconds_fit=time.perf_counter() - started - (waited() - before),
            seconds_training=trained.seconds,
        )  # fmt: skip
        return corpus

    def _sample(self, rows: TrainingRows, corpus: Corpus, count: int, seed: int) -> pd.DataFrame:
        """Up to ``count`` rows from ``model_`` that pass the check."""
        from imbench.lm.interface import Sampling
        from imbench.samplers.llm.attempts import count_copies, generate_checked
        from imbench.samplers.llm.prompt_completion import Completion

        options = {**SAMPLING, **(self.sampling or {})}
        max_attempts = options.pop("max_attempts")
        sampling, rng = Sampling(**options), np.random.RandomState(seed)
        check = self._make_check(rows, sampling.temperature, seed, rng)
        prompts = PROMPTS[self.prompts](rows, corpus, self.model_, self.prompt_features, rng)
        completion = Completion(self.model_, corpus.frames, sampling, rng, self.ledger_)
        found = generate_checked(prompts, completion, check, count, max_attempts, self.ledger_)
        if len(found) < count:
            if self.verification == "none" or self.shortage == "error":
                raise Shortfall(
                    f"{type(self).__name__} generated {len(found)} of {count} rows of class {rows.label} in "
                    f"{self.ledger_['generated']} attempts (sampling.max_attempts={max_attempts} for each "
                    f"row). Rejected: {self.ledger_['rejected']}. Raise method.sampling.max_attempts, train "
                    "longer (llm.training.epochs), accept fewer rows (method.shortage=fewer), or choose a "
                    "method "
                    "without a check (imbllm, great)."
                )
            add_counts(self.ledger_, missing=count - len(found))
        add_counts(self.ledger_, **count_copies(found, rows.minority))
        return found

    def _make_check(
        self, rows: TrainingRows, temperature: float, seed: int, rng: np.random.RandomState
    ) -> Check:
        if self.verification == ClassifierCheck.name:
            return ClassifierCheck(rows, seed)
        if self.verification == SelfCheck.name:
            return SelfCheck(rows, self.model_, temperature, rng)
        return NoCheck()

    def _check_generated(self, generated: pd.DataFrame, frame: pd.DataFrame, label: Any, count: int) -> None:
        # Fewer rows than requested are a valid outcome of a checked method; the ledger has the number.
        fewer = self.verification != "none" and self.shortage == "fewer"
        super()._check_generated(generated, frame, label, min(count, len(generated)) if fewer else count)
