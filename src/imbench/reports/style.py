"""What all figures share: colours and markers, the caption, and how a figure is written."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from imbench.reports.methods import MethodMetadata, in_order, method_metadata
from imbench.reports.select import Selection, provenance
from imbench.reports.table import MISSING, Entry, ReportTable

GREY = "#777777"
#: Okabe and Ito's colours and grey, which the colour-blind can tell apart; markers and lines differ as well.
COLOURS = (
    "#D55E00", "#0072B2", "#009E73", "#000000", "#F0E442", "#CC79A7", "#E69F00", "#56B4E9", GREY,
)  # fmt: skip
MARKERS = ("o", "s", "^", "v", "D", "P", "X", "<", ">")
LINES = ("-", "--", "-.", ":")
PROTOCOLS = ("published", "corrected")
PROTOCOL_STYLE = {"published": ("#D55E00", "o"), "corrected": ("#0072B2", "D")}
#: The paper's columns that its figures show, the method it proposes first; CTGAN is its best baseline.
LEADERS = ("ImbLLM", "CTGAN", "SMOTE-NC", "Imbalance", "TapTap", "Pred-LLM")
CONTROL = "control"
#: Letters of the caption's size on an inch.
LETTERS = 17
DPI = 150


@dataclass(frozen=True)
class Style:
    """How one method is drawn, the same in every figure."""

    colour: str
    marker: str
    line: str


def style_of(method: MethodMetadata) -> Style:
    """The paper's methods have the first looks, the controls the next ones, the others follow."""
    first = methods_of_columns(LEADERS)
    others = in_order(c.name for c in method_metadata().values() if c not in first)
    ranking = [c.name for c in [*first, *sorted(others, key=lambda c: c.group != CONTROL)]]
    place = ranking.index(method.name) if method.name in ranking else len(ranking)
    return Style(COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)], LINES[place % len(LINES)])


def methods_of_columns(columns: Iterable[str]) -> list[MethodMetadata]:
    """The methods that stand for these columns of the paper, in the order given."""
    by_column = {c.column: c for c in method_metadata().values() if c.column}
    return [by_column[column] for column in columns if column in by_column]


def controls() -> list[MethodMetadata]:
    """The controls that need no generator and are no column of the paper."""
    return in_order(c.name for c in method_metadata().values() if c.group == CONTROL and not c.column)


def pyplot() -> Any:
    """Matplotlib's pyplot without a screen."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    return plt


def caption(selection: Selection, used: Iterable[Mapping[str, Any]], *words: str) -> str:
    """Where a figure's numbers come from. ``words`` go before seeds, classifier and provenance."""
    distinct = {run["key"]: run for run in used}
    seeds = ", ".join(map(str, selection.seeds))
    facts = [*words, f"seeds {seeds}", f"classifier {selection.classifier}", provenance(distinct.values())]
    return "; ".join(facts) + "."


def soften(axis: Any) -> None:
    """A light grid behind the data, small numbers on the axes."""
    axis.grid(color="#dddddd", linewidth=0.5)
    axis.set_axisbelow(True)
    axis.tick_params(labelsize=7)


def number(value: float | None) -> str:
    """A plotted number in a CSV; empty where there is none."""
    return "" if value is None or not np.isfinite(value) else f"{value:.6f}"


def write_figure(
    figure: Any, stem: Path, title: str, header: list[str], lines: Iterable[Iterable[str]], note: str
) -> list[Path]:
    """Write ``<stem>.png`` and ``.pdf`` with the note below the axes, and ``.csv``; close the figure.

    ``lines`` are the drawn numbers under ``header``. The files hold no date: equal records make equal
    files.
    """
    wrapped = textwrap.wrap(note, int(figure.get_figwidth() * LETTERS))
    figure.supxlabel("\n".join(wrapped), fontsize=7)
    rows = [[Entry(text, "" if text else MISSING) for text in line] for line in lines]
    numbers = ReportTable(stem.name, title, header, rows, note)
    stem.parent.mkdir(parents=True, exist_ok=True)
    paths = [stem.with_name(f"{stem.name}.{ending}") for ending in ("png", "pdf", "csv")]
    figure.set_dpi(DPI)  # the width of small letters depends on it
    figure.draw_without_rendering()  # places everything once, for both files
    figure.set_layout_engine("none")
    for path in paths[:2]:
        figure.savefig(path, dpi=DPI, metadata={"CreationDate": None} if path.suffix == ".pdf" else None)
    pyplot().close(figure)
    paths[2].write_text(numbers.csv(), encoding="utf-8")
    return paths
