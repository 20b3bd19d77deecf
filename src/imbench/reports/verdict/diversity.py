"""What the diversity and the quality of the synthetic rows have to do with the classifier's gain.

Within a dataset, over runs: Spearman's rank correlation of a measure of the rows with the gain in F1 over
no oversampling. Between datasets nothing is compared, for neither measure nor gain has one scale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from imbench.reports.paper.published import DATASETS
from imbench.reports.select import Selection, cell, chosen, settings_of
from imbench.reports.table import MISSING, Entry, ReportTable
from imbench.reports.verdict.paired import Correlation, within_datasets
from imbench.reports.verdict.statistics import Field, Groups, metric_text, note, p_value_text
from imbench.runs.flat import CLASSIFIERS

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
#: Rows whose categories no column can hold have no diversity to speak of: every fraction is "new".
VALID_CATEGORIES = 0.99
#: The name of the methods that verification leaves complete.
FULL = "methods that add every row asked for"
LEDGER = ("ledger_asked", "ledger_added")


def default_points(groups: Groups, selection: Selection, metric: str, field: Field) -> pd.DataFrame:
    """A line for each run of a competing method that makes rows, with its gain over "Imbalance"."""
    lines = []
    for method in field.competing:
        for dataset in field.datasets:
            lines += _lines(groups, groups[dataset, method.name], selection, metric, dataset, method.title)
    return _valid(pd.DataFrame(lines))


def full_points(points: pd.DataFrame) -> pd.DataFrame:
    """Without the groups any of whose runs added fewer rows than it was asked for."""
    if points.empty:
        return points
    few = points["ledger_added"] < points["ledger_asked"]
    return points[~points["group"].isin(set(points.loc[few, "group"]))].reset_index(drop=True)


def variant_points(
    runs: Iterable[Mapping[str, Any]], groups: Groups, selection: Selection, metric: str, field: Field
) -> pd.DataFrame:
    """The same for language-model methods of any settings: ablations and ratios of interpolated rows.

    A setting counts on a dataset where it has all its seeds.
    """
    found: dict[tuple[str, str], dict[int, Mapping[str, Any]]] = {}
    for run in chosen(runs, selection):
        if run["llm"] is None or run["dataset"] not in field.datasets:
            continue
        settings = settings_of((f"method={run['method']}",), run["llm"], selection.classifier)
        if settings is None or run[CLASSIFIERS].get(selection.classifier) != settings[2]:
            continue
        group = f"{run['method']} {run['variant']} {run['interpolation_ratio']} {run['llm']}"
        found.setdefault((run["dataset"], group), {})[run["seed"]] = run
    lines = []
    for (dataset, group), seeds in sorted(found.items()):
        if cell(seeds, metric, selection.seeds).complete:
            lines += _lines(groups, seeds, selection, metric, dataset, group)
    return _valid(pd.DataFrame(lines))


def _lines(
    groups: Groups, group: Mapping[int, Mapping[str, Any]], selection: Selection, metric: str, dataset: str,
    name: str,
) -> list[dict[str, Any]]:  # fmt: skip
    nothing = cell(groups.get((dataset, "imbalance")), metric, selection.seeds).values
    own = cell(group, metric, selection.seeds).values
    return [
        {"dataset": dataset, "group": name, "seed": s, "gain": own[s] - nothing[s]}
        | {m: group[s].get(m) for m in (*MEASURES, *LEDGER, "valid_category_cells")}
        for s in selection.seeds
        if s in own and s in nothing and group[s].get("synthetic_rows")
    ]


def _valid(points: pd.DataFrame) -> pd.DataFrame:
    """Without the methods any of whose runs holds categories that the columns cannot hold; all as numbers."""
    if points.empty:
        return points
    points = points.astype(dict.fromkeys((*MEASURES, *LEDGER, "valid_category_cells"), "float64"))
    broken = set(points.loc[points["valid_category_cells"].fillna(1.0) < VALID_CATEGORIES, "group"])
    return points[~points["group"].isin(broken)].reset_index(drop=True)


@dataclass(frozen=True)
class Population:
    """Runs of one kind: what each measure of their rows has to do with the gain, by the measure's words."""

    name: str
    size: str
    found: Mapping[str, Correlation | None]


def correlations(
    runs: Iterable[Mapping[str, Any]], groups: Groups, selection: Selection, metric: str, field: Field
) -> list[Population]:
    """Rank correlation within datasets of each measure with the gain, for three populations of runs.

    The second one is there because a method whose verification keeps few rows covers little *and* gains
    little: over all methods, the number of rows hides behind every measure of them.
    """
    methods = default_points(groups, selection, metric, field)
    points_of = {
        "methods": methods,
        FULL: full_points(methods),
        "language-model settings": variant_points(runs, groups, selection, metric, field),
    }
    populations = []
    for name, points in points_of.items():
        if points.empty:
            populations.append(Population(name, "", {}))
            continue
        counts = points.groupby("dataset")["group"].nunique()
        size = f"{name}: {len(points)} runs, on a dataset of {counts.min()} to {counts.max()} settings"
        found = {words: within_datasets(points, m, "gain") for m, words in MEASURES.items()}
        populations.append(Population(name, size, found))
    return populations


def correlation_note(
    populations: Iterable[Population], groups: Groups, selection: Selection, metric: str, field: Field
) -> str:
    """How the correlations were made, and of which runs."""
    sizes = "; ".join(p.size for p in populations if p.size)
    return (
        f"Spearman's ρ over runs within a dataset and seed, of a measure of the synthetic rows with the gain in "
        f"{metric_text(metric)} over Imbalance on the same split; mean over seeds, then datasets. p: "
        "two-sided, settings permuted within datasets (a setting's seeds stay together). Methods with "
        f"categories that no column can hold are left out. {sizes}. {note(groups, selection, field)}"
    )


def correlation_title(metric: str, field: Field) -> str:
    """The heading of the table and of the figure."""
    return f"Diversity and quality of the synthetic rows against the gain in {metric_text(metric)}, {field.words}"


def correlation_table(populations: Iterable[Population], metric: str, field: Field, text: str) -> ReportTable:
    """A line for each measure of each population: mean ρ, p-value, and ρ dataset by dataset."""
    rows = []
    for population in populations:
        name = Entry(population.name)
        if not population.found:
            rows.append([name, Entry("no runs yet", MISSING), *[Entry("")] * (3 + len(DATASETS))])
        for words, found in population.found.items():
            if found is None:
                rows.append([name, Entry(words), *[Entry("–", MISSING)] * (3 + len(DATASETS))])
                continue
            same = sum((rho > 0) == (found.mean > 0) for rho in found.by_dataset.values())
            per_dataset = [
                Entry(f"{found.by_dataset[d]:+.2f}") if d in found.by_dataset else Entry("–", MISSING)
                for d in DATASETS
            ]
            head = [name, Entry(words), Entry(f"{found.mean:+.2f}"), Entry(p_value_text(found.p))]
            rows.append([*head, Entry(f"{same} of {len(found.by_dataset)}"), *per_dataset])
    header = ["runs of", "measure", "mean ρ", "p", "datasets with its sign", *DATASETS]
    return ReportTable(
        f"correlation_{metric}_{field.name}", correlation_title(metric, field), header, rows, text
    )
