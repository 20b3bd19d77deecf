"""One run from its configuration to its record. Whatever goes wrong ends as a record, too."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from imbench.data.catalogue import load_dataset
from imbench.errors import ImbenchError, Shortfall, StorageError
from imbench.runs import generation
from imbench.runs.budget import method_within
from imbench.runs.environment import describe
from imbench.runs.key import Identity, classifier_settings, identify, recorded, recorded_overrides
from imbench.runs.limits import Ended, Limits, supervise
from imbench.runs.options import check_config, limits_of
from imbench.runs.phases import Phases
from imbench.runs.record import DONE, FAILED, ROWS, SHORTFALL, RunFolder, link_or_copy
from imbench.runs.shapes import MOST_ATTEMPTS
from imbench.utils.config import plain
from imbench.utils.locks import exclusive
from imbench.utils.paths import from_root

SKIPPED = "skipped"
#: What every run imports, and what those with a language model do.
SCORING_MODULES = ("pandas", "sklearn.metrics", "xgboost")
LM_MODULES = ("imbench.lm.model_store",)


@dataclass(frozen=True)
class Outcome:
    """What became of a run: ``state`` is a record's state, or ``skipped`` when it was done before.

    ``ran`` tells whether anything was written now.
    """

    key: str
    state: str
    labels: dict[str, Any]
    folder: Path
    reason: str = ""
    seconds: float = 0.0
    scores: dict[str, Any] = field(default_factory=dict)
    ran: bool = True

    @property
    def ok(self) -> bool:
        """Whether the run has scores."""
        return self.state in (DONE, SKIPPED)


def run_one(config: Mapping[str, Any], overrides: list[str] | None = None) -> Outcome:
    """Execute the run of a resolved configuration, unless its record says that it is done.

    A failed run is made again as long as ``retry_failed`` and ``max_retries`` allow it; ``rerun: true``
    makes a finished one again. Of several processes that are asked for one run, the others wait for the
    first and find its record. With ``limits`` the work is done in a process of its own. Raises
    :class:`StorageError` when the record itself cannot be written, :class:`ConfigError` for limits that
    are none, and nothing else that a run can cause.
    """
    check_config(plain(config))
    limits = limits_of(plain(config))
    identity = identify(config)
    folder = folder_of(config, identity)
    if skipped := _done_before(config, identity, folder):
        return skipped
    with folder.alone():  # another process may have ended it meanwhile
        return _done_before(config, identity, folder) or _made(config, identity, folder, overrides, limits)


def done_before(config: Mapping[str, Any], stored: Container[str] | None = None) -> Outcome | None:
    """What :func:`run_one` returns for a run that is done; None where there is something to do.

    ``stored`` are the keys that have a record, where they are known. Raises :class:`ConfigError` for a
    configuration that makes no run.
    """
    check_config(plain(config))
    identity = identify(config)
    if stored is not None and identity.key not in stored:
        return None
    return _done_before(config, identity, folder_of(config, identity))


def folder_of(config: Mapping[str, Any], identity: Identity) -> RunFolder:
    """Where a configuration's run is recorded."""
    return RunFolder(from_root(config["runs_dir"]) / identity.key)


def _done_before(config: Mapping[str, Any], identity: Identity, folder: RunFolder) -> Outcome | None:
    scores = None if config.get("rerun") else _scores(folder, folder.status())
    if scores is None:
        return None
    return Outcome(identity.key, SKIPPED, identity.labels, folder.path, scores=scores, ran=False)


def _scores(folder: RunFolder, status: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The scores of a run that is done, or None; also when they are not whole."""
    return folder.read("scores.json") if status is not None and status["state"] == DONE else None


def _made(
    config: Mapping[str, Any], identity: Identity, folder: RunFolder, overrides: list[str] | None,
    limits: Limits,
) -> Outcome:  # fmt: skip
    """The run, made now unless it is to be left alone."""
    before = folder.status()
    attempts = before["attempts"] if before else folder.begun()
    if before and before["state"] == DONE and _scores(folder, before) is None:
        attempts = 0  # it has come to its end, and something else took its scores
    if attempts and (reason := _left_alone(config, before, attempts)):
        state = before["state"] if before else FAILED
        if before is None:  # its process died each time, so nobody could write the record
            status = _opening(config, identity, overrides, attempts)
            folder.end(status | _ended(Ended(FAILED, reason, "start")))
        return Outcome(identity.key, state, identity.labels, folder.path, reason, ran=before is None)
    status = _opening(config, identity, overrides, min(attempts + 1, MOST_ATTEMPTS))
    folder.begin(status["attempts"])
    folder.write_text("config.yaml", OmegaConf.to_yaml(OmegaConf.create(recorded(config))))
    folder.write_json("environment.json", describe())
    if limits:
        modules = SCORING_MODULES + (LM_MODULES if identity.labels["llm"] else ())
        ended = supervise(lambda tell: _do(config, identity, folder, status, tell), limits, modules)
        if ended is not None and folder.status() is None:  # else it was ended with its record written
            folder.end(status | _ended(ended))
    else:
        _do(config, identity, folder, status)
    return _outcome(identity, folder)


def _left_alone(config: Mapping[str, Any], before: Mapping[str, Any] | None, attempts: int) -> str:
    """Why a run that did not come to its end is not tried again, or nothing."""
    if config.get("rerun"):
        return ""
    last = str(before.get("reason", "")) if before else f"its process died without a record, {attempts} times"
    if before and before["state"] != DONE and config.get("retry_failed") is False:
        return f"{last} (not tried again: retry_failed=false)"
    most = config.get("max_retries")
    if most is not None and attempts > most:
        return f"{last} (not tried again: {attempts} attempts, max_retries={most})"
    return ""


def _opening(
    config: Mapping[str, Any], identity: Identity, overrides: list[str] | None, attempts: int
) -> dict[str, Any]:
    """What a record says of a run that begins."""
    return {
        "key": identity.key,
        "state": DONE,
        **identity.labels,
        "generation_key": identity.generation_key,
        "variant": identity.variant,
        "classifiers": classifier_settings(config),
        "overrides": recorded_overrides(overrides or []),
        "attempts": attempts,
        "started": _moment(time.time()),
    }


def _do(
    config: Mapping[str, Any], identity: Identity, folder: RunFolder, status: dict[str, Any],
    tell: Callable[[str], None] | None = None,
) -> None:  # fmt: skip
    """Work, and write the record's end whatever comes of it; only a failure to write is raised."""
    phases = Phases(tell)
    try:
        _work(config, identity, folder, phases, status)
    except StorageError:
        raise
    except Exception as error:
        status |= _failure(error, phases.current)
    folder.end(
        status | {"finished": _moment(time.time()), "seconds": phases.seconds, "phases": phases.records}
    )


def _outcome(identity: Identity, folder: RunFolder) -> Outcome:
    status = folder.status()
    if status is None:
        raise StorageError(
            f"The record in '{folder.path}' was written and cannot be read back: something else changed or "
            "removed it. Finished runs are untouched; start the same command again."
        )
    scores = _scores(folder, status)
    return Outcome(
        identity.key, status["state"], identity.labels, folder.path, status.get("reason", ""),
        status["seconds"], scores or {},
    )  # fmt: skip


def _work(
    config: Mapping[str, Any], identity: Identity, folder: RunFolder, phases: Phases, status: dict[str, Any]
) -> None:
    from imbench.samplers.build import build_method
    from imbench.scoring.evaluate import classifier_scores
    from imbench.scoring.quality import quality_scores

    split_seed, generation_seed, classifier_seed = generation.settings(config)
    with phases.phase("load"):
        table = load_dataset(config["dataset"], config.get("data_dir"))
    with phases.phase("split"):
        split = generation.split_of(table, split_seed, config["imbalance_ratio"])
        status["split_hash"] = split.hash
    stage = generation.stage_folder(folder.path.parent, identity.generation_key)
    with exclusive(stage):  # who comes second finds the rows
        with phases.phase("generate"):
            method = build_method(method_within(config), generation_seed)
            if "model_dir" in method.sampler.get_params():  # trained models are shared between runs
                method.sampler.set_params(model_dir=str(folder.path.parent / generation.MODELS))
            given = generation.sampler_input(split, method)
            generated = None if config.get("rerun") else generation.load(stage, split)
            status["rows_reused"] = generated is not None
            if generated is None:
                generated = generation.generate(split, given, method)
        if not status["rows_reused"]:
            generated.phases.update(generate=phases.records["generate"])
            generation.store(stage, generated, split)
    phases.records["generate"] = dict(generated.phases["generate"])
    link_or_copy(stage / ROWS, folder.path / ROWS)
    folder.write_json("ledger.json", generated.ledger)
    with phases.phase("score"):
        training = generation.training_part(split, given, generated)
        by_classifier = classifier_scores(
            split, given, training, plain(config["classifier"]), classifier_seed, method.class_weight
        )
    with phases.phase("quality"):
        quality = quality_scores(split, generation.is_of_class(generated, split, split.minority))
    scores = {
        "split_hash": split.hash,
        "minority": split.schema.classes[split.minority],
        "classifiers": by_classifier,
        "quality": quality,
    }
    folder.write_json("scores.json", scores)


def _failure(error: Exception, phase: str) -> dict[str, Any]:
    expected = isinstance(error, ImbenchError)
    return {
        "state": SHORTFALL if isinstance(error, Shortfall) else FAILED,
        "phase": phase,
        "reason": str(error) if expected else f"{type(error).__name__}: {error}",
        "traceback": "".join(traceback.format_exception(error)),
    }


def _ended(ended: Ended) -> dict[str, Any]:
    """The end of a record of a run whose process could not write it."""
    end = {"state": ended.state, "phase": ended.phase, "reason": ended.reason}
    return {**end, "finished": _moment(time.time()), "seconds": ended.seconds, "phases": {}}


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat(timespec="milliseconds")
