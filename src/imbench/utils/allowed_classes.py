"""Which classes a configuration may name by ``_target_``: those of known packages, and no functions.

``trust_config=true`` removes the restriction, for configurations that name one's own code.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from imbench.errors import ConfigError
from imbench.utils.text import truncated

#: Packages of which any class may be named; of the second group only scikit-learn estimators, whose
#: constructors just store their parameters.
PACKAGES = ("imbench", "baselines", "imblearn", "sklearn")
ESTIMATORS_OF = ("xgboost", "lightgbm")
#: Parameters that would make a part of a method read and write a folder (scikit-learn's holds pickles).
FOLDERS = ("memory", "model_dir")
_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")
_trusted: ContextVar[bool] = ContextVar("trusted", default=False)


@contextmanager
def trusting(trust_config: Any) -> Iterator[None]:
    """Remove the restriction within the block where the option ``trust_config`` is true.

    Raises :class:`ConfigError` when it is neither true nor false.
    """
    if not isinstance(trust_config, bool):
        raise ConfigError(f"trust_config={truncated(trust_config)} is neither true nor false.")
    before = _trusted.set(trust_config)
    try:
        yield
    finally:
        _trusted.reset(before)


def check_targets(config: Mapping[str, Any]) -> None:
    """Raise :class:`ConfigError` unless every ``_target_`` in ``config`` (plain data) is an allowed class.

    A name that does not exist passes: Hydra's message says which part of it is missing.
    """
    if not _trusted.get():
        _check(config, "")


def make(config: Mapping[str, Any], **extra: Any) -> Any:
    """Instantiate a resolved configuration with all its parts after :func:`check_targets`.

    Raises :class:`ConfigError` and Hydra's ``InstantiationException``.
    """
    from hydra.utils import instantiate

    check_targets(config)
    return instantiate(config, _convert_="all", **extra)


def _check(node: Any, place: str) -> None:
    if isinstance(node, str) and "${" in node:  # Hydra would resolve it again, and it could name anything
        raise ConfigError(f"{place}={truncated(node)} holds an interpolation that is no longer resolved.")
    if isinstance(node, list | tuple):
        for number, part in enumerate(node):
            _check(part, f"{place}[{number}]")
    if not isinstance(node, Mapping):
        return
    if "_target_" in node:
        _check_target(node["_target_"], f"{place}._target_".lstrip("."))
        if "_args_" in node:
            _refuse(f"{place}._args_".lstrip("."), node["_args_"], "write them as named parameters")
    for option, part in node.items():
        inside = f"{place}.{option}" if place else str(option)
        if place and option in FOLDERS and part is not None:
            _refuse(inside, part, "leave it out")
        _check(part, inside)


def _check_target(name: Any, place: str) -> None:
    allowed = f"it may be a class of {', '.join(PACKAGES)}, or an estimator of {', '.join(ESTIMATORS_OF)}"
    package = name.split(".")[0] if isinstance(name, str) and _NAME.fullmatch(name) else ""
    if package not in (*PACKAGES, *ESTIMATORS_OF):
        _refuse(place, name, allowed)
    from hydra.utils import get_object
    from sklearn.base import BaseEstimator

    try:
        found = get_object(name)
    except Exception:  # whatever the import of a module raises, Hydra reports it
        return
    # A module's names include those it imports: imbench.x.subprocess.Popen is no class of imbench.
    home = found.__module__.split(".")[0] if inspect.isclass(found) else ""
    if home not in PACKAGES and not (home in ESTIMATORS_OF and issubclass(found, BaseEstimator)):
        _refuse(place, name, allowed)


def _refuse(place: str, value: Any, remedy: str) -> None:
    raise ConfigError(
        f"{place}={truncated(value)} is not made from a configuration; {remedy}. Where the configuration and "
        "the code that it names are your own, say trust_config=true."
    )
