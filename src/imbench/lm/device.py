"""Where a model is trained and in which precision; several GPUs; a progress bar. Accelerate does the work."""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from imbench.errors import ConfigError


def device_of(llm: Mapping[str, Any]) -> torch.device:
    """``cpu`` (default), ``cuda``, or ``auto``: cuda where there is one. Each process has its own GPU."""
    word = llm.get("device", "cpu")
    if word == "cuda" and not torch.cuda.is_available():
        raise ConfigError("llm.device=cuda, but no CUDA device is there. Use llm.device=cpu or auto.")
    if word == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    return accelerator_of(llm).device


def can_bf16() -> bool:
    """Whether the processor (or the GPU) multiplies bfloat16 matrices in hardware."""
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported()
    flags = Path("/proc/cpuinfo")
    text = flags.read_text(encoding="utf-8") if flags.is_file() else ""
    return "avx512_bf16" in text or "amx_bf16" in text


def in_bf16(llm: Mapping[str, Any]) -> bool:
    """Whether ``llm.precision`` (fp32, bf16, or auto: bf16 where it is in hardware) means bfloat16."""
    precision = llm.get("precision", "fp32")
    return precision == "bf16" or (precision == "auto" and can_bf16())


def accelerator_of(llm: Mapping[str, Any]) -> Any:
    """An Accelerator for the model's device and precision.

    Under ``accelerate launch`` every process is given its share of each batch; see
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


def on_all(accelerator: Any, answer: bool) -> bool:
    """Whether the answer is yes in every process."""
    if accelerator.num_processes == 1:
        return answer
    votes = accelerator.gather(torch.tensor([int(answer)], device=accelerator.device))
    return bool(votes.all())


def progress(total: int, what: str, unit: str) -> Any:
    """A progress bar on a terminal; nothing where the output is a file, or in a worker of a sweep."""
    from tqdm.auto import tqdm

    worker = multiprocessing.current_process().name != "MainProcess"
    return tqdm(total=total, desc=what, unit=unit, leave=False, disable=True if worker else None)
