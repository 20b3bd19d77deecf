"""GReaT (Borisov et al., ICLR 2023) from its authors' package ``be_great``: the outside witness of ``great``.

The package fine-tunes and samples; what it cannot do by itself is done here: rows in words that its
parser can read, a bound on the attempts, seeds, silence, and a ledger.
"""

from __future__ import annotations

import contextlib
import io
import math
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from baselines.text_model import check_text_llm, text_tokenizer, write_model
from imbench.errors import ConfigError, MethodError, Shortfall
from imbench.lm.columns import MISSING, Cell, Column, describe_columns, read_cells
from imbench.lm.repair import averages, repair_rows
from imbench.oversampling.base import MinorityOversampler, for_other_packages, round_whole
from imbench.oversampling.making import TINY
from imbench.oversampling.seeding import global_seed

INCOMPLETE = ("repair", "reject")
PADDING = ("left", "right")
SAMPLING = {"temperature": 0.7, "top_k": 50, "batch": 100, "max_length": None, "max_attempts": 5}
#: The package's own words in a row's text: a hole, and a column that was not generated.
HOLE, ABSENT = "None", "placeholder"


class BeGreatPackage(MinorityOversampler):
    """Fine-tune a language model on all rows with ``be_great`` and sample rows of one class from it.

    Parameters
    ----------
    llm : the model, a dict like ``conf/llm/*.yaml``; None is ``tiny`` (see ``baselines/text_model.py`` for
        what that means to a package that reads folders). Always with the whole vocabulary.
    sampling : words on top of ``SAMPLING``: ``batch`` prompts at a time, at most ``max_length`` tokens a
        row, prompt and all (None: half as many again as the longest training row has), and at most
        ``max_attempts`` rows generated for each one asked for, then :class:`Shortfall`.
    incomplete : what happens to a generated row that lacks a column or holds what the column cannot
        hold. ``repair`` does as the published comparison did with every language-model method (mode or
        mean; a row without any column is dropped); ``reject`` drops it, as the package's ``sample``
        does, which lets unknown categories pass, however.
    padding : where the sentences of a training batch are filled up. ``left`` is what version 0.0.14 does:
        only a batch's longest sentences then begin at position 0, where every prompt begins, and the
        rows made resemble those (insurance: BMI with three decimals, hence northern regions), and the
        end of a sentence is never learned. ``right`` avoids both.

    Rows are sampled without dropout. The package's ``sample`` leaves it on after ``fit``.
    """

    def __init__(
        self,
        *,
        llm: Mapping[str, Any] | None = None,
        sampling: Mapping[str, Any] | None = None,
        incomplete: str = "repair",
        padding: str = "left",
        sampling_strategy: Any = "minority",
        random_state: Any = None,
    ):
        super().__init__(sampling_strategy=sampling_strategy, random_state=random_state)
        self.llm = llm
        self.sampling = sampling
        self.incomplete = incomplete
        self.padding = padding

    def fit_resample(self, X: Any, y: Any, **params: Any) -> tuple[Any, Any]:
        """Resample; the original rows come back first, the made ones after them."""
        self._target = str(getattr(y, "name", None) or "target")
        return super().fit_resample(X, y, **params)

    def _make_rows(
        self, features: pd.DataFrame, labels: np.ndarray, label: Any, count: int, rng: np.random.RandomState
    ) -> pd.DataFrame:
        from imbench.lm.table_model import one_thread

        llm, words = {**(self.llm or TINY)}, {**SAMPLING, **(self.sampling or {})}
        self._check_words(llm, words)
        seeds = [int(rng.randint(2**31 - 1)) for _ in range(2)]
        text = RowText(features, labels, self._target)
        with one_thread(int(llm.get("threads", 1))), quietly(), tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            great, report = fit_great(text, llm, words["max_length"], seeds[0], Path(folder), self.padding)
            self._note(report, seconds_fit=time.perf_counter() - started)
            started = time.perf_counter()
            with seeded(seeds[1]):
                rows = self._sample(great, text, label, count, words)
            self._note({}, seconds_sample=time.perf_counter() - started)
        made = round_whole(text.read(rows), features)
        real = set(map(tuple, features[labels == label].astype(object).itertuples(index=False)))
        copies = sum(tuple(row) in real for row in made.astype(object).itertuples(index=False))
        self._note({}, duplicates=int(made.duplicated().sum()), training_copies=copies)
        return made

    def _check_words(self, llm: Mapping[str, Any], words: Mapping[str, Any]) -> None:
        check_text_llm(llm)
        for word, allowed in {"incomplete": INCOMPLETE, "padding": PADDING}.items():
            if getattr(self, word) not in allowed:
                raise ConfigError(f"{word}={getattr(self, word)} is not one of {', '.join(allowed)}.")
        unknown = sorted(set(words) - set(SAMPLING))
        if unknown:
            raise ConfigError(f"sampling.{unknown[0]} is unknown. sampling may hold: {', '.join(SAMPLING)}.")

    def _sample(
        self, great: Any, text: RowText, label: Any, count: int, words: Mapping[str, Any]
    ) -> list[dict[int, Cell]]:
        """``count`` complete rows, or :class:`Shortfall`."""
        rejected: Counter[str] = Counter()
        kept: list[dict[int, Cell]] = []
        made, bound = 0, int(words["max_attempts"]) * count
        while len(kept) < count and made < bound:
            share = max(len(kept) / made if made else 1, 1 / words["max_attempts"])
            ask = min(int(words["batch"]), bound - made, math.ceil((count - len(kept)) / share))
            generated, tokens = generate(great, text, label, ask, words)
            made += ask
            passed, repaired = self._passed(text, generated, rejected)
            kept += passed
            self._note({}, repaired_cells=repaired, tokens=tokens, generated=ask)
        self.ledger_["rejected"] = dict(Counter(self.ledger_.get("rejected", {})) + rejected)
        if len(kept) < count:
            raise Shortfall(
                f"be_great made {len(kept)} of {count} rows of class {label} in {made} attempts "
                f"(sampling.max_attempts={words['max_attempts']} for each row). Rejected: {dict(rejected)}. "
                "Train longer (llm.training) or raise sampling.max_length or sampling.max_attempts."
            )
        return kept[:count]

    def _passed(
        self, text: RowText, rows: list[dict[int, Cell]], rejected: Counter[str]
    ) -> tuple[list[dict[int, Cell]], int]:
        """The rows that go on and the number of cells repaired in them."""
        if self.incomplete == "repair":
            whole, repaired, dropped = repair_rows(rows, [0] * len(rows), text.columns, text.average)
            rejected.update({"empty": dropped} if dropped else {})
            return whole, repaired
        faults = [find_fault(row, text.columns) for row in rows]
        rejected.update(fault for fault in faults if fault)
        return [row for row, fault in zip(rows, faults, strict=True) if fault is None], 0

    def _note(self, words: Mapping[str, Any], **amounts: float) -> None:
        self.ledger_.update(words)
        for word, amount in amounts.items():
            self.ledger_[word] = self.ledger_.get(word, 0) + amount


class RowText:
    """The rows of one table as the package reads and writes them.

    Its parser splits at commas and " is ", strips, and has words of its own: a name or category that
    would not survive stands as another word, unique among its column's, and comes back as itself.
    """

    def __init__(self, features: pd.DataFrame, labels: np.ndarray, target: str):
        named = features.rename(columns=str)
        self.columns = describe_columns(named)
        self.average = averages([named], self.columns)
        names = [c.name for c in self.columns]
        while target in names:
            target += "_"
        safe = safe_words([*names, target])
        self.names, self.target = [safe[n] for n in names], safe[target]
        self.given = list(features.columns)
        self.label_words = safe_words(sorted({str(v) for v in labels}))
        self.words = [safe_words(c.categories or ()) for c in self.columns]
        rows = for_other_packages(named, named)
        for column, words in zip(self.columns, self.words, strict=True):
            if not column.is_number:
                rows[column.name] = [MISSING if pd.isna(v) else words[str(v)] for v in rows[column.name]]
        rows.columns = self.names
        self.frame = rows.assign(**{self.target: [self.label_words[str(v)] for v in labels]})

    @property
    def categories(self) -> set[str]:
        """Every value that is not a number, as it is written, and the word for a hole."""
        return {HOLE, *(w for words in (*self.words, self.label_words) for w in words.values())}

    def sentences(self) -> list[str]:
        """The rows in the table's own order of columns."""
        holes = self.frame.astype(object).where(self.frame.notna(), HOLE)
        return [
            ", ".join(f"{name} is {value}" for name, value in zip(holes.columns, row, strict=True))
            for row in holes.itertuples(index=False)
        ]

    def cells(self, parsed: pd.DataFrame) -> list[dict[int, Cell]]:
        """What the package's parser found, as column → cell; columns that it did not find are left out."""
        back = [{safe: word for word, safe in words.items()} for words in self.words]
        found: list[dict[int, Cell]] = [{} for _ in range(len(parsed))]
        for j, name in enumerate(self.names):
            for row, value in zip(found, parsed[name], strict=True):
                if value is None or value == HOLE:
                    row[j] = MISSING
                elif value != ABSENT:
                    row[j] = value if self.columns[j].is_number else back[j].get(value, value)
        return found

    def read(self, rows: Sequence[Mapping[int, Cell]]) -> pd.DataFrame:
        """Complete rows as a frame with the table's columns."""
        made = {j: read_cells([row[j] for row in rows], c) for j, c in enumerate(self.columns)}
        return pd.DataFrame(made).set_axis(self.given, axis=1)


def safe_words(words: Iterable[str]) -> dict[str, str]:
    """Each word as the package can write and read it, different for different words."""
    words = list(words)
    safe = {w: w for w in words if _survives(w)}
    for word in words:
        if word not in safe:
            other = re.sub(r"\W+", "_", word) or "_"
            while other in safe.values() or not _survives(other):
                other += "_"
            safe[word] = other
    return safe


def _survives(word: str) -> bool:
    plain = bool(word) and word == word.strip() and word.isprintable() and word not in (HOLE, ABSENT)
    return plain and not any(mark in f" {word} " for mark in (",", " is ", "<|endoftext|>"))


def find_fault(row: Mapping[int, Cell], columns: Sequence[Column]) -> str | None:
    """Why a generated row cannot be a row of the table, or None."""
    for j, column in enumerate(columns):
        if j not in row:
            return "missing column"
        text = row[j]
        if text is MISSING:
            if not column.holes:
                return "missing value"
        elif not column.is_number:
            if text not in (column.categories or ()):
                return "unknown category"
        elif not np.isfinite(pd.to_numeric(text, errors="coerce")):
            return "flawed number"
    return None


def fit_great(
    text: RowText,
    llm: Mapping[str, Any],
    max_length: int | None,
    seed: int,
    folder: Path,
    padding: str = "left",
) -> tuple[Any, dict[str, Any]]:
    """The package's model, fine-tuned on the rows, and what the ledger says of it.

    ``folder`` takes the model's files and the package's own; nothing of it is needed afterwards.
    """
    try:
        from be_great import GReaT
    except ModuleNotFoundError as error:
        raise MethodError("This method needs the package be_great: pip install be-great") from error
    from imbench.lm.finetune import Training, count_steps
    from imbench.lm.hardware import device_of, in_bf16
    from imbench.lm.networks import words_of

    tokenizer = text_tokenizer(llm, list(text.frame.columns), text.categories)
    lengths = np.array([len(ids) for ids in tokenizer(text.sentences())["input_ids"]])
    room = int(max_length or math.ceil(1.5 * lengths.max()))
    training = words_of(Training, dict(llm.get("training") or {}), "llm.training")
    steps, device = count_steps(lengths, training), device_of(llm)
    with seeded(seed):
        name = write_model(llm, tokenizer, max(room, int(lengths.max())), folder / "model")
        try:
            great = GReaT(
                name, experiment_dir=str(folder / "trainer"), batch_size=training.batch,
                epochs=math.ceil(training.epochs), max_steps=steps, learning_rate=training.lr,
                warmup_steps=int(training.warmup * steps), lr_scheduler_type=training.schedule,
                weight_decay=training.weight_decay, max_grad_norm=training.clip,
                gradient_accumulation_steps=training.accumulation, save_strategy="no",
                logging_strategy="no", seed=seed, data_seed=seed, use_cpu=device.type == "cpu",
                bf16=in_bf16(llm),
            )  # fmt: skip
        except (OSError, ValueError) as error:
            raise ConfigError(f"The model of llm '{llm['name']}' cannot be loaded: {error}") from error
        most = int(getattr(great.model.config, "max_position_embeddings", room))
        if lengths.max() > most:
            raise ConfigError(
                f"Rows are up to {lengths.max()} tokens long, llm '{llm['name']}' reads {most}. "
                "Choose a model that reads more, or drop columns."
            )
        great.model.float()
        great.tokenizer.padding_side = padding  # prompts are of one length, so it matters in training only
        trainer = great.fit(text.frame, conditional_col=text.target, random_conditional_col=False)
    great.model.eval()
    great.device, great.max_length = great.model.device, min(room, most)
    losses = [entry["train_loss"] for entry in trainer.state.log_history if "train_loss" in entry]
    return great, {
        "model": llm["name"], "training_steps": trainer.state.global_step, "training_rows": len(lengths),
        "loss_mean": losses[-1] if losses else None, "max_length": great.max_length,
    }  # fmt: skip


def generate(
    great: Any, text: RowText, label: Any, count: int, words: Mapping[str, Any]
) -> tuple[list[dict[int, Cell]], int]:
    """``count`` rows of a class, incomplete ones too, and the tokens drawn: one turn of the package's loop.

    Its own loop (``sample``) has no bound once a single row was complete, and hides what it drops.
    """
    import torch
    from be_great.great_utils import _convert_text_to_tabular_data, _convert_tokens_to_text

    start = great._get_start_sampler(text.target, {text.label_words[str(label)]: 1.0})
    prompts = torch.tensor(start.get_start_tokens(count), device=great.device)
    tokens = great.model.generate(
        input_ids=prompts, attention_mask=(prompts != great.tokenizer.pad_token_id).long(),
        max_length=great.max_length, do_sample=True, temperature=words["temperature"],
        top_k=words["top_k"] or 0, pad_token_id=great.tokenizer.pad_token_id,
    )  # fmt: skip
    drawn = int((tokens[:, prompts.shape[1] :] != great.tokenizer.pad_token_id).sum())
    parsed = _convert_text_to_tabular_data(_convert_tokens_to_text(tokens, great.tokenizer), great.columns)
    return text.cells(parsed), drawn


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """All global generators seeded for the block (the package draws from them), then put back."""
    import torch

    with global_seed(seed), torch.random.fork_rng():
        torch.manual_seed(seed)  # CUDA's generators, too
        yield


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Without the progress bars and advice of the package and of transformers."""
    from transformers.utils import logging

    before, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        logging.set_verbosity(before)
        if bars:
            logging.enable_progress_bar()
