"""Builders that the tests share: configurations, small tables, runs as a user starts them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from imbench.data.dataset import Dataset, build_dataset
from imbench.utils import config
from imbench.utils.paths import ROOT

EMBEDDED = ("german", "car", "insurance")
METHODS = config.names("method")
DATASETS = [name for name in config.names("dataset") if name != "csv"]
CLASSIFIERS = config.names("classifier")
#: What makes a method that trains a network small enough for a test, by its YAML's own words.
SMALL_LLM = ("llm.training.steps=4", "llm.size.width=32", "llm.size.heads=2")
#: The same for a model of text, which some methods need.
SMALL_TEXT = (
    "llm=tiny_text", "llm.training.max_steps=4", "llm.training.epochs=1", "llm.size.layers=1",
    "llm.size.width=32", "llm.size.heads=2",
)  # fmt: skip


def read_yaml(kind: str, name: str) -> dict[str, Any]:
    return config.entry(kind, name)


def data_folder() -> Path | None:
    """The paper's files: IMBENCH_DATA, else ../shared/data, else nowhere."""
    named = os.environ.get("IMBENCH_DATA")
    for folder in [Path(named)] if named else [ROOT.parent / "shared" / "data"]:
        if (folder / "german.csv").is_file():
            return folder.resolve()
    return None


def compose(*overrides: str) -> Any:
    """The resolved configuration of one run, as ``run.py`` sees it."""
    from omegaconf import OmegaConf

    composed = config.compose(overrides)
    OmegaConf.resolve(composed)
    return composed


def run_config(runs_dir: Path, *overrides: str) -> Any:
    """A cheap run that leaves nothing outside ``runs_dir``."""
    return compose(f"runs_dir={runs_dir}", "tracking=none", "dataset=insurance", "method=smote", *overrides)


def makes_rows(method: str) -> bool:
    """Whether a method adds rows: it neither returns its input nor removes rows."""
    target = read_yaml("method", method)["_target_"]
    return not target.endswith("FunctionSampler") and not removes_rows(method)


def removes_rows(method: str) -> bool:
    return ".under_sampling." in read_yaml("method", method)["_target_"]


def is_llm(method: str) -> bool:
    return "llm" in read_yaml("method", method)


def small(method: str) -> list[str]:
    """Overrides under which the method takes seconds."""
    words = read_yaml("method", method)
    if "llm" in words:
        return list(SMALL_TEXT if method == "great_reference" else SMALL_LLM)
    if "max_epochs" in words:
        return ["method.max_epochs=2"]
    if "trees" in words:
        return ["method.trees=5", "method.max_iters=2"]
    if "epochs" in words:
        return ["method.epochs=2", "method.batch_size=20"]
    if "epochs" in (words.get("options") or {}):
        return ["method.options.epochs=2", "+method.options.batch_size=20"]
    return []


def method_config(method: str, *overrides: str) -> dict[str, Any]:
    """A method's configuration with the settings of :func:`small`, as plain data."""
    return config.plain(compose(f"method={method}", *small(method), *overrides).method)


def mixed_frame(rows: int = 120, minority: int = 24, seed: int = 0, kinds: str = "mixed") -> pd.DataFrame:
    """Raw rows with the column ``label`` (``rare`` or ``usual``); ``kinds``: mixed, numbers, words."""
    rng = np.random.default_rng(seed)
    label = np.array(["rare"] * minority + ["usual"] * (rows - minority))
    shift = (label == "rare").astype(float)
    numbers = {
        "size": (rng.normal(size=rows) + 1.5 * shift).round(3),
        "count": rng.poisson(4 + 3 * shift).astype(float),
        "level": (rng.uniform(0, 10, rows) - 2 * shift).round(2),
    }
    words = {
        "colour": rng.choice(["red", "green", "blue"], rows),
        "shape": np.where(rng.uniform(size=rows) < 0.3 + 0.4 * shift, "round", "flat"),
        "place": rng.choice(["a b", "c,d", "e"], rows),
    }
    columns = {"mixed": numbers | words, "numbers": numbers, "words": words}[kinds]
    frame = pd.DataFrame({**columns, "label": label})
    return frame.sample(frac=1, random_state=seed).reset_index(drop=True)


def mixed_dataset(rows: int = 120, minority: int = 24, seed: int = 0, kinds: str = "mixed") -> Dataset:
    frame = mixed_frame(rows, minority, seed, kinds)
    continuous = [c for c in ("size", "count", "level") if c in frame]
    categorical = [c for c in ("colour", "shape", "place") if c in frame]
    return build_dataset("mixed", frame, "label", continuous, categorical)


def training_rows(table: Dataset) -> tuple[pd.DataFrame, pd.Series]:
    """Features and labels in the shape in which the harness hands them to a method."""
    from imbench.data.split import as_part

    part = as_part(table.features, table.labels, table.schema)
    return part.features, part.labels


def independent_split(table, seed, q):
    """The published protocol on the raw frame: train_test_split, then make_imbalance."""
    from imblearn.datasets import make_imbalance
    from sklearn.model_selection import train_test_split

    X_train, X_test, y_train, y_test = train_test_split(
        table.features, table.labels, test_size=0.2, stratify=table.labels, shuffle=True, random_state=seed
    )
    rarest = y_train.value_counts().idxmin()
    keep = {rarest: int(q * (y_train == rarest).sum())}
    X_less, y_less = make_imbalance(X_train, y_train, sampling_strategy=keep, random_state=seed)
    return {"complete": (X_train, y_train), "train": (X_less, y_less), "test": (X_test, y_test)}


def csv_overrides(path: Path, target: str = "label") -> list[str]:
    return ["dataset=csv", f"dataset.path={path}", f"dataset.target={target}"]


def imbench(*words: str, script: str = "run.py", env: dict[str, str] | None = None, timeout: int = 300):
    """Start a script of the project as a user does; returns the finished process with its texts."""
    return subprocess.run(
        [sys.executable, script, *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
        env=os.environ | {"OMP_NUM_THREADS": "1"} | (env or {}),
    )


def folders(runs_dir: Path) -> list[Path]:
    return sorted(p for p in runs_dir.iterdir() if p.is_dir() and not p.name.startswith("."))


def score_bytes(runs_dir: Path) -> dict[str, bytes]:
    return {p.name: (p / "scores.json").read_bytes() for p in folders(runs_dir)}
