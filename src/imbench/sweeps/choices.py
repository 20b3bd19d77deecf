"""Names of choices where Hydra tells no known ones: in a list (``classifier=[xgboost,…]``), and ``null``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Override, QuotedString
from hydra.errors import HydraException

from imbench.utils.config import names

#: As no name is written.
NONE = "null"
#: Words by which further folders of choices are named, whose names are not known here.
ELSEWHERE = ("--config-dir", "-cd", "--config-path", "-cp", "hydra.searchpath")


def unknown_choice(words: Iterable[str]) -> str | None:
    """What is wrong with a list of choices (with the known names), ``null`` as one, a word without a name;
    else None.

    ``words`` are those behind ``run.py``. What cannot be read is left to Hydra, which says why.
    """
    words = list(words)
    if any(word.startswith(ELSEWHERE) for word in words):
        return None
    try:
        overrides = OverridesParser.create().parse_overrides([w for w in words if not w.startswith("-")])
    except HydraException:
        return None
    for override in overrides:
        if not override.key_or_group:
            return f"'{override.input_line}' names nothing before its '='; write word=value."
        known = names(override.key_or_group)
        for name in _listed(override) if known else ():
            if name.removesuffix(".yaml") not in known:
                group = override.key_or_group
                given = f"[{name}]" if name != NONE else name
                return f"{group}={given}: there is no {group} '{name}'. Known: {', '.join(known)}."
    return None


def _listed(override: Override) -> Iterator[str]:
    """Every name in a list of this override's value, or of the values that it sweeps over."""
    given = override.value()
    if override.is_delete():
        return
    for value in given.list if isinstance(given, ChoiceSweep) else [given]:
        if value is None:
            yield NONE
        if isinstance(value, bool | int | float | dict):  # no name at all
            yield str(value)
        for name in value if isinstance(value, list) else ():
            yield name.text if isinstance(name, QuotedString) else str(name)
