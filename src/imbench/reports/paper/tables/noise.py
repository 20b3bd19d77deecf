"""How far a published score moves when nothing but the classifier's arithmetic changes.

The number of histogram bins does not define another method: 255, 256 (the default), 257 or 384 of them. Runs
with ``+classifier.xgboost.max_bin=N`` are compared with the default ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from imbench.reports.methods import in_order
from imbench.reports.paper.published import DATASETS, table2_value
from imbench.reports.registry import Source, report_table
from imbench.reports.select import provenance
from imbench.reports.table import MISSING, Entry, ReportTable

BINS = re.compile(r"classifier\.xgboost\.max_bin=(\d+)")
DEFAULT_BINS = 256
METRIC = "published_f1"
#: Values by dataset, method and number of bins, and by seed.
Scores = dict[tuple[str, str, int], dict[int, float]]


@report_table("noise", title="Published F1 under changes of arithmetic alone", suite="paper")
def noise(source: Source) -> Iterator[ReportTable]:
    """A column for each number of bins; nothing where no run has another number than the default.

    Cells are means over the seeds; the last lines are the mean absolute difference to the paper.
    """
    scores = _by_bins(source)
    bins = sorted({b for _, _, b in scores})
    names = {m for _, m, b in scores if b != DEFAULT_BINS}
    seeds, rows = source.selection.seeds, []
    for method in in_order(names):
        gaps: dict[int, list[float]] = {b: [] for b in bins}
        for dataset in DATASETS:
            paper = table2_value(dataset, method.paper_column)
            row = [Entry(dataset), Entry(method.title), Entry(f"{paper[0]:.4f}" if paper else "–")]
            for b in bins:
                values = scores.get((dataset, method.name, b), {})
                complete = set(seeds) <= set(values)
                mean = float(np.mean([values[s] for s in seeds])) if complete else float("nan")
                row.append(_entry(mean))
                gaps[b].append(mean - paper[0] if paper else float("nan"))
            rows.append(row)
        means = [_entry(np.mean(np.abs(gaps[b]))) for b in bins]
        rows.append([Entry("mean |difference|"), Entry(method.title), Entry(""), *means])
    note = (
        f"Published F1, mean over seeds {', '.join(map(str, seeds))}; the same rows, "
        f"{source.selection.classifier} with another number of histogram bins (256 is the default). "
        f"{provenance(r for r in source.runs if r['method'] in names)}."
    )
    if rows:
        header = ["dataset", "method", "paper", *(f"{b} bins" for b in bins)]
        yield ReportTable("noise", "Published F1 under changes of arithmetic alone", header, rows, note)


def _entry(mean: float) -> Entry:
    return Entry("missing", MISSING) if np.isnan(mean) else Entry(f"{mean:.4f}")


def _by_bins(source: Source) -> Scores:
    found: Scores = {}
    for (dataset, method), by_seed in source.groups.items():
        done = {seed: run[METRIC] for seed, run in by_seed.items() if run["status"] == "done"}
        found[dataset, method, DEFAULT_BINS] = done
    for run in source.runs:
        bins = BINS.search(run["overrides"])
        if bins and run["status"] == "done" and run["imbalance_ratio"] == source.selection.imbalance_ratio:
            found.setdefault((run["dataset"], run["method"], int(bins[1])), {})[run["seed"]] = run[METRIC]
    return found
