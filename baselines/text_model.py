"""A model of ``conf/llm`` as a folder that other packages load by name: weights and a text tokenizer.

A hub name or a local folder stays what it is. ``source: gguf`` and ``random`` are written to a folder.
``source: table`` has no folder of its own, so its like is written: transformers' GPT-2 in the size of
``llm.size`` with random weights, and a tokenizer of the table's words (column names, categories,
single characters for numbers).
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
#: What numbers are written with.
CHARACTERS = "0123456789.-+e"


def check_text_llm(llm: Mapping[str, Any]) -> None:
    """Refuse wrong words, and those that mean nothing to another package's training loop."""
    check_llm(llm)
    if llm.get("lora"):
        raise ConfigError("llm.lora is for this project's own methods; take it out, or use method=great.")


def text_tokenizer(llm: Mapping[str, Any], names: Sequence[str], values: Iterable[str]) -> Any:
    """The tokenizer of a model, for ``source: table`` made of the columns' ``names`` and ``values``."""
    if llm.get("source", "table") == "table":
        return word_tokenizer(names, values)
    from imbench.lm.pretrained import load_tokenizer

    return load_tokenizer(llm)


def word_tokenizer(names: Sequence[str], values: Iterable[str]) -> Any:
    """One token for each ``X is``, each category and the comma; numbers in single characters.

    What is none of these becomes the end token.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    openings = [f"{space}{name} is " for name in names for space in ("", " ")]
    words = dict.fromkeys([END, ",", *CHARACTERS, *openings, *sorted(set(values))])
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    inner = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token=END))
    inner.pre_tokenizer = pre_tokenizers.Split(Regex("|".join(map(re.escape, longest_first))), "isolated")
    inner.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(tokenizer_object=inner, eos_token=END)


def write_model(llm: Mapping[str, Any], tokenizer: Any, context: int, folder: Path) -> str:
    """What ``from_pretrained`` is to be given: a name of the hub, or ``folder`` with model and tokenizer.

    ``context`` is how many tokens a model of ``source: table`` can read. Random weights come from
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
    """GPT-2 with random weights: llm.size holds its own words, or those of ``source: table``."""
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
