"""A large dataset's budget: the most that a language model gets of it.

A dataset's YAML may hold ``budget: {tiny_text: {max_tokens: 1.0e+6, max_attempts: 1}}``: under
``llm=tiny_text`` no model reads more tokens of this dataset in training, and no method generates more rows
for each requested one.
The method's own settings stay as they are, so its runs have the same variant on all datasets; what was
really spent is in each run's ledger.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from imbench.utils.config import plain

#: Each option of a budget, and the section of a method's settings that holds the option it bounds.
SECTIONS = {
    "max_steps": ("llm", "training"), "max_tokens": ("llm", "training"), "max_attempts": ("sampling",),
}  # fmt: skip


def budget_of(config: Mapping[str, Any]) -> dict[str, float]:
    """The bounds that the dataset sets for the run's language model; empty where there are none."""
    llm = config["method"].get("llm")
    return dict((config["dataset"].get("budget") or {}).get(llm["name"]) or {}) if llm else {}


def method_within(config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a checked configuration's method, each lowered to the dataset's budget."""
    method = copy.deepcopy(plain(config["method"]))
    for option, limit in budget_of(plain(config)).items():
        section = method
        for name in SECTIONS[option]:
            section = section.setdefault(name, {})
        section[option] = limit if section.get(option) is None else min(section[option], limit)
    return method
