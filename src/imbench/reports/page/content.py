"""What the page shows, as one plain object: stored runs in groups, ledgers, maps, the paper's numbers.

Nothing is scored here. A group holds the runs of one method with one setting on one dataset, a run for each
seed; the page takes means over the seeds of complete groups only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from imbench.reports.methods import in_order
from imbench.reports.page.maps import load_maps, same_rows
from imbench.reports.page.metric_names import PROTOCOLS, describe
from imbench.reports.paper.page_numbers import published_numbers
from imbench.reports.paper.published import DATASETS
from imbench.reports.select import SEEDS, provenance, settings_of
from imbench.runs.environment import commit_text
from imbench.runs.flat import CLASSIFIERS, LABELS
from imbench.runs.record import DONE, RunFolder
from imbench.scoring.quality import DCR_EDGES

#: Fields of a run's ledger, in the page's order. Seconds and shares come from the run's other files.
LEDGER = (
    "asked", "generated", "accepted", "added", "rejected", "missing", "repaired_cells", "duplicates",
    "training_copies", "tokens", "training_steps", "entropy_token", "fallback",
)  # fmt: skip
#: Words of a command line that the labels tell already, or that choose no setting of the method.
TOLD = ("method", "llm", "classifier", "experiment", "budget", "tracking", "hydra", "rerun", *LABELS)
DCR = "dcr_test_histogram"
#: Places kept of a score: enough for the fourth place of a mean to be the same as in the datasets.
DIGITS = 9


def page_data(
    runs: Iterable[Mapping[str, Any]],
    runs_dir: Path,
    maps_dir: Path,
    seeds: tuple[int, ...] = SEEDS,
    link: str | None = None,
) -> dict[str, Any]:
    """The page's content of these flat runs (``collect.load_runs``).

    ``runs_dir`` is where their records are (for the ledgers and the histograms, which a flat run leaves
    out), ``maps_dir`` the folder of ``maps``, ``link`` the address of ``runs_dir`` as seen from the page,
    None for no links. Runs with other seeds, or of a classifier with settings of its own, are counted and
    left out.
    """
    runs = list(runs)
    groups, left_out = _grouped(runs, seeds)
    used = {run["key"]: run for by_seed in groups.values() for run in by_seed.values()}
    marks = sorted({commit_text(run) for run in used.values()})
    names = sorted({run["method"] for run in used.values()})
    protocols = describe(used.values())
    metrics = [metric["id"] for protocol in protocols for metric in protocol["metrics"]]
    datasets = {run["dataset"] for run in used.values()}
    records = {key: RunFolder(runs_dir / key) for key in used}
    return {
        "provenance": provenance(used.values()),
        "seeds": list(seeds),
        "left_out": left_out,
        "link": link,
        "commits": marks,
        "datasets": [d for d in DATASETS if d in datasets] + sorted(datasets - set(DATASETS)),
        "paper_tables": list(DATASETS),
        "methods": [
            {"name": c.name, "title": c.title, "group": c.group, "column": c.column, "competes": c.competes}
            for c in in_order(names)
        ],
        "protocols": protocols,
        "metrics": metrics,
        "groups": _with_histograms([_group(k, g, metrics, seeds) for k, g in groups.items()], records),
        "ledger_fields": list(LEDGER),
        "runs": {key: _run(run, records[key], marks) for key, run in sorted(used.items())},
        "dcr_edges": [float(e) for e in DCR_EDGES],
        "maps": _traced(load_maps(maps_dir), used),
        "paper": published_numbers(),
    }


def _grouped(
    runs: list[Mapping[str, Any]], seeds: tuple[int, ...]
) -> tuple[dict[tuple[Any, ...], dict[int, Mapping[str, Any]]], dict[str, int]]:
    """Runs by (dataset, method, model, variant, r, q, classifier) and seed; the newest run of a seed counts."""
    groups: dict[tuple[Any, ...], dict[int, Mapping[str, Any]]] = {}
    left_out = {"other seeds": 0, "other classifier settings": 0}
    for run in sorted(runs, key=lambda r: (r["finished"], r["key"])):
        if run["seed"] not in seeds:
            left_out["other seeds"] += 1
            continue
        usual = [n for n, found in sorted(run[CLASSIFIERS].items()) if found == _usual_settings(n)]
        left_out["other classifier settings"] += not usual
        for name in usual:
            words = (run["dataset"], run["method"], run["llm"], run["variant"])
            key = (*words, run["interpolation_ratio"], run["imbalance_ratio"], name)
            groups.setdefault(key, {})[run["seed"]] = run
    order = sorted(groups, key=lambda k: tuple("" if v is None else str(v) for v in k))
    return {key: groups[key] for key in order}, {k: n for k, n in left_out.items() if n}


def _usual_settings(classifier: str) -> str | None:
    found = settings_of((), None, classifier)
    return found and found[2]


def _group(
    key: tuple[Any, ...], by_seed: Mapping[int, Mapping[str, Any]], metrics: list[str], seeds: tuple[int, ...]
) -> dict[str, Any]:
    dataset, method, llm, variant, r, q, classifier = key
    _, usual_variant, _, usual_r = settings_of((f"method={method}",), llm, classifier) or [None] * 4
    present = [s for s in seeds if s in by_seed]
    words = "" if usual_variant == variant else _setting(by_seed[present[0]])
    return {
        "dataset": dataset, "method": method, "llm": llm, "setting": words, "r": r, "q": q,
        "classifier": classifier, "usual_r": usual_r == r, "usual": usual_variant == variant and usual_r == r,
        "runs": [by_seed[s]["key"] for s in present],
        "values": [[_value(by_seed[s], m, classifier) for s in present] for m in metrics],
    }  # fmt: skip


def _setting(run: Mapping[str, Any]) -> str:
    """The words that set this run apart from its method's own settings."""
    words = [w.lstrip("+") for w in run["overrides"].split(" ") if w]
    told = [w for w in words if w.split("=")[0].split("/")[0].removeprefix("method.") not in TOLD]
    # a YAML of its own that names the method, such as a row of an ablation
    told += [w for w in words if w.startswith("method=") and w != f"method={run['method']}"]
    return (
        ", ".join(w.removeprefix("method=").removeprefix("method.") for w in told)
        or f"earlier settings {run['variant'][:6]}"
    )


def _value(run: Mapping[str, Any], metric: str, classifier: str) -> float | None:
    """A flat score; those of a run's further classifiers carry their name in front."""
    prefix = "" if run.get("classifier") == classifier else f"{classifier}_"
    value = run.get(f"{prefix}{metric}", run.get(metric) if not _is_score(metric) else None)
    return None if value is None else round(float(value), DIGITS)


def _is_score(metric: str) -> bool:
    return any(metric.startswith(f"{protocol}_") for protocol in PROTOCOLS)


def _run(run: Mapping[str, Any], folder: RunFolder, marks: list[str]) -> dict[str, Any]:
    ledger = folder.read("ledger.json") or {}
    found = {
        "seed": run["seed"],
        "state": run["status"],
        "commit": marks.index(commit_text(run)),
        "seconds": run.get("seconds_generate"),
        "ledger": [_short(ledger.get(name)) for name in LEDGER],
    }
    return found if run["status"] == DONE else found | {"reason": f"{run['phase']}: {run['reason']}"}


def _with_histograms(groups: list[dict[str, Any]], records: Mapping[str, RunFolder]) -> list[dict[str, Any]]:
    """Each group with the sum of its runs' DCR histograms, without the empty bins at the end."""
    for group in groups:
        quality = [(records[key].read("scores.json") or {}).get("quality") or {} for key in group["runs"]]
        found = [q[DCR] for q in quality if q.get(DCR)]
        counts = [sum(column) for column in zip(*found, strict=True)]
        while counts and counts[-1] == 0:
            counts.pop()
        group["dcr"] = counts
    return groups


def _traced(
    maps: dict[str, dict[str, Any]], used: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The maps, each method with a word on its rows: the record's own, ``made again``, or ``no record``."""
    for content in maps.values():
        for entry in content["methods"].values():
            run = used.get(entry["run"])
            same = run is not None and same_rows(entry, run)
            entry["origin"] = "no record" if run is None else "record" if same else "made again"
            del entry["measured"]
    return maps


def _short(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value
