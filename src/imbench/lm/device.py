"""Device and precision of a model, several GPUs (with accelerate), and a progress bar."""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from imbench.errors import ConfigError


def device_of(llm: Mapping[str, Any]) -> torch.device:
    """``cpu`` (default), ``cuda``, or ``auto``: cuda where there is one. Each process has its own GPU."""
    device = llm.get("device", "cpu")
    if device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("llm.device=cuda, but there is no CUDA device. Use llm.device=cpu or auto.")
    if device == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    return accelerator_of(llm).device


def cpu_has_bf16() -> bool:
    """Whether the processor multiplies bfloat16 matrices in hardware, by its flags (Linux on x86)."""
    flags = Path("/proc/cpuinfo")
    text = flags.read_text(encoding="utf-8") if flags.is_file() else ""
    return "avx512_bf16" in text or "amx_bf16" in text


def in_bf16(llm: Mapping[str, Any]) -> bool:
    """Whether ``llm.precision`` (fp32, bf16, or auto: bf16 where it is in hardware) means bfloat16."""
    precision = llm.get("precision", "fp32")
    return precision == "bf16" or (precision == "auto" and _multiplies_bf16(llm))


def _multiplies_bf16(llm: Mapping[str, Any]) -> bool:
    """Whether the model's own device does; a machine with a GPU may run it on the processor."""
    on_cpu = llm.get("device", "cpu") == "cpu" or not torch.cuda.is_available()
    return cpu_has_bf16() if on_cpu else torch.cuda.is_bf16_supported()


def precision_facts(llm: Mapping[str, Any]) -> dict[str, str]:
    """What a record says of a pretrained model's precision: ``bf16`` or ``fp32``, as ``auto`` was decided.

    Empty for a model without the option, which computes in float32 everywhere.
    """
    return {"precision": "bf16" if in_bf16(llm) else "fp32"} if "precision" in llm else {}


def accelerator_of(llm: Mapping[str, Any]) -> Any:
    """An Accelerator for the model's device and precision.

    Under ``accelerate launch`` every process computes its share of each batch; see
    :func:`imbench.lm.finetune.finetune`.
    """
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState

    # One process may train models of several precisions, one after the other; accelerate keeps the first.
    AcceleratorState._reset_state()
    return Accelerator(
        cpu=llm.get("device", "cpu") == "cpu" or not torch.cuda.is_available(),
        mixed_precision="bf16" if in_bf16(llm) else "no",
    )


def all_processes(accelerator: Any, condition: bool) -> bool:
    """Whether ``condition`` is true in every process."""
    if accelerator.num_processes == 1:
        return condition
    votes = accelerator.gather(torch.tensor([int(condition)], device=accelerator.device))
    return bool(votes.all())


def progress(total: int, what: str, unit: str) -> Any:
    """A progress bar on a terminal; without output in a file or in a worker of a sweep."""
    from tqdm.auto import tqdm

    worker = multiprocessing.current_process().name != "MainProcess"
    return tqdm(total=total, desc=what, unit=unit, leave=False, disable=True if worker else None)
