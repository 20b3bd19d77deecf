"""A model of ``conf/llm`` as a folder that other packages can load: weights and a text tokenizer.

A hub name or a local folder is used as it is. ``source: gguf`` and ``random`` are written to a folder. For
``source: table`` an equivalent is written: transformers' GPT-2 of the size ``llm.size`` with random weights,
and a tokenizer whose tokens are column names, categories, and single characters for numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from imbench.errors import ConfigError
from imbench.lm.llm_options import check_llm, dataclass_of
from imbench.lm.network import ModelSize

END = "<|endoftext|>"
#: The characters of numbers.
CHARACTERS = "0123456789.-+e"


def check_text_llm(llm: Mapping[str, Any]) -> None:
    """Raise :class:`ConfigError` for wrong options, and for those that another package cannot use."""
    check_llm(llm)
    if llm.get("source") == "cells":
        raise ConfigError(
            f"llm={llm['name']} has no text that another package could read. Use llm=tiny_text."
        )
    if llm.get("lora"):
        raise ConfigError("llm.lora is for this project's own methods: remove it, or use method=great.")


def text_tokenizer(llm: Mapping[str, Any], names: Sequence[str], values: Iterable[str]) -> Any:
    """The tokenizer of a model; for ``source: table`` built from the columns' ``names`` and ``values``."""
    if llm.get("source", "table") == "table":
        return word_tokenizer(names, values)
    from imbench.lm.pretrained import load_tokenizer

    return load_tokenizer(llm)


def word_tokenizer(names: Sequence[str], values: Iterable[str]) -> Any:
    """One token for each ``X is``, each category and the comma; numbers in single characters.

    All other text becomes the end token.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    openings = [f"{space}{name} is " for name in names for space in ("", " ")]
    tokens = dict.fromkeys([END, ",", *CHARACTERS, *openings, *sorted(set(values))])
    longest_first = sorted(tokens, key=lambda token: (-len(token), token))
    inner = Tokenizer(models.WordLevel({token: i for i, token in enumerate(tokens)}, unk_token=END))
    inner.pre_tokenizer = pre_tokenizers.Split(Regex("|".join(map(re.escape, longest_first))), "isolated")
    inner.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(tokenizer_object=inner, eos_token=END)


def write_model(llm: Mapping[str, Any], tokenizer: Any, context: int, folder: Path) -> str:
    """The argument of ``from_pretrained``: a hub name, or ``folder`` after writing model and tokenizer.

    ``context`` is the number of tokens that a model of ``source: table`` can read. Random weights come from
    torch's global generator: seed it before.
    """
    source = llm.get("source", "table")
    if source == "hub":
        return str(llm["name"])
    if source == "gguf":
        from imbench.lm.pretrained import load_network

        network = load_network(llm, None, context)
    else:
        network = _random_gpt2(llm, len(tokenizer), context, tokenizer.eos_token_id)
    inner = getattr(network, "inner", network)
    if not hasattr(inner, "save_pretrained"):
        raise ConfigError(f"llm '{llm['name']}' cannot be written as a folder; name one in llm.name instead.")
    inner.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def _random_gpt2(llm: Mapping[str, Any], vocabulary: int, context: int, end: int) -> Any:
    """GPT-2 with random weights; ``llm.size`` holds transformers' options, or those of ``source: table``."""
    from transformers import GPT2Config, GPT2LMHeadModel

    size = dict(llm.get("size") or {})
    if llm.get("source", "table") == "table":
        shape = dataclass_of(ModelSize, {"vocabulary": vocabulary, "context": context, **size}, "llm.size")
        size = {
            "vocab_size": shape.vocabulary, "n_positions": shape.context, "n_layer": shape.layers,
            "n_embd": shape.width, "n_head": shape.heads, "bos_token_id": end, "eos_token_id": end,
            **dict.fromkeys(("resid_pdrop", "embd_pdrop", "attn_pdrop"), shape.dropout),
        }  # fmt: skip
    return GPT2LMHeadModel(GPT2Config(**size))
