"""Run folders with made-up scores for Tables III, IV and V: every row of the cross, and r = 0."""

import json
from functools import cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from imbench.reports.paper.published import DATASETS
from imbench.reports.paper.variants import modifications, row_variant
from tests.reports.stored import score_of, write_run

SEEDS = (0, 1, 2)
FIRST, LAST = 0, 7
CHECKERS = ("original", "imbalance", "taptap", "predllm", "imbllm")


def row_overrides(row):
    """A row of Table III as overrides of the command line."""
    return tuple(f"method.{name}={value}" for name, value in row_variant(modifications()[row]).parameters)


def method_and_overrides(row):
    """How a row's runs are started: GReaT's under its own name."""
    return ("great", ()) if row == FIRST else ("imbllm", row_overrides(row))


def score(dataset, row, seed):
    """Row 8 stands for r = 0; ImbLLM's own row keeps the score of its method."""
    return score_of(dataset, "imbllm" if row == LAST else f"row {row}", seed)


@cache
def blueprint(method, overrides):
    """The files of one run of these settings; those of another dataset or seed differ in labels only."""
    with TemporaryDirectory() as place:
        folder = write_run(Path(place), "german", method, 0, overrides=overrides)
        return {p.name: p.read_text() for p in folder.iterdir()}


def store_run(place, dataset, method, seed, f1=None, overrides=(), **status):
    """Store one run in a folder named by its labels, and return the folder."""
    contents = {name: json.loads(text) for name, text in blueprint(method, overrides).items()}
    contents["status.json"] |= {"dataset": dataset, "seed": seed, **status}
    value = score_of(dataset, method, seed) if f1 is None else f1
    scores = contents["scores.json"]
    scores["classifiers"]["xgboost"]["published"] = {"f1": value, "auc": value / 2}
    scores["classifiers"]["xgboost"]["corrected"] = {"f1": 1 - value, "auc": value}
    scores["quality"] |= dict.fromkeys(("close_probability", "published_close_probability"), value / 3)
    folder = place / "-".join([dataset, method, *overrides, str(seed)])
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_text(json.dumps(content))
    return folder


def store(place, dataset, row, seed, **more):
    method, overrides = (
        method_and_overrides(row) if row < 8 else ("imbllm", ("method.interpolation_ratio=0.0",))
    )
    return store_run(
        place, dataset, method, seed, **{"f1": score(dataset, row, seed), "overrides": overrides} | more
    )


def store_all(place):
    """All eight rows and r = 0 on all ten datasets, and the methods of Table V on its four."""
    for dataset, row, seed in product(DATASETS, range(9), SEEDS):
        store(place, dataset, row, seed)
    for dataset, method, seed in product(DATASETS, CHECKERS[:-1], SEEDS):
        store_run(place, dataset, method, seed)


def cells(table):
    """``{(number of the line, header): text}``"""
    assert len(set(table.header)) == len(table.header)
    return {
        (i, h): e.text for i, row in enumerate(table.rows) for h, e in zip(table.header, row, strict=True)
    }


def mean_std(values):
    return f"{np.mean(values):.4f} ({np.std(values):.3f})"
