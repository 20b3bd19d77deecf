"""ImbLLM with ``llm=tiny`` beside TabularARGN: CPU seconds and scores, both sides in turn in one process.

TabularARGN is fitted on the minority rows and sampled up to balance, as ``method=tabular_argn`` does.
Imports and a first call on a small dataset are not measured.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from statistics import mean, median
from typing import Any

from benchmark.tiny_run import run_tiny
from imbench.data.catalogue import load_dataset
from imbench.data.split import Split, split_dataset
from imbench.utils.config import entry

RATIO = 0.2
SIDES = {"tiny": ("method=imbllm",), "tabular_argn": ("method=tabular_argn",)}
SCORES = ("f1", "average_precision")
#: The datasets without which ``scripts/benchmark.py tiny`` is not complete.
DATASETS = ("german", "fuel", "insurance", "car", "bank", "sick", "adult", "credit_card", "gem_price",
            "housing")  # fmt: skip
WARM_UP = "insurance"
SAMPLED, SAMPLED_ROWS = "adult", 10_000


def against_peer(
    dataset: str, alternations: int, data_dir: str | None = None, sides: Mapping[str, Sequence[str]] = SIDES
) -> dict[str, Any]:
    """CPU seconds of fit and sampling and corrected scores (XGBoost), a list a side.

    Alternation ``i`` has the split, the generator and the classifier of seed ``i`` on both sides. ``ratio``
    is the median of the sides' seconds, ours over the peer's.
    """
    if alternations < 1:
        raise ValueError(f"alternations={alternations}: at least one is needed.")
    table = load_dataset(entry("dataset", dataset), data_dir)
    found: dict[str, Any] = {"table": dataset, "alternations": alternations}
    for seed in range(alternations):
        split = split_dataset(table, seed, RATIO)
        for side, overrides in sides.items():
            sampler, scores, seconds = run_tiny(split, seed, overrides)
            here = found.setdefault(side, {n: [] for n in ("cpu_seconds", *SCORES)})
            for name, value in {"cpu_seconds": seconds, **{s: scores[s] for s in SCORES}}.items():
                here[name].append(value)
            found |= {"rows": len(split.train.labels), "made": sampler.ledger_["accepted"]}
    ours, peer = (median(found[side]["cpu_seconds"]) for side in sides)
    return {**found, "ratio": ours / peer}


def warm_up(data_dir: str | None = None) -> None:
    """Load the libraries of both sides and let them allocate, so that no measurement pays for it."""
    against_peer(WARM_UP, 1, data_dir)


def sampling(alternations: int, data_dir: str | None = None) -> dict[str, Any]:
    """CPU seconds in which ImbLLM's fitted model samples ``SAMPLED_ROWS`` minority rows, the label given."""
    from imbench.lm.interface import Sampling

    split: Split = split_dataset(load_dataset(entry("dataset", SAMPLED), data_dir), 0, RATIO)
    model = run_tiny(split, 0, SIDES["tiny"])[0].model_
    label = split.train.features.shape[1]
    prompts = [[(label, str(split.minority))]] * SAMPLED_ROWS
    times = []
    for seed in range(alternations):
        started = time.process_time()
        model.sample(prompts, list(range(label)), Sampling(), seed=seed)
        times.append(time.process_time() - started)
    return {"table": f"{SAMPLED}, {SAMPLED_ROWS:,} rows sampled", "made": SAMPLED_ROWS,
            "alternations": alternations, "tiny": {"cpu_seconds": times}}  # fmt: skip


def lines(found: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Lines of the report: a dataset, then each side's median seconds and mean scores."""
    rows = []
    for m in found:
        sides = [m.get(side) for side in SIDES]
        seconds = [f"{median(s['cpu_seconds']):.2f}" if s else "–" for s in sides]
        scores = [f"{mean(s[name]):.3f}" if s and name in s else "–" for name in SCORES for s in sides]
        ratio = f"**{m['ratio']:.2f}**" if "ratio" in m else "–"
        rows.append([m["table"], str(m["made"]), *seconds, ratio, *scores])
    return rows
