"""From the words of ``conf/llm/*.yaml`` to a vocabulary and a network."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, get_type_hints

import torch

from imbench.errors import ConfigError
from imbench.lm.network import GPT2Network, ModelSize, Network
from imbench.lm.text.columns import Column
from imbench.lm.text.vocabulary import DatasetVocabulary, TokenCache, Vocabulary
from imbench.utils.text import truncated

WORDS: dict[str, tuple[str, ...] | None] = {
    "name": None, "size": None, "training": None, "threads": None, "lora": None,
    "package": None, "file": None, "source": ("table", "hub", "gguf", "random"),
    "numbers": ("plain", "padded"), "vocabulary": ("full", "cut"),
    "precision": ("fp32", "bf16", "auto"), "device": ("cpu", "cuda", "auto"),
}  # fmt: skip


#: Words of a transformers configuration that name code to be fetched or run.
NAMES_CODE = ("auto_map", "attn_implementation", "_attn_implementation", "quantization_config")


def check_llm(llm: Mapping[str, Any]) -> None:
    """Refuse unknown words and values of a model's configuration."""
    for word, value in llm.items():
        if word not in WORDS:
            raise ConfigError(f"llm.{word} is unknown. A model's configuration may hold: {', '.join(WORDS)}.")
        allowed = WORDS[word]
        if allowed is not None and value not in allowed:
            raise ConfigError(f"llm.{word}={value} is not one of {', '.join(allowed)}.")
    if "name" not in llm:
        raise ConfigError("llm.name is missing: it names the model.")
    if llm.get("lora") and llm.get("source", "table") == "table":
        raise ConfigError(
            "llm.lora is for pretrained models; a model of the table's own vocabulary trains whole."
        )


def words_of(kind: type, words: Mapping[str, Any], where: str) -> Any:
    """A dataclass from a configuration's words, or an error that names them."""
    if not isinstance(words, Mapping):
        raise ConfigError(f"{where}={truncated(words)} is no section of words.")
    hints = get_type_hints(kind)
    for word, value in words.items():
        wanted = hints.get(word)
        allowed = (int, float) if wanted is float else wanted if isinstance(wanted, type) else object
        whole = wanted is int and isinstance(value, float) and value.is_integer()  # 1e6 in YAML is a float
        flag = isinstance(value, bool) and wanted in (int, float)
        if flag or not (whole or isinstance(value, allowed)):
            raise ConfigError(f"{where}.{word}={truncated(value)} is no {wanted.__name__}.")
    try:
        return kind(**words)
    except TypeError as error:
        raise ConfigError(
            f"{where}: {error}. It may hold: {', '.join(kind.__dataclass_fields__)}."
        ) from error


def make_vocabulary(
    columns: tuple[Column, ...], llm: Mapping[str, Any], characters: bool = False,
    kept: tuple[int, ...] | None = None, tokenizer: Any = None,
) -> Vocabulary:  # fmt: skip
    """The table's own vocabulary (``source: table``), or the model's words, cut to the ids ``kept``."""
    if llm.get("source", "table") == "table":
        return DatasetVocabulary(columns, padded=llm.get("numbers", "plain") == "padded")
    from imbench.lm.pretrained import load_tokenizer
    from imbench.lm.text.pretrained_vocabulary import TextVocabulary

    tokenizer = tokenizer or load_tokenizer(llm)
    return TextVocabulary(columns, tokenizer, len(tokenizer), characters, kept)


def make_network(llm: Mapping[str, Any], vocabulary: Vocabulary, book: TokenCache) -> Any:
    """A network for the vocabulary; random weights come from torch's global generator."""
    longest = book.longest_sentence()
    if llm.get("source", "table") == "table":
        words = {"vocabulary": vocabulary.size, "context": longest, **(llm.get("size") or {})}
        return GPT2Network(words_of(ModelSize, words, "llm.size"))
    from imbench.lm.pretrained import add_lora, load_network

    # Freely sampled rows may be half as long again as the longest valid one.
    network = load_network(llm, vocabulary.kept, math.ceil(1.5 * longest))
    if network.size.context < longest:
        raise ConfigError(
            f"Rows can be {longest} tokens long, llm '{llm['name']}' reads {network.size.context}. "
            "Use llm=tiny, whose sentences are shorter, or drop columns."
        )
    return add_lora(network, **llm["lora"]) if llm.get("lora") else network


def describe_network(model: Network) -> dict[str, Any]:
    """What :func:`rebuild_network` needs to make the network again, without its weights."""
    if isinstance(model, GPT2Network):
        return {"size": asdict(model.size)}
    return {"config": model.inner.config.to_dict(), "context": model.size.context}


def rebuild_network(description: Mapping[str, Any]) -> Any:
    """A network of the described shape, its weights still to be loaded."""
    if "size" in description:
        return GPT2Network(ModelSize(**description["size"]))
    from transformers import AutoConfig, AutoModelForCausalLM

    from imbench.lm.pretrained import HubNetwork

    words = {k: v for k, v in description["config"].items() if k not in NAMES_CODE}
    config = AutoConfig.for_model(words.pop("model_type"), **words)
    inner = AutoModelForCausalLM.from_config(config, dtype=torch.float32, trust_remote_code=False)
    return HubNetwork(inner, description["context"])
