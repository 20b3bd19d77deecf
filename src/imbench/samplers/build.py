"""A method of the benchmark: a sampler, and the few words that the harness needs to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from imbench.errors import ConfigError
from imbench.utils.allowed_classes import make

#: Keys of a method's YAML that speak to the harness; everything else makes the sampler.
HARNESS_OPTIONS = ("name", "title", "group", "trains_on", "class_weight", "version", "paper")
TRAINS_ON = ("reduced", "complete")


@dataclass(frozen=True)
class Method:
    """``trains_on`` is the part that the sampler receives; ``class_weight`` reaches the classifier.

    ``complete`` (the training part before the minority was reduced) is the reference "Original"
    only: no other method may see those rows.
    """

    name: str
    title: str
    sampler: Any
    trains_on: str = "reduced"
    class_weight: str | None = None


def build_method(config: Mapping[str, Any], seed: int) -> Method:
    """Instantiate the method that a YAML of ``conf/method`` describes, with its seed set everywhere.

    Raises :class:`ConfigError` for a class that a configuration may not name
    (:mod:`imbench.utils.allowed_classes`).
    """
    from hydra.errors import InstantiationException

    missing = [word for word in ("name", "title", "_target_") if word not in config]
    if missing:
        raise ConfigError(f"The method's configuration lacks {', '.join(missing)}.")
    trains_on = config.get("trains_on", "reduced")
    if trains_on not in TRAINS_ON:
        raise ConfigError(f"method.trains_on={trains_on} is not one of {', '.join(TRAINS_ON)}.")
    wanted = {k: v for k, v in config.items() if k not in HARNESS_OPTIONS}
    try:
        sampler = make(wanted)
    except (InstantiationException, ConfigError) as error:
        raise ConfigError(f"Method '{config['name']}' cannot be made: {error}") from error
    if not hasattr(sampler, "fit_resample"):
        raise ConfigError(f"Method '{config['name']}': {config['_target_']} has no fit_resample(X, y).")
    return Method(
        config["name"], config["title"], with_seed(sampler, seed), trains_on, config.get("class_weight")
    )


def with_seed(sampler: Any, seed: int) -> Any:
    """Set every ``random_state`` that a sampler or a part of it has."""
    seeds = [k for k in sampler.get_params() if k == "random_state" or k.endswith("__random_state")]
    return sampler.set_params(**dict.fromkeys(seeds, seed))
