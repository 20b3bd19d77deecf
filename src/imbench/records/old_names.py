"""Names in records that were written before version 0.2, and the present ones: the only such table.

``scripts/migrate_records.py`` rewrites old records with it; nothing else reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Classes of methods (``_target_``).
TARGETS = {
    "imbench.oversampling.wrapped.WrappedSampler": "imbench.WrappedSampler",
    "imbench.oversampling.interpolation.InterpolateMarginal": "imbench.InterpolateMarginal",
    "imbench.oversampling.llm.LLMOversampler": "imbench.LLMOversampler",
    "baselines.be_great_package.BeGreatPackage": "baselines.be_great.BeGreatSampler",
    "baselines.ctgan_package.CtganPackage": "baselines.ctgan_package.CTGANSampler",
    "baselines.sdv_package.SdvPackage": "baselines.sdv_package.SDVSampler",
}
#: Keys of a method that are now keys of its ``metadata``.
METADATA = {"title": "title", "group": "group", "paper": "paper_column"}
#: Entries of ``ledger.json`` (``training_rows`` counts the rows of a language model's corpus).
LEDGER = {"asked": "requested", "given": "real_rows"}


def new_config(old: Mapping[str, Any]) -> dict[str, Any]:
    """A recorded configuration with the present names; values that are not names stay as they are."""
    method = dict(old["method"])
    metadata = {METADATA[key]: method.pop(key) for key in METADATA if key in method}
    method["_target_"] = TARGETS.get(method["_target_"], method["_target_"])
    position = list(old["method"]).index("name") + 1
    items = list(method.items())
    method = dict([*items[:position], ("metadata", metadata), *items[position:]])
    return {**old, "method": method}


def new_ledger(old: Mapping[str, Any]) -> dict[str, Any]:
    """A ledger with the present names, in the same order."""
    return {LEDGER.get(name, name): value for name, value in old.items()}
