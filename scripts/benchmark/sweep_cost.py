"""What a sweep costs beyond its work: the command ``run.py -m`` beside a bare loop over the same calls."""

from __future__ import annotations

import itertools
import json
import shutil
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmark.commands import timed
from imbench.utils.paths import ROOT

METHODS = ("imbalance", "class_weight", "duplicate", "smote")
DATASET, SEEDS = "insurance", 25
BARE = "bare loop over the same calls"
SWEEP = "sweep, tracking=none"


def sweep_cost(alternations: int = 3, seeds: int = SEEDS) -> list[dict[str, Any]]:
    """Wall and CPU seconds of each side, medians of ``alternations``; each is a process of its own.

    ``ratio`` and ``cpu_ratio`` are medians over the alternations of a side's seconds over the bare loop's in
    the same alternation.
    """
    times: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "configs.json").write_text(json.dumps(_configs()), encoding="utf-8")
        for _, (name, command, fresh) in itertools.product(range(alternations), _sides(folder, seeds)):
            for used in fresh:
                shutil.rmtree(folder / used, ignore_errors=True)
            times.setdefault(name, []).append(timed(command))
    bare = times[BARE]
    return [
        {
            "what": f"{name}: {len(METHODS) * seeds} runs", "alternations": alternations,
            "seconds": median(wall for wall, _ in found), "cpu_seconds": median(cpu for _, cpu in found),
            "ratio": median(wall / b for (wall, _), (b, _) in zip(found, bare, strict=True)),
            "cpu_ratio": median(cpu / b for (_, cpu), (_, b) in zip(found, bare, strict=True)),
        }
        for name, found in times.items()
    ]  # fmt: skip


def _configs() -> list[dict[str, Any]]:
    from imbench.sweeps.plan import planned

    return planned([f"dataset={DATASET}", f"method={','.join(METHODS)}", "seed=0"])


def _sides(folder: Path, seeds: int) -> list[tuple[str, list[str], tuple[str, ...]]]:
    """Name, command, and the folders that are removed before it."""
    sweep = ["run.py", "-m", f"dataset={DATASET}", f"method={','.join(METHODS)}", f"seed=range(0,{seeds})"]
    none = [*sweep, f"runs_dir={folder}/runs", "tracking=none"]
    store = [f"tracking.uri=sqlite:///{folder}/store/mlflow.db", f"tracking.artifacts={folder}/store/files"]
    sqlite = [*sweep, f"runs_dir={folder}/tracked", *store]
    bare = [str(ROOT / "scripts/benchmark/bare_loop.py"), str(folder / "configs.json"), str(folder / "bare"),
            str(seeds)]  # fmt: skip
    return [
        (BARE, bare, ("bare",)),
        (SWEEP, none, ("runs",)),
        (f"{SWEEP}, all done", none, ()),
        ("sweep, tracking=sqlite in a new store", sqlite, ("tracked", "store")),
        ("sweep, tracking=sqlite, all done", sqlite, ()),
    ]
