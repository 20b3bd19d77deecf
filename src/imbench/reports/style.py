"""What all figures share: colours and markers, the caption, and how a figure is written."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from imbench.reports.letters import ESCAPED, families, lines_of, make_drawable
from imbench.reports.select import Run, Selection, provenance
from imbench.reports.table import MISSING, Entry, ReportTable
from imbench.scoring.metrics import CORRECTED, PUBLISHED

GREY = "#777777"
#: Okabe and Ito's colours and grey, which the colour-blind can tell apart; markers and lines differ as well.
COLOURS = (
    "#D55E00", "#0072B2", "#009E73", "#000000", "#F0E442", "#CC79A7", "#E69F00", "#56B4E9", GREY,
)  # fmt: skip
MARKERS = ("o", "s", "^", "v", "D", "P", "X", "<", ">")
LINES = ("-", "--", "-.", ":")
PROTOCOL_STYLE = {PUBLISHED: ("#D55E00", "o"), CORRECTED: ("#0072B2", "D")}
#: Characters of the caption on an inch.
CAPTION_DENSITY = 17
#: Characters of a panel's title in a line.
PANEL_LETTERS = 28
DPI = 150


@dataclass(frozen=True)
class Style:
    """How one method is drawn."""

    colour: str
    marker: str
    line: str

    @classmethod
    def at(cls, place: int) -> Style:
        """The style of the method at this place of an order."""
        return cls(COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)], LINES[place % len(LINES)])


def pyplot() -> Any:
    """Matplotlib's pyplot without a screen, with the installed fonts for letters that its own lacks."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["font.family"] = list(families())
    import matplotlib.pyplot as plt

    return plt


def caption(selection: Selection, used: Iterable[Run], *facts: str) -> str:
    """Where a figure's numbers come from: ``facts``, then seeds, classifier and provenance."""
    distinct = {run["key"]: run for run in used}
    seeds = ", ".join(map(str, selection.seeds))
    end = [f"seeds {seeds}", f"classifier {selection.classifier}", provenance(distinct.values())]
    return "; ".join([*facts, *end]) + "."


def soften(axis: Any) -> None:
    """A light grid behind the data, small numbers on the axes."""
    axis.grid(color="#dddddd", linewidth=0.5)
    axis.set_axisbelow(True)
    axis.tick_params(labelsize=7)


def panel_title(axis: Any, text: str) -> None:
    """A small title above a panel, broken into lines that fit it; no character of it is mathematics."""
    axis.set_title(lines_of(text, PANEL_LETTERS), fontsize=9, parse_math=False)


def note_in(axis: Any, text: str, **more: Any) -> None:
    """A centred note in an empty panel."""
    axis.text(0.5, 0.5, text, ha="center", va="center", fontsize=8, transform=axis.transAxes, **more)


def number(value: float | None) -> str:
    """A plotted number in a CSV; empty where there is none."""
    return "" if value is None or not np.isfinite(value) else f"{value:.6f}"


def save(figure: Any, stem: Path) -> list[Path]:
    """Write ``<stem>.png`` and ``.pdf`` and close the figure. The files hold no date."""
    make_drawable(figure)
    stem.parent.mkdir(parents=True, exist_ok=True)
    paths = [stem.with_name(f"{stem.name}.{ending}") for ending in ("png", "pdf")]
    for path in paths:
        figure.savefig(path, dpi=DPI, metadata={"CreationDate": None} if path.suffix == ".pdf" else None)
    pyplot().close(figure)
    return paths


def write_figure(
    figure: Any, stem: Path, title: str, header: list[str], lines: Iterable[Iterable[str]], note: str
) -> list[Path]:
    """Write ``<stem>.png`` and ``.pdf`` with the note below the axes, and ``.csv``; close the figure.

    ``lines`` are the drawn numbers under ``header``. Equal records make equal files.
    """
    escaped = make_drawable(figure)
    wrapped = textwrap.wrap(
        f"{note} {ESCAPED}" if escaped else note, int(figure.get_figwidth() * CAPTION_DENSITY)
    )
    figure.supxlabel("\n".join(wrapped), fontsize=7)
    rows = [[Entry(text, "" if text else MISSING) for text in line] for line in lines]
    numbers = ReportTable(stem.name, title, header, rows, note)
    figure.set_dpi(DPI)  # the width of small letters depends on it
    figure.draw_without_rendering()  # places everything once, for both files
    figure.set_layout_engine("none")
    return [*save(figure, stem), *numbers.write(stem.parent, ("csv",))]
