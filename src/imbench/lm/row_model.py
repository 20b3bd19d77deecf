"""A language model of one dataset's rows: sampling, label probabilities, attention, storage."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from imbench.lm.device import in_bf16
from imbench.lm.generate import Prompt, sample_rows
from imbench.lm.interface import Sampling, Tally, Trained
from imbench.lm.model_folder import read_folder, write_folder
from imbench.lm.models import describe_network, make_vocabulary, rebuild_network
from imbench.lm.network import GPT2Network, Network
from imbench.lm.text.columns import Cell, Column
from imbench.lm.text.grammar import Grammar
from imbench.lm.text.vocabulary import TokenCache, Vocabulary
from imbench.lm.weights import check_weights

#: Increased when tokens, training or the files change so that stored models cannot be used any more.
FORMAT = 3


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
                scores[start : start + batch, same] = self._score_paths(ids, lengths, prefix, ends)
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
        places = lengths[:, None] + np.arange(len(path))
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
        """Write the model; see :func:`write_folder`."""
        from safetensors.torch import save_model

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
        write_folder(folder, description, lambda path: save_model(self.model, str(path)))

    @classmethod
    def load(
        cls, folder: Path, llm: Mapping[str, Any] | None = None, columns: Sequence[Column] | None = None
    ) -> RowModel | None:
        """The model stored in ``folder``; see :func:`read_folder`. ``columns`` are those it must have."""

        def build(found: Mapping[str, Any], weights: Path) -> RowModel:
            check_weights(found["network"], weights, found["weights"])
            model = cls._of(found, weights)
            if columns is not None and model.columns != tuple(columns):
                raise ValueError("a model of other columns")
            return model

        return read_folder(folder, FORMAT, llm, build)

    @classmethod
    def _of(cls, found: Mapping[str, Any], weights: Path) -> RowModel:
        from safetensors.torch import load_model

        columns = tuple(
            Column(**{**c, "categories": None if c["categories"] is None else tuple(c["categories"])})
            for c in found["columns"]
        )
        model = rebuild_network(found["network"])
        load_model(model, str(weights))
        model.eval()
        kept = None if found["kept"] is None else tuple(found["kept"])
        vocabulary = make_vocabulary(columns, found["llm"], found["characters"], kept)
        known = {int(j): values for j, values in found["known"].items()}
        return cls(columns, vocabulary, model, Trained(**found["trained"]), known, found["llm"])
