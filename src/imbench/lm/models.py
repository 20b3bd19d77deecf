"""From the options of ``conf/llm/*.yaml`` to a vocabulary and a network."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import torch

from imbench.errors import ConfigError
from imbench.lm.llm_options import dataclass_of
from imbench.lm.network import GPT2Network, ModelSize, Network
from imbench.lm.text.columns import Column
from imbench.lm.text.vocabulary import DatasetVocabulary, TokenCache, Vocabulary

#: Options of a transformers configuration that name code to be fetched or run.
NAMES_CODE = ("auto_map", "attn_implementation", "_attn_implementation", "quantization_config")


def make_vocabulary(
    columns: tuple[Column, ...], llm: Mapping[str, Any], characters: bool = False,
    kept: tuple[int, ...] | None = None, tokenizer: Any = None,
) -> Vocabulary:  # fmt: skip
    """The dataset's own vocabulary (``source: table``), or the tokenizer's, reduced to the ids ``kept``."""
    if llm.get("source", "table") == "table":
        return DatasetVocabulary(columns, padded=llm.get("numbers", "plain") == "padded")
    from imbench.lm.pretrained import load_tokenizer
    from imbench.lm.text.pretrained_vocabulary import TextVocabulary

    tokenizer = tokenizer or load_tokenizer(llm)
    return TextVocabulary(columns, tokenizer, len(tokenizer), characters, kept)


def make_network(llm: Mapping[str, Any], vocabulary: Vocabulary, token_cache: TokenCache) -> Any:
    """A network for the vocabulary; random weights come from torch's global generator."""
    longest = token_cache.longest_sentence()
    if llm.get("source", "table") == "table":
        size = {"vocabulary": vocabulary.size, "context": longest, **(llm.get("size") or {})}
        return GPT2Network(dataclass_of(ModelSize, size, "llm.size"))
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
    """What :func:`rebuild_network` needs to build the network again, without its weights."""
    if isinstance(model, GPT2Network):
        return {"size": asdict(model.size)}
    return {"config": model.inner.config.to_dict(), "context": model.size.context}


def rebuild_network(description: Mapping[str, Any]) -> Any:
    """A network of the described shape with random weights."""
    if "size" in description:
        return GPT2Network(ModelSize(**description["size"]))
    from transformers import AutoConfig, AutoModelForCausalLM

    from imbench.lm.pretrained import HubNetwork

    options = {k: v for k, v in description["config"].items() if k not in NAMES_CODE}
    config = AutoConfig.for_model(options.pop("model_type"), **options)
    inner = AutoModelForCausalLM.from_config(config, dtype=torch.float32, trust_remote_code=False)
    return HubNetwork(inner, description["context"])
