"""The options of a language model, as in ``conf/llm/*.yaml``: found by name, and checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_type_hints

from imbench.errors import ConfigError
from imbench.utils.text import truncated

#: The options of a model, with their allowed values (None: checked where they are used).
OPTIONS: dict[str, tuple[str, ...] | None] = {
    "name": None, "version": None, "size": None, "training": None, "threads": None, "lora": None,
    "package": None, "file": None, "bins": None, "source": ("table", "cells", "hub", "gguf", "random"),
    "weights": ("pretrained", "random"), "numbers": ("plain", "padded"), "vocabulary": ("full", "cut"),
    "precision": ("fp32", "bf16", "auto"), "device": ("cpu", "cuda", "auto"),
}  # fmt: skip


def llm_options(llm: str | Mapping[str, Any]) -> dict[str, Any]:
    """The options of a model that is given by the name of a file of ``conf/llm``, or by the options.

    Raises :class:`ConfigError` for an unknown name.
    """
    if isinstance(llm, Mapping):
        return dict(llm)
    from imbench.utils.config import entry, names

    if llm not in names("llm"):
        raise ConfigError(
            f"llm='{truncated(llm)}' is not one of {', '.join(names('llm'))}. A model of your own is a dict "
            "with the options of conf/llm/*.yaml."
        )
    return entry("llm", llm)


def check_llm(llm: Mapping[str, Any]) -> None:
    """Raise :class:`ConfigError` for unknown options and values of a model's configuration."""
    for option, value in llm.items():
        if option not in OPTIONS:
            raise ConfigError(
                f"llm.{option} is unknown. A model's configuration may hold: {', '.join(OPTIONS)}."
            )
        allowed = OPTIONS[option]
        if allowed is not None and value not in allowed:
            raise ConfigError(f"llm.{option}={value} is not one of {', '.join(allowed)}.")
    if "name" not in llm:
        raise ConfigError("llm.name is missing: it names the model.")
    if llm.get("lora") and llm.get("source", "table") in ("table", "cells"):
        raise ConfigError(
            "llm.lora is for pretrained models; a model with the dataset's own vocabulary trains whole."
        )


def dataclass_of(kind: type, options: Mapping[str, Any], place: str) -> Any:
    """An instance of the dataclass ``kind``; raises :class:`ConfigError` with the option at fault.

    ``place`` is where the options stand in the configuration, for the message.
    """
    if not isinstance(options, Mapping):
        raise ConfigError(f"{place}={truncated(options)} is not a section of options.")
    hints = get_type_hints(kind)
    for option, value in options.items():
        wanted = hints.get(option)
        allowed = (int, float) if wanted is float else wanted if isinstance(wanted, type) else object
        whole = wanted is int and isinstance(value, float) and value.is_integer()  # 1e6 in YAML is a float
        flag = isinstance(value, bool) and wanted in (int, float)
        if flag or not (whole or isinstance(value, allowed)):
            raise ConfigError(f"{place}.{option}={truncated(value)} is no {wanted.__name__}.")
    try:
        return kind(**options)
    except TypeError as error:
        raise ConfigError(
            f"{place}: {error}. It may hold: {', '.join(kind.__dataclass_fields__)}."
        ) from error
