"""A language model of one dataset's rows: sampling, label probabilities, attention, storage."""

from __future__ import annotations

import copy
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from imbench.errors import ImbenchError, StorageError
from imbench.lm.device import in_bf16
from imbench.lm.generate import Prompt, sample_rows
from imbench.lm.interface import Sampling, Tally, Trained
from imbench.lm.models import describe_network, make_vocabulary, rebuild_network
from imbench.lm.network import GPT2Network, Network
from imbench.lm.text.columns import Cell, Column
from imbench.lm.text.grammar import Grammar
from imbench.lm.text.vocabulary import TokenCache, Vocabulary
from imbench.lm.weights import check_weights, digest_of
from imbench.utils.files import read_json

#: Increased when tokens, training or the files change so that stored models cannot be used any more.
FORMAT = 3
#: Options of a model that do not change its weights.
NOT_IN_KEY = ("threads",)


@contextmanager
def one_thread(threads: int = 1) -> Iterator[None]:
    """Run the block with a fixed number of torch threads; rounding, and so rows, depend on it."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclass
class RowModel:
    """Columns, vocabulary, network, and the facts of its training.

    ``known`` maps a column's position to the categories that occurred in the corpus.
    """

    columns: tuple[Column, ...]
    vocabulary: Vocabulary
    model: Network
    trained: Trained
    known: dict[int, list[str]]
    llm: dict[str, Any]

    def __post_init__(self) -> None:
        self.token_cache = TokenCache(self.vocabulary)

    def sample(
        self, prompts: Sequence[Prompt], wanted: Sequence[int], sampling: Sampling, seed: int
    ) -> tuple[list[dict[int, Cell]], Tally]:
        """Complete prompts to rows of the ``wanted`` columns; see :func:`sample_rows`."""
        grammar = Grammar(self.vocabulary, self.known, sampling.margin)
        model, bf16 = self.model, in_bf16(self.llm)
        if bf16 and isinstance(model, GPT2Network):
            # Rounded once: autocast would round each layer's input and the whole cache in each pass.
            model, bf16 = copy.deepcopy(model).to(torch.bfloat16), False
        with torch.autocast(model.device.type, torch.bfloat16, enabled=bf16):
            return sample_rows(model, self.token_cache, grammar, prompts, wanted, sampling, seed)

    @property
    def padded(self) -> bool:
        """Whether all numbers of a column have the same length."""
        return self.vocabulary.padded

    def label_probabilities(
        self, rows: pd.DataFrame, target: int, batch: int = 64
    ) -> tuple[np.ndarray, tuple[str, ...]]:
        """Probability of each category of column ``target`` after the other columns in their order.

        ``rows`` holds the other columns; the result is (rows, categories) and the categories.
        """
        cells = self.token_cache.encode(rows)
        cells[:, target] = 0
        order = np.array([[j for j in range(len(self.columns)) if j != target]])
        labels = self.columns[target].categories or ()
        paths = [
            self.vocabulary.name_path(target) + self.vocabulary.value_path(target, label, last=True)
            for label in labels
        ]
        scores = np.zeros((len(rows), len(labels)))
        for start in range(0, len(rows), batch):
            part = cells[start : start + batch]
            ids, lengths = self.token_cache.sentences(
                part, np.repeat(order, len(part), axis=0), open_end=True
            )
            # Labels that differ in their last token only are scored in one pass.
            for prefix in dict.fromkeys(path[:-1] for path in paths):
                same = [k for k, path in enumerate(paths) if path[:-1] == prefix]
                ends = [paths[k][-1] for k in same]
                scores[start : start + batch, same] = self._score_paths(ids, lengths - 1, prefix, ends)
        probabilities = np.exp(scores - scores.max(axis=1, keepdims=True))
        return probabilities / probabilities.sum(axis=1, keepdims=True), labels

    def attention_to_columns(self, rows: pd.DataFrame, target: int) -> np.ndarray:
        """Attention from column ``target``, predicted after the others, to each of them: (rows, others).

        That of the last token before the value, mean over heads and layers, summed over the
        tokens of each column, each row divided by its sum.
        """
        others = [j for j in range(len(self.columns)) if j != target]
        cells = self.token_cache.encode(rows)
        cells[:, target] = 0
        order = np.repeat(np.array([others]), len(rows), axis=0)
        ids, lengths = self.token_cache.sentences(cells, order, open_end=True)
        path = self.vocabulary.name_path(target)
        ids = np.hstack([ids, np.zeros((len(ids), len(path)), dtype=np.int64)])
        places = (lengths - 1)[:, None] + np.arange(len(path))
        np.put_along_axis(ids, places, np.array(path)[None].repeat(len(ids), 0), axis=1)
        device = self.model.device
        query = torch.from_numpy(places[:, -1]).to(device)
        attention = self.model.attention_from(torch.from_numpy(ids).to(device), query).cpu().numpy()
        ends = self.token_cache.lengths(cells[:, others]).cumsum(axis=1)
        sums = np.hstack([np.zeros((len(ids), 1)), attention.cumsum(axis=1)])
        shares = np.take_along_axis(sums, ends, axis=1)
        shares = np.diff(np.hstack([np.zeros((len(ids), 1)), shares]), axis=1)
        return shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-12)

    def _score_paths(
        self, ids: np.ndarray, lengths: np.ndarray, prefix: tuple[int, ...], ends: Sequence[int]
    ) -> np.ndarray:
        """Log-probabilities (rows, ends) of ``prefix`` and one of ``ends`` after ``lengths`` tokens."""
        longer = np.zeros((len(ids), lengths.max() + len(prefix)), dtype=np.int64)
        longer[:, : ids.shape[1]] = ids[:, : longer.shape[1]]
        places = lengths[:, None] + np.arange(len(prefix) + 1)
        if prefix:
            np.put_along_axis(longer, places[:, :-1], np.array(prefix)[None].repeat(len(ids), 0), axis=1)
        with torch.inference_mode():
            hidden = self.model(torch.from_numpy(longer).to(self.model.device)).cpu()
            picked = hidden[torch.arange(len(ids))[:, None], torch.from_numpy(places - 1)]
            logs = self.model.logits(picked.to(self.model.device)).float().log_softmax(dim=2).cpu().double()
            before = logs[:, torch.arange(len(prefix)), torch.tensor(prefix, dtype=torch.long)].sum(dim=1)
            return (before[:, None] + logs[:, -1, torch.tensor(ends)]).numpy()

    def save(self, folder: Path) -> None:
        """Write weights (safetensors) and description (JSON) as one atomic rename of a folder."""
        from safetensors.torch import save_model

        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        description = {
            "format": FORMAT,
            "columns": [asdict(c) for c in self.columns],
            "llm": self.llm,
            "network": describe_network(self.model),
            "kept": getattr(self.vocabulary, "kept", None),
            "characters": getattr(self.vocabulary, "characters", False),
            "trained": asdict(self.trained),
            "known": {str(j): values for j, values in self.known.items()},
        }
        try:
            save_model(self.model, str(partial / "model.safetensors"))
            description["weights"] = digest_of(partial / "model.safetensors")
            (partial / "model.json").write_text(json.dumps(description, indent=1), encoding="utf-8")
            os.rename(partial, folder)
        except OSError as error:
            if not folder.is_dir():  # another process may have stored the same model first
                raise StorageError(f"The model could not be stored in '{folder}': {error}") from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    @classmethod
    def load(
        cls, folder: Path, llm: Mapping[str, Any] | None = None, columns: Sequence[Column] | None = None
    ) -> RowModel | None:
        """The model stored in ``folder``, or None when there is none of this format.

        ``llm`` and ``columns`` are the options and columns that it must have been trained with. A model
        that is damaged or differs from its description is renamed to ``.broken-…`` and ignored.
        """
        from safetensors import SafetensorError

        if not (folder / "model.json").is_file():
            return None
        found = read_json(folder / "model.json")
        if found is not None and found.get("format") != FORMAT:
            return None
        try:
            if found is None or (llm is not None and _plain(found["llm"]) != _plain(llm)):
                raise ValueError("another model than requested")
            check_weights(found["network"], folder / "model.safetensors", found["weights"])
            model = cls._of(found, folder)
            if columns is not None and model.columns != tuple(columns):
                raise ValueError("a model of other columns")
            return model
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, SafetensorError,
                ImbenchError):  # fmt: skip
            with suppress(OSError):
                folder.rename(folder.with_name(f".broken-{folder.name}-{os.getpid()}"))
            return None

    @classmethod
    def _of(cls, found: Mapping[str, Any], folder: Path) -> RowModel:
        from safetensors.torch import load_model

        columns = tuple(
            Column(**{**c, "categories": None if c["categories"] is None else tuple(c["categories"])})
            for c in found["columns"]
        )
        model = rebuild_network(found["network"])
        load_model(model, str(folder / "model.safetensors"))
        model.eval()
        kept = None if found["kept"] is None else tuple(found["kept"])
        vocabulary = make_vocabulary(columns, found["llm"], found["characters"], kept)
        known = {int(j): values for j, values in found["known"].items()}
        return cls(columns, vocabulary, model, Trained(**found["trained"]), known, found["llm"])


def _plain(llm: Mapping[str, Any]) -> Any:
    """A model's options as JSON keeps them, without those that do not change the weights."""
    return json.loads(json.dumps({k: v for k, v in llm.items() if k not in NOT_IN_KEY}, default=str))
