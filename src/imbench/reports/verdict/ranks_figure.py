"""The critical-difference diagram: mean ranks on a line, methods that cannot be told apart tied by a bar."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill

import pandas as pd

from imbench.reports.verdict.paired import ranking

WIDTH = 8.0


def ranks_figure(scores: pd.DataFrame, title: str, note: str, stem: Path) -> list[Path]:
    """Draw the ranks of ``scores`` (datasets × methods) with Nemenyi's bars; writes PNG and PDF.

    Demšar (2006), drawn by scikit-posthocs. The best method stands on the left. Nothing is drawn, and
    the list is empty, where there are too few methods or datasets for the test.
    """
    found = ranking(scores)
    if found.nemenyi is None:
        return []
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import scikit_posthocs

    height = 1.8 + 0.16 * len(found.ranks)
    figure, axis = plt.subplots(figsize=(WIDTH, height), layout="constrained")
    # Numbers as labels: the package keeps sets of labels, and sets of words have no order to rely on.
    ranks = found.ranks.sort_values(kind="stable")
    places = range(len(ranks))
    drawn = scikit_posthocs.critical_difference_diagram(
        pd.Series(ranks.to_numpy(), index=places),
        pd.DataFrame(found.nemenyi.loc[ranks.index, ranks.index].to_numpy(), index=places, columns=places),
        ax=axis, label_fmt_left="{label}", label_fmt_right="{label}",
        label_props={"fontsize": 8}, elbow_props={"linewidth": 0.8, "color": "#555555"},
        marker_props={"marker": "o", "s": 12, "color": "#0072B2"},
        crossbar_props={"color": "#D55E00", "linewidth": 2, "marker": ""},
    )  # fmt: skip
    for text in drawn["labels"]:
        name, rank = ranks.index[int(text.get_text())], ranks.iloc[int(text.get_text())]
        left = text.get_ha() == "right"
        text.set_text(f"{name} ({rank:.1f})" if left else f"({rank:.1f}) {name}")
        text.set_color("black")
    axis.set_title(fill(f"{title} (critical difference {found.critical:.1f})", 80), fontsize=10, loc="left")
    axis.tick_params(labelsize=8)
    figure.supxlabel(fill(note, 130), fontsize=6.5)
    stem.parent.mkdir(parents=True, exist_ok=True)
    paths = [stem.with_suffix(ending) for ending in (".png", ".pdf")]
    for path in paths:
        figure.savefig(path, dpi=150, metadata={"CreationDate": None} if path.suffix == ".pdf" else None)
    plt.close(figure)
    return paths
