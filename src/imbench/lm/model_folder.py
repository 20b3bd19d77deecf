"""A stored model's folder: weights (safetensors) and a description (JSON), complete or not there at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from imbench.errors import ImbenchError, StorageError
from imbench.lm.weights import digest_of
from imbench.utils.files import read_json

Model = TypeVar("Model")
WEIGHTS, DESCRIPTION = "model.safetensors", "model.json"
#: Options of a model that do not change its weights.
NOT_IN_KEY = ("threads", "version")


def write_folder(folder: Path, description: Mapping[str, Any], write_weights: Callable[[Path], None]) -> None:
    """Write a model as one atomic rename of a folder.

    ``write_weights`` writes the file of weights; their SHA-256 becomes the entry ``weights`` of the
    description. A folder that is there already stays. Raises :class:`StorageError`.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        write_weights(partial / WEIGHTS)
        content = {**description, "weights": digest_of(partial / WEIGHTS)}
        (partial / DESCRIPTION).write_text(json.dumps(content, indent=1), encoding="utf-8")
        os.rename(partial, folder)
    except OSError as error:
        if not folder.is_dir():  # another process may have stored the same model first
            raise StorageError(f"The model could not be stored in '{folder}': {error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def read_folder(
    folder: Path, model_format: int, llm: Mapping[str, Any] | None,
    build: Callable[[Mapping[str, Any], Path], Model],
) -> Model | None:  # fmt: skip
    """The model that ``build`` makes of the description and the weights, or None without one of this format.

    ``llm`` are the options that it must have been trained with (None: any). ``build`` raises for weights
    that do not fit their description. A model that is damaged or another one than requested is renamed to
    ``.broken-…`` and counts as none.
    """
    from safetensors import SafetensorError

    if not (folder / DESCRIPTION).is_file():
        return None
    found = read_json(folder / DESCRIPTION)
    if found is not None and found.get("format") != model_format:
        return None
    try:
        if found is None or (llm is not None and plain_options(found["llm"]) != plain_options(llm)):
            raise ValueError("another model than requested")
        return build(found, folder / WEIGHTS)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, SafetensorError,
            ImbenchError):  # fmt: skip
        with suppress(OSError):
            folder.rename(folder.with_name(f".broken-{folder.name}-{os.getpid()}"))
        return None


def plain_options(llm: Mapping[str, Any]) -> Any:
    """A model's options as JSON keeps them, without those that do not change the weights."""
    return json.loads(json.dumps({k: v for k, v in llm.items() if k not in NOT_IN_KEY}, default=str))
