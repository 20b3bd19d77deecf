"""Run folders with made-up scores for Tables III, IV and V: every row of the cross, and r = 0."""

import json
from functools import cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from imbench.reports.paper.published import DATASETS
from imbench.reports.paper.tables.table3 import modifications, overrides_of
from tests.reports.stored import score_of, write_run

SEEDS = (0, 1, 2)
FIRST, LAST = 0, 7
CHECKERS = ("original", "imbalance", "taptap", "predllm", "imbllm")


def words_of(row):
    """How a row's runs are started, as words of the command line: GReaT's under its own name."""
    return ("great", ()) if row == FIRST else ("imbllm", overrides_of(modifications()[row])[1:])


def score(dataset, row, seed):
    """Row 8 stands for r = 0; ImbLLM's own row keeps the score of its method."""
    return score_of(dataset, "imbllm" if row == LAST else f"row {row}", seed)


@cache
def blueprint(method, words):
    """The files of one run of these settings; those of another dataset or seed differ in labels only."""
    with TemporaryDirectory() as place:
        folder = write_run(Path(place), "german", method, 0, overrides=words)
        return {p.name: p.read_text() for p in folder.iterdir()}


def store_run(place, dataset, method, seed, f1=None, words=(), **status):
    """Store one run under a name that tells what it is, and return its folder."""
    contents = {name: json.loads(text) for name, text in blueprint(method, words).items()}
    contents["status.json"] |= {"dataset": dataset, "seed": seed, **status}
    value = score_of(dataset, method, seed) if f1 is None else f1
    scores = contents["scores.json"]
    scores["classifiers"]["xgboost"]["published"] = {"f1": value, "auc": value / 2}
    scores["classifiers"]["xgboost"]["corrected"] = {"f1": 1 - value, "auc": value}
    scores["quality"]["close_probability"] = value / 3
    folder = place / "-".join([dataset, method, *words, str(seed)])
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_text(json.dumps(content))
    return folder


def store(place, dataset, row, seed, **more):
    method, words = words_of(row) if row < 8 else ("imbllm", ("method.interpolation_ratio=0.0",))
    return store_run(place, dataset, method, seed, **{"f1": score(dataset, row, seed), "words": words} | more)


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
