"""Measures of the fine-tuned models of stored runs: likelihood of held-out rows, validity of free rows.

They need the model, which lies beside the runs (``.models``) on the machine that trained it; a record
itself does not hold them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from imbench.data.catalogue import load_dataset
from imbench.lm.cells.cell_model import CellModel
from imbench.lm.cells.stored import load_cells
from imbench.lm.heldout import is_valid, readable, sentence_surprise
from imbench.lm.interface import Sampling
from imbench.lm.row_model import RowModel, one_thread
from imbench.lm.text.columns import write_cells
from imbench.records.record import CONFIG, LEDGER, Record
from imbench.runs import generation
from imbench.samplers.llm.ordering import Ordering
from imbench.samplers.llm.training_rows import TrainingRows
from imbench.utils.config import plain

#: Random orders over which a held-out row's likelihood is averaged; rows that are sampled freely.
ORDERS, FREE_ROWS = 8, 500


def measure_heldout(
    record: Record, models: Path, data_dir: str | None = None, free_rows: int = FREE_ROWS
) -> dict[str, Any] | None:
    """Measures of the model of a done run, or None where its model is not stored in the folder ``models``.

    ``nats_sentence`` and ``nats_values`` are means over the held-out rows: minority rows of the training part
    that the imbalance ratio removed, without those that the model cannot write (``unreadable_rows``).
    ``nats_sentence`` and ``valid_rows_free`` are absent for a model of cells.
    """
    import yaml

    config = yaml.safe_load(record.content(CONFIG) or b"")
    key = (record.read(LEDGER) or {}).get("model_key")
    if not key or not (models / key).is_dir():
        return None
    split_seed, seed, _ = generation.settings(config)
    split = generation.split_of(
        load_dataset(config["dataset"], data_dir), split_seed, config["imbalance_ratio"]
    )
    model = _load(models / key)
    train = TrainingRows.of(
        split.train.features, split.train.labels.to_numpy(), split.minority, model.columns[-1].name
    )
    held = split.complete.features[~split.complete.labels.index.isin(split.train.labels.index)]
    held = held.rename(columns=str).assign(**{train.target: str(split.minority)})
    fine = readable(held, model.columns)
    order = Ordering(config["method"]["ordering"], len(model.columns) - 1)
    found: dict[str, Any] = {"heldout_rows": int(fine.sum()), "unreadable_rows": int((~fine).sum())}
    with one_thread(int(model.llm.get("threads", 1))):
        if isinstance(model, CellModel):
            return found | {"nats_values": float(np.mean(model.surprise(held[fine], order, ORDERS, seed)))}
        sentence, values = sentence_surprise(model, held[fine], order, ORDERS, seed)
        found |= {"nats_sentence": float(sentence.mean()), "nats_values": float(values.mean())}
        return found | {"valid_rows_free": _valid_share(model, train, config["method"], free_rows, seed)}


def _load(folder: Path) -> RowModel | CellModel:
    loaded = RowModel.load(folder) or load_cells(folder)
    if loaded is None:
        raise ValueError(f"'{folder}' holds no model that can be read.")
    return loaded


def _valid_share(
    model: RowModel, train: TrainingRows, method: Mapping[str, Any], count: int, seed: int
) -> float:
    """The share of valid rows among ``count`` freely sampled ones, with the method's prompts and options."""
    options = {k: v for k, v in plain(method["sampling"]).items() if k not in ("max_attempts", "grammar")}
    rng, features = np.random.default_rng(seed), len(train.feature_columns)
    prompts = [[train.label_cell] for _ in range(count)]
    if method["prompts"] == "condition_yx":
        for prompt in prompts:
            column = int(rng.integers(features))
            value = train.minority.iloc[int(rng.integers(len(train.minority))), column]
            [text] = write_cells(list(pd.Series([value], dtype=object)), model.columns[column], model.padded)
            prompt.append((column, text))
    rows, _ = model.sample(prompts, range(features), Sampling(grammar=False, **options), seed)
    given = [dict(prompt) | dict(row) for prompt, row in zip(prompts, rows, strict=True)]
    return float(np.mean([is_valid(row, model.columns[:-1], model.known) for row in given]))
