"""A language model of one table: fine-tuned once, sampled often, stored under a key of its own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from imbench.errors import ConfigError, StorageError
from imbench.lm.columns import Cell, Column
from imbench.lm.finetune import Order, Trained, Training, finetune
from imbench.lm.generate import Prompt, Sampling, Tally, sample_rows
from imbench.lm.grammar import Grammar
from imbench.lm.model import ModelSize, RowModel
from imbench.lm.tokens import CellBook, TableVocabulary

#: Goes up when tokens, training or the files change so that stored models must not be used again.
FORMAT = 1
NUMBERS = ("plain", "padded")


@contextmanager
def one_thread(threads: int = 1) -> Iterator[None]:
    """A fixed number of torch threads: sums, and so rows, depend on it."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclass
class TableModel:
    """Columns, vocabulary, network, and what training it cost.

    ``known`` maps a column's position to the categories that the training rows held.
    """

    columns: tuple[Column, ...]
    vocabulary: TableVocabulary
    model: RowModel
    trained: Trained
    known: dict[int, list[str]]

    def __post_init__(self) -> None:
        self.book = CellBook(self.vocabulary)

    def sample(
        self, prompts: Sequence[Prompt], wanted: Sequence[int], sampling: Sampling, seed: int
    ) -> tuple[list[dict[int, Cell]], Tally]:
        """Complete prompts to rows of the ``wanted`` columns; see :func:`sample_rows`."""
        grammar = Grammar(self.vocabulary, self.known, sampling.margin)
        return sample_rows(self.model, self.book, grammar, prompts, wanted, sampling, seed)

    @property
    def padded(self) -> bool:
        """Whether numbers are written with the same length throughout."""
        return self.vocabulary.padded

    def label_chances(self, rows: pd.DataFrame, target: int, batch: int = 512) -> tuple[np.ndarray, tuple[str, ...]]:
        """Probability of each category of column ``target`` after the other columns in their order.

        ``rows`` holds the other columns; the result is (rows, categories) and the categories.
        """
        cells = self.book.encode(rows)
        cells[:, target] = 0
        order = np.array([[j for j in range(len(self.columns)) if j != target]])
        words = self.columns[target].categories or ()
        paths = [self.vocabulary.name_path(target) + self.vocabulary.value_path(target, w, last=True) for w in words]
        scores = np.zeros((len(rows), len(words)))
        for start in range(0, len(rows), batch):
            part = cells[start : start + batch]
            ids, lengths = self.book.sentences(part, np.repeat(order, len(part), axis=0), open_end=True)
            for k, path in enumerate(paths):
                scores[start : start + batch, k] = self._score_path(ids, lengths - 1, path)
        chances = np.exp(scores - scores.max(axis=1, keepdims=True))
        return chances / chances.sum(axis=1, keepdims=True), words

    def attention_to_columns(self, rows: pd.DataFrame, target: int) -> np.ndarray:
        """Where the model looks when it predicts column ``target`` after the others: (rows, others).

        Attention of the last token before the value, mean over heads and layers, summed over the
        tokens of each column, each row divided by its sum.
        """
        others = [j for j in range(len(self.columns)) if j != target]
        cells = self.book.encode(rows)
        cells[:, target] = 0
        order = np.repeat(np.array([others]), len(rows), axis=0)
        ids, lengths = self.book.sentences(cells, order, open_end=True)
        path = self.vocabulary.name_path(target)
        ids = np.hstack([ids, np.zeros((len(ids), len(path)), dtype=np.int64)])
        places = (lengths - 1)[:, None] + np.arange(len(path))
        np.put_along_axis(ids, places, np.array(path)[None].repeat(len(ids), 0), axis=1)
        looks = self.model.attention_from(torch.from_numpy(ids), torch.from_numpy(places[:, -1])).numpy()
        ends = self.book.lengths(cells[:, others]).cumsum(axis=1)
        sums = np.hstack([np.zeros((len(ids), 1)), looks.cumsum(axis=1)])
        shares = np.take_along_axis(sums, ends, axis=1)
        shares = np.diff(np.hstack([np.zeros((len(ids), 1)), shares]), axis=1)
        return shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-12)

    def _score_path(self, ids: np.ndarray, lengths: np.ndarray, path: tuple[int, ...]) -> np.ndarray:
        """Log-probability of ``path`` after each row's first ``lengths`` tokens."""
        longer = np.zeros((len(ids), lengths.max() + len(path)), dtype=np.int64)
        longer[:, : ids.shape[1]] = ids[:, : longer.shape[1]]
        places = lengths[:, None] + np.arange(len(path))
        np.put_along_axis(longer, places, np.array(path)[None].repeat(len(ids), 0), axis=1)
        with torch.inference_mode():
            hidden = self.model(torch.from_numpy(longer[:, :-1]))
            picked = hidden[torch.arange(len(ids))[:, None], torch.from_numpy(places - 1)]
            logs = self.model.logits(picked).log_softmax(dim=2)
            return logs[:, torch.arange(len(path)), torch.tensor(path)].sum(dim=1).double().numpy()

    def save(self, folder: Path) -> None:
        """Write weights (safetensors) and description (JSON); the folder appears complete or not at all."""
        from safetensors.torch import save_file

        folder.parent.mkdir(parents=True, exist_ok=True)
        half = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            save_file(self.model.state_dict(), half / "model.safetensors")
            description = {
                "format": FORMAT,
                "columns": [asdict(c) for c in self.columns],
                "padded": self.vocabulary.padded,
                "size": self.model.size.as_dict(),
                "trained": asdict(self.trained),
                "known": {str(j): values for j, values in self.known.items()},
            }
            (half / "model.json").write_text(json.dumps(description, indent=1), encoding="utf-8")
            os.rename(half, folder)
        except OSError as error:
            if not folder.is_dir():  # another process may have stored the same model first
                raise StorageError(f"The model could not be stored in '{folder}': {error}") from error
        finally:
            shutil.rmtree(half, ignore_errors=True)

    @classmethod
    def load(cls, folder: Path) -> TableModel | None:
        """The model stored in ``folder``, or None when there is none of this format."""
        from safetensors.torch import load_file

        if not (folder / "model.json").is_file():
            return None
        description = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        if description["format"] != FORMAT:
            return None
        columns = tuple(
            Column(**{**c, "categories": None if c["categories"] is None else tuple(c["categories"])})
            for c in description["columns"]
        )
        model = RowModel(ModelSize(**description["size"]))
        model.load_state_dict(load_file(folder / "model.safetensors"))
        model.eval()
        known = {int(j): values for j, values in description["known"].items()}
        vocabulary = TableVocabulary(columns, description["padded"])
        return cls(columns, vocabulary, model, Trained(**description["trained"]), known)


@dataclass
class Plan:
    """Everything that decides a fine-tuned model. Made first, so that its key can be looked up."""

    vocabulary: TableVocabulary
    book: CellBook
    cells: np.ndarray
    order: Order
    order_word: str
    training: Training
    size: dict[str, Any]
    seed: int
    name: str

    @classmethod
    def make(
        cls, columns: tuple[Column, ...], frames: Sequence[pd.DataFrame], order: Order, order_word: str,
        llm: Mapping[str, Any], seed: int,
    ) -> Plan:  # fmt: skip
        """``frames`` are the corpus, one below the other; a frame may lack columns.

        ``llm`` is a configuration like ``conf/llm/tiny.yaml``.
        """
        numbers = llm.get("numbers", "plain")
        if numbers not in NUMBERS:
            raise ConfigError(f"llm.numbers={numbers} is not one of {', '.join(NUMBERS)}.")
        vocabulary = TableVocabulary(columns, padded=numbers == "padded")
        book = CellBook(vocabulary)
        cells = np.concatenate([book.encode(frame) for frame in frames])
        training = _from_words(Training, llm.get("training") or {}, "llm.training")
        return cls(vocabulary, book, cells, order, order_word, training, dict(llm.get("size") or {}), seed, llm["name"])

    @property
    def key(self) -> str:
        """A hash of what determines the weights: rows as tokens, order, size, training, seed."""
        digest = hashlib.sha256()
        words = [FORMAT, self.name, self.order_word, asdict(self.training), self.size, self.seed,
                 [asdict(c) for c in self.vocabulary.columns], self.vocabulary.padded]  # fmt: skip
        digest.update(json.dumps(words, sort_keys=True).encode())
        digest.update(self.cells.tobytes())
        digest.update(repr(self.book.pieces).encode())
        return digest.hexdigest()[:24]

    def train(self) -> TableModel:
        """Make the network and fine-tune it."""
        context = self.book.longest_sentence()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            try:
                size = ModelSize(vocabulary=self.vocabulary.size, context=context, **self.size)
            except TypeError as error:
                raise ConfigError(f"llm.size={self.size} cannot be used: {error}") from error
            model = RowModel(size)
        trained = finetune(model, self.book, self.cells, self.order, self.training, self.seed)
        return TableModel(self.vocabulary.columns, self.vocabulary, model, trained, self._known())

    def _known(self) -> dict[int, list[str]]:
        """Categories that the corpus holds, for each column that it holds at all."""
        known: dict[int, list[str]] = {}
        for j, column in enumerate(self.vocabulary.columns):
            if not column.is_number:
                present = set(np.unique(self.cells[:, j]).tolist())
                values = [v for v in column.categories or () if self.book.cell(j, v) in present]
                if values:
                    known[j] = values
        return known


def _from_words(kind: type, words: Mapping[str, Any], where: str) -> Any:
    try:
        return kind(**words)
    except TypeError as error:
        raise ConfigError(f"{where}: {error}. It may hold: {', '.join(kind.__dataclass_fields__)}.") from error


def fit_or_load(plan: Plan, model_dir: str | Path | None) -> tuple[TableModel, bool]:
    """The plan's model and whether it was there already under ``model_dir/key``."""
    folder = None if model_dir is None else Path(model_dir) / plan.key
    if folder is not None and (stored := TableModel.load(folder)) is not None:
        return stored, True
    made = plan.train()
    if folder is not None:
        made.save(folder)
    return made, False
