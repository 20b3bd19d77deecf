"""A method with ``llm=tiny`` on the datasets of a suite, beside the stored runs with another model.

Measures seeds 0 to 2 at the imbalance ratio 0.2; what is measured is appended to a CSV and not measured
again. Prints scores, CPU seconds of fit and sampling, and shares of copies of minority rows and duplicates.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from imbench.utils.cli import exit_code
from imbench.utils.paths import from_root

SEEDS = (0, 1, 2)
SCORES = ("f1", "average_precision")
UNIT = ["dataset", "seed"]
MEASURES = [*SCORES, "cpu_seconds", "copies", "duplicates"]


def measured(method: str, dataset: str, seed: int) -> dict[str, Any]:
    """The scores and counts of one run."""
    from benchmark.tiny_run import run_tiny

    from imbench.data.catalogue import load_dataset
    from imbench.data.split import split_dataset
    from imbench.utils.config import compose, plain

    config = plain(compose([f"dataset={dataset}"]))
    split = split_dataset(load_dataset(config["dataset"]), seed, 0.2)
    sampler, scores, seconds = run_tiny(split, seed, [f"method={method}"])
    ledger = sampler.ledger_
    counts = {n: ledger[k] / max(1, ledger["accepted"]) for n, k in
              (("copies", "training_copies"), ("duplicates", "duplicates"))}  # fmt: skip
    return {"dataset": dataset, "seed": seed, **{s: scores[s] for s in SCORES},
            "cpu_seconds": seconds, **counts}  # fmt: skip


def stored(method: str, llm: str, datasets: Sequence[str]) -> Any:
    """Means over the stored runs of a method with ``llm``, a line a dataset."""
    import pandas as pd

    from imbench.reports.select import Selection, load_runs, select

    runs = select(load_runs(from_root("results/runs")), Selection(llm=llm))
    lines = [
        {
            "dataset": d,
            "seed": s,
            **{n: run[f"corrected_{n}"] for n in SCORES},
            "copies_of_train": run["copies_of_train"],
            "seconds": run["seconds_generate"],
        }
        for d in datasets
        for s, run in runs.get((d, method), {}).items()
    ]
    return pd.DataFrame(lines).groupby("dataset").mean().drop(columns="seed")


def main() -> int:
    """Measure what is missing and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--method", default="imbllm")
    parser.add_argument("--out", default="results/tiny", help="folder of the measurements, <method>.csv")
    parser.add_argument("--against", default="tiny_text", help="the model of the stored runs to compare with")
    parser.add_argument("--suite", default="paper")
    options = parser.parse_args()

    import pandas as pd
    import torch

    from imbench.reports.suite import suite_of

    torch.set_num_threads(1)
    from benchmark.measurements import measurements

    path, datasets = Path(from_root(options.out)) / f"{options.method}.csv", suite_of(options.suite).datasets
    units = [(dataset, seed) for dataset in datasets for seed in SEEDS]
    lines = measurements(
        path, UNIT, MEASURES,
        lambda done: (measured(options.method, d, s) for d, s in units if (d, str(s)) not in done),
    )  # fmt: skip
    frame = pd.DataFrame(lines).astype(dict.fromkeys(MEASURES, float))
    means = frame.groupby("dataset")[MEASURES].mean().loc[list(datasets)]
    means = means.join(stored(options.method, options.against, datasets).add_suffix(f" ({options.against})"))
    means.loc["mean"] = means.mean()
    print(means.round(4).to_markdown())
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
