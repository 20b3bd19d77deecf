"""Checks of a stored model against its description, before memory is allocated for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

#: Names of the number of layers in this project's and in transformers' configurations.
LAYERS = ("layers", "n_layer", "num_hidden_layers", "num_layers")


def digest_of(path: Path) -> str:
    """SHA-256 of the weights' file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_weights(network: Mapping[str, Any], path: Path, digest: str) -> None:
    """Raise :class:`ValueError` unless the described network has exactly the weights of the file.

    ``digest`` is the SHA-256 of the safetensors file when it was written. A short description could
    request any amount of memory, so only the file's header is read until the shapes agree, and the network
    is built on the meta device.
    """
    from safetensors import safe_open

    from imbench.lm.models import rebuild_network

    if not path.is_file():
        raise ValueError("no weights")
    with safe_open(path, "pt") as file:
        shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    for name, number in _numbers(network):
        if number > max(path.stat().st_size, 1 << 20) or (name in LAYERS and number > len(shapes)):
            raise ValueError(f"{name}={number} does not fit the weights")
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        wanted = {name: tuple(t.shape) for name, t in rebuild_network(network).state_dict().items()}
    # Weights that are shared (the first and the last layer) are stored once.
    if any(wanted.get(name) != shape for name, shape in shapes.items()):
        raise ValueError("other weights than described")
    if digest_of(path) != digest:
        raise ValueError("weights that were changed")


def _numbers(value: Any, name: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _numbers(inner, str(key))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield name, abs(value)
