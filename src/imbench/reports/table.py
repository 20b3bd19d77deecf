"""A report table, independent of its format: Markdown, CSV or LaTeX."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

BEST, SECOND, MISSING = "best", "second", "missing"
#: The formats of a report table, and those of a long one that would not fit a printed page.
ENDINGS = ("md", "csv", "tex")
PLAIN = ("md", "csv")
#: What one page of LaTeX holds at scriptsize: rows of a table, and columns beside the first.
PAGE_ROWS, PAGE_COLUMNS = 55, 12
#: As wide as it is, or as the page where that is narrower.
FITTED = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"
LATEX_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "|": "$|$",
    "&": r"\&",
    "%": r"\%",
    "_": r"\_",
    "#": r"\#",
    "[": "{[}",  # else the option of the line break before it
    "*": "{*}",
    "$": r"\$",
    "±": r"$\pm$",
    "–": "--",
    "—": "---",
}


@dataclass(frozen=True)
class Entry:
    """One cell: its text, and a mark (``best``, ``second``, ``missing`` or nothing)."""

    text: str
    mark: str = ""


@dataclass(frozen=True)
class ReportTable:
    """A titled table. ``note`` says where the numbers come from; the first ``keys`` columns name a row.

    ``columns``: how many others LaTeX sets side by side at most.
    """

    name: str
    title: str
    header: list[str]
    rows: list[list[Entry]] = field(default_factory=list)
    note: str = ""
    keys: int = 1
    columns: int = PAGE_COLUMNS

    def markdown(self) -> str:
        """GitHub's Markdown; best bold, second underlined."""
        wrap = {BEST: "**{}**", SECOND: "<u>{}</u>", MISSING: "*{}*", "": "{}"}
        rows = ([wrap[e.mark].format(_in_markdown(e.text)) for e in row] for row in self.rows)
        header = [_in_markdown(h) for h in self.header]
        return "\n".join([f"### {self.title}", "", *markdown_table(header, rows), "", self.note, ""])

    def csv(self) -> str:
        """Plain values; the note is the first line, as a comment."""
        buffer = io.StringIO()
        buffer.write(f"# {self.title}. {self.note}\n")
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(self.header)
        writer.writerows([[e.text for e in row] for row in self.rows])
        return buffer.getvalue()

    def latex(self) -> str:
        """``table*`` with booktabs' rules, fitted to the page; best bold, second underlined.

        A longer table than a page goes on in a further ``table*``, a wider one in a further block of
        columns below, with the naming columns again. Needs the packages booktabs and graphicx.
        """
        parts = _shares(len(self.rows), PAGE_ROWS) or [slice(0)]
        lines = [r"% \usepackage{booktabs,graphicx}"]
        for number, part in enumerate(parts, start=1):
            title = self.title + (f", part {number} of {len(parts)}" if len(parts) > 1 else "")
            lines += [r"\begin{table*}", r"\centering\scriptsize"]
            lines += [rf"\caption{{{_escaped(title)}. {_escaped(self.note)}}}\par\smallskip"]
            lines += [r"\par\medskip".join(self._tabulars(self.rows[part])), r"\end{table*}"]
        return "\n".join([*lines, ""])

    def _tabulars(self, rows: list[list[Entry]]) -> Iterator[str]:
        wrap = {BEST: r"\textbf{{{}}}", SECOND: r"\underline{{{}}}", MISSING: r"\textit{{{}}}", "": "{}"}
        header = [_escaped(h) for h in self.header]
        body = [[wrap[e.mark].format(_escaped(e.text)) for e in row] for row in rows]
        keys = self.keys
        for block in _shares(len(header) - keys, self.columns) or [slice(0)]:
            shown = [[*cells[:keys], *cells[keys:][block]] for cells in [header, *body]]
            top, *below = (" & ".join(cells) + r" \\" for cells in shown)
            columns = "l" * len(shown[0])
            yield "\n".join(
                [
                    FITTED,
                    rf"\begin{{tabular}}{{{columns}}}",
                    r"\toprule",
                    top,
                    r"\midrule",
                    *below,
                    r"\bottomrule",
                    r"\end{tabular}}",
                ]
            )

    def write(self, folder: Path, endings: Sequence[str] = ENDINGS) -> list[Path]:
        """Write ``<name>.md``, ``.csv`` and ``.tex`` into ``folder``, or only some of the three."""
        folder.mkdir(parents=True, exist_ok=True)
        forms = {"md": self.markdown, "csv": self.csv, "tex": self.latex}
        paths = [folder / f"{self.name}.{ending}" for ending in endings]
        for path, ending in zip(paths, endings, strict=True):
            path.write_text(forms[ending](), encoding="utf-8")
        return paths


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table in GitHub's Markdown."""
    return ["| " + " | ".join(cells) + " |" for cells in (header, ["---"] * len(header), *rows)]


def _in_markdown(text: str) -> str:
    """A cell's text without the marks of Markdown and HTML that would break the table or become markup."""
    return re.sub(r"<(?=[A-Za-z/!?])", "&lt;", text.replace("|", "\\|").replace("\n", " "))


def _shares(length: int, most: int) -> list[slice]:
    """``range(length)`` in as few even pieces of at most ``most`` as will do."""
    size = math.ceil(length / max(1, math.ceil(length / most)))
    return [slice(start, start + size) for start in range(0, length, size)] if length else []


def _escaped(text: str) -> str:
    return "".join(LATEX_SPECIAL.get(character, character) for character in text)


def ranked(
    values: Sequence[float | None],
    texts: Sequence[str],
    competes: Sequence[bool],
    higher_is_better: bool | None = True,
) -> list[Entry]:
    """Entries side by side, with marks for the best and the second best of the competing values.

    ``values`` are None where a cell is not complete. Equal values (to four decimals) share their mark.
    Without a direction (``higher_is_better`` is None) nothing is marked.
    """
    rounded = [None if value is None else round(value, 4) for value in values]
    candidates = [v for v, c in zip(rounded, competes, strict=True) if v is not None and c]
    order = sorted(set(candidates), reverse=bool(higher_is_better))
    marks = dict(zip(order, (BEST, SECOND), strict=False))
    if len(candidates) < 2 or higher_is_better is None:
        marks = {}
    return [
        Entry(text, MISSING if value is None else marks.get(value, "") if c else "")
        for value, text, c in zip(rounded, texts, competes, strict=True)
    ]
