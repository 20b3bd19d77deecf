"""Runs whose worker process died: whose fault it was cannot be told while they ran side by side."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from imbench.runs.record import BEGUN, RunFolder
from imbench.utils.config import plain


def config_of(launcher: Any, overrides: Sequence[str]) -> tuple[Any, list[str]]:
    """The resolved configuration of one job of a sweep, as its worker composes it, and its words.

    Raises what OmegaConf and Hydra raise for words that make no configuration.
    """
    from omegaconf import OmegaConf, open_dict

    config = launcher.hydra_context.config_loader.load_sweep_config(launcher.config, list(overrides))
    words = OmegaConf.to_container(config.hydra.overrides.task, resolve=False)
    with open_dict(config):
        del config["hydra"]
    OmegaConf.resolve(config)
    return config, words


def uncount(config: Any, begun: Path) -> None:
    """Take back the attempt that a run began beside others: ``max_retries`` counts those made alone.

    ``begun`` is the journal's note of the start. An attempt that was counted before it stays.
    """
    folder = _folder(config)
    with suppress(OSError):
        counted = (folder.path / BEGUN).stat().st_mtime_ns >= begun.stat().st_mtime_ns
        if counted and folder.status() is None and (times := folder.begun()):
            folder.begin(times - 1)


def record_lost(config: Any, words: list[str], number: int, deaths: int) -> None:
    """Write the record that a run's dead process could not write, and note it in the sweep's journal.

    A run that has a record after all keeps it. Raises :class:`ImbenchError` when nothing can be written.
    """
    from imbench.runs.run import run_one
    from imbench.sweeps.plan import report

    folder = _folder(config)
    silent = folder.status() is None
    if silent:
        folder.begin(max(1, folder.begun()))
    # With an attempt behind it and no retry allowed nothing is computed: the record alone is written.
    asked = {"max_retries": 0, "retry_failed": True, "rerun": False}
    outcome = run_one(plain(config) | asked, words)
    if silent and (status := folder.status()):
        reason = f"its worker process died {deaths} times while it ran alone (killed, or out of memory?)"
        folder.end(status | {"reason": reason})
        outcome = replace(outcome, reason=reason)
    report(outcome, number, words)


def _folder(config: Any) -> RunFolder:
    from imbench.runs.key import identify
    from imbench.runs.run import folder_of

    return folder_of(config, identify(config))
