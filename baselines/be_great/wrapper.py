"""Fine-tuning and sampling with the package ``be_great``, seeded and without output."""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from baselines.be_great.cells import RowText
from baselines.text_model import text_tokenizer, write_model
from imbench.errors import ConfigError, MethodError
from imbench.lm.text.columns import Cell
from imbench.samplers.seeding import global_seed


def fit_great(
    text: RowText,
    llm: Mapping[str, Any],
    max_length: int | None,
    seed: int,
    folder: Path,
    padding: str = "left",
) -> tuple[Any, dict[str, Any]]:
    """The package's model, fine-tuned on the rows, and its entries of the ledger.

    ``folder`` receives the files of the model and of the package; they are not needed afterwards.
    """
    try:
        from be_great import GReaT
    except ModuleNotFoundError as error:
        raise MethodError("This method needs the package be_great: pip install be-great") from error
    from imbench.lm.device import device_of, in_bf16
    from imbench.lm.finetune import Training, count_steps
    from imbench.lm.llm_options import dataclass_of

    tokenizer = text_tokenizer(llm, list(text.frame.columns), text.categories)
    lengths = np.array([len(ids) for ids in tokenizer(text.sentences())["input_ids"]])
    most = int(max_length or math.ceil(1.5 * lengths.max()))
    training = dataclass_of(Training, dict(llm.get("training") or {}), "llm.training")
    steps = count_steps(lengths, training)
    options = {
        "batch_size": training.batch, "epochs": math.ceil(training.epochs), "max_steps": steps,
        "learning_rate": training.lr, "warmup_steps": int(training.warmup * steps),
        "lr_scheduler_type": training.schedule, "weight_decay": training.weight_decay,
        "max_grad_norm": training.clip, "gradient_accumulation_steps": training.accumulation,
        "save_strategy": "no", "logging_strategy": "no", "seed": seed, "data_seed": seed,
        "use_cpu": device_of(llm).type == "cpu", "bf16": in_bf16(llm),
    }  # fmt: skip
    with seeded(seed):
        name = write_model(llm, tokenizer, max(most, int(lengths.max())), folder / "model")
        try:
            great = GReaT(name, experiment_dir=str(folder / "trainer"), **options)
        except (OSError, ValueError) as error:
            raise ConfigError(f"The model of llm '{llm['name']}' cannot be loaded: {error}") from error
        context = int(getattr(great.model.config, "max_position_embeddings", most))
        if lengths.max() > context:
            raise ConfigError(
                f"Rows are up to {lengths.max()} tokens long, llm '{llm['name']}' reads {context}. "
                "Choose a model that reads more, or drop columns."
            )
        great.model.float()
        great.tokenizer.padding_side = padding  # prompts have the same length, so it affects training only
        trainer = great.fit(text.frame, conditional_col=text.target, random_conditional_col=False)
    great.model.eval()
    great.device, great.max_length = great.model.device, min(most, context)
    losses = [entry["train_loss"] for entry in trainer.state.log_history if "train_loss" in entry]
    return great, {
        "model": llm["name"], "training_steps": trainer.state.global_step, "training_rows": len(lengths),
        "loss_mean": losses[-1] if losses else None, "max_length": great.max_length,
    }  # fmt: skip


def generate(
    great: Any, text: RowText, label: Any, count: int, sampling: Mapping[str, Any]
) -> tuple[list[dict[int, Cell]], int]:
    """``count`` rows of a class, incomplete ones too, and the number of sampled tokens.

    This is one round of the package's ``sample``, which has no bound once a single row was complete and
    does not count the rows that it drops.
    """
    import torch
    from be_great.great_utils import _convert_text_to_tabular_data, _convert_tokens_to_text

    start = great._get_start_sampler(text.target, {text.label_texts[str(label)]: 1.0})
    prompts = torch.tensor(start.get_start_tokens(count), device=great.device)
    tokens = great.model.generate(
        input_ids=prompts, attention_mask=(prompts != great.tokenizer.pad_token_id).long(),
        max_length=great.max_length, do_sample=True, temperature=sampling["temperature"],
        top_k=sampling["top_k"] or 0, pad_token_id=great.tokenizer.pad_token_id,
    )  # fmt: skip
    drawn = int((tokens[:, prompts.shape[1] :] != great.tokenizer.pad_token_id).sum())
    parsed = _convert_text_to_tabular_data(_convert_tokens_to_text(tokens, great.tokenizer), great.columns)
    return text.cells(parsed), drawn


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed all global random generators for the block (the package draws from them), then restore them."""
    import torch

    with global_seed(seed), torch.random.fork_rng():
        torch.manual_seed(seed)  # CUDA's generators, too
        yield


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Suppress the output and progress bars of the package and of transformers."""
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
