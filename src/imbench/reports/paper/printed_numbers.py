"""Every published number with its counterpart among the stored runs.

One function for each place in the paper; the scorecard judges what they yield.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from imbench.reports.paper.claims.ablations import mean_scores
from imbench.reports.paper.claims.evidence import Evidence, Scores
from imbench.reports.paper.claims.synthetic_rows import DCR_DATASET, dcr_mode
from imbench.reports.paper.paper_suite import method_of
from imbench.reports.paper.published import AVERAGE, COLUMNS, DATASETS, published
from imbench.reports.paper.variants import PARAMETERS, RATIOS, interpolation_variant, modifications, row_title
from imbench.reports.select import Cell, Run, Selection
from imbench.scoring.metrics import METRICS, PROTOCOLS, quality_id
from imbench.utils.paths import ROOT

NO_MODEL = "none"


@dataclass(frozen=True)
class Number:
    """A published number, and ours.

    ``ours`` is under the published protocol, or without a protocol; None where no run corresponds.
    ``corrected`` is None where there is no other protocol. ``digits``: decimals that the paper prints.
    ``spread``: whether ours is a mean over seeds. ``state``: the text where ours is missing.
    """

    source: str
    place: str
    dataset: str
    what: str
    measure: str
    model: str
    paper: float
    digits: int
    paper_std: float
    ours: Cell | None
    corrected: Cell | None = None
    spread: bool = True
    state: str = ""


def numbers(runs: Iterable[Run], selection: Selection) -> Iterator[Number]:
    """All published results, in the paper's order."""
    evidence = Evidence(runs, selection)
    for part in (_table1, _table2, _table3, _table4, _table5, _figure4, _figure6, _quoted):
        yield from part(evidence)


def averaged(scores: Scores, seeds: Sequence[int]) -> Cell:
    """The seeds' averages over the ten datasets; empty unless all ten are complete."""
    if len(scores) < len(DATASETS):
        return Cell({}, tuple(seeds))
    values = np.mean([scores[d] for d in DATASETS], axis=0)
    return Cell({s: float(v) for s, v in zip(seeds, values, strict=True)}, tuple(seeds))


def _cell(scores: Scores, dataset: str, seeds: Sequence[int]) -> Cell:
    if dataset == AVERAGE:
        return averaged(scores, seeds)
    found = scores.get(dataset, ())
    return Cell(dict(zip(seeds, found, strict=False)), tuple(seeds))


def _digits(text: str) -> int:
    return len(text.partition(".")[2])


def _number(
    evidence: Evidence,
    line: Mapping[str, str],
    what: str,
    measure: str,
    scores: Sequence[Scores],
    groups: Mapping[str, Any],
    *,
    dataset: str = AVERAGE,
    value: str = "value",
    source: str | None = None,
) -> Number:
    """A number of one dataset or of their average.

    ``scores``: ours under the published and, if there is one, under the corrected protocol. ``groups``: the
    runs behind them, for model and state.
    """
    seeds = evidence.selection.seeds
    if dataset == AVERAGE:
        state = f"{len(scores[0])} of {len(DATASETS)} datasets"
    else:
        statuses = [run["status"] for run in groups.get(dataset, {}).values()]
        failed = sorted({status for status in statuses if status != "done"})
        state = f"{statuses.count('done')} of {len(seeds)} seeds" if "done" in statuses else "missing"
        state += f" ({', '.join(failed)})" if failed else ""
    source, std = source or line["place"].partition(",")[0], float(line.get("f1_std") or "nan")
    ours, *corrected = (_cell(found, dataset, seeds) for found in scores)
    return Number(
        source, line["place"], dataset, what, measure, _model(groups), float(line[value]),
        _digits(line[value]), std, ours, corrected[0] if corrected else None, state=state,
    )  # fmt: skip


def _model(groups: Mapping[str, Any]) -> str:
    found = {run["llm"] or NO_MODEL for seeds in groups.values() for run in seeds.values()}
    return ", ".join(sorted(found)) or "–"


def _of_method(evidence: Evidence, column: str, ratio: float | None = None) -> Mapping[str, Any]:
    name = method_of(column).name
    return {d: g for (d, m), g in evidence.groups(ratio).items() if m == name and d in DATASETS}


#: Our own counts of Table I, as ``scripts/tables.py 1`` stored them, and their columns there.
COUNTED = ROOT / "results" / "tables" / "table1.csv"
COUNTS = {"rows": "N", "features": "M", "continuous": "#con", "categorical": "#cat", "classes": "K"}


def _table1(evidence: Evidence) -> Iterator[Number]:
    """Counts of Table I beside ours, which were counted in the data once and stored."""
    ours = {}
    if COUNTED.is_file():
        text = [t for t in COUNTED.read_text(encoding="utf-8").splitlines() if not t.startswith("#")]
        ours = {line["dataset"]: line for line in csv.DictReader(text)}
    for line in published("table1"):
        for measure, column in COUNTS.items():
            found = ours.get(line["dataset"], {}).get(column, "")
            cell = Cell({0: float(found)} if found.isdigit() else {}, (0,))
            yield Number(
                line["place"], line["place"], line["dataset"], "the dataset", measure, "–",
                float(line[measure]), 0, float("nan"), cell, spread=False, state="missing",
            )  # fmt: skip


def _both(evidence: Evidence, column: str) -> list[Scores]:
    return [evidence.column(column, protocol) for protocol in PROTOCOLS]


def _table2(evidence: Evidence, name: str = "table2") -> Iterator[Number]:
    """F1 of a method on a dataset: Table II, and Table V with a selection of its cells."""
    for line in published(name):
        column, dataset = line["column"], line["dataset"]
        found, groups = _both(evidence, column), _of_method(evidence, column)
        yield _number(evidence, line, column, "F1", found, groups, dataset=dataset, value="f1_mean")


def _table3(evidence: Evidence) -> Iterator[Number]:
    for line, row in zip(published("table3"), modifications(), strict=True):
        scores = [evidence.row(row, f"{protocol}_f1") for protocol in PROTOCOLS]
        names = row_title(row)
        what = ", ".join(row[name] for name in PARAMETERS) + (f" ({names})" if names else "")
        yield _number(evidence, line, what, "F1", scores, evidence.row_groups(row), value="f1_mean")


def _table4(evidence: Evidence) -> Iterator[Number]:
    for line in published("table4"):
        variant = interpolation_variant(RATIOS[line["column"]])
        names = _flat_names(line["metric"])
        scores = [evidence.variant(variant, name) for name in names]
        groups, title = evidence.variant_groups(variant), METRICS[names[0]].title
        yield _number(evidence, line, line["column"], title, scores, groups, dataset=line["dataset"])


def _flat_names(metric: str) -> list[str]:
    if metric in ("f1", "auc"):
        return [f"{protocol}_{metric}" for protocol in PROTOCOLS]
    return [quality_id(protocol, metric) for protocol in PROTOCOLS]


def _table5(evidence: Evidence) -> Iterator[Number]:
    yield from _table2(evidence, "table5")


def _figure4(evidence: Evidence) -> Iterator[Number]:
    for line in published("figure4"):
        column, names = line["column"], _flat_names(line["metric"])
        scores = [evidence.of_column(column, name) for name in names]
        groups, title = _of_method(evidence, column), METRICS[names[0]].title
        yield _number(evidence, line, column, title, scores, groups, source="Figure 4")


def _figure6(evidence: Evidence) -> Iterator[Number]:
    for line in published("figure6"):
        column, q = line["column"], float(line["imbalance_ratio"])
        scores = [evidence.of_column(column, f"{protocol}_f1", q) for protocol in PROTOCOLS]
        groups, what = _of_method(evidence, column, q), f"{column}, q = {q}"
        yield _number(evidence, line, what, "F1", scores, groups, value="f1_mean", source="Figure 6")


#: Averages and differences of averages that the text quotes: (column, column to subtract or None).
QUOTED_COLUMNS = {
    "gain_over_ctgan": ("ImbLLM", "CTGAN"),
    "gain_over_imbalance": ("ImbLLM", "Imbalance"),
    "gain_over_taptap": ("ImbLLM", "TapTap"),
    "gain_over_predllm": ("ImbLLM", "Pred-LLM"),
    "f1_imbllm": ("ImbLLM", None),
    "f1_original": ("Original", None),
    "f1_great": ("Great", None),
    "f1_all_changes": ("ImbLLM", None),
}
#: Whose modes of Figure 7 the text quotes.
DCR_MODES = {"dcr_mode_imbllm": ("ImbLLM",), "dcr_mode_others": ("CTGAN", "SMOTE-NC", "TapTap", "Pred-LLM")}
GREAT = {"prompts": "condition_y", "ordering": "permute_xy", "corpus": "all"}
#: "fix_y or minor+interpolate": ours is the mean of the two rows.
ONE_CHANGE = (GREAT | {"ordering": "fix_y"}, GREAT | {"corpus": "minority_interpolated"})
#: Numbers of the text that are in ``figure4`` and ``figure6`` as well.
ELSEWHERE = ("close_", "coverage_", "q_low", "q_high")


def _quoted(evidence: Evidence) -> Iterator[Number]:
    """Results quoted in the text. Settings of the experiments are no results and are left out."""
    for line in published("quoted"):
        name, what, unit = line["id"], line["statement"], line["unit"]
        if line["kind"] != "result" or name.startswith(ELSEWHERE):
            continue
        if name in QUOTED_COLUMNS:
            column, other = QUOTED_COLUMNS[name]
            scores, groups = _both(evidence, column), _of_method(evidence, column)
            if other:
                scores = [_difference(*pair) for pair in zip(scores, _both(evidence, other), strict=True)]
            yield _number(evidence, line, what, unit, scores, groups, source="text")
        elif name in DCR_MODES:
            yield _dcr_mode(evidence, line)
        elif name == "smotenc_rank":
            yield _rank(evidence, line, "SMOTE-NC")
        elif name.endswith("_one_change"):
            scores = [_one_change(evidence, f"{protocol}_f1", name) for protocol in PROTOCOLS]
            groups = evidence.row_groups(ONE_CHANGE[0])
            yield _number(evidence, line, what, unit, scores, groups, source="text")
        else:
            yield Number(
                "text", line["place"], "–", what, unit, "–", float(line["value"]), _digits(line["value"]),
                float("nan"), None, state="–",
            )  # fmt: skip


def _dcr_mode(evidence: Evidence, line: Mapping[str, str]) -> Number:
    """The mode of Figure 7 on its dataset; for "the other methods" the mean of theirs."""
    seeds, cells = evidence.selection.seeds, []
    for protocol in PROTOCOLS:
        modes = [dcr_mode(evidence, column, protocol) for column in DCR_MODES[line["id"]]]
        found = np.mean(modes, axis=0) if all(modes) else ()
        cells.append(Cell({s: float(v) for s, v in zip(seeds, found, strict=False)}, seeds))
    return Number(
        "text", line["place"], DCR_DATASET, line["statement"], line["unit"],
        _model(_of_method(evidence, "ImbLLM")), float(line["value"]), _digits(line["value"]), float("nan"),
        *cells, state="missing",
    )  # fmt: skip


def _rank(evidence: Evidence, line: Mapping[str, str], column: str) -> Number:
    """The place of a method by its average, among the paper's methods that do not see the removed rows."""
    means = {c: averaged(evidence.column(c, "published"), evidence.selection.seeds) for c in COLUMNS[1:]}
    complete = all(cell.complete for cell in means.values())
    place = 1 + sum(cell.mean > means[column].mean for cell in means.values()) if complete else 0
    have = f"{sum(cell.complete for cell in means.values())} of {len(means)} methods"
    return Number(
        "text", line["place"], AVERAGE, line["statement"], line["unit"], NO_MODEL, float(line["value"]), 0,
        float("nan"), Cell({0: float(place)} if complete else {}, (0,)), spread=False, state=have,
    )  # fmt: skip


def _one_change(evidence: Evidence, metric: str, name: str) -> Scores:
    both = mean_scores([evidence.row(row, metric) for row in ONE_CHANGE])
    return both if name.startswith("f1") else _difference(both, evidence.row(GREAT, metric))


def _difference(a: Scores, b: Scores) -> Scores:
    return {d: tuple(float(v) for v in np.subtract(a[d], b[d])) for d in a if d in b}
