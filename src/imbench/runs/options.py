"""What every run's configuration must be before anything is done with it: its sections, names and numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from imbench.errors import ConfigError
from imbench.utils.text import check_name, truncated

METADATA = ("title", "group", "paper_column")
AXES = ("split", "generation", "classifier")
#: The largest seed that NumPy takes.
MOST_SEED = 2**32 - 1
#: The largest amount of anything that a model's words may name, and of weights.
MOST_AMOUNT, MOST_WEIGHTS = 10**10, 10**10
#: Words of a model that are whole numbers above zero, where they are set.
AT_LEAST_ONE = ("layers", "width", "heads", "max_steps", "batch")
#: The largest ratio of any kind, and the longest name of a model (a folder's path, it may be).
MOST_RATIO, LONGEST_MODEL = 1e6, 500
#: The longest path that a file system takes, and the longest configuration that makes sense, in characters.
LONGEST_PATH, LONGEST_CONFIG = 4096, 1_000_000


def check_config(config: Mapping[str, Any]) -> None:
    """Raise :class:`ConfigError` with the word and the value at fault.

    ``config`` is resolved and plain. What a method or a table makes of its own words is checked there.
    """
    try:
        text = json.dumps(config, ensure_ascii=False, default=str)
        text.encode()
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            f"The configuration holds what no text file can: {truncated(str(error))}."
        ) from error
    if len(text) > LONGEST_CONFIG:
        raise ConfigError(
            f"The configuration has {len(text):,} characters; at most {LONGEST_CONFIG:,} make sense."
        )
    for section in ("dataset", "method", "seeds", "classifier"):
        _mapping(config.get(section), section)
    check_name(config["dataset"].get("name"), "dataset.name")
    _check_seeds(config)
    _check_number(config.get("imbalance_ratio"), "imbalance_ratio")
    _check_tries(config)
    _check_budget(config["dataset"].get("budget"))
    runs_dir = config.get("runs_dir")
    if not isinstance(runs_dir, str) or not runs_dir or "\0" in runs_dir or len(runs_dir) > LONGEST_PATH:
        raise ConfigError(f"runs_dir={truncated(runs_dir)} is no path of a folder.")
    if not isinstance(config.get("data_dir"), str | None):
        raise ConfigError(f"data_dir={truncated(config['data_dir'])} is no path of a folder.")
    _check_method(config["method"])
    for name, settings in config["classifier"].items():
        check_name(name, "classifier")
        _mapping(settings, f"classifier.{name}")
        _text(settings.get("_target_"), f"classifier.{name}._target_")


def _check_method(method: Mapping[str, Any]) -> None:
    check_name(method.get("name"), "method.name")
    _text(method.get("_target_"), "method._target_")
    _check_metadata(method.get("metadata"))
    if method.get("interpolation_ratio") is not None:
        _check_number(method["interpolation_ratio"], "method.interpolation_ratio")
    if method.get("class_weight") not in (None, "balanced"):
        raise ConfigError(f"method.class_weight={truncated(method['class_weight'])} is not balanced or null.")
    for word in ("llm", "sampler"):
        if method.get(word) is not None:
            _mapping(method[word], f"method.{word}")
    if method.get("sampler"):
        _text(method["sampler"].get("_target_"), "method.sampler._target_")
    llm = method.get("llm")
    if llm:
        _text(llm.get("name"), "llm.name")
        if len(llm["name"]) > LONGEST_MODEL:
            raise ConfigError(f"llm.name={truncated(llm['name'])} has over {LONGEST_MODEL} characters.")
        for word in ("training", "size"):
            if llm.get(word) is not None:
                _mapping(llm[word], f"llm.{word}")
                _check_amounts(llm[word], f"llm.{word}")


def _check_metadata(metadata: Any) -> None:
    """Refuse method metadata that a report cannot print."""
    for word, value in _words(metadata, "method.metadata").items():
        if word not in METADATA:
            raise ConfigError(
                f"method.metadata.{truncated(word)} is unknown. It may hold: {', '.join(METADATA)}."
            )
        if value is not None:
            _text(value, f"method.metadata.{word}")


def _check_tries(config: Mapping[str, Any]) -> None:
    """Refuse words for yes and no that are none: a finished run would be made again by ``rerun=no``."""
    for word in ("rerun", "retry_failed"):
        if not isinstance(config.get(word), bool | None):
            raise ConfigError(f"{word}={truncated(config[word])} is neither true nor false.")
    most = config.get("max_retries")
    if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < 0):
        raise ConfigError(f"max_retries={truncated(most)} is no whole number from 0 on, and not null.")


def _check_budget(budget: Any) -> None:
    """Refuse a budget that holds anything but numbers by a model's name; its words are checked with it."""
    for model, bounds in _words(budget, "dataset.budget").items():
        for word, most in _words(bounds, f"dataset.budget.{truncated(model)}").items():
            known = isinstance(most, int | float) and not isinstance(most, bool)
            if not (known and 0 <= most <= MOST_AMOUNT):
                name = truncated(f"dataset.budget.{model}.{word}")
                raise ConfigError(f"{name}={truncated(most)} is no number in 0 … {MOST_AMOUNT}.")


def _words(value: Any, word: str) -> Mapping[str, Any]:
    """A section that may be left empty."""
    if value is not None and value != {}:
        _mapping(value, word)
    return value or {}


def _check_amounts(words: Mapping[str, Any], section: str) -> None:
    """Refuse sizes and amounts that no model can have, before memory is taken for it."""
    for word, value in words.items():
        least = 1 if word in AT_LEAST_ONE else 0
        known = isinstance(value, int | float) and not isinstance(value, bool)
        if (known and not least <= value <= MOST_AMOUNT) or (least and value is not None and not known):
            raise ConfigError(f"{section}.{word}={truncated(value)} is not in {least} … {MOST_AMOUNT}.")
    layers, width, heads = (words.get(word) for word in ("layers", "width", "heads"))
    if layers and width and 12 * layers * width**2 > MOST_WEIGHTS:
        raise ConfigError(f"{section}: {layers} layers of width={width} have over {MOST_WEIGHTS:,} weights.")
    if width and heads and width % heads:
        raise ConfigError(f"{section}.width={width} cannot be parted among heads={heads}.")


def _check_seeds(config: Mapping[str, Any]) -> None:
    found = {"seed": config.get("seed")} | {f"seeds.{axis}": config["seeds"].get(axis) for axis in AXES}
    for word, seed in found.items():
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MOST_SEED:
            raise ConfigError(f"{word}={truncated(seed)} is no whole number from 0 to {MOST_SEED}.")


def _check_number(value: Any, word: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigError(f"{word}={truncated(value)} is no number.")
    if not -MOST_RATIO <= value <= MOST_RATIO:  # nor is NaN
        raise ConfigError(f"{word}={truncated(value)} is no number that a ratio can be.")


def _mapping(value: Any, word: str) -> None:
    if not isinstance(value, Mapping) or not value or not all(isinstance(k, str) for k in value):
        raise ConfigError(f"{word}={truncated(value)} is no section of words. Leave it out to have its own.")


def _text(value: Any, word: str) -> None:
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"{word}={truncated(value)} is no text.")
