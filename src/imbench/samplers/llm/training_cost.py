"""Expected time and memory of a language model, from its options and the training rows' shape."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from imbench.samplers.expected_cost import BASE_GB, GIB, ExpectedCost, Shape, flops_a_second

#: Shares of the processor's rate, fitted to measured runs: with one position a cell, with words, pretrained.
CELLS, WORDS, LARGE = 0.35, 0.55, 0.8
#: Seconds of a training step, and of a sampled token of one row, beside the arithmetic.
STEP_SECONDS, TOKEN_SECONDS = 3.5e-3, 4e-5
#: Codes of a continuous column where a cell has one position, and weights of an unknown pretrained model.
NUMBER_CODES, UNKNOWN_WEIGHTS = 52, 1.2e8
#: Characters of a pretrained model's token; bytes of a weight in a 4-bit file.
TOKEN_LETTERS, BYTES_4BIT = 3.0, 0.62
#: Floats that training keeps of a token, layer and unit of width; tokens of one pass.
KEPT, PASS_TOKENS = 40, 4096


class _Network(NamedTuple):
    """Weights that every token passes, layers, width, outputs of a token, all weights, share of the rate."""

    passed: float
    layers: int
    width: int
    outputs: float
    weights: float
    share: float


def model_cost(
    llm: Mapping[str, Any], shape: Shape, corpus: str, interpolation_ratio: float, passes: int,
    accumulation: int, batch: int,
) -> ExpectedCost:  # fmt: skip
    """The cost of fine-tuning ``llm`` and sampling the requested rows, each generated once."""
    cells = llm.get("source") == "cells"
    whole = shape.rows if corpus == "all" else shape.minority
    part = 0 if corpus != "minority_interpolated" else round(interpolation_ratio * shape.requested)
    network = _cells(llm, shape) if cells else _text(llm, shape)
    length = _tokens(llm, shape, whole=True)
    short = _tokens(llm, shape, whole=False)
    training = llm.get("training") or {}
    if cells:
        steps, rows = int(training.get("steps", 200)), int(training.get("batch", 32))
        tokens = steps * rows * (length + (short if part else 0))
        widest = rows * (length + (short if part else 0))
        kept = 50 * steps * widest  # what is read at each step is drawn before the first one
    else:
        reads = (whole + part) * passes
        mean = (whole * length + part * short) / max(1, whole + part)
        rows = min(int(training.get("batch", 32)) * accumulation, reads)
        steps = max(1, round(-(-reads // rows) * float(training.get("epochs", 50))))
        steps = min(steps, int(training.get("max_steps") or steps))
        if training.get("max_tokens"):
            steps = min(steps, max(1, int(training["max_tokens"] / (mean * rows))))
        tokens = steps * rows * mean
        widest, kept = min(rows * length, max(PASS_TOKENS, length)), 0
    sampled = shape.requested * length
    attention = network.layers * length * network.width
    train = 6 * tokens * (network.passed + network.outputs * network.width + attention)
    train += 80 * steps * network.weights
    sample = 2 * sampled * (network.passed + network.outputs * network.width + attention)
    overhead = steps * STEP_SECONDS + sampled * (TOKEN_SECONDS if not cells else TOKEN_SECONDS / 10)
    seconds = (train + sample) / (network.share * flops_a_second()) + overhead
    floats = 4 * network.weights + widest * (KEPT * network.layers * network.width + 3 * network.outputs)
    cache = 2 * network.layers * network.width * length * min(batch, shape.requested)
    return ExpectedCost(seconds, BASE_GB + (4 * max(floats, cache + network.weights) + kept) / GIB)


def _cells(llm: Mapping[str, Any], shape: Shape) -> _Network:
    size = llm.get("size") or {}
    layers, width = int(size.get("layers", 1)), int(size.get("width", 64))
    codes = sum(n + 1 for n in shape.categories) + NUMBER_CODES * len(shape.digits)
    return _Network(
        8 * layers * width**2, layers, width, codes / max(1, shape.columns), 2 * codes * width, CELLS
    )


def _text(llm: Mapping[str, Any], shape: Shape) -> _Network:
    size = llm.get("size") or {}
    if llm.get("source", "table") == "table":
        layers, width = int(size.get("layers", 2)), int(size.get("width", 128))
        vocabulary = sum(shape.categories) + shape.columns + 20
        passed = 12 * layers * width**2
        context = _tokens(llm, shape, whole=True) * width
        return _Network(passed, layers, width, vocabulary, passed + vocabulary * width + context, WORDS)
    weights = _stored_weights(llm)
    layers = int(size.get("n_layer", 12))
    return _Network(weights, layers, 768, 0, weights, LARGE)  # the outputs are a part of all weights


def _stored_weights(llm: Mapping[str, Any]) -> float:
    """Weights of a model by the size of its file, where that is on this machine."""
    folder = Path(str(llm.get("name")))
    if llm.get("source") == "gguf" and (found := importlib.util.find_spec(str(llm.get("package")))):
        files = [Path(place) / str(llm.get("file")) for place in found.submodule_search_locations or ()]
        return sum(f.stat().st_size for f in files if f.is_file()) / BYTES_4BIT or UNKNOWN_WEIGHTS
    stored = sum(f.stat().st_size for f in folder.glob("*.safetensors")) if folder.is_dir() else 0
    return stored / 4 or UNKNOWN_WEIGHTS


def _tokens(llm: Mapping[str, Any], shape: Shape, whole: bool) -> float:
    """Tokens of a row with its label: of all columns, or of the continuous ones alone."""
    source = llm.get("source", "table")
    words = len(shape.categories) if whole else 0
    if source == "cells":
        return 1 + len(shape.digits) + words
    if source == "table":
        return 3 + sum(1 + n for n in shape.digits) + 2 * words
    names = shape.letters / max(1, shape.columns)
    number = sum(3 + (names + n) / TOKEN_LETTERS for n in shape.digits)
    return 6 + number + words * (3 + (names + 6) / TOKEN_LETTERS)
