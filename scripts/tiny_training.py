"""Measure candidates for steps and rows a step of ``llm=tiny`` by the protocol of docs/tiny.md.

Uses inner folds of training parts only. What is measured is appended to a CSV and not measured again; the
table is printed at the end.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root

DATASETS = ("german", "insurance", "fuel", "car")
SEEDS = (0, 1, 2)
FOLDS = 5
METHODS = ("imbllm", "great")
#: Steps and rows of a frame in a step: the candidates of the first round, then those of the second.
CANDIDATES = ((0, 64), (25, 64), (50, 64), (100, 64), (200, 64), (200, 32), (200, 16), (400, 16))
#: Random orders over which the likelihood of a held-out row is averaged.
ORDERS = 8
UNIT = ["dataset", "seed", "fold", "method", "steps", "batch"]
MEASURES = ["average_precision", "f1", "surprise", "copies", "cpu_seconds"]


def measured(dataset: str, seed: int, done: set[tuple[str, ...]]) -> Iterator[dict[str, Any]]:
    """Lines of all folds, methods and steps of one training part that are not ``done``."""
    from sklearn.model_selection import StratifiedKFold

    from imbench.data.catalogue import load_dataset
    from imbench.data.split import Split, as_part, split_dataset
    from imbench.utils.config import compose, plain

    config = plain(compose([f"dataset={dataset}"]))
    split = split_dataset(load_dataset(config["dataset"]), seed, 0.2)
    features, labels = split.train.features.astype(object), split.train.labels
    features = features.astype(dict.fromkeys(split.schema.continuous, "float64"))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(features, labels)
    for fold, (learn, hold) in enumerate(folds):
        train, test = (as_part(features.iloc[r], labels.iloc[r], split.schema) for r in (learn, hold))
        inner = Split(split.schema, train, train, test, split.minority, hash="")
        for method in METHODS:
            for steps, batch in CANDIDATES:
                unit = tuple(map(str, (dataset, seed, fold, method, steps, batch)))
                if unit not in done:
                    yield dict(zip(UNIT, unit, strict=True)) | _measure(inner, method, steps, batch, seed)


def _measure(inner: Any, method: str, steps: int, batch: int, seed: int) -> dict[str, float]:
    from benchmark.tiny_run import run_tiny

    options = [f"method={method}", f"llm.training.steps={steps}", f"llm.training.batch={batch}"]
    sampler, scores, seconds = run_tiny(inner, seed, options)
    measures = {
        "average_precision": scores["average_precision"],
        "f1": scores["f1"],
        "surprise": _surprise(sampler, inner),
        "copies": sampler.ledger_["training_copies"] / sampler.ledger_["accepted"],
        "cpu_seconds": seconds,
    }
    return {name: round(float(value), 6) for name, value in measures.items()}


def _surprise(sampler: Any, inner: Any) -> float:
    """Negative log-likelihood (nats) of a held-out minority row; an unknown category leaves a row out."""
    import numpy as np

    from imbench.samplers.llm.ordering import Ordering

    model = sampler.model_
    rows = inner.test.of_class(inner.minority)
    for column in model.columns[:-1]:
        known = rows[column.name].isna() & column.holes
        if column.is_number:
            rows = rows[known | rows[column.name].notna()]
        else:
            rows = rows[known | rows[column.name].isin(column.categories or ())]
    if not len(rows):
        return float("nan")
    rows = rows.assign(**{model.columns[-1].name: str(inner.minority)})
    order = Ordering(sampler.ordering, len(model.columns) - 1)
    return float(np.mean(model.surprise(rows, order, ORDERS, 0)))


def table(lines: list[Mapping[str, str]]) -> str:
    """Means over folds, then seeds, then datasets, then methods; and the choice of each round."""
    import pandas as pd

    frame = pd.DataFrame(lines).astype(dict.fromkeys(MEASURES, float) | {"steps": int, "batch": int})
    which = ["steps", "batch"]
    by_seed = frame.groupby(["method", "dataset", "seed", *which])[MEASURES].mean()
    by_dataset = by_seed.groupby(["method", "dataset", *which]).mean()
    by_method = by_dataset.groupby(["method", *which]).mean()
    mean = by_method.groupby(which).mean()
    parts = [by_dataset["average_precision"].unstack(which).round(4).to_markdown()]
    parts += [f"{m}\n\n{by_method.loc[m].round(4).to_markdown()}" for m in METHODS]
    parts.append(f"mean of both\n\n{mean.round(4).to_markdown()}")
    units = by_seed["average_precision"].unstack(which)
    best = mean["average_precision"].idxmax()
    behind = units.rsub(units[best], axis=0)
    mean["behind"], mean["error"] = behind.mean(), behind.std() / len(behind) ** 0.5
    near = mean[mean["behind"] <= mean["error"].fillna(0)]
    parts.append(f"behind {best}\n\n{mean[['behind', 'error']].round(4).to_markdown()}")
    steps, batch = near["cpu_seconds"].idxmin()
    return "\n\n".join([*parts, f"{len(frame)} fits. Chosen: {steps} steps of {batch} rows."])


def main() -> int:
    """Measure what is missing and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default="results/tiny/training.csv", help="where measurements are kept")
    path = Path(from_root(parser.parse_args().out))

    import torch

    torch.set_num_threads(1)
    from benchmark.measurements import measurements

    def missing(done: set[tuple[str, ...]]) -> Iterator[dict[str, Any]]:
        for dataset, seed in product(DATASETS, SEEDS):
            yield from measured(dataset, seed, done)

    print(table(measurements(path, UNIT, MEASURES, missing)))
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
