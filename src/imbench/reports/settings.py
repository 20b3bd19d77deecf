"""The settings of a method as ``conf`` defines them now, by which reports find its runs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from imbench.errors import ConfigError
from imbench.utils.config import compose, entries, names


@dataclass(frozen=True)
class Variant:
    """A method, with some of its parameters set: ``Variant("imbllm", (("prompts", "condition_y"),))``."""

    method: str
    parameters: tuple[tuple[str, Any], ...] = ()


class Settings(NamedTuple):
    """What identifies the runs of a variant: hashes of the method's and of the classifier's settings."""

    method: str
    variant: str
    classifier: str
    interpolation_ratio: float | None


@lru_cache(maxsize=1024)
def settings_of(variant: Variant, llm: str | None, classifier: str) -> Settings | None:
    """The settings of a variant with a language model and a classifier, or None.

    None: there is no such method, language model or classifier in ``conf``, or the settings do not resolve.
    """
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    from imbench.runs.key import classifier_settings, variant_of

    method = next((m for m in entries("method").values() if m["name"] == variant.method), None)
    if method is None or (llm is not None and llm not in names("llm")):
        return None
    try:
        config = _base(llm, classifier).copy()
        OmegaConf.set_struct(config, False)
        config["method"] = {**method, **dict(variant.parameters)}
        ratio = config["method"].get("interpolation_ratio")
        return Settings(variant.method, variant_of(config), classifier_settings(config)[classifier], ratio)
    except (ConfigError, OmegaConfBaseException, ValueError):
        return None


@lru_cache(maxsize=64)
def classifier_hash(classifier: str) -> str | None:
    """The hash of a classifier's settings; None for one that is not in ``conf``."""
    from imbench.runs.key import classifier_settings

    try:
        return classifier_settings(_base(None, classifier))[classifier]
    except ConfigError:
        return None


@lru_cache(maxsize=64)
def _base(llm: str | None, classifier: str) -> Any:
    return compose([f"classifier=[{classifier}]", *([f"llm={llm}"] if llm else [])])
