"""How far a published score moves when nothing but the classifier's arithmetic changes.

Histogram bins are a detail that no one would call another method: 255, 256 (the default), 257 or 384
of them. Runs with ``+classifier.xgboost.max_bin=N`` are set beside the default ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from imbench.reports.methods import method_metadata
from imbench.reports.paper.published import DATASETS, table2_value
from imbench.reports.select import Selection, provenance, select
from imbench.reports.table import MISSING, Entry, ReportTable

BINS = re.compile(r"classifier\.xgboost\.max_bin=(\d+)")
DEFAULT_BINS = 256


def noise_table(
    runs: Iterable[Mapping[str, Any]], selection: Selection, metric: str = "published_f1"
) -> ReportTable:
    """Published F1 of a method that stands for a paper's column, a column for each number of bins.

    Cells are means over the seeds; the last lines are the mean absolute difference to the paper.
    """
    runs = [r for r in runs if r["status"] == "done"]
    scores = _by_bins(runs, selection, metric)
    bins = sorted({b for _, _, b in scores})
    methods = sorted({m for _, m, b in scores if b != DEFAULT_BINS}, key=list(method_metadata()).index)
    header = ["dataset", "method", "paper", *(f"{b} bins" for b in bins)]
    rows, gaps = [], {}
    for method in methods:
        method = method_metadata()[method]
        for dataset in DATASETS:
            paper = table2_value(dataset, method.column)
            row = [Entry(dataset), Entry(method.title), Entry(f"{paper[0]:.4f}" if paper else "–")]
            for b in bins:
                values = scores.get((dataset, method, b), {})
                complete = set(selection.seeds) <= set(values)
                mean = float(np.mean([values[s] for s in selection.seeds])) if complete else float("nan")
                row.append(Entry(f"{mean:.4f}") if complete else Entry("missing", MISSING))
                gaps.setdefault((method, b), []).append(mean - paper[0] if paper else float("nan"))
            rows.append(row)
        means = [np.mean(np.abs(gaps[method, b])) for b in bins]
        texts = [Entry("missing", MISSING) if np.isnan(m) else Entry(f"{m:.4f}") for m in means]
        rows.append([Entry("mean |difference|"), Entry(method.title), Entry(""), *texts])
    note = (
        f"Published F1, mean over seeds {', '.join(map(str, selection.seeds))}; the same rows, "
        f"{selection.classifier} with another number of histogram bins (256 is the default). "
        f"{provenance(r for r in runs if r['method'] in methods)}."
    )
    return ReportTable("noise", "Published F1 under changes of arithmetic alone", header, rows, note)


def _by_bins(
    runs: Iterable[Mapping[str, Any]], selection: Selection, metric: str
) -> dict[tuple[str, str, int], dict[int, float]]:
    found: dict[tuple[str, str, int], dict[int, float]] = {}
    runs = list(runs)
    for (dataset, method), seeds in select(runs, selection).items():
        found[dataset, method, DEFAULT_BINS] = {s: r[metric] for s, r in seeds.items()}
    for run in runs:
        bins = BINS.search(run["overrides"])
        if bins and run["imbalance_ratio"] == selection.imbalance_ratio:
            found.setdefault((run["dataset"], run["method"], int(bins[1])), {})[run["seed"]] = run[metric]
    return found
