"""Two small pieces of work of always the same size, by which the speed of machines is compared."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from imbench.records.record import RunFolder
from imbench.utils.files import read_json
from imbench.utils.paths import ROOT

STORE = ROOT / "results" / "benchmark" / "reference_timings.json"
#: What is measured: the training of a small language model, and everything else.
KINDS = ("training", "classifier")
STEPS, ROWS, COLUMNS, TREES, REPEATS = 5, 4000, 20, 60, 3


def measure_reference_timings() -> dict[str, float]:
    """CPU seconds of each kind of work on this machine: a few seconds altogether, on one core.

    CPU seconds, not wall time: what else the machine does is no property of its speed.
    """
    return {"training": median(_training()), "classifier": median(_classifier())}


def _training() -> list[float]:
    """Fine-tuning steps of ``tiny_text`` on an artificial dataset of ten columns."""
    from benchmark.parts import artificial_rows
    from benchmark.sides import Ours
    from imbench.lm.llm_options import llm_options
    from imbench.lm.row_model import one_thread

    with one_thread():
        ours = Ours(artificial_rows(10, 10), {**llm_options("tiny_text"), "training": {"lr": 1e-3}})
        ours.steps(1)
        return [_cpu(lambda: ours.steps(STEPS)) for _ in range(REPEATS)]


def _classifier() -> list[float]:
    """One fit of XGBoost on random numbers."""
    import numpy as np
    from xgboost import XGBClassifier

    rng = np.random.default_rng(0)
    rows = rng.normal(size=(ROWS, COLUMNS))
    labels = (rows[:, 0] + rng.normal(size=ROWS) > 0).astype(int)

    def fit() -> None:
        XGBClassifier(n_estimators=TREES, n_jobs=1).fit(rows, labels)

    fit()
    return [_cpu(fit) for _ in range(REPEATS)]


def _cpu(work: Any) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def stored_reference_timings(path: Path = STORE) -> dict[str, dict[str, float]]:
    """Reference timings by processor, as ``scripts/benchmark.py scale`` measured them on each machine."""
    found = read_json(path) or {}
    return {
        processor: {kind: float(seconds[kind]) for kind in KINDS}
        for processor, seconds in found.items()
        if isinstance(seconds, Mapping) and all(isinstance(seconds.get(kind), int | float) for kind in KINDS)
    }


def store_reference_timings(folder: Path) -> dict[str, float]:
    """Measure this machine and keep it beside the other machines'; returns what was measured."""
    from imbench.runs.environment import processor

    found = measure_reference_timings()
    known = read_json(folder / STORE.name) or {}
    RunFolder(folder).write_json(STORE.name, known | {processor(): found})
    return found
