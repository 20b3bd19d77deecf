"""The package ``mostlyai-engine`` called so that it repeats exactly and leaves nothing behind.

The package sets global state (seeds, an environment variable, torch's treatment of denormal numbers, warning
filters), writes a workspace and a cache of its rows, chooses batch sizes by the memory that happens to be
free, and starts worker processes where there are more than two processors. All of that is bounded here.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from imbench.errors import MethodError

#: The module to look for, and how its package is installed.
MODULE = "mostlyai.engine"
INSTALL = (
    "pip install -c constraints.txt -e '.[argn]' && pip install -c constraints.txt --no-deps mostlyai-engine"
)
#: The memory from which the package derives batch sizes; without it, rows would depend on what is free.
MEMORY = {"MOSTLY_ENGINE_AVAILABLE_RAM_FOR_HEURISTICS": "16G"}
SEED_VARIABLE = "MOSTLYAI_ENGINE_SEED"


def is_installed() -> bool:
    """Whether the package can be imported."""
    return importlib.util.find_spec(MODULE.partition(".")[0]) is not None and (
        importlib.util.find_spec(MODULE) is not None
    )


def fit_and_sample(
    rows: pd.DataFrame, options: Mapping[str, Any], seed: int, count: int, given: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """``count`` rows of a model fitted on ``rows``, and facts for the ledger.

    Parameters
    ----------
    rows : frame of at least 3 rows; numbers are float64, categories texts. Missing values are NaN.
    options : further arguments of ``TabularARGN``.
    seed : seeds training and sampling.
    count : number of rows to sample.
    given : frame of ``count`` rows with some of the columns: their values are kept, the others sampled.

    Raises :class:`MethodError` where the package is not installed, or fails on these rows.
    """
    if not is_installed():
        raise MethodError(f"TabularARGN needs the package mostlyai-engine, which is not installed: {INSTALL}")
    with TemporaryDirectory(prefix="imbench_argn_") as folder, _bounded(Path(folder), seed):
        from mostlyai.engine import TabularARGN

        with TabularARGN(
            **options, device="cpu", random_state=seed, workspace_dir=Path(folder) / "workspace"
        ) as model:  # fmt: skip
            logging.getLogger(MODULE).setLevel(logging.CRITICAL)
            started = time.perf_counter()
            _or_message(lambda: model.fit(rows))
            fitted = time.perf_counter()
            sampled = _or_message(lambda: model.sample(None if given is not None else count, seed_data=given))
            facts = {"seconds_fit": fitted - started, "seconds_sample": time.perf_counter() - fitted}
            messages = Path(folder) / "workspace" / "ModelStore" / "model-data" / "progress-messages.csv"
            if messages.is_file():
                facts["training_steps"] = int(pd.read_csv(messages)["steps"].max())
    return sampled.reset_index(drop=True), facts


def _or_message(call: Callable[[], Any]) -> Any:
    """The result, or what the package raised as a message for people."""
    try:
        return call()
    except MemoryError:
        raise
    except Exception as error:
        raise MethodError(
            f"TabularARGN (mostlyai-engine) failed on these rows: {type(error).__name__}: {error}. Choose "
            "another method; duplicate and class_weight work on any rows."
        ) from error


@contextmanager
def _bounded(folder: Path, seed: int) -> Iterator[None]:
    """One process, one thread, seeds and settings restored, no warnings, the cache in ``folder``."""
    import datasets
    import joblib
    import torch

    from imbench.lm.row_model import one_thread
    from imbench.samplers.seeding import global_seed

    variables = {name: os.environ.get(name) for name in (*MEMORY, SEED_VARIABLE)}
    cache, bars = datasets.config.HF_DATASETS_CACHE, datasets.utils.are_progress_bars_disabled()
    dtype, flushed = torch.get_default_dtype(), _flushes_denormals()
    log = logging.getLogger(MODULE)
    level, propagates = log.level, log.propagate
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        stack.enter_context(joblib.parallel_config(backend="sequential"))
        stack.enter_context(one_thread())
        stack.enter_context(global_seed(seed))
        try:
            os.environ.update(MEMORY)
            datasets.config.HF_DATASETS_CACHE = folder / "cache"
            datasets.disable_progress_bars()
            yield
        finally:
            datasets.config.HF_DATASETS_CACHE = cache
            if not bars:
                datasets.enable_progress_bars()
            torch.set_default_dtype(dtype)
            torch.set_flush_denormal(flushed)
            log.setLevel(level)
            log.propagate = propagates
            for name, value in variables.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def _flushes_denormals() -> bool:
    import torch

    return bool((torch.full((1,), 1e-310, dtype=torch.float64) * 0.5).item() == 0)
