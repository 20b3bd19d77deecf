"""Correlation of the synthetic rows' diversity and quality with the classifier's gain.

Within a dataset, over runs: Spearman's rank correlation of a measure of the rows with the gain over no
oversampling. Nothing is compared between datasets: neither measure nor gain has one scale.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from imbench.records.flat import CLASSIFIERS
from imbench.reports.registry import STATISTICS, Source, report_table
from imbench.reports.select import BySeed, Run, cell, matching
from imbench.reports.settings import classifier_hash
from imbench.reports.table import MISSING, PLAIN, Entry, ReportTable
from imbench.reports.verdict.comparison import Comparison, all_comparisons, metric_text, p_value_text
from imbench.reports.verdict.paired import Correlation, within_datasets

if TYPE_CHECKING:
    import pandas as pd

#: Measures of the synthetic rows: of their diversity, of their nearness to real rows, and their number.
MEASURES = {
    "entropy_columns": "entropy of columns",
    "entropy_pairs": "entropy of pairs of columns",
    "nearest_synthetic_median": "distance to the nearest other synthetic row",
    "recall": "recall",
    "coverage": "coverage",
    "close_probability": "close probability (scaled)",
    "close_probability_unscaled": "close probability (unscaled)",
    "density": "density",
    "precision": "precision",
    "dcr_test_median": "distance from unseen rows (DCR)",
    "synthetic_rows": "number of synthetic rows",
}
#: Rows with categories that no column can hold are left out: any of their fractions counts as a new value.
VALID_CATEGORIES = 0.99
#: The name of the methods that add as many rows as were requested.
FULL = "methods that add every requested row"
REQUESTED, ADDED, VALID = "ledger_requested", "ledger_added", "valid_category_cells"
COLUMNS = (*MEASURES, REQUESTED, ADDED, VALID)


#: Settings on a dataset below which there is no rank correlation (see :func:`within_datasets`).
LEAST = 3
FEW = "fewer than three settings with synthetic rows on every dataset"


@dataclass(frozen=True)
class Population:
    """Runs of one kind, and the correlation of each measure of their rows with the gain, by its title."""

    name: str
    size: str
    found: Mapping[str, Correlation | None]


def default_points(comparison: Comparison, baseline: str) -> pd.DataFrame:
    """A row for each run of a competing method that makes synthetic rows, with its gain over ``baseline``."""
    lines = []
    for method in comparison.competing:
        for dataset in comparison.datasets:
            group = comparison.groups[dataset, method.name]
            lines += _lines(comparison, group, dataset, method.title, baseline)
    return _valid(lines)


def full_points(points: pd.DataFrame) -> pd.DataFrame:
    """Without the groups of which any run added fewer rows than requested."""
    if points.empty:
        return points
    short = points.loc[points[ADDED] < points[REQUESTED], "group"]
    return points[~points["group"].isin(set(short))].reset_index(drop=True)


def variant_points(runs: Iterable[Run], comparison: Comparison, baseline: str) -> pd.DataFrame:
    """The same for language-model methods with any settings: ablations and ratios of interpolated rows.

    A setting counts on a dataset where it has all its seeds.
    """
    selection = comparison.selection
    found: dict[tuple[str, str], dict[int, Run]] = {}
    for run in matching(runs, selection):
        if run["llm"] is None or run["dataset"] not in comparison.datasets:
            continue
        if run[CLASSIFIERS].get(selection.classifier) != classifier_hash(selection.classifier):
            continue
        group = f"{run['method']} {run['variant']} {run['interpolation_ratio']} {run['llm']}"
        found.setdefault((run["dataset"], group), {})[run["seed"]] = run
    lines = []
    for (dataset, group), by_seed in sorted(found.items()):
        if cell(by_seed, comparison.metric, selection.seeds).complete:
            lines += _lines(comparison, by_seed, dataset, group, baseline)
    return _valid(lines)


def _lines(
    comparison: Comparison, by_seed: BySeed, dataset: str, name: str, baseline: str
) -> list[dict[str, Any]]:
    metric, seeds = comparison.metric, comparison.selection.seeds
    nothing = cell(comparison.groups.get((dataset, baseline)), metric, seeds).values
    own = cell(by_seed, metric, seeds).values
    sign = 1 if comparison.higher_is_better else -1
    return [
        {"dataset": dataset, "group": name, "seed": s, "gain": sign * (own[s] - nothing[s])}
        | {column: by_seed[s].get(column) for column in COLUMNS}
        for s in seeds
        if s in own and s in nothing and by_seed[s].get("synthetic_rows")
    ]


def _valid(lines: list[dict[str, Any]]) -> pd.DataFrame:
    """As a frame of numbers, without methods with categories that the columns cannot hold."""
    import pandas as pd

    points = pd.DataFrame(lines)
    if points.empty:
        return points
    points = points.astype(dict.fromkeys(COLUMNS, "float64"))
    invalid = set(points.loc[points[VALID].fillna(1.0) < VALID_CATEGORIES, "group"])
    return points[~points["group"].isin(invalid)].reset_index(drop=True)


def correlations(source: Source, comparison: Comparison) -> list[Population]:
    """Correlation within datasets of each measure with the gain, for three populations of runs.

    The second is needed because a method whose verification keeps few rows covers little *and* gains little:
    over all methods, the number of rows confounds every measure of them.
    """
    key = ("correlations", comparison.file)
    if key not in source.cache:
        baseline = source.suite.baseline
        methods = default_points(comparison, baseline)
        points_of = {
            "methods": methods,
            FULL: full_points(methods),
            "language-model settings": variant_points(source.runs, comparison, baseline),
        }
        source.cache[key] = [_population(name, points) for name, points in points_of.items()]
    return source.cache[key]


def _population(name: str, points: pd.DataFrame) -> Population:
    if points.empty:
        return Population(name, "", {})
    counts = points.groupby("dataset")["group"].nunique()
    size = f"{name}: {len(points)} runs, on a dataset of {counts.min()} to {counts.max()} settings"
    if counts.max() < LEAST:
        return Population(name, size, {})
    return Population(
        name, size, {title: within_datasets(points, m, "gain") for m, title in MEASURES.items()}
    )


def correlation_note(populations: Iterable[Population], comparison: Comparison, baseline: str) -> str:
    """How the correlations are computed, and of which runs."""
    sizes = "; ".join(p.size for p in populations if p.size)
    return (
        "Spearman's ρ over runs within a dataset and seed, of a measure of the synthetic rows with the gain "
        f"in {metric_text(comparison.metric)} over {baseline} on the same split; mean over seeds, then "
        "datasets. p: two-sided, settings permuted within datasets (a setting's seeds stay together). "
        f"Methods with categories that no column can hold are left out. {sizes}. {comparison.note()}"
    )


def correlation_title(comparison: Comparison) -> str:
    """The title of the table and of the figure."""
    return (
        "Diversity and quality of the synthetic rows against the gain in "
        f"{metric_text(comparison.metric)}, {comparison.title}"
    )


@report_table(
    "correlation", title="Correlation of the rows' diversity and quality with the gain", group=STATISTICS,
    formats=PLAIN,
)  # fmt: skip
def correlation_tables(source: Source) -> Iterator[ReportTable]:
    """For each protocol and selection of datasets: a row for each measure of each population."""
    for comparison in all_comparisons(source):
        if comparison.sufficient:
            populations = correlations(source, comparison)
            note = correlation_note(populations, comparison, source.suite.title_of_baseline)
            yield correlation_table(populations, comparison, note)
        else:
            yield comparison.empty_table(
                "correlation", f"Diversity against the gain in {metric_text(comparison.metric)}"
            )


def correlation_table(populations: Iterable[Population], comparison: Comparison, note: str) -> ReportTable:
    """Mean ρ, its p-value, and ρ on every dataset, for each measure of each population."""
    datasets, rows = comparison.datasets, []
    for population in populations:
        name = Entry(population.name)
        if not population.found:
            state = FEW if population.size else "no runs yet"
            rows.append([name, Entry(state, MISSING), *[Entry("")] * (3 + len(datasets))])
        for title, found in population.found.items():
            if found is None:
                rows.append([name, Entry(title), *[Entry("–", MISSING)] * (3 + len(datasets))])
                continue
            same = sum((rho > 0) == (found.mean > 0) for rho in found.by_dataset.values())
            texts = [title, f"{found.mean:+.2f}", p_value_text(found.p), f"{same} of {len(found.by_dataset)}"]
            each = [
                Entry(f"{found.by_dataset[d]:+.2f}") if d in found.by_dataset else Entry("–", MISSING)
                for d in datasets
            ]
            rows.append([name, *map(Entry, texts), *each])
    header = ["runs of", "measure", "mean ρ", "p", "datasets with its sign", *datasets]
    return ReportTable(f"correlation_{comparison.file}", correlation_title(comparison), header, rows, note)
