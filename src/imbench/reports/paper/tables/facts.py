"""What the three facts of the published evaluation do to the ranking of the methods.

Each run stores both protocols and their crossings, so the effect of the separate codes can be told
from that of the metric: four ways to score the very same training sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from imbench.reports.methods import in_order
from imbench.reports.paper.published import DATASETS
from imbench.reports.select import Selection, cell, provenance, select
from imbench.reports.table import MISSING, Entry, ReportTable

#: Flat score name and what it is, from the published way to the corrected one.
WAYS = {
    "f1": {
        "published_f1": "published",
        "published_f1_one_encoder": "published F1, one encoder",
        "corrected_f1_own_codes": "minority F1, separate codes",
        "corrected_f1": "corrected",
    },
    "auc": {
        "published_auc": "published (from labels)",
        "published_auc_one_encoder": "from labels, one encoder",
        "corrected_auc_own_codes": "from probabilities, separate codes",
        "corrected_auc": "corrected (from probabilities)",
    },
}


def facts_table(runs: Iterable[Mapping[str, Any]], selection: Selection, metric: str = "f1") -> ReportTable:
    """Mean score and mean rank of every method over the ten datasets, scored in four ways.

    Only methods with all their runs on all ten datasets take part; a rank of 1 is the best, ties
    share the mean of their ranks. "Original" has a score and no rank.
    """
    groups = select(runs, selection)
    methods = in_order({m for _, m in groups})
    ways = WAYS[metric]
    means = {
        way: np.array(
            [[cell(groups.get((d, c.name)), way, selection.seeds).mean for c in methods] for d in DATASETS]
        )
        for way in ways
    }
    complete = ~np.isnan(np.stack(list(means.values()))).any(axis=(0, 1))
    ranking = np.flatnonzero(complete & np.array([c.competes for c in methods], dtype=bool))
    ranks = {way: _ranks(np.round(m[:, ranking], 6)).mean(axis=0) for way, m in means.items()}
    rows = []
    for i, method in enumerate(methods):
        row = [Entry(method.title)]
        for way in ways:
            if not complete[i]:
                have = int((~np.isnan(means[way][:, i])).sum())
                row.append(Entry(f"{have} of {len(DATASETS)} datasets", MISSING))
                continue
            place = np.flatnonzero(ranking == i)
            rank = f" (rank {ranks[way][place[0]]:.1f})" if len(place) else ""
            row.append(Entry(f"{means[way][:, i].mean():.4f}{rank}"))
        rows.append(row)
    used = [run for group in groups.values() for run in group.values()]
    note = (
        f"Mean over the ten datasets; mean rank among {len(ranking)} methods in brackets. Seeds "
        f"{', '.join(map(str, selection.seeds))}; imbalance ratio {selection.imbalance_ratio}; classifier "
        f"{selection.classifier}; {provenance(used)}."
    )
    title = f"{metric.upper()} of the same training sets, scored in four ways"
    return ReportTable(f"facts_{metric}", title, ["method", *ways.values()], rows, note)


def _ranks(scores: np.ndarray) -> np.ndarray:
    """Ranks along the rows of (datasets, methods): 1 is the highest, ties share their mean.

    By hand: to import a library that ranks takes longer than the rest of the report.
    """
    above = (scores[:, None, :] > scores[:, :, None]).sum(axis=2)
    level = (scores[:, None, :] == scores[:, :, None]).sum(axis=2)
    return above + (level + 1) / 2
