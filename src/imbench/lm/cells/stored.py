"""Fitted models as folders: weights and bins (safetensors) and a description (JSON)."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from imbench.errors import StorageError
from imbench.lm.cells.cell_model import CellModel
from imbench.lm.cells.discretization import Bins, CellCodes
from imbench.lm.cells.transformer import CellSize, CellTransformer
from imbench.lm.interface import Trained
from imbench.lm.text.columns import Column
from imbench.lm.weights import digest_of
from imbench.utils.files import read_json

#: Goes up when codes, training or the files change, so that stored models must not be used again.
FORMAT = 1
#: Options of a model's configuration that do not change its weights.
NOT_IN_KEY = ("threads",)
#: A stored network with more layers or width than this is refused before memory is taken for it.
MOST_LAYERS, MOST_WIDTH = 64, 4096


def save_cells(model: CellModel, folder: Path) -> None:
    """Write weights, bins and description; the folder appears complete or not at all."""
    from safetensors.torch import save_file

    folder.parent.mkdir(parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
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
    try:
        save_file(tensors, str(half / "model.safetensors"))
        description["weights"] = digest_of(half / "model.safetensors")
        (half / "model.json").write_text(json.dumps(description, indent=1), encoding="utf-8")
        os.rename(half, folder)
    except OSError as error:
        if not folder.is_dir():  # another process may have stored the same model first
            raise StorageError(f"The model could not be stored in '{folder}': {error}") from error
    finally:
        shutil.rmtree(half, ignore_errors=True)


def load_cells(
    folder: Path, llm: Mapping[str, Any] | None = None, columns: Sequence[Column] | None = None
) -> CellModel | None:
    """The model stored in ``folder``, or None where there is none of this format.

    ``llm`` and ``columns`` are the configuration and the columns that it must have been made with. A model
    that is broken, or is another one, is set aside under another name (``.broken-…``) and counts as none.
    """
    if not (folder / "model.json").is_file():
        return None
    found = read_json(folder / "model.json")
    if found is not None and found.get("format") != FORMAT:
        return None
    try:
        if found is None or (llm is not None and _plain(found["llm"]) != _plain(llm)):
            raise ValueError("not the model that was asked for")
        if found["weights"] != digest_of(folder / "model.safetensors"):
            raise ValueError("weights that were changed")
        model = _of(found, folder / "model.safetensors")
        if columns is not None and model.columns != tuple(columns):
            raise ValueError("a model of other columns")
        return model
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError):
        with suppress(OSError):
            folder.rename(folder.with_name(f".broken-{folder.name}-{os.getpid()}"))
        return None


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


def _plain(llm: Mapping[str, Any]) -> Any:
    return json.loads(json.dumps({k: v for k, v in llm.items() if k not in NOT_IN_KEY}, default=str))
