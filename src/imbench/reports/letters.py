"""Text in figures: letters that no installed font has, and long names in lines that fit."""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

#: Families whose letters Matplotlib's own font lacks, by the beginning of their names, the preferred first.
FALLBACKS = (
    "Noto Sans CJK", "Source Han Sans", "WenQuanYi", "Droid Sans Fallback", "IPAGothic", "IPAexGothic",
    "Hiragino Sans", "PingFang", "Yu Gothic", "Microsoft YaHei", "MS Gothic", "SimHei", "Malgun Gothic",
    "NanumGothic", "Arial Unicode MS", "Unifont",
)  # fmt: skip
#: Columns of a code point and the space after it.
CODE_POINT = len("U+6771 ")
#: What stands in a figure's caption below a name that could not be drawn.
ESCAPED = "Letters of no installed font are written as code points."


@lru_cache(maxsize=1)
def families() -> tuple[str, ...]:
    """Matplotlib's default family and the installed ones of :data:`FALLBACKS`."""
    from matplotlib import rcParamsDefault
    from matplotlib.font_manager import fontManager

    installed = sorted({font.name for font in fontManager.ttflist})
    found = [next((name for name in installed if name.startswith(start)), None) for start in FALLBACKS]
    return (*rcParamsDefault["font.family"], *filter(None, found))


@lru_cache(maxsize=4)
def _letters(names: tuple[str, ...]) -> frozenset[int]:
    """The code points that some font of these families has."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    paths = [findfont(FontProperties(family=[name])) for name in names]
    return frozenset(code for path in paths for code in get_font(path).get_charmap())


def missing_letters(text: str) -> list[str]:
    """The letters of ``text`` that no font of a figure has, each once, in order."""
    if text.isascii():
        return []
    known = _letters(families())
    return [c for c in dict.fromkeys(text) if c != "\n" and ord(c) not in known]


def drawable(text: str) -> str:
    """``text`` with the letters that no font has as code points, ``U+6771``."""
    absent = missing_letters(text)
    pieces = re.split(f"([{''.join(map(re.escape, absent))}]+)", text) if absent else [text]
    return "".join(
        " ".join(f"U+{ord(c):04X}" for c in piece) if piece[:1] in absent else piece for piece in pieces
    )


def make_drawable(figure: Any) -> bool:
    """Write every text of the figure in letters that its fonts have; whether one had to be changed.

    One warning names all letters concerned.
    """
    from matplotlib.text import Text

    found: dict[str, None] = {}

    def changed(text: str) -> str:
        found.update(dict.fromkeys(missing_letters(text)))
        return drawable(text)

    for axis in (a for axes in figure.axes for a in (axes.xaxis, axes.yaxis)):
        labels = [label.get_text() for label in axis.get_ticklabels()]
        if any(map(missing_letters, labels)):  # a drawing would write the texts anew
            axis.set_ticks(axis.get_ticklocs(), [changed(label) for label in labels])
    for text in figure.findobj(Text):
        if missing_letters(text.get_text()):
            text.set_text(changed(text.get_text()))
    if found:
        warnings.warn(
            f"no installed font has the letters {''.join(found)}; figures write them as code points. Install "
            "a font that has them, such as Noto Sans CJK.",
            stacklevel=2,
        )
    return bool(found)


def lines_of(text: str, width: int) -> str:
    """``text`` in lines of at most ``width`` columns, broken after separators where there are any.

    A wide East Asian letter takes two columns, one that will be written as a code point seven.
    """
    lines = [""]
    for piece in _pieces(text, width):
        if lines[-1] and _columns(lines[-1] + piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return "\n".join(line.rstrip() for line in lines)


def _pieces(text: str, width: int) -> Iterable[str]:
    """Words with the separators after them; longer ones than a line in parts."""
    for word in re.findall(r"[^\s_\-./,;]*[\s_\-./,;]*", text):
        part = ""
        for letter in word:
            if _columns((part + letter).rstrip()) > width:
                yield part
                part = ""
            part += letter
        if part:
            yield part


def _columns(text: str) -> int:
    return len(text) if text.isascii() else sum(map(_width, text))


def _width(letter: str) -> int:
    if missing_letters(letter):
        return CODE_POINT
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
