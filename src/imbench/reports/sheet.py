"""A table of a report, independent of its format: Markdown, CSV or LaTeX."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

BEST, SECOND, MISSING = "best", "second", "missing"
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
class Sheet:
    """A titled table. ``note`` says where the numbers come from."""

    name: str
    title: str
    header: list[str]
    rows: list[list[Entry]] = field(default_factory=list)
    note: str = ""

    def markdown(self) -> str:
        """GitHub's Markdown; best bold, second underlined."""
        wrap = {BEST: "**{}**", SECOND: "<u>{}</u>", MISSING: "*{}*", "": "{}"}
        lines = [f"### {self.title}", "", _row(self.header), _row(["---"] * len(self.header))]
        lines += [_row([wrap[e.mark].format(e.text.replace("|", "\\|")) for e in row]) for row in self.rows]
        return "\n".join([*lines, "", self.note, ""])

    def csv(self) -> str:
        """Plain values; the note is the first line, as a comment."""
        buffer = io.StringIO()
        buffer.write(f"# {self.title}. {self.note}\n")
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(self.header)
        writer.writerows([[e.text for e in row] for row in self.rows])
        return buffer.getvalue()

    def latex(self) -> str:
        """A ``table*`` with booktabs' rules; best bold, second underlined."""
        wrap = {BEST: r"\textbf{{{}}}", SECOND: r"\underline{{{}}}", MISSING: r"\textit{{{}}}", "": "{}"}
        body = [" & ".join(wrap[e.mark].format(_escaped(e.text)) for e in row) + r" \\" for row in self.rows]
        return "\n".join(
            [
                r"\begin{table*}",
                r"\centering\scriptsize",
                rf"\caption{{{_escaped(self.title)}. {_escaped(self.note)}}}",
                r"\begin{tabular}{" + "l" * len(self.header) + "}",
                r"\toprule",
                " & ".join(_escaped(h) for h in self.header) + r" \\",
                r"\midrule",
                *body,
                r"\bottomrule",
                r"\end{tabular}",
                r"\end{table*}",
                "",
            ]
        )

    def write(self, folder: Path) -> list[Path]:
        """Write ``<name>.md``, ``.csv`` and ``.tex`` into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        found = []
        for ending, text in (("md", self.markdown()), ("csv", self.csv()), ("tex", self.latex())):
            path = folder / f"{self.name}.{ending}"
            path.write_text(text, encoding="utf-8")
            found.append(path)
        return found


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _escaped(text: str) -> str:
    return "".join(LATEX_SPECIAL.get(character, character) for character in text)


def ranked(values: list[float | None], texts: list[str], compete: list[bool]) -> list[Entry]:
    """Entries of one row: the highest of the competing values is best, the next lower one second.

    ``values`` are None where a cell is not complete. Equal values share their mark.
    """
    rounded = [round(v, 4) for v, c in zip(values, compete, strict=True) if v is not None and c]
    order = sorted(set(rounded), reverse=True)
    entries = []
    for value, text, competes in zip(values, texts, compete, strict=True):
        mark = MISSING if value is None else ""
        if value is not None and competes and len(rounded) > 1 and round(value, 4) in order[:2]:
            mark = BEST if round(value, 4) == order[0] else SECOND
        entries.append(Entry(text, mark))
    return entries
