"""Options of a configuration as pydantic models, and their errors as messages for people."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    ValidationError,
)

from imbench.errors import ConfigError
from imbench.utils.text import NAME_RULE, is_safe, truncated


class Options(BaseModel):
    """A section of the configuration with known options. Values are not converted to another type."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class OpenOptions(Options):
    """A section that may hold further options, which are checked where they are used."""

    model_config = ConfigDict(extra="allow")


def _named(value: str) -> str:
    if not is_safe(value):
        raise ValueError(NAME_RULE)
    return value


def _cell(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


#: Text with at least one visible character.
Text = Annotated[str, StringConstraints(pattern=r"\S")]
#: Text that may become a part of a file name.
Name = Annotated[str, AfterValidator(_named)]
#: The text of a cell or of a column's name; YAML may have read it as a number.
Cell = Annotated[str, BeforeValidator(_cell)]

Model = TypeVar("Model", bound=BaseModel)


def checked(model: type[Model], content: Any, section: str = "") -> Model:
    """``content`` (plain data) as an instance of ``model``.

    Raises :class:`ConfigError` with the option, its value, and what is allowed; ``section`` is the name of
    the section on the command line.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise ConfigError(_message(error, model, section)) from error


def _message(error: ValidationError, model: type[BaseModel], section: str) -> str:
    first = error.errors(include_url=False)[0]
    path = [part for part in (section, *map(str, first["loc"])) if part]
    option = truncated(".".join(path), 100)
    if first["type"] == "extra_forbidden":
        return _unknown(path[-1], ".".join(path[:-1]), _options(model, first["loc"][:-1]))
    if first["type"] == "missing":
        return f"{option} is missing."
    reason = first["msg"].removeprefix("Value error, ").replace("Input should", "it must")
    if first["type"] == "list_type":
        reason += f", as in '{option}=[a,b]'"
    elif first["type"] in ("dict_type", "model_type"):
        reason = "it must be a section of options"
    if first["type"] == "value_error" and isinstance(first["input"], dict):  # about several options
        return f"{option}: {reason}." if option else f"{reason}."
    return f"{option}={truncated(first['input'])}: {reason}."


def _unknown(option: str, section: str, known: list[str]) -> str:
    nearest = get_close_matches(option, known, n=1)
    hint = f" Did you mean {nearest[0]}?" if nearest else ""
    return f"{section} has no option '{truncated(option)}'.{hint} It may hold: {', '.join(known)}."


def _options(model: type[BaseModel], path: tuple[Any, ...]) -> list[str]:
    """The options of the model that ``path`` leads to, through optional models and dicts of models."""
    for part in path:
        field = next((f for n, f in model.model_fields.items() if part in (n, f.alias)), None)
        if field is not None:  # otherwise a key of a dict of models, whose model is the current one
            model = _models(field.annotation)[0]
    return [field.alias or name for name, field in model.model_fields.items()]


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models(part)]
