"""Forest plots: mean gain of every arm with its interval, a panel for each endpoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from imbench.reports.registry import Source, report_figure
from imbench.reports.style import Style, number, pyplot, soften, write_figure
from imbench.reports.verdict.arm_values import ArmValues, arm_values
from imbench.reports.verdict.contrasts import Contrast, contrasts
from imbench.reports.verdict.design import ROPE, VERDICT, title_of
from imbench.reports.verdict.verdict_tables import note, word_of

WIDTH, ARM_HEIGHT = 10.5, 0.42
#: The panels show at least this much to either side, and at most the other; what lies beyond is an arrow.
LEAST, MOST = 0.03, 0.15
BAND = "#dfe8ef"


@report_figure("forest", title="Gains with intervals and the band of equivalence", group=VERDICT)
def forest(source: Source, folder: Path) -> Iterator[Path]:
    """A figure for each reference, of the three endpoints."""
    values = arm_values(source)
    for reference in values.design.references:
        chosen = [
            c for c in contrasts(source)
            if c.reference.name == reference and c.endpoint.decisive and len(c.gains)
        ]  # fmt: skip
        if chosen:
            yield from forest_figure(values, chosen, folder / f"forest_{reference}_{values.design.suite}")


def forest_figure(values: ArmValues, chosen: Sequence[Contrast], stem: Path) -> list[Path]:
    """Draw the contrasts of one reference; writes PNG, PDF and the drawn numbers as CSV."""
    plt = pyplot()
    arms = [a for a in values.design.arms if any(c.arm == a for c in chosen)]
    endpoints = [e for e in values.design.endpoints if any(c.endpoint == e for c in chosen)]
    learners = [name for name in values.design.learners if any(c.learner == name for c in chosen)]
    figure, axes = plt.subplots(
        1, len(endpoints), figsize=(WIDTH, 2.2 + ARM_HEIGHT * len(arms)), sharey=True, squeeze=False,
        layout="constrained",
    )  # fmt: skip
    for axis, endpoint in zip(axes[0], endpoints, strict=True):
        panel = [c for c in chosen if c.endpoint == endpoint]
        limit = min(MOST, max(LEAST, *(1.05 * abs(v) for c in panel for v in c.interval)))
        axis.axvspan(-ROPE, ROPE, color=BAND, linewidth=0)
        axis.axvline(0, color="#555555", linewidth=0.8)
        for c in panel:
            offset = (learners.index(c.learner) - (len(learners) - 1) / 2) * 0.24
            _draw(axis, c, arms.index(c.arm) + offset, Style.at(learners.index(c.learner)), limit)
        axis.set_xlim(-limit, limit)
        axis.set_title(endpoint.title, fontsize=9)
        axis.set_xlabel("mean gain (positive is better)", fontsize=8)
        axis.locator_params(axis="x", nbins=5)
        soften(axis)
    axes[0][0].set_yticks(range(len(arms)), [_label(chosen, a) for a in arms], fontsize=8)
    axes[0][0].set_ylim(len(arms) - 0.5, -0.5)
    handles = [_key(Style.at(i), title_of(name)) for i, name in enumerate(learners)]
    figure.legend(handles=handles, loc="outside upper right", ncols=len(handles), fontsize=8, frameon=False)
    reference = values.design.reference_title(chosen[0].reference)
    figure.suptitle(f"Gain over {reference}, suite {values.design.suite}", fontsize=11, x=0.01, ha="left")
    lines = [
        [
            c.endpoint.title, c.learner, c.arm.title, str(len(c.gains)), number(c.mean),
            *map(number, c.interval), word_of(values, c),
        ]
        for c in chosen
    ]  # fmt: skip
    header = ["endpoint", "learner", "arm", "sources", "mean gain", "95 % low", "95 % high", "verdict"]
    text = f"Shaded: ±{ROPE}, the region of equivalence; arrows: beyond the panel. {note(values)}"
    return write_figure(figure, stem, f"Gains over {reference}", header, lines, text)


def _draw(axis: Any, found: Contrast, y: float, style: Style, limit: float) -> None:
    low, high = found.interval
    axis.plot([max(low, -limit), min(high, limit)], [y, y], color=style.colour, linewidth=1.4)
    if abs(found.mean) <= limit:
        axis.plot([found.mean], [y], style.marker, color=style.colour, markersize=4)
    for beyond, marker, place in ((low < -limit, "<", -limit), (high > limit, ">", limit)):
        if beyond:
            axis.plot([place], [y], marker, color=style.colour, markersize=5, clip_on=False)


def _key(style: Style, label: str) -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], color=style.colour, marker=style.marker, markersize=4, linewidth=1.4, label=label)


def _label(chosen: Sequence[Contrast], arm: Any) -> str:
    counts = sorted({len(c.gains) for c in chosen if c.arm == arm})
    text = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return f"{arm.title} ({text})"
