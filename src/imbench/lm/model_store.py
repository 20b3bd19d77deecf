"""Everything that decides a fine-tuned model: its key finds a stored one, else it is trained."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from imbench.lm.cells.cell_model import CellModel
from imbench.lm.cells.cell_plan import CellPlan
from imbench.lm.device import accelerator_of, all_processes, device_of, precision_facts
from imbench.lm.finetune import Training, finetune
from imbench.lm.interface import Order
from imbench.lm.llm_options import check_llm, dataclass_of
from imbench.lm.model_folder import NOT_IN_KEY
from imbench.lm.models import make_network, make_vocabulary
from imbench.lm.row_model import FORMAT, RowModel
from imbench.lm.text.columns import Column
from imbench.lm.text.vocabulary import TokenCache, Vocabulary
from imbench.utils.locks import exclusive


@dataclass
class Plan:
    """Everything that decides a fine-tuned model; ``key`` identifies it before it is trained."""

    vocabulary: Vocabulary
    token_cache: TokenCache
    cells: np.ndarray
    order: Order
    order_name: str
    training: Training
    llm: dict[str, Any]
    seed: int

    @classmethod
    def make(
        cls, columns: tuple[Column, ...], frames: Sequence[pd.DataFrame], order: Order, order_name: str,
        llm: Mapping[str, Any], seed: int, characters: bool = False, accumulation: int = 1,
    ) -> Plan:  # fmt: skip
        """``frames`` are the corpus, one below the other; a frame may lack columns.

        ``order_name`` identifies ``order`` in the key. ``llm`` holds the options of ``conf/llm``.
        ``characters`` spells numbers digit by digit; the gradients of ``accumulation`` batches are added
        before a step. Raises :class:`ConfigError` for wrong options.
        """
        check_llm(llm)
        training = dataclass_of(
            Training, {**(llm.get("training") or {}), "accumulation": accumulation}, "llm.training"
        )
        vocabulary = make_vocabulary(columns, llm, characters)
        token_cache = TokenCache(vocabulary)
        cells = np.concatenate([token_cache.encode(frame) for frame in frames])
        if llm.get("vocabulary") == "cut" and llm.get("source", "table") != "table":
            vocabulary = make_vocabulary(
                columns, llm, characters, vocabulary.needed(token_cache.pieces), vocabulary.tokenizer
            )
            token_cache = TokenCache(vocabulary)
            cells = np.concatenate([token_cache.encode(frame) for frame in frames])
        # A folder of models may be shared by machines on which ``precision: auto`` means different things.
        decided = {**llm, **precision_facts(llm)}
        return cls(vocabulary, token_cache, cells, order, order_name, training, decided, seed)

    @cached_property
    def key(self) -> str:
        """A hash of what determines the weights: rows as tokens, order, model, training, seed.

        It is computed once, before training, which may add cells to the token cache.
        """
        digest = hashlib.sha256()
        decides = {k: v for k, v in self.llm.items() if k not in NOT_IN_KEY}
        content = [FORMAT, decides, self.order_name, asdict(self.training), self.seed,
                 [asdict(c) for c in self.vocabulary.columns]]  # fmt: skip
        digest.update(json.dumps(content, sort_keys=True, default=str).encode())
        digest.update(self.cells.tobytes())
        digest.update(repr(self.token_cache.pieces).encode())
        return digest.hexdigest()[:24]

    def train(self) -> RowModel:
        """Build the network and fine-tune it."""
        accelerator = accelerator_of(self.llm)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            model = make_network(self.llm, self.vocabulary, self.token_cache)
        model = model.to(accelerator.device)
        trained = finetune(
            model, self.token_cache, self.cells, self.order, self.training, self.seed, accelerator
        )
        if self.llm.get("lora"):
            from imbench.lm.pretrained import merge_lora

            model = merge_lora(model)
        return RowModel(self.vocabulary.columns, self.vocabulary, model, trained, self._known(), self.llm)

    @property
    def processes(self) -> int:
        """How many processes train the model together."""
        return accelerator_of(self.llm).num_processes

    def load(self, folder: Path) -> RowModel | None:
        """The model in ``folder``, on its device, or None where it is not there in every process."""
        stored = RowModel.load(folder, self.llm, self.vocabulary.columns)
        if not all_processes(accelerator_of(self.llm), stored is not None) or stored is None:
            return None
        stored.model.to(device_of(self.llm))
        return stored

    def save(self, model: RowModel, folder: Path) -> None:
        """Store the trained model."""
        model.save(folder)

    def _known(self) -> dict[int, list[str]]:
        """Categories that the corpus holds, for each column that it holds at all."""
        known: dict[int, list[str]] = {}
        for j, column in enumerate(self.vocabulary.columns):
            if not column.is_number:
                present = set(np.unique(self.cells[:, j]).tolist())
                values = [v for v in column.categories or () if self.token_cache.cell(j, v) in present]
                if values:
                    known[j] = values
        return known


def make_plan(
    columns: tuple[Column, ...], frames: Sequence[pd.DataFrame], order: Order, order_name: str,
    llm: Mapping[str, Any], seed: int, characters: bool = False, accumulation: int = 1,
    training_rows: pd.DataFrame | None = None,
) -> Plan | CellPlan:  # fmt: skip
    """The plan of a model of text or, for ``source: cells``, of cells. Arguments as of :meth:`Plan.make`.

    ``training_rows`` (all columns) can hold values that are not in the corpus ``frames``.
    """
    if llm.get("source") == "cells":
        return CellPlan.make(columns, frames, order, order_name, llm, seed, accumulation, training_rows)
    return Plan.make(columns, frames, order, order_name, llm, seed, characters, accumulation)


def fit_or_load(plan: Plan | CellPlan, model_dir: str | Path | None) -> tuple[RowModel | CellModel, bool]:
    """The plan's model, and whether it was found in ``model_dir/key``.

    Of several processes that need the same model at once, one trains it and the others wait.
    """
    key = plan.key  # before training
    if model_dir is None:
        return plan.train(), False
    folder = Path(model_dir) / key
    # Processes that train one model together must not lock out each other.
    with exclusive(folder) if plan.processes == 1 else nullcontext():
        stored = plan.load(folder)
        if stored is not None:
            return stored, True
        trained = plan.train()
        plan.save(trained, folder)
    return trained, False
