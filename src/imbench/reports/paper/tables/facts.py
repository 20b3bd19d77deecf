"""What the three facts of the published evaluation do to the ranking of the methods.

Each run stores both protocols and their crossings, which separates the effect of the separate codes from
that of the metric: four ways to score the very same training sets.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from imbench.reports.paper.paper_suite import PAPER
from imbench.reports.paper.published import DATASETS
from imbench.reports.registry import Source, report_table
from imbench.reports.select import cell, provenance, runs_in
from imbench.reports.table import MISSING, Entry, ReportTable
from imbench.scoring.metrics import METRICS

#: Flat score name and its title, from the published way to the corrected one.
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


@report_table("facts", title="The same training sets, scored in four ways", suite="paper")
def facts(source: Source) -> Iterator[ReportTable]:
    """F1 and AUC, or the chosen one of them."""
    for metric in WAYS:
        if source.metric in (None, metric):
            yield facts_table(source, metric)


def facts_table(source: Source, metric: str) -> ReportTable:
    """Mean score and mean rank of every method over the ten datasets, scored in four ways.

    Only methods with all their runs on all ten datasets take part; a rank of 1 is the best, ties share the
    mean of their ranks. "Original" has a score and no rank.
    """
    from scipy.stats import rankdata

    groups, selection = source.groups, source.selection
    methods = PAPER.in_order({m for _, m in groups})
    ways = WAYS[metric]
    means = {
        way: np.array([
            [cell(groups.get((d, m.name)), way, selection.seeds).mean for m in methods] for d in DATASETS
        ])
        for way in ways
    }  # fmt: skip
    complete = ~np.isnan(np.stack(list(means.values()))).any(axis=(0, 1))
    ranked = np.flatnonzero(complete & np.array([m.competes for m in methods], dtype=bool))
    ranks = {way: rankdata(-np.round(m[:, ranked], 6), axis=1).mean(axis=0) for way, m in means.items()}
    rows = []
    for i, method in enumerate(methods):
        row = [Entry(method.title)]
        for way in ways:
            if not complete[i]:
                have = int((~np.isnan(means[way][:, i])).sum())
                row.append(Entry(f"{have} of {len(DATASETS)} datasets", MISSING))
                continue
            place = np.flatnonzero(ranked == i)
            rank = f" (rank {ranks[way][place[0]]:.1f})" if len(place) else ""
            row.append(Entry(f"{means[way][:, i].mean():.4f}{rank}"))
        rows.append(row)
    note = (
        f"Mean over the ten datasets; mean rank among {len(ranked)} methods in brackets. Seeds "
        f"{', '.join(map(str, selection.seeds))}; imbalance ratio {selection.imbalance_ratio}; classifier "
        f"{selection.classifier}; {provenance(runs_in(groups))}."
    )
    title = f"{METRICS[f'corrected_{metric}'].title} of the same training sets, scored in four ways"
    return ReportTable(f"facts_{metric}", title, ["method", *ways.values()], rows, note)
