"""The same arm at half, prior, tuned and oracle: what of its gain in F1 a moved threshold leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from imbench.reports.registry import Source, report_figure
from imbench.reports.style import Style, number, pyplot, soften, write_figure
from imbench.reports.verdict.arm_values import ArmValues, arm_values
from imbench.reports.verdict.contrasts import Contrast, contrasts
from imbench.reports.verdict.design import ROPE, VERDICT, title_of
from imbench.reports.verdict.forest_figure import ARM_HEIGHT, BAND, LEAST, WIDTH
from imbench.reports.verdict.verdict_tables import note

#: Endpoints by the threshold's name, in the order of the figure; the oracle never competes.
POLICIES = {"half_f1": "half", "prior_f1": "prior", "tuned_f1": "tuned", "oracle_f1": "oracle (a bound)"}


@report_figure("thresholds", title="Gain in F1 of the same arm at four thresholds", group=VERDICT)
def thresholds(source: Source, folder: Path) -> Iterator[Path]:
    """F1 of the arm minus F1 of nothing, both at the same threshold policy; a panel for each learner."""
    values = arm_values(source)
    chosen = [
        c for c in contrasts(source)
        if c.reference.name == values.design.nothing and c.endpoint.name in POLICIES and len(c.gains)
    ]  # fmt: skip
    if chosen:
        yield from thresholds_figure(values, chosen, folder / f"thresholds_{values.design.suite}")


def thresholds_figure(values: ArmValues, chosen: Sequence[Contrast], stem: Path) -> list[Path]:
    """Draw the gains in F1; writes PNG, PDF and the drawn numbers as CSV."""
    from matplotlib.lines import Line2D

    plt = pyplot()
    arms = [a for a in values.design.arms if any(c.arm == a for c in chosen)]
    learners = [name for name in values.design.learners if any(c.learner == name for c in chosen)]
    figure, axes = plt.subplots(
        1, len(learners), figsize=(WIDTH, 2.2 + ARM_HEIGHT * len(arms)), sharey=True, sharex=True,
        squeeze=False, layout="constrained",
    )  # fmt: skip
    for axis, learner in zip(axes[0], learners, strict=True):
        axis.axvspan(-ROPE, ROPE, color=BAND, linewidth=0)
        axis.axvline(0, color="#555555", linewidth=0.8)
        for c in (c for c in chosen if c.learner == learner):
            place = list(POLICIES).index(c.endpoint.name)
            y, style = arms.index(c.arm) + (place - 1.5) * 0.19, Style.at(place)
            axis.plot(c.interval, [y, y], color=style.colour, linewidth=1.2)
            axis.plot([c.mean], [y], style.marker, color=style.colour, markersize=4)
        axis.set_title(title_of(learner), fontsize=9)
        axis.set_xlabel("mean gain in F1 over nothing", fontsize=8)
        soften(axis)
    reach = max(LEAST, *(1.05 * abs(v) for c in chosen for v in c.interval))
    axes[0][0].set_xlim(-reach, reach)
    axes[0][0].set_yticks(range(len(arms)), [a.title for a in arms], fontsize=8)
    axes[0][0].set_ylim(len(arms) - 0.5, -0.5)
    handles = [
        Line2D([], [], color=s.colour, marker=s.marker, markersize=4, linewidth=1.2, label=label)
        for s, label in ((Style.at(i), label) for i, label in enumerate(POLICIES.values()))
    ]
    figure.legend(handles=handles, loc="outside upper right", ncols=4, fontsize=8, frameon=False)
    figure.suptitle(
        f"The same arm at four thresholds, suite {values.design.suite}", fontsize=11, x=0.01, ha="left"
    )
    lines = [
        [
            c.learner,
            c.arm.title,
            POLICIES[c.endpoint.name],
            str(len(c.gains)),
            number(c.mean),
            *map(number, c.interval),
        ]
        for c in chosen
    ]
    header = ["learner", "arm", "threshold", "sources", "mean gain", "95 % low", "95 % high"]
    text = f"Arm and nothing are called at the same policy. Shaded: ±{ROPE}. {note(values)}"
    return write_figure(figure, stem, "Gain in F1 at four thresholds", header, lines, text)
