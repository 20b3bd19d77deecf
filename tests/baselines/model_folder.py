"""A small model as a folder, like a pretrained one: a GPT-2 with byte pairs learned from sentences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

END = "<|endoftext|>"


def write_folder(
    folder: Path, sentences: Sequence[str], positions: int, vocabulary: int = 320, seed: int = 0
) -> str:
    """Write tokenizer and random weights (2 layers of 48) that read ``positions`` tokens; its path."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner.train_from_iterator(
        sentences,
        trainers.BpeTrainer(
            vocab_size=vocabulary, special_tokens=[END], initial_alphabet=alphabet, show_progress=False
        ),
    )
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token=END)
    config = GPT2Config(
        vocab_size=len(tokenizer), n_positions=positions, n_layer=2, n_embd=48, n_head=2, bos_token_id=0,
        eos_token_id=0, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        GPT2LMHeadModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)
