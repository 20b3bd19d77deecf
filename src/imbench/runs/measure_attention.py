"""Figure 2's measurements: attention between label and features of fine-tuned models, as small files.

``<folder>/<dataset>_<ordering>_<model>_seed<n>.json``. Models are trained as in a run and stored
beside the runs (``.models``), so a model that a run has trained is reused.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from imbench.data.catalogue import load_dataset
from imbench.errors import ConfigError
from imbench.lm.attention import Attention, column_attention
from imbench.lm.row_model import RowModel, one_thread
from imbench.records.record import RunFolder
from imbench.runs import generation
from imbench.runs.environment import git_state
from imbench.runs.key import labels_of, variant_of
from imbench.samplers.llm.ordering import Ordering
from imbench.utils.paths import from_root
from imbench.utils.text import file_name_part

#: Decimals of a stored share.
DECIMALS = 6


def measure_attention(config: Mapping[str, Any], sentences: int, folder: Path) -> Path:
    """Fine-tune (or find) the model of a resolved run configuration, measure it, write the file.

    The ``sentences`` are those of the minority's training rows, each in new permutations of the model's
    ordering. Raises :class:`ConfigError` for a method without a
    language model.
    """
    labels = labels_of(config)
    if labels["llm"] is None or "ordering" not in config["method"]:
        raise ConfigError(
            f"method={labels['method']} has no language model whose attention can be measured. Use "
            "method=great or method=imbllm."
        )
    model, rows, minority = _model_and_rows(config)
    attention, target = _measured(model, rows, config["method"]["ordering"], sentences, labels["seed"])
    content = {
        **labels,
        "ordering": config["method"]["ordering"],
        "corpus": config["method"]["corpus"],
        "variant": variant_of(config),
        "training_steps": model.trained.steps,
        **git_state(),
        "minority": minority,
        "minority_rows": len(rows),
        "sentences": attention.sentences,
        "label": target,
        "columns": [c.name for c in model.columns],
        "attention": attention.shares.round(DECIMALS).tolist(),
        "before": attention.before.round(DECIMALS).tolist(),
    }
    name = (
        f"{labels['dataset']}_{content['ordering']}_{file_name_part(labels['llm'])}_seed{labels['seed']}.json"
    )
    RunFolder(folder).write_json(name, content)
    return folder / name


def _model_and_rows(config: Mapping[str, Any]) -> tuple[RowModel, pd.DataFrame, str]:
    """The fine-tuned model, the training rows of the minority with their label, and the class' name."""
    split_seed, _, _ = generation.settings(config)
    table = load_dataset(config["dataset"], config.get("data_dir"))
    split = generation.split_of(table, split_seed, config["imbalance_ratio"])
    method = generation.method_of(config, from_root(config["runs_dir"]))
    training_rows = generation.sampler_input(split, method)
    generation.generate(split, training_rows, method)
    model = method.sampler.model_
    target = model.columns[-1].name
    labels = training_rows.labels
    rows = training_rows.features.rename(columns=str).assign(**{target: labels.astype(str)})
    rows = rows[(labels == split.minority).to_numpy()].reset_index(drop=True)
    return model, rows, split.schema.classes[split.minority]


def _measured(
    model: RowModel, rows: pd.DataFrame, ordering: str, sentences: int, seed: int
) -> tuple[Attention, str]:
    rng = np.random.default_rng(seed)
    chosen = np.concatenate([rng.permutation(len(rows)) for _ in range(-(-sentences // len(rows)))])
    chosen = chosen[:sentences]
    order = Ordering(ordering, len(model.columns) - 1)(np.arange(len(chosen)), len(chosen), rng)
    if order.shape[1] < len(model.columns):
        raise ConfigError(
            f"method.ordering={ordering} leaves the label out of the sentence. Use "
            "method.ordering=permute_xy."
        )
    with one_thread(int(model.llm.get("threads", 1))):
        return column_attention(model, rows.iloc[chosen], order), model.columns[-1].name
