"""A large table's budget: the most that a language model gets of it.

A table's YAML may say ``budget: {tiny: {max_tokens: 1.0e+6, max_attempts: 1}}``: under ``llm=tiny`` no
model reads more tokens of this table in training, and no method makes more rows for each one asked for.
The words of the method itself stay as they are, so its runs are one variant on all tables; what was
really spent is in each run's ledger.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from imbench.errors import ConfigError
from imbench.utils.config import plain

#: The words of a budget, and the section of a method's settings that each one bounds.
BOUNDS = {"max_steps": ("llm", "training"), "max_tokens": ("llm", "training"), "max_attempts": ("sampling",)}


def budget_of(config: Mapping[str, Any]) -> dict[str, float]:
    """The bounds that the table sets for the run's language model; empty where there are none."""
    llm = config["method"].get("llm")
    return dict((config["dataset"].get("budget") or {}).get(llm["name"]) or {}) if llm else {}


def method_within(config: Mapping[str, Any]) -> dict[str, Any]:
    """The method's settings with every bounded word lowered to the table's budget."""
    method = copy.deepcopy(plain(config["method"]))
    for word, most in budget_of(plain(config)).items():
        if word not in BOUNDS:
            raise ConfigError(f"dataset.budget knows the words {', '.join(BOUNDS)}, not '{word}'.")
        section = method
        for name in BOUNDS[word]:
            section = section.setdefault(name, {})
        section[word] = most if section.get(word) is None else min(section[word], most)
    return method
