"""Rows as sentences, ``"X is v, Z is w"``, and back without loss.

Plain texts are written bare, as published. A name or value that would be ambiguous (it holds a comma, a
quote, " is ", a line break, outer spaces, or is empty) is written as a JSON string, so every text can be
read back. A missing cell is the bare text ``nan``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from imbench.lm.text.columns import MISSING, Cell

MISSING_TEXT = "nan"
LINK = " is "
COMMA = ", "

_QUOTED = r'"(?:[^"\\]|\\.)*"'
# "*+" does not backtrack: no shorter value could match, and trying them takes minutes on long texts.
_CELL = re.compile(rf"(?P<name>{_QUOTED}|[^,\"]+?) is (?P<value>{_QUOTED}|[^,\"]*+)(?:, |,?$)", re.DOTALL)


def quote(text: str) -> str:
    """``text`` bare where that is unambiguous, else as a JSON string."""
    plain = (
        text
        and text != MISSING_TEXT
        and text.isprintable()
        and text == text.strip()
        and not any(mark in text for mark in ',"\\')
        and LINK not in f" {text} "
    )
    return text if plain else json.dumps(text, ensure_ascii=False)


def unquote(text: str) -> str:
    """The inverse of :func:`quote`."""
    return json.loads(text) if text.startswith('"') else text


def write_value(value: Cell) -> str:
    """A cell's value as it is written in a sentence."""
    return MISSING_TEXT if value is MISSING else quote(value)


def write_sentence(cells: Sequence[tuple[str, Cell]]) -> str:
    """The sentence of ``(name, value)`` pairs, in their order."""
    return COMMA.join(quote(name) + LINK + write_value(value) for name, value in cells)


def read_sentence(sentence: str) -> list[tuple[str, Cell]]:
    """The ``(name, value)`` pairs of a sentence, as far as it can be read.

    A part that is not ``X is v`` is skipped up to the next comma. A comma at the end is allowed.
    """
    cells, start = [], 0
    while start < len(sentence):
        found = _CELL.match(sentence, start)
        if found:
            try:
                name, value = unquote(found["name"]), found["value"]
                cells.append((name, MISSING if value == MISSING_TEXT else unquote(value)))
            except json.JSONDecodeError:
                pass
            start = found.end()
        else:
            comma = sentence.find(COMMA, start)
            start = len(sentence) if comma < 0 else comma + len(COMMA)
    return cells
