"""What a configuration may make: classes of known packages, and nothing that runs or writes elsewhere.

``trust_config=true`` opens it for people whose configuration names code of their own.
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

#: Any class of these packages may be named by ``_target_``; of the others only an estimator of
#: scikit-learn's kind, which keeps its words until it is fitted.
PACKAGES = ("imbench", "baselines", "imblearn", "sklearn")
ESTIMATORS_OF = ("xgboost", "lightgbm")
#: Words by which a part of a method would read and write a folder (scikit-learn's holds pickles).
PLACES = ("memory", "model_dir")
_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")
_trusted: ContextVar[bool] = ContextVar("trusted", default=False)


@contextmanager
def trusting(word: Any) -> Iterator[None]:
    """Within the block a configuration may name any code where ``word``, its ``trust_config``, is true.

    Raises :class:`ConfigError` when it is neither true nor false.
    """
    if not isinstance(word, bool):
        raise ConfigError(f"trust_config={truncated(word)} is neither true nor false.")
    before = _trusted.set(word)
    try:
        yield
    finally:
        _trusted.reset(before)


def check_targets(config: Mapping[str, Any]) -> None:
    """Refuse what is to be instantiated unless every class it names is a known one.

    ``config`` is resolved and plain. Raises :class:`ConfigError` with the word at fault. A name that does not
    exist is left to Hydra, whose message tells which part of it is missing.
    """
    if not _trusted.get():
        _check(config, "")


def make(config: Mapping[str, Any], **extra: Any) -> Any:
    """What a resolved configuration describes, with all that is in it, once :func:`check_targets` passes.

    Raises what it raises, and Hydra's ``InstantiationException``.
    """
    from hydra.utils import instantiate

    check_targets(config)
    return instantiate(config, _convert_="all", **extra)


def _check(node: Any, place: str) -> None:
    if isinstance(node, str) and "${" in node:  # Hydra would resolve it a second time, to anything
        raise ConfigError(f"{place}={truncated(node)} holds an interpolation that is no longer resolved.")
    if isinstance(node, list | tuple):
        for number, part in enumerate(node):
            _check(part, f"{place}[{number}]")
    if not isinstance(node, Mapping):
        return
    if "_target_" in node:
        _check_target(node["_target_"], f"{place}._target_".lstrip("."))
        if "_args_" in node:
            _refuse(f"{place}._args_".lstrip("."), node["_args_"], "write them as words with their names")
    for word, part in node.items():
        inside = f"{place}.{word}" if place else str(word)
        if place and word in PLACES and part is not None:
            _refuse(inside, part, "leave it out")
        _check(part, inside)


def _check_target(name: Any, place: str) -> None:
    known = f"it may be a class of {', '.join(PACKAGES)}, or an estimator of {', '.join(ESTIMATORS_OF)}"
    package = name.split(".")[0] if isinstance(name, str) else ""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        _refuse(place, name, known)
    if package not in (*PACKAGES, *ESTIMATORS_OF):
        _refuse(place, name, known)
    from hydra.utils import get_object
    from sklearn.base import BaseEstimator

    try:
        found = get_object(name)
    except Exception:  # whatever a module's import raises, Hydra will tell it
        return
    # A module has others among its names: imbench.x.subprocess.Popen is no class of imbench.
    home = found.__module__.split(".")[0] if inspect.isclass(found) else ""
    if home not in PACKAGES and not (home in ESTIMATORS_OF and issubclass(found, BaseEstimator)):
        _refuse(place, name, known)


def _refuse(place: str, value: Any, remedy: str) -> None:
    raise ConfigError(
        f"{place}={truncated(value)} is not made from a configuration; {remedy}. Where the configuration and "
        "the code that it names are your own, say trust_config=true."
    )
