"""The parts of the benchmark; each returns what it measured as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from benchmark.measure import alternate, matmul_rate, medians, operations
from benchmark.sides import BATCH, BeGreat, Ours, Rows
from imbench.errors import ConfigError

#: The datasets of ``great`` unless others are named.
DATASETS = ("german", "adult")
DTYPES = {"fp32": "float32", "bf16": "bfloat16"}


def precisions(device: str) -> list[str]:
    """``fp32``, and ``bf16`` where the device multiplies in it."""
    from imbench.lm.device import cpu_has_bf16

    return ["fp32", "bf16"] if device == "cuda" or cpu_has_bf16() else ["fp32"]


def models(rows: Rows, precision: str, device: str, size: Mapping[str, Any]) -> tuple[Ours, BeGreat]:
    """Both sides with the architecture ``size``: ours with the dataset's part of the vocabulary."""
    llm = {
        "name": "random-gpt2", "source": "random", "size": dict(size), "device": device, "threads": 1,
        "training": {"lr": 5e-5, "warmup": 0.0},
    }  # fmt: skip
    return Ours(rows, {**llm, "vocabulary": "cut", "precision": precision}), BeGreat(
        rows, {**llm, "precision": "fp32"}
    )


def against_be_great(
    rows: Rows, precision: str, device: str, size: Mapping[str, Any], alternations: int, steps: int,
    count: int,
) -> dict[str, Any]:  # fmt: skip
    """Fine-tuning and sampling beside be_great, which always computes in float32 as it is published.

    ``steps`` fine-tuning steps and ``count`` rows make one measurement.
    """
    ours, theirs = models(rows, precision, device, size)
    rate = matmul_rate(device, DTYPES[precision])
    tuned = alternate(
        {"ours": lambda: ours.steps(steps), "be_great": lambda: theirs.steps(steps)}, alternations
    )
    drawn = alternate(
        {"ours": lambda: ours.sample(count), "be_great": lambda: theirs.sample(count)}, alternations
    )
    step, row = medians(tuned), medians(drawn)
    network = ours.model.model.size
    tally, batch = ours.tally, ours.tokens
    sampled = (tally.tokens + tally.forced) / max(1, tally.rows)
    return {
        "table": rows.name, "rows": len(rows.frame), "precision": precision, "device": device,
        "alternations": alternations, "steps": steps, "sampled_rows": count,
        "seconds_a_step": tuned, "seconds_a_row": drawn,
        "finetune_ratio": step["be_great"] / step["ours"],
        "sample_ratio": row["be_great"] / row["ours"],
        "step": step, "row": row,
        "tokens_a_step": batch, "tokens_a_row_ours": sampled, "tokens_a_row_be_great": theirs.length,
        "vocabulary_ours": network.vocabulary,
        "matmul_gflops": rate / 1e9,
        "finetune_share": operations(network, batch, ours.length, True) / step["ours"] / rate,
        "sample_share": operations(network, sampled, sampled / 2, False) / row["ours"] / rate,
    }  # fmt: skip


def artificial_rows(columns: int, categories: int, rows: int = 400) -> Rows:
    """A dataset with half its columns categorical, each with so many categories, and half numbers."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            f"c{j}": rng.integers(0, categories, rows).astype(str) if j % 2 else rng.integers(0, 1000, rows)
            for j in range(columns)
        }
    )
    frame["label"] = np.where(np.arange(rows) % 4, "0", "1")
    return Rows(f"{columns} columns, {categories} categories", frame, "label", "1")


def scaling(columns: Iterable[int], categories: Iterable[int], count: int = 512) -> list[dict[str, Any]]:
    """Rows a second of ``tiny_text`` (fine-tuning, sampling) against columns (10 categories) and categories
    (10 columns)."""
    from imbench.lm.llm_options import llm_options

    found = []
    for width, values in [*((c, 10) for c in columns), *((10, k) for k in categories)]:
        ours = Ours(artificial_rows(width, values), {**llm_options("tiny_text"), "training": {"lr": 1e-3}})
        step = ours.steps(10)
        found.append(
            {"columns": width, "categories": values, "rows_a_second_finetune": BATCH / step,
             "rows_a_second_sample": 1 / ours.sample(count, batch=512), "tokens_a_row": ours.length}
        )  # fmt: skip
    return found


def check_datasets(names: Iterable[str]) -> None:
    """Raise :class:`ConfigError` for datasets that are not in ``conf/dataset``."""
    from imbench.utils.config import names as names_of

    known = names_of("dataset")
    for name in names:
        if name not in known:
            raise ConfigError(f"There is no dataset '{name}'. Known: {', '.join(known)}.")
