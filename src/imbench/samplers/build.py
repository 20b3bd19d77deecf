"""From a method's configuration to its sampler and the options that the harness itself uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from imbench.errors import ConfigError
from imbench.samplers.dose import FillUpTo
from imbench.samplers.missing import check_offered
from imbench.samplers.missing_adapter import MissingAdapter, takes_frames
from imbench.utils.allowed_classes import check_targets, make

#: Keys of a method's YAML that the harness reads; all others are the sampler's.
HARNESS_OPTIONS = ("name", "metadata", "trains_on", "class_weight", "version", "published", "fill_to")
TRAINS_ON = ("reduced", "complete")
#: The sampling strategy with which each method fills up the classes that its published code did.
PUBLISHED = "published"


@dataclass(frozen=True)
class Method:
    """A sampler with its name and the harness's options.

    ``trains_on`` is the training part that the sampler receives: ``complete`` (before the minority was
    reduced) is the reference "Original" only. ``class_weight`` is passed to the classifier.
    """

    name: str
    sampler: Any
    trains_on: str = "reduced"
    class_weight: str | float | None = None


def build_method(config: Mapping[str, Any], seed: int, sampling_strategy: Any = "minority") -> Method:
    """Instantiate the method that a YAML of ``conf/method`` describes, all random states set to ``seed``.

    ``sampling_strategy`` names the classes to fill up, the same ones for every method, unless ``config``
    holds a strategy of its own. With ``"published"`` the block ``published`` of ``config`` decides, else the
    rarest class is filled up. ``fill_to`` in ``config`` fills the classes up to that share of the largest
    one only (:class:`~imbench.samplers.dose.FillUpTo`).

    Raises :class:`ConfigError` for a missing option and for a class that a configuration may not name
    (:mod:`imbench.utils.allowed_classes`).
    """
    from hydra.errors import InstantiationException

    missing = [option for option in ("name", "_target_") if option not in config]
    if missing:
        raise ConfigError(f"The method's configuration lacks {', '.join(missing)}. Add it to its file.")
    trains_on = config.get("trains_on", "reduced")
    if trains_on not in TRAINS_ON:
        raise ConfigError(f"method.trains_on={trains_on} is not one of {', '.join(TRAINS_ON)}.")
    is_published = sampling_strategy == PUBLISHED
    settings = with_published(config) if is_published else config
    parameters = {k: v for k, v in settings.items() if k not in (*HARNESS_OPTIONS, "missing")}
    try:
        sampler = make(parameters)
    except (InstantiationException, ConfigError) as error:
        raise ConfigError(f"Method '{config['name']}' cannot be made: {error}") from error
    if not hasattr(sampler, "fit_resample"):
        raise ConfigError(
            f"Method '{config['name']}': {config['_target_']} has no fit_resample(X, y). "
            "Name an imbalanced-learn sampler, or a subclass of imbench.MinorityOversampler."
        )
    adapted = with_missing(sampler, config.get("missing"))
    try:  # the sampler's own declaration of its parameters, where it has one
        getattr(adapted, "_validate_params", lambda: None)()
    except (ValueError, ConfigError) as error:
        raise ConfigError(f"Method '{config['name']}': {error}") from error
    strategy = "minority" if is_published else sampling_strategy
    if config.get("fill_to") is not None:
        _set_strategy(sampler, _dose(config, sampler, strategy))
    elif not _has_own_strategy(parameters):
        _set_strategy(sampler, strategy)
    if is_published and config.get("fill_to") is None and "together" in sampler.get_params():
        sampler.set_params(together=True)
    return Method(config["name"], with_seed(adapted, seed), trains_on, config.get("class_weight"))


def with_missing(sampler: Any, missing: str | None) -> Any:
    """The sampler with its parameter ``missing``; a sampler of another package in an adapter, where needed.

    Without a value (None) samplers that work on arrays get the adapter as well: for its message about missing
    values, and so that large whole numbers survive.
    """
    parameters = sampler.get_params() if hasattr(sampler, "get_params") else {}
    if "missing" in parameters:
        return sampler if missing is None else sampler.set_params(missing=missing)
    if missing is None and takes_frames(sampler):
        return sampler
    return MissingAdapter(sampler, missing=missing)


def with_published(method: Mapping[str, Any]) -> dict[str, Any]:
    """A method's settings with those of its block ``published``, unless it states them itself."""
    rest = {k: v for k, v in method.items() if k != PUBLISHED}
    return _merged(method.get(PUBLISHED) or {}, rest)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = {k for k in below if isinstance(below[k], Mapping) and isinstance(above.get(k), Mapping)}
    return {**below, **above, **{k: _merged(below[k], above[k]) for k in both}}


def _has_own_strategy(parameters: Mapping[str, Any]) -> bool:
    inner = parameters.get("sampler")
    return any("sampling_strategy" in part for part in (parameters, inner) if isinstance(part, Mapping))


def _set_strategy(sampler: Any, strategy: Any) -> None:
    """Name the classes to fill up, where the sampler adds rows and lets them be named."""
    if _takes_strategy(sampler):
        sampler.set_params(sampling_strategy=strategy)


def _takes_strategy(sampler: Any) -> bool:
    removes = getattr(sampler, "_sampling_type", "") in ("under-sampling", "clean-sampling", "bypass")
    return "sampling_strategy" in sampler.get_params() and not removes


def _dose(config: Mapping[str, Any], sampler: Any, classes: Any) -> FillUpTo:
    """The strategy of the option ``fill_to``. Raises :class:`ConfigError` where it would have no effect."""
    if not _takes_strategy(sampler):
        raise ConfigError(f"Method '{config['name']}' adds no rows to classes of choice; leave fill_to out.")
    if _has_own_strategy(config):
        raise ConfigError(f"Method '{config['name']}' has fill_to and a sampling_strategy; leave one out.")
    return FillUpTo(config["fill_to"], classes)


def with_seed(sampler: Any, seed: int) -> Any:
    """Set every ``random_state`` of a sampler and of its parts."""
    seeds = [k for k in sampler.get_params() if k == "random_state" or k.endswith("__random_state")]
    return sampler.set_params(**dict.fromkeys(seeds, seed))


def default_missing(config: Mapping[str, Any]) -> str | None:
    """What a sampler of this project does with missing values unless told; None for another's."""
    from hydra.utils import get_object

    try:
        check_targets(config)
        sampler = get_object(config["_target_"])
    except Exception:  # the run fails with a message of its own
        return None
    takes = getattr(sampler, "_takes_missing", None)
    return check_offered(None, takes, "") if takes else None
