"""Option values as people type them: ``dataset.separator=;`` needs no quotes within the quotes."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Options whose values are texts of the user's own: file names, column names, cells.
OWN_TEXTS = re.compile(r"\+{0,2}(?:dataset\.[\w.]+|data_dir|runs_dir)(?==)")


def quote_values(words: Iterable[str]) -> list[str]:
    """The overrides, with quotes around those values of the user's own texts that Hydra could not read.

    ``dataset.target=Churn (yes)`` becomes ``dataset.target='Churn (yes)'``; the elements of a list are quoted
    one by one. What Hydra reads stays as it is, a comma between values (a sweep) included.

    >>> quote_values(["dataset.separator=;", "dataset.ignore=[Größe (cm), id]", "seed=0,1"])
    ["dataset.separator=';'", "dataset.ignore=['Größe (cm)',id]", 'seed=0,1']
    """
    return [
        _quoted_override(word) if OWN_TEXTS.match(word) and not _is_readable(word) else word for word in words
    ]


def as_override(option: str, value: str) -> str:
    """The override that gives ``option`` a text as it is, whatever it holds."""
    return f"{option}={_quoted(value)}"


def _quoted_override(word: str) -> str:
    option, _, value = word.partition("=")
    if value.startswith("[") and value.endswith("]"):
        cells = [cell.strip() for cell in value[1:-1].split(",")]
        whole = ",".join(cell if _is_readable(f"x={cell}") else _quoted(cell) for cell in cells)
        return f"{option}=[{whole}]"
    return f"{option}={_quoted(value)}"


def _is_readable(word: str) -> bool:
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        OverridesParser.create().parse_override(word)
    except HydraException:
        return False
    return True


def _quoted(value: str) -> str:
    """The value in Hydra's single quotes; a backslash counts only before a quote."""
    escaped = re.sub(r"(\\*)'", lambda m: m.group(1) * 2 + r"\'", value)
    escaped = re.sub(r"(\\+)$", lambda m: m.group(1) * 2, escaped)
    return f"'{escaped}'"
