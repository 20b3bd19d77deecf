"""The published language-model methods: :class:`LLMOversampler` with each method's settings as defaults."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

from imbench.samplers.llm.sampler import LLMOversampler

_PARAMETERS = """Parameters
    ----------
    llm : str or dict, default="tiny"
        The language model: the name of a file of ``conf/llm``, or a dict with its options.
    sampling : dict or None
        Options of sampling, as of :class:`~imbench.LLMOversampler`.
    sampling_strategy : float, str, dict or callable, default="auto"
        The classes to fill up, as in imbalanced-learn. ``"auto"`` fills up all classes but the most
        frequent one, ``"minority"`` the rarest one.
    missing : {"native", "impute", "refuse"} or None, default=None
        As of :class:`~imbench.LLMOversampler`.
    random_state : int, RandomState instance or None, default=None
        The same int gives the same rows, bit for bit, on the same kind of processor.
    corpus, ordering, prompts, verification, interpolation_ratio, interpolation, interpolation_decimals, \
prompt_features, numbers, accumulation, number, placement, shortage, model_dir
        As of :class:`~imbench.LLMOversampler`, whose defaults are those of this method where the signature
        says so.

    Attributes
    ----------
    sampling_strategy_ : dict
        The number of rows to generate for each class.
    ledger_ : dict
        Counts and costs: rows requested, generated, accepted and rejected, tokens, training steps, seconds.
    model_ : imbench.lm.row_model.RowModel
        The fine-tuned model of the class that was filled up last."""

_EXAMPLES = """Examples
    --------
    >>> import pandas as pd
    >>> from imbench import {name}
    >>> X = pd.DataFrame({{"age": range(20, 60), "job": ["clerk", "nurse", "cook", "clerk"] * 10}})
    >>> y = pd.Series([0] * 30 + [1] * 10, name="ill")
    >>> llm = {{"name": "short", "size": {{"layers": 1, "width": 16, "heads": 2}}}}
    >>> llm["training"] = {{"max_steps": 5}}
    >>> sampler = {name}(llm=llm, random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> set(X_resampled["job"]) == {{"clerk", "nurse", "cook"}}
    True
    >>> len(X_resampled) == 40 + sampler.ledger_["accepted"]
    True"""


def _method(**defaults: Any) -> Callable[[type], type]:
    """Class decorator: ``LLMOversampler``'s constructor with other defaults, and shared docstring parts."""

    def decorate(cls: type) -> type:
        inherited = LLMOversampler.__init__
        init = FunctionType(
            inherited.__code__, inherited.__globals__, "__init__", None, inherited.__closure__
        )
        init.__kwdefaults__ = {**(inherited.__kwdefaults__ or {}), **defaults}
        init.__annotations__ = dict(inherited.__annotations__)
        init.__qualname__ = f"{cls.__qualname__}.__init__"
        cls.__init__ = init  # type: ignore[misc]
        examples = _EXAMPLES.format(name=cls.__name__)
        cls.__doc__ = (cls.__doc__ or "").replace("<parameters>", _PARAMETERS).replace("<examples>", examples)
        return cls

    return decorate


@_method()
class ImbLLM(LLMOversampler):
    """ImbLLM: prompts with the label and a feature, label first, interpolated rows for fine-tuning.

    <parameters>

    Notes
    -----
    The model is fine-tuned on the minority rows and on rows interpolated between random pairs of them,
    whose sentences hold the label and the continuous columns only. The label is first in every sentence
    and the features are shuffled. A prompt is the label and one feature with a value drawn from its
    distribution among the minority [1]_. Where the paper and its published code differ, the default is
    the paper's, except ``number="missing"`` and ``placement="append"``, which are the code's.

    References
    ----------
    .. [1] D. Nguyen, S. Gupta, K. Do, T. Nguyen, T. Braund, A. Whitton, S. Venkatesh, "Large language
       models for imbalanced classification: diversity makes the difference".

    <examples>
    """


@_method(corpus="all", ordering="permute_xy", prompts="condition_y")
class GReaT(LLMOversampler):
    """GReaT: all rows for fine-tuning, all columns shuffled, prompts with the label.

    <parameters>

    Notes
    -----
    Generated rows are not checked [1]_. ``baselines.be_great.BeGreatSampler`` runs the authors' own package.

    References
    ----------
    .. [1] V. Borisov, K. Sessler, T. Leemann, M. Pawelczyk, G. Kasneci, "Language models are realistic
       tabular data generators", ICLR 2023.

    <examples>
    """


@_method(
    corpus="all", ordering="features_only", prompts="condition_y", verification="classifier",
    numbers="characters", accumulation=2, sampling={"max_attempts": 1},
)  # fmt: skip
class TapTap(LLMOversampler):
    """TapTap: fine-tuned on the features of all rows; a classifier labels the generated rows.

    <parameters>

    Notes
    -----
    Numbers are spelled digit by digit, and the label is not in the sentence. An XGBoost fitted on the
    training rows labels each generated row; those of the requested class are kept [1]_. Each row is
    generated once, so fewer rows than requested can be added. The authors' checkpoint is
    ``llm="taptap-distill"``.

    References
    ----------
    .. [1] T. Zhang, S. Wang, S. Yan, J. Li, Q. Liu, "Generative table pre-training empowers models for
       tabular prediction", EMNLP 2023.

    <examples>
    """


@_method(
    corpus="all", ordering="y_last", prompts="condition_x", verification="self", sampling={"max_attempts": 1}
)
class PredLLM(LLMOversampler):
    """Pred-LLM: the label is the last column of every sentence, and the model predicts it.

    <parameters>

    Notes
    -----
    Every row is read twice, once with shuffled features and once in the dataset's order. A prompt is one
    feature with a value drawn from its distribution; every feature is used equally often. The model then
    predicts the label after the features, and rows of the requested class are kept [1]_. Each row is
    generated once, so fewer rows than requested can be added.

    References
    ----------
    .. [1] D. Nguyen, S. Gupta, K. Do, T. Nguyen, S. Venkatesh, "Generating realistic tabular data with
       large language models", ICDM 2024.

    <examples>
    """


@_method(corpus="all", ordering="permute_xy", prompts="imputation", verification="self")
class LITO(LLMOversampler):
    """LITO: majority rows are turned into minority rows by progressive imputation.

    <parameters>

    Notes
    -----
    The model is GReaT's. A majority row loses the columns to which the model attends most from the label;
    the model fills them in under the minority label, a few columns at a time, and then predicts the
    label: rows of the requested class are kept [1]_. ``imbench/samplers/llm/lito.py`` states what follows
    the authors and what is this project's choice.

    References
    ----------
    .. [1] J. Y. Yang, G. Park, J. Kim, H. Jang, E. Yang, "Language-interfaced tabular oversampling via
       progressive imputation and self-authentication", ICLR 2024.

    <examples>
    """
