"""Everything that decides a model of cells: its key finds a stored one, else it is trained."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from imbench.lm.cells.cell_model import CellModel
from imbench.lm.cells.discretization import CellCodes
from imbench.lm.cells.optimisation import CellTraining, log_marginals, train
from imbench.lm.cells.stored import FORMAT, load_cells, save_cells
from imbench.lm.cells.transformer import CellSize, CellTransformer
from imbench.lm.interface import Order
from imbench.lm.llm_options import check_llm, dataclass_of
from imbench.lm.model_folder import NOT_IN_KEY
from imbench.lm.text.columns import Column

#: Bins of equal counts of a numeric column, unless ``llm.bins`` says otherwise.
BINS = 50


@dataclass
class CellPlan:
    """Columns' codes, the corpus as codes (rows × columns, one array a frame), and the settings."""

    codes: CellCodes
    corpus: list[np.ndarray]
    reference: np.ndarray | None
    order: Order
    order_name: str
    size: CellSize
    training: CellTraining
    llm: dict[str, Any]
    seed: int
    #: One process trains the model, see :class:`imbench.lm.model_store.Plan`.
    processes: int = 1

    @classmethod
    def make(
        cls, columns: Sequence[Column], frames: Sequence[pd.DataFrame], order: Order, order_name: str,
        llm: Mapping[str, Any], seed: int, accumulation: int = 1, training_rows: pd.DataFrame | None = None,
    ) -> CellPlan:  # fmt: skip
        """``frames`` are the corpus; a frame may lack columns. ``llm`` is like ``conf/llm/tiny.yaml``.

        ``training_rows`` (all columns) have the values that the corpus lacks: they get a small probability.
        A step reads ``accumulation`` times the rows.
        """
        check_llm(llm)
        size = dataclass_of(CellSize, llm.get("size") or {}, "llm.size")
        training = dataclass_of(CellTraining, llm.get("training") or {}, "llm.training")
        training = replace(training, batch=training.batch * accumulation)
        codes = CellCodes.of(columns, frames, int(llm.get("bins", BINS)))
        corpus = [codes.encode(frame) for frame in frames if len(frame)]
        reference = None if training_rows is None else codes.encode(training_rows)
        return cls(codes, corpus, reference, order, order_name, size, training, dict(llm), seed)

    @property
    def cells(self) -> np.ndarray:
        """All rows of the corpus, one frame below the other."""
        return np.concatenate(self.corpus)

    @cached_property
    def key(self) -> str:
        """A hash of what determines the weights: rows as codes, bins, order, model, training, seed."""
        options = {k: v for k, v in self.llm.items() if k not in NOT_IN_KEY}
        decides = [FORMAT, options, self.order_name, asdict(self.size), asdict(self.training), self.seed,
                   [asdict(c) for c in self.codes.columns], [len(c) for c in self.corpus]]  # fmt: skip
        digest = hashlib.sha256(json.dumps(decides, sort_keys=True, default=str).encode())
        for bins in self.codes.bins.values():
            for part in (bins.edges, bins.values, bins.starts):
                digest.update(part.tobytes())
        for part in (*self.corpus, *([] if self.reference is None else [self.reference])):
            digest.update(part.tobytes())
        return digest.hexdigest()[:24]

    def train(self) -> CellModel:
        """Make the network and train it."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            network = CellTransformer(self.codes.sizes, self.codes.ordered, self.size)
        network.bias.data.copy_(log_marginals(network, self.codes.sizes, self.corpus, self.reference))
        trained = train(network, self.corpus, self.order, self.training, self.seed)
        named = np.unique(self.order(np.arange(1), 1, np.random.default_rng(0)))
        read = np.isin(np.arange(len(self.codes.columns)), named)
        return CellModel(self.codes, network, trained, read, self.llm)

    def load(self, folder: Path) -> CellModel | None:
        """The model stored in ``folder``, or None."""
        return load_cells(folder, self.llm, self.codes.columns)

    def save(self, model: CellModel, folder: Path) -> None:
        """Store the trained model."""
        save_cells(model, folder)
