"""The two sides of each comparison: this project's, and the package be_great's own.

Both get the same rows, the same architecture with random weights, one thread, and the same batch size.
Not measured on either side: loading, the first tokenisation of a dataset, the first step.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from baselines.be_great.wrapper import quietly
from baselines.text_model import write_model
from benchmark.measure import now, wait

BATCH = 32


@dataclass
class Rows:
    """A dataset's imbalanced training rows (seed 0, q = 0.2) with the label as the last column."""

    name: str
    frame: pd.DataFrame
    target: str
    minority: str

    @classmethod
    def of(cls, dataset: str, data_dir: str | None = None) -> Rows:
        """The rows of a dataset of ``conf/dataset``."""
        from imbench.data.catalogue import load_dataset
        from imbench.data.split import split_dataset
        from imbench.utils.config import entry

        split = split_dataset(load_dataset(entry("dataset", dataset), data_dir), seed=0, imbalance_ratio=0.2)
        target = "label"
        frame = split.train.features.assign(**{target: split.train.labels.astype(str)})
        return cls(dataset, frame.reset_index(drop=True), target, str(split.minority))


class TimedOrder:
    """GReaT's order of a sentence, and the time of each call: training asks for it once a step."""

    def __init__(self, features: int, device: str):
        from imbench.samplers.llm.ordering import Ordering

        self.inner, self.device, self.times = Ordering("permute_xy", features), device, []
        self.passes = self.inner.passes

    def __call__(self, reads: np.ndarray, rows: int, rng: np.random.Generator) -> np.ndarray:
        """Column positions; see :class:`imbench.lm.finetune.Order`."""
        wait(self.device)
        self.times.append(now(self.device))
        return self.inner(reads, rows, rng)


class Ours:
    """This project's fine-tuning and sampling of ``great`` on some rows."""

    def __init__(self, rows: Rows, llm: dict[str, Any]):
        from imbench.lm.text.columns import Column, describe_columns

        self.rows, self.llm = rows, llm
        features = rows.frame.drop(columns=rows.target)
        labels = tuple(sorted(rows.frame[rows.target].unique()))
        self.columns = (*describe_columns(features), Column(rows.target, labels))
        self.device = str(llm.get("device", "cpu"))
        self.model: Any = None
        self.tokens = self.length = 0.0

    def steps(self, count: int) -> float:
        """Seconds of one fine-tuning step, median of ``count``."""
        from imbench.lm.model_store import Plan

        order = TimedOrder(len(self.columns) - 1, self.device)
        training = {**self.llm["training"], "batch": BATCH, "epochs": 10_000, "max_steps": count + 1}
        options = {**self.llm, "training": {**training, "max_tokens": None}}
        plan = Plan.make(self.columns, [self.rows.frame], order, "permute_xy", options, seed=0)
        order.times.clear()  # planning asks for lengths
        self.model = plan.train()
        trained = self.model.trained
        self.tokens = trained.tokens / trained.steps
        self.length = float(plan.token_cache.lengths(plan.cells).sum(axis=1).mean())
        return _later(order.times[-(count + 1) :])

    def sample(self, count: int, batch: int = 100) -> float:
        """Seconds a complete minority row (the model's weights do not matter under the grammar)."""
        from imbench.lm.interface import Sampling

        prompts = [[(len(self.columns) - 1, self.rows.minority)]] * count
        wanted = list(range(len(self.columns) - 1))
        wait(self.device)
        started = now(self.device)
        _, self.tally = self.model.sample(prompts, wanted, Sampling(batch=batch), seed=0)
        wait(self.device)
        return (now(self.device) - started) / count


class BeGreat:
    """The package itself with distilgpt2's architecture and GPT-2's tokens."""

    def __init__(self, rows: Rows, llm: dict[str, Any]):
        import torch

        from imbench.lm.pretrained import load_tokenizer

        self.rows, self.llm, self.device = rows, llm, str(llm.get("device", "cpu"))
        self.folder = tempfile.TemporaryDirectory()
        tokenizer = load_tokenizer(llm)
        lengths = [len(ids) for ids in tokenizer(self._sentences())["input_ids"]]
        self.length = float(np.mean(lengths))
        torch.manual_seed(0)
        self.name = write_model(llm, tokenizer, max(lengths), Path(self.folder.name) / "model")

    def _sentences(self) -> list[str]:
        columns = list(self.rows.frame.columns)
        return [
            ", ".join(f"{c} is {v}" for c, v in zip(columns, row, strict=True))
            for row in self.rows.frame.head(200).itertuples(index=False)
        ]

    def steps(self, count: int) -> float:
        """Seconds of one fine-tuning step of ``fit``, median of ``count``."""
        from be_great import GReaT

        times: list[float] = []
        with quietly():
            great = GReaT(
                self.name, experiment_dir=str(Path(self.folder.name) / "trainer"), batch_size=BATCH,
                epochs=10_000, max_steps=count + 1, save_strategy="no", logging_strategy="no",
                use_cpu=self.device == "cpu", bf16=self.llm.get("precision") == "bf16",
            )  # fmt: skip

            def note(*_: Any) -> None:
                wait(self.device)
                times.append(now(self.device))

            great.model.register_forward_pre_hook(note)
            great.fit(self.rows.frame, conditional_col=self.rows.target, random_conditional_col=False)
        self.great = great
        return _later(times)

    def sample(self, count: int, batch: int = 100) -> float:
        """Seconds a row of ``generate`` as the package calls it, with the tokens of an average row.

        Every row counts as complete, so this side looks better than it is: the package drops what is
        incomplete and, never having learned to stop, goes on to its length limit.
        """
        import torch

        great, tokens = self.great, round(self.length)
        great.model.eval()
        prompt = great.tokenizer(f"{self.rows.target} is {self.rows.minority},")["input_ids"]
        started = now(self.device)
        with quietly(), torch.autocast(self.device, torch.bfloat16, self.llm.get("precision") == "bf16"):
            for start in range(0, count, batch):
                ids = torch.tensor([prompt] * min(batch, count - start), device=great.model.device)
                great.model.generate(
                    input_ids=ids, max_length=tokens, min_length=tokens, do_sample=True, temperature=0.7,
                    pad_token_id=great.tokenizer.eos_token_id,
                )  # fmt: skip
                wait(self.device)
        return (now(self.device) - started) / count


def _later(times: list[float]) -> float:
    """The median time between steps, without the first one, which also makes the optimiser's memory."""
    between = np.diff(times)
    return float(np.median(between[1:] if len(between) > 1 else between))
