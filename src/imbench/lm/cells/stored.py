"""Fitted models as folders: weights and bins (safetensors) and a description (JSON)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from imbench.lm.cells.cell_model import CellModel
from imbench.lm.cells.discretization import Bins, CellCodes
from imbench.lm.cells.transformer import CellSize, CellTransformer
from imbench.lm.interface import Trained
from imbench.lm.model_folder import read_folder, write_folder
from imbench.lm.text.columns import Column
from imbench.lm.weights import digest_of

#: Goes up when codes, training or the files change, so that stored models must not be used again.
FORMAT = 1
#: A stored network with more layers or width than this is refused before memory is taken for it.
MOST_LAYERS, MOST_WIDTH = 64, 4096


def save_cells(model: CellModel, folder: Path) -> None:
    """Write the model; see :func:`write_folder`."""
    from safetensors.torch import save_file

    tensors = {f"network.{name}": t.contiguous() for name, t in model.network.state_dict().items()}
    for j, bins in model.codes.bins.items():
        for name in ("edges", "values", "starts"):
            tensors[f"bins.{j}.{name}"] = torch.from_numpy(getattr(bins, name).copy())
    description = {
        "format": FORMAT,
        "columns": [asdict(c) for c in model.columns],
        "llm": model.llm,
        "size": asdict(model.network.size),
        "trained": asdict(model.trained),
        "read": model.read.tolist(),
    }
    write_folder(folder, description, lambda path: save_file(tensors, str(path)))


def load_cells(
    folder: Path, llm: Mapping[str, Any] | None = None, columns: Sequence[Column] | None = None
) -> CellModel | None:
    """The model stored in ``folder``; see :func:`read_folder`. ``columns`` are those it must have."""

    def build(found: Mapping[str, Any], weights: Path) -> CellModel:
        if found["weights"] != digest_of(weights):
            raise ValueError("weights that were changed")
        model = _of(found, weights)
        if columns is not None and model.columns != tuple(columns):
            raise ValueError("a model of other columns")
        return model

    return read_folder(folder, FORMAT, llm, build)


def _of(found: Mapping[str, Any], weights: Path) -> CellModel:
    from safetensors.torch import load_file

    columns = tuple(
        Column(**{**c, "categories": None if c["categories"] is None else tuple(c["categories"])})
        for c in found["columns"]
    )
    size = CellSize(**found["size"])
    if size.layers > MOST_LAYERS or size.width > MOST_WIDTH:
        raise ValueError("a network larger than any that is stored")
    tensors = load_file(str(weights))
    bins = {
        j: Bins(*(tensors[f"bins.{j}.{name}"].numpy() for name in ("edges", "values", "starts")))
        for j, column in enumerate(columns)
        if column.is_number
    }
    codes = CellCodes(columns, bins)
    with torch.random.fork_rng(devices=[]):
        network = CellTransformer(codes.sizes, codes.ordered, size)
    network.load_state_dict({k[8:]: t for k, t in tensors.items() if k.startswith("network.")})
    network.eval()
    return CellModel(codes, network, Trained(**found["trained"]), np.array(found["read"]), found["llm"])
