"""The page's content as one plain object: stored runs in groups, ledgers, maps, published numbers.

Nothing is scored here. A group holds the runs of one method with one setting on one dataset, a run for each
seed; the page takes means over the seeds of complete groups only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from imbench.records.flat import CLASSIFIERS, LABELS
from imbench.records.record import DONE
from imbench.reports.methods import with_fallbacks
from imbench.reports.page.maps import load_maps, same_rows
from imbench.reports.registry import PUBLISHED, Source, discover
from imbench.reports.select import BySeed, Run, provenance
from imbench.reports.settings import Variant, classifier_hash, settings_of
from imbench.runs.environment import commit_text
from imbench.scoring.metrics import METRICS, Metric

#: The protocols as the page explains them, in its order; ``rows``: measures of the synthetic rows.
NOTES = {
    "corrected": "one encoder, F1 of the minority class, AUC from probabilities",
    "published": "as the paper's code scored: separate codes in training and test part, F1 of the class "
    "whose name sorts second (weighted for several classes), AUC from predicted labels",
    "rows": "the synthetic rows themselves, without a classifier",
}
ROWS = "rows"
#: Fields of a run's ledger, in the page's order. Seconds and shares come from the run's other files.
LEDGER = (
    "requested", "generated", "accepted", "added", "rejected", "missing", "repaired_cells", "duplicates",
    "training_copies", "tokens", "training_steps", "entropy_token", "fallback",
)  # fmt: skip
#: Overrides that are shown elsewhere, or that set no parameter of the method.
SHOWN_ELSEWHERE = (
    "method",
    "llm",
    "classifier",
    "experiment",
    "budget",
    "tracking",
    "hydra",
    "rerun",
    *LABELS,
)
DCR = "dcr_test_histogram"
#: Decimals kept of a score: enough for the fourth place of a mean to be the same as in the tables.
DIGITS = 9

#: Dataset, method, model, variant, r, q and classifier.
Key = tuple[Any, ...]


def page_data(source: Source, maps_dir: Path, link: str | None = None) -> dict[str, Any]:
    """The page's content.

    ``maps_dir`` is the folder of ``maps``, ``link`` the address of the record folders as seen from the page,
    None for no links; archived records have none. Runs with other seeds, or of a classifier with settings of
    its own, are counted, not shown.
    """
    from imbench.scoring.quality import DCR_EDGES

    discover()
    seeds = source.selection.seeds
    groups, left_out = _grouped(source.runs, seeds)
    used = {run["key"]: run for by_seed in groups.values() for run in by_seed.values()}
    commits = sorted({commit_text(run) for run in used.values()})
    protocols = describe(used.values())
    metrics = [metric["id"] for protocol in protocols for metric in protocol["metrics"]]
    published = PUBLISHED.get(source.suite.name)
    return {
        "provenance": provenance(used.values()),
        "seeds": list(seeds),
        "left_out": left_out,
        "link": link,
        "commits": commits,
        "datasets": source.suite.ordered({run["dataset"] for run in used.values()}),
        "suite_datasets": list(source.suite.datasets),
        "methods": [
            {
                "name": m.name,
                "title": m.title,
                "group": m.group,
                "in_suite": m.name in source.suite.methods,
                "competes": m.competes,
            }
            for m in with_fallbacks(
                source.suite.in_order({run["method"] for run in used.values()}), source.groups
            )
        ],
        "protocols": protocols,
        "metrics": metrics,
        "groups": [
            _group(key, by_seed, metrics, seeds) | {"dcr": _histogram(source, by_seed)}
            for key, by_seed in groups.items()
        ],
        "ledger_fields": list(LEDGER),
        "runs": {key: _run(source, run, commits) for key, run in sorted(used.items())},
        "dcr_edges": [float(e) for e in DCR_EDGES],
        "maps": _with_origins(load_maps(maps_dir), used),
        "published": published() if published else None,
    }


def describe(runs: Iterable[Run]) -> list[dict[str, Any]]:
    """The protocols, and the measures of the synthetic rows, with the metrics that any of these runs has.

    Each metric has an ``id`` (its flat name), a ``title`` and a direction ``better`` (+1 more, -1 less, 0
    neither).
    """
    names = {name for run in runs for name, value in run.items() if value is not None}
    present = [m for m in METRICS.values() if m.id in names]
    found = []
    for section, note in NOTES.items():
        metrics = sorted((m for m in present if (m.protocol or ROWS) == section), key=_crossed)
        lines = [{"id": m.id, "title": m.title, "better": m.direction} for m in metrics]
        title = "quality of the rows" if section == ROWS else f"{section} protocol"
        found.append({"name": section, "title": title, "note": note, "metrics": lines})
    return [section for section in found if section["metrics"]]


def _crossed(metric: Metric) -> bool:
    return metric.crossed


def _grouped(
    runs: list[dict[str, Any]], seeds: tuple[int, ...]
) -> tuple[dict[Key, dict[int, Run]], dict[str, int]]:
    """Runs by key and seed, the newest run of a seed; and the numbers of those left out."""
    groups: dict[Key, dict[int, Run]] = {}
    left_out = {"other seeds": 0, "other classifier settings": 0}
    for run in sorted(runs, key=lambda r: (r["finished"], r["key"])):
        if run["seed"] not in seeds:
            left_out["other seeds"] += 1
            continue
        usual = [n for n, found in sorted(run[CLASSIFIERS].items()) if found == classifier_hash(n)]
        left_out["other classifier settings"] += not usual
        for name in usual:
            start = (run["dataset"], run["method"], run["llm"], run["variant"])
            key = (*start, run["interpolation_ratio"], run["imbalance_ratio"], name)
            groups.setdefault(key, {})[run["seed"]] = run
    order = sorted(groups, key=lambda k: tuple("" if v is None else str(v) for v in k))
    return {key: groups[key] for key in order}, {k: n for k, n in left_out.items() if n}


def _group(key: Key, by_seed: BySeed, metrics: list[str], seeds: tuple[int, ...]) -> dict[str, Any]:
    dataset, method, llm, variant, r, q, classifier = key
    usual = settings_of(Variant(method), llm, classifier)
    usual_variant, usual_r = (usual.variant, usual.interpolation_ratio) if usual else (None, None)
    present = [s for s in seeds if s in by_seed]
    setting = "" if usual_variant == variant else _setting(by_seed[present[0]])
    return {
        "dataset": dataset, "method": method, "llm": llm, "setting": setting, "r": r, "q": q,
        "classifier": classifier, "usual_r": usual_r == r, "usual": usual_variant == variant and usual_r == r,
        "runs": [by_seed[s]["key"] for s in present],
        "values": [[_value(by_seed[s], m, classifier) for s in present] for m in metrics],
    }  # fmt: skip


def _setting(run: Run) -> str:
    """The overrides that set this run apart from its method's own settings."""
    overrides = [o.lstrip("+") for o in run["overrides"].split(" ") if o]
    found = [
        o for o in overrides if o.split("=")[0].split("/")[0].removeprefix("method.") not in SHOWN_ELSEWHERE
    ]
    # a YAML of its own that names the method, such as a row of an ablation
    found += [o for o in overrides if o.startswith("method=") and o != f"method={run['method']}"]
    return (
        ", ".join(o.removeprefix("method=").removeprefix("method.") for o in found)
        or f"earlier settings {run['variant'][:6]}"
    )


def _value(run: Run, metric: str, classifier: str) -> float | None:
    """A flat score; those of a run's further classifiers have the classifier's name in front."""
    prefix = "" if run.get("classifier") == classifier else f"{classifier}_"
    is_quality = METRICS[metric].protocol is None
    value = run.get(f"{prefix}{metric}", run.get(metric) if is_quality else None)
    return None if value is None else round(float(value), DIGITS)


def _run(source: Source, run: Run, commits: list[str]) -> dict[str, Any]:
    ledger = source.record(run["key"], "ledger.json")
    found = {
        "seed": run["seed"],
        "state": run["status"],
        "commit": commits.index(commit_text(run)),
        "seconds": run.get("seconds_generate"),
        "folder": (source.runs_dir / run["key"]).is_dir(),
        "ledger": [_rounded(ledger.get(name)) for name in LEDGER],
    }
    return found if run["status"] == DONE else found | {"reason": f"{run['phase']}: {run['reason']}"}


def _histogram(source: Source, by_seed: BySeed) -> list[int]:
    """The sum of the runs' DCR histograms, without the empty bins at the end."""
    quality = [source.record(run["key"], "scores.json").get("quality") or {} for run in by_seed.values()]
    counts = [sum(column) for column in zip(*(q[DCR] for q in quality if q.get(DCR)), strict=True)]
    while counts and counts[-1] == 0:
        counts.pop()
    return counts


def _with_origins(maps: dict[str, dict[str, Any]], used: Mapping[str, Run]) -> dict[str, dict[str, Any]]:
    """The maps, each method with the origin of its rows: ``record``, ``generated again`` or ``no record``."""
    for content in maps.values():
        for entry in content["methods"].values():
            run = used.get(entry["run"])
            same = run is not None and same_rows(entry, run)
            entry["origin"] = "no record" if run is None else "record" if same else "generated again"
            del entry["measured"]
    return maps


def _rounded(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value
