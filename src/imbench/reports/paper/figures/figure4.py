"""Figure 4: averages over tables of AUC, close probability and coverage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from imbench.reports.methods import MethodMetadata, in_order
from imbench.reports.paper.published import DATASETS, figure4_value
from imbench.reports.select import Selection, cell, select
from imbench.reports.style import (
    GREY,
    LEADERS,
    caption,
    look_of,
    metadata_of,
    number,
    pyplot,
    soften,
    write_figure,
)

HEADER = ["source", "metric", "method", "mean", "std", "tables", "state"]
TOP = LEADERS[:3]


@dataclass(frozen=True)
class Panel:
    """One score: its flat name, its name for people, and the paper's name of it, if it has it."""

    metric: str
    title: str
    paper: str | None = None


PANELS = (
    Panel("published_auc", "AUC, published reading\n(from predicted labels)", "auc"),
    Panel("corrected_auc", "AUC, corrected reading\n(from probabilities)"),
    Panel("close_probability", "Close probability", "close_probability"),
    Panel("coverage", "Coverage", "coverage"),
)


def averages_figure(runs: Iterable[Mapping[str, Any]], choice: Selection, stem: Path) -> list[Path]:
    """The paper's three top methods in colour, the others in grey, its values as hollow diamonds.

    All averages are over the tables that the three have complete; another method is shown when it is
    complete on all of them. A mean's bar is the std over the seeds of the mean over tables. Writes
    PNG, PDF and CSV.
    """
    plt = pyplot()
    groups = select(runs, choice)
    top = metadata_of(TOP)
    present = {d for d, _ in groups}
    datasets = [d for d in DATASETS if d in present] + sorted(present - set(DATASETS))
    tables = [d for d in datasets if all(_whole(groups, d, card, choice) for card in top)]
    others = [c for c in in_order({m for _, m in groups}) if c not in top]
    shown = [c for c in others if tables and all(_whole(groups, d, c, choice, made=False) for d in tables)]
    absent = [c for c in others if c not in shown]
    cards = [*top, *shown]
    found = {(p, c): _average(groups, tables, c, p, choice) for p in PANELS for c in cards}
    paper = {
        (p, c): value
        for p in PANELS
        for c in top
        if p.paper and c.column and (value := figure4_value(c.column, p.paper)) is not None
    }
    ten = set(tables) == set(DATASETS)

    size = (12.5, 2.0 + 0.26 * len(cards))
    figure, axes = plt.subplots(1, len(PANELS), figsize=size, sharey=True, layout="constrained")
    for axis, panel in zip(axes, PANELS, strict=True):
        for place, card in enumerate(cards):
            look, (mean, std, _) = look_of(card), found[panel, card]
            colour, marker = (look.colour, look.marker) if card in top else (GREY, "o")
            axis.errorbar([mean], [place], xerr=[std], fmt=marker, color=colour, markersize=6, linewidth=1)
            if ten and (panel, card) in paper:
                axis.plot([paper[panel, card]], [place], "D", markersize=9, markerfacecolor="none",
                          markeredgecolor=colour)  # fmt: skip
        axis.set_title(panel.title, fontsize=9)
        axis.set_xlabel(f"mean over {len(tables)} tables", fontsize=8)
        soften(axis)
        axis.set_yticks(range(len(cards)), [c.title for c in cards], fontsize=8)
        if not tables:
            axis.text(0.5, 0.5, "No table is complete\nfor the three yet.", ha="center", va="center",
                      fontsize=8, transform=axis.transAxes)  # fmt: skip
    axes[0].set_ylim(len(cards) - 0.4, -0.6)
    used = [r for d in tables for c in cards for r in groups.get((d, c.name), {}).values()]
    words = [f"Averages over {'the ten tables' if ten else ', '.join(tables) or 'no table'}"]
    if not ten:
        words.append("the paper's averages are over ten tables and not drawn beside these")
    elif paper:
        words.append("hollow: the paper's value")
    words += ["in colour the paper's top three", "methods that make no rows have an AUC only"]
    if absent:
        words.append(f"not shown, incomplete on these tables: {', '.join(c.title for c in absent)}")
    note = caption(choice, used, *words, f"imbalance ratio {choice.imbalance_ratio}")
    rows = [
        ["ours", p.metric, c.title, number(mean), number(std), str(len(tables)), state]
        for (p, c), (mean, std, state) in found.items()
    ]
    rows += [
        ["paper", p.metric, c.title, number(v), "", str(len(DATASETS)), ""] for (p, c), v in paper.items()
    ]
    return write_figure(figure, stem, "Figure 4: averages", HEADER, rows, note)


def _whole(
    groups: Mapping[tuple[str, str], Any],
    dataset: str,
    card: MethodMetadata,
    choice: Selection,
    made: bool = True,
) -> bool:
    """Whether a method has all scores of all panels on a table; without ``made``: the AUC will do."""
    metrics = [p.metric for p in PANELS if made or p.metric.endswith("auc")]
    return all(cell(groups.get((dataset, card.name)), m, choice.seeds).complete for m in metrics)


def _average(
    groups: Mapping[tuple[str, str], Any],
    tables: list[str],
    card: MethodMetadata,
    panel: Panel,
    choice: Selection,
) -> tuple[float, float, str]:
    cells = [cell(groups.get((d, card.name)), panel.metric, choice.seeds) for d in tables]
    lacking = [d for d, c in zip(tables, cells, strict=True) if not c.complete]
    if lacking or not cells:
        return float("nan"), float("nan"), f"no value on {', '.join(lacking)}" if lacking else "no table"
    by_seed = [np.mean([c.values[s] for c in cells]) for s in choice.seeds]
    return float(np.mean(by_seed)), float(np.std(by_seed)), "complete"
