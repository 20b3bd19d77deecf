"""A check of choices where Hydra's message lists no known names: lists (``classifier=[…]``), ``null``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Override, QuotedString
from hydra.errors import HydraException

from imbench.utils.config import names

#: How an override writes no value.
NONE = "null"
#: Arguments that add folders of choices, whose names are not known here.
ELSEWHERE = ("--config-dir", "-cd", "--config-path", "-cp", "hydra.searchpath")


def unknown_choice(arguments: Iterable[str]) -> str | None:
    """A message about the first unknown choice in a list, ``null`` as a choice, or missing key; else None.

    ``arguments`` are those of ``run.py``. What cannot be parsed is left to Hydra and its message.
    """
    arguments = list(arguments)
    if any(argument.startswith(ELSEWHERE) for argument in arguments):
        return None
    try:
        overrides = OverridesParser.create().parse_overrides([a for a in arguments if not a.startswith("-")])
    except HydraException:
        return None
    for override in overrides:
        if not override.key_or_group:
            return f"'{override.input_line}' names nothing before its '='; write key=value."
        known = names(override.key_or_group)
        for name in _listed(override) if known else ():
            if name.removesuffix(".yaml") not in known:
                group = override.key_or_group
                choice = f"[{name}]" if name != NONE else name
                return f"{group}={choice}: there is no {group} '{name}'. Known: {', '.join(known)}."
    return None


def _listed(override: Override) -> Iterator[str]:
    """Every name in a list that is this override's value or one of the values of its sweep."""
    content = override.value()
    if override.is_delete():
        return
    for value in content.list if isinstance(content, ChoiceSweep) else [content]:
        if value is None:
            yield NONE
        if isinstance(value, bool | int | float | dict):  # not a name
            yield str(value)
        for name in value if isinstance(value, list) else ():
            yield name.text if isinstance(name, QuotedString) else str(name)
