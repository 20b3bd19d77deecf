"""The options of a run: their types and ranges, checked before anything else is done with a configuration.

The further options of a dataset, a sampler and a classifier are checked where they are used.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from imbench.errors import ConfigError
from imbench.scoring.metrics import PROTOCOLS
from imbench.utils.text import truncated
from imbench.utils.validation import Name, OpenOptions, Options, Text, checked

#: The largest amount of anything that a model's options name, and its largest number of weights.
MAX_AMOUNT, MAX_WEIGHTS = 10**10, 10**10
#: The longest path of a file system, and the longest configuration, in characters.
MAX_PATH, MAX_CONFIG = 4096, 1_000_000


def _path(value: str) -> str:
    if "\0" in value or not value:
        raise ValueError("it must be the path of a folder")
    return value


def _protocols(value: list[str]) -> list[str]:
    if "corrected" not in value or len(set(value)) < len(value):
        raise ValueError("it must be [corrected] or [published,corrected]")
    return value


Path = Annotated[str, Field(max_length=MAX_PATH), AfterValidator(_path)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]  # NumPy's range
Ratio = Annotated[float, Field(ge=-1e6, le=1e6)]
Amount = Annotated[float, Field(ge=0, le=MAX_AMOUNT)]
Count = Annotated[float, Field(ge=1, le=MAX_AMOUNT)]


class Limits(Options):
    """The most that one run may take.

    ``seconds`` of its own work (waiting for a result that another process computes is not counted), and
    ``memory_gb``: GiB of resident memory with all processes that it started.
    """

    seconds: Annotated[float, Field(gt=0, le=1e9)] | None = None
    memory_gb: Annotated[float, Field(gt=0, le=1e9)] | None = None

    def __bool__(self) -> bool:
        return self.seconds is not None or self.memory_gb is not None


class Budget(Options):
    """The most that a language model gets of a large dataset; see :mod:`imbench.runs.budget`."""

    max_steps: Amount = None
    max_tokens: Amount = None
    max_attempts: Amount = None


class _Dataset(OpenOptions):
    name: Name | None = None
    budget: dict[str, Budget | None] | None = None


class Metadata(Options):
    """What reports print about a method; never part of a run's key."""

    title: Text | None = None
    group: Text | None = None
    paper_column: Text | None = None


class _Amounts(OpenOptions):
    @model_validator(mode="after")
    def _in_range(self) -> _Amounts:
        for option, value in (self.model_extra or {}).items():
            known = isinstance(value, int | float) and not isinstance(value, bool)
            if known and not 0 <= value <= MAX_AMOUNT:
                raise ValueError(f"{option}={value} must be in 0 … {MAX_AMOUNT}")
        return self


class _Training(_Amounts):
    max_steps: Count | None = None
    batch: Count | None = None
    epochs: Amount | None = None
    max_tokens: Amount | None = None


class _Size(_Amounts):
    layers: Count | None = None
    width: Count | None = None
    heads: Count | None = None

    @model_validator(mode="after")
    def _fits(self) -> _Size:
        if self.layers and self.width and 12 * self.layers * self.width**2 > MAX_WEIGHTS:
            raise ValueError(f"so many weights are not possible: at most {MAX_WEIGHTS:,}")
        if self.width and self.heads and self.width % self.heads:
            raise ValueError(f"width={self.width:g} must be a multiple of heads={self.heads:g}")
        return self


class _LanguageModel(OpenOptions):
    name: Annotated[Text, Field(max_length=500)]  # it may be the path of a folder
    training: _Training | None = None
    size: _Size | None = None


class _Target(OpenOptions):
    target: Text = Field(alias="_target_")


class _Method(_Target):
    name: Name
    metadata: Metadata | None = None
    trains_on: Literal["reduced", "complete"] = "reduced"
    class_weight: Literal["balanced"] | Annotated[float, Field(ge=0, le=10)] | None = None
    fill_to: Annotated[float, Field(gt=0, le=1)] | None = None
    interpolation_ratio: Ratio | None = None
    missing: Literal["native", "impute", "refuse"] | None = None
    sampler: _Target | None = None


class _Seeds(OpenOptions):
    split: Seed
    generation: Seed
    classifier: Seed


class Tuning(Options):
    """``folds``: the number of folds of out-of-fold predictions; None for no such stage."""

    folds: Annotated[int, Field(ge=2, le=100)] | None = None


class _Run(OpenOptions):
    dataset: _Dataset
    method: _Method
    classifier: Annotated[dict[Name, _Target], Field(min_length=1)]
    seed: Seed
    seeds: _Seeds
    imbalance_ratio: Ratio
    runs_dir: Path
    data_dir: str | None = None
    rerun: bool | None = None
    retry_failed: bool | None = None
    strict: bool | None = None
    sampling_strategy: Literal["minority", "auto", "published"] | None = None
    max_retries: Annotated[int, Field(ge=0)] | None = None
    limits: Limits | None = None
    protocols: Annotated[list[Literal["published", "corrected"]], AfterValidator(_protocols)] | None = None
    tuning: Tuning | None = None


def check_config(config: Mapping[str, Any]) -> None:
    """Raise :class:`ConfigError` with the option and its value when ``config`` cannot be a run's.

    ``config`` is resolved and plain.
    """
    try:
        text = json.dumps(config, ensure_ascii=False, default=str)
        text.encode()
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            f"The configuration holds what no text file can: {truncated(str(error))}. Leave that value out."
        ) from error
    if len(text) > MAX_CONFIG:
        raise ConfigError(
            f"The configuration has {len(text):,} characters; at most {MAX_CONFIG:,} are read. Leave out "
            "what is not needed."
        )
    checked(_Run, config)
    if config["method"].get("llm") is not None:
        checked(_LanguageModel, config["method"]["llm"], "llm")


#: Two options of which the second decides: both may be given with the same value only.
SAME = (
    ("dataset.imbalance_ratio", "imbalance_ratio"),
    ("dataset.sampling_strategy", "sampling_strategy"),
    ("sampling_strategy", "method.sampling_strategy"),
    ("sampling_strategy", "method.sampler.sampling_strategy"),
)


def check_overrides(overrides: Iterable[str]) -> None:
    """Raise :class:`ConfigError` for two overrides of which one would win without a word."""
    given = dict(o.lstrip("+").split("=", 1) for o in overrides if "=" in o)
    for one, other in SAME:
        if one in given and other in given and given[one] != given[other]:
            raise ConfigError(
                f"{one}={given[one]} and {other}={given[other]} contradict each other. Give one of them: "
                f"{other} decides."
            )


def folds_of(config: Mapping[str, Any]) -> int | None:
    """The number of folds of the tuning stage of a checked configuration; None without one."""
    return checked(Tuning, config.get("tuning") or {}, "tuning").folds


def protocols_in(config: Mapping[str, Any]) -> tuple[str, ...]:
    """The protocols that a checked configuration fits classifiers under, in the order of the records."""
    wanted = config.get("protocols") or PROTOCOLS
    return tuple(protocol for protocol in PROTOCOLS if protocol in wanted)


def limits_of(config: Mapping[str, Any]) -> Limits:
    """The limits of a checked configuration."""
    return checked(Limits, config.get("limits") or {}, "limits")
