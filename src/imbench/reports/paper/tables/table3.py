"""Table III: what sampling, permutation and fine-tuning do on their own and together.

The eight rows are the cross of three words of ``LLMOversampler`` around GReaT. Two of its corners are
GReaT and ImbLLM themselves, so a run stored under either name answers for its row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from imbench.reports.methods import method_metadata
from imbench.reports.paper.cells import (
    METRIC_NAMES,
    PAPERS_MODEL,
    PROTOCOLS,
    averaged,
    datasets_known,
    gap_entry,
    marked_if_complete,
    note_of,
    partial_options,
    score_entry,
    shared_datasets,
)
from imbench.reports.paper.published import COLUMNS, DATASETS, published
from imbench.reports.select import Cell, Selection, cell, select_variant
from imbench.reports.table import MISSING, Entry, ReportTable, ranked
from imbench.runs.key import NOT_IDENTITY_INSIDE
from imbench.utils.config import entries

#: The words that the dataset varies, and what the paper calls them.
WORDS = {"prompts": "sampling", "ordering": "permutation", "corpus": "fine-tuning"}
KEYS = 1 + len(WORDS)
PAPERS_WORDS = (
    " The paper's words for the fine-tuning: all is major+minor, minority_interpolated is minor+interpolate."
    + PAPERS_MODEL
)
#: The method around which they vary, by its column in the paper.
VARIED = COLUMNS[-1]

Group = dict[str, dict[int, Mapping[str, Any]]]


def modifications() -> list[dict[str, str]]:
    """The eight rows in the paper's order, each ``{word: value}``."""
    return [{word: line[word] for word in WORDS} for line in published("table3")]


def overrides_of(row: Mapping[str, str]) -> tuple[str, ...]:
    """The words of the command line that make a row's runs."""
    base = next(method.name for method in method_metadata().values() if method.column == VARIED)
    return (f"method={base}", *(f"method.{word}={row[word]}" for word in WORDS))


def namesakes(row: Mapping[str, str]) -> tuple[str, ...]:
    """Methods whose own YAML says the very same as the row: equal settings under another name."""
    base = overrides_of(row)[0].removeprefix("method=")
    wanted = {**_settings_by_yaml()[base], **row}
    return tuple(name for name, found in _settings_by_yaml().items() if found == wanted)


@lru_cache(maxsize=1)
def _settings_by_yaml() -> dict[str, dict[str, Any]]:
    """The settings of every method by its name, without the words that only name or describe it."""
    names = ("name", *NOT_IDENTITY_INSIDE["method"])
    found = {}
    for config in entries("method").values():
        found[config["name"]] = {k: v for k, v in config.items() if k not in names}
    return found


def runs_of(runs: Iterable[Mapping[str, Any]], selection: Selection, row: Mapping[str, str]) -> Group:
    """A row's runs by dataset and seed, under whichever name: a done one before others, then the newest."""
    runs = list(runs)
    found: Group = {}
    for overrides in (overrides_of(row), *((f"method={name}",) for name in namesakes(row))):
        for dataset, seeds in select_variant(runs, selection, overrides).items():
            for seed, run in seeds.items():
                known = found.setdefault(dataset, {})
                known[seed] = max(known.get(seed, run), run, key=_standing)
    return found


def _standing(run: Mapping[str, Any]) -> tuple[bool, str]:
    return run["status"] == "done", str(run["finished"])


def table3(runs: Iterable[Mapping[str, Any]], selection: Selection) -> ReportTable:
    """Table III: mean F1 over the datasets, the paper's beside ours under both protocols.

    Ours averages the datasets that are complete in all eight rows. Where these are not all ten, the
    columns say how many they are and no difference to the paper is given.
    """
    rows, groups = _grouped(runs, selection)
    cells = {r: [_cells(group, f"{r}_f1", selection) for group in groups] for r in PROTOCOLS}
    shared = shared_datasets(column for protocol in PROTOCOLS for column in cells[protocol])
    complete = len(shared) == len(DATASETS)
    header = ["method", *WORDS.values(), "complete", "paper"]
    body = [_words_of(row) for row in rows]
    paper = [float(line["f1_mean"]) for line in published("table3")]
    for line, group, value in zip(body, cells[PROTOCOLS[0]], paper, strict=True):
        done = sum(c.complete for c in group.values())
        line += [Entry(f"{done} of {len(group)} datasets", MISSING * (done < len(group)))]
        line += [Entry(f"{value:.4f}")]
    for protocol in PROTOCOLS:
        header += [protocol + ("" if complete else f" ({len(shared)} datasets)"), f"{protocol} - paper"]
        means = [averaged([c[d] for d in shared], selection.seeds) for c in cells[protocol]]
        for line, entry, mean, value in zip(body, _ranked(means), means, paper, strict=True):
            line += [entry, gap_entry(mean, value if complete else None)]
    note = (
        note_of("both", selection, _used(groups)) + partial_options(shared, "all eight rows") + PAPERS_WORDS
    )
    title = "Table III: F1 of the three modifications, averaged over the datasets"
    return ReportTable("table3", title, header, body, note, keys=KEYS)


def table3_grid(
    runs: Iterable[Mapping[str, Any]], protocol: str, selection: Selection, metric: str = "f1"
) -> ReportTable:
    """The eight rows on every dataset under one protocol; best and second marked on complete datasets."""
    rows, groups = _grouped(runs, selection)
    cells = [_cells(group, f"{protocol}_{metric}", selection) for group in groups]
    shared = shared_datasets(cells)
    body = [_words_of(row) for row in rows]
    for dataset in DATASETS:
        for line, entry in zip(body, _ranked([c[dataset] for c in cells]), strict=True):
            line.append(entry)
    header = ["method", *WORDS.values(), *DATASETS, "Average"]
    for line, column in zip(body, cells, strict=True):
        complete = all(c.complete for c in column.values())
        mean = averaged(list(column.values()), selection.seeds)
        line.append(score_entry(mean) if complete else datasets_known(column))
    if 0 < len(shared) < len(DATASETS):
        header.append(f"Average of {len(shared)} datasets")
        means = [averaged([c[d] for d in shared], selection.seeds) for c in cells]
        body = [[*line, entry] for line, entry in zip(body, _ranked(means), strict=True)]
    note = (
        note_of(protocol, selection, _used(groups)) + partial_options(shared, "all eight rows") + PAPERS_WORDS
    )
    name = f"table3_{protocol}" + ("" if metric == "f1" else f"_{metric}")
    title = f"Table III dataset by dataset, {METRIC_NAMES.get(metric, metric)}, {protocol} protocol"
    return ReportTable(name, title, header, body, note, keys=KEYS, columns=6)


def _grouped(
    runs: Iterable[Mapping[str, Any]], selection: Selection
) -> tuple[list[dict[str, str]], list[Group]]:
    runs, rows = list(runs), modifications()
    return rows, [runs_of(runs, selection, row) for row in rows]


def _cells(group: Group, metric: str, selection: Selection) -> dict[str, Cell]:
    return {d: cell(group.get(d), metric, selection.seeds) for d in DATASETS}


def _words_of(row: Mapping[str, str]) -> list[Entry]:
    titles = [method_metadata()[name].title for name in namesakes(row)]
    return [Entry(" = ".join(titles)), *(Entry(row[word]) for word in WORDS)]


def _ranked(cells: list[Cell]) -> list[Entry]:
    values = [c.mean if c.complete else None for c in cells]
    return marked_if_complete(ranked(values, [score_entry(c).text for c in cells], [True] * len(cells)))


def _used(groups: Iterable[Group]) -> list[Mapping[str, Any]]:
    return [run for group in groups for seeds in group.values() for run in seeds.values()]
