"""One run from its configuration to its record; every failure is recorded as well."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from imbench.data.catalogue import load_dataset
from imbench.errors import Shortfall, StorageError
from imbench.records.archive import unpack
from imbench.records.record import (
    CONFIG,
    DONE,
    ENVIRONMENT,
    FAILED,
    LEDGER,
    ROWS,
    SCORES,
    Record,
    RunFolder,
    link_or_copy,
)
from imbench.records.shapes import MOST_ATTEMPTS
from imbench.records.store import find
from imbench.runs import forecast, generation, tuning
from imbench.runs.environment import describe
from imbench.runs.key import Identity, classifier_settings, identify, recorded, recorded_overrides
from imbench.runs.limits import Ended, Limits, supervise
from imbench.runs.notices import dataset_notices, quality_notices, row_counts
from imbench.runs.options import check_config, check_overrides, folds_of, limits_of, protocols_in
from imbench.runs.phases import Phases, Report, failure
from imbench.samplers.shortage import changed_shares, shortages
from imbench.utils.config import plain
from imbench.utils.files import yaml_text
from imbench.utils.locks import exclusive
from imbench.utils.paths import from_root

SKIPPED = "skipped"
#: Modules that every run imports, and further ones of runs with a language model.
SCORING_MODULES = ("pandas", "sklearn.metrics", "xgboost")
LM_MODULES = ("imbench.lm.model_store",)


@dataclass(frozen=True)
class Outcome:
    """The result of a run: ``state`` is a record's state, or ``skipped`` when it was done before.

    ``ran`` is whether anything was written now. Of a run in an archive ``folder`` need not exist.
    """

    key: str
    state: str
    labels: dict[str, Any]
    folder: Path
    reason: str = ""
    seconds: float = 0.0
    scores: dict[str, Any] = field(default_factory=dict)
    ran: bool = True
    status: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the run has scores."""
        return self.state in (DONE, SKIPPED)


def run_one(config: Mapping[str, Any], overrides: list[str] | None = None) -> Outcome:
    """Execute the run of a resolved configuration, unless its record (folder or archive) is done.

    A failed run is executed again as long as ``retry_failed`` and ``max_retries`` allow it; ``rerun: true``
    repeats a finished one. Of several processes with the same run, one executes it and the others wait for
    its record. With ``limits`` the work is done in a process of its own. Raises :class:`StorageError` when
    the record itself cannot be written, :class:`ConfigError` for invalid options, and nothing else that a
    run can cause.
    """
    check_config(plain(config))
    check_overrides(overrides or ())
    limits = limits_of(plain(config))
    identity = identify(config)
    folder = folder_of(config, identity)
    if skipped := _done_before(config, identity, folder):
        return skipped
    with folder.locked():  # another process may have finished it meanwhile
        return _done_before(config, identity, folder) or _execute(config, identity, folder, overrides, limits)


def done_before(config: Mapping[str, Any], stored: Container[str] | None = None) -> Outcome | None:
    """The result of :func:`run_one` for a run that is done; None for any other.

    ``stored`` are the keys of :func:`imbench.records.store.keys`, where they are known. Raises
    :class:`ConfigError` for invalid options.
    """
    check_config(plain(config))
    identity = identify(config)
    if stored is not None and identity.key not in stored:
        return None
    return _done_before(config, identity, folder_of(config, identity))


def folder_of(config: Mapping[str, Any], identity: Identity) -> RunFolder:
    """The folder of a configuration's run."""
    return RunFolder(from_root(config["runs_dir"]) / identity.key)


def _done_before(config: Mapping[str, Any], identity: Identity, folder: RunFolder) -> Outcome | None:
    record = None if config.get("rerun") else find(folder.path.parent, identity.key)
    scores = None if record is None else record.scores()
    if record is None or scores is None or not tuning.is_done(record.status() or {}, folds_of(plain(config))):
        return None
    return Outcome(identity.key, SKIPPED, identity.labels, folder.path, scores=scores, ran=False)


def _execute(
    config: Mapping[str, Any], identity: Identity, folder: RunFolder, overrides: list[str] | None,
    limits: Limits,
) -> Outcome:  # fmt: skip
    """Execute the run, or its tuning stage where the rest is done, unless failures so far forbid it."""
    record = find(folder.path.parent, identity.key)
    before = None if record is None else record.status()
    if record and before and record.scores() is not None and not config.get("rerun"):
        return _add_tuning(config, identity, folder, record, limits)
    attempts = before["attempts"] if before else folder.attempts()
    if record and before and before["state"] == DONE and record.scores() is None:
        attempts = 0  # it was done, and its scores were removed or damaged
    if attempts and (reason := _left_alone(config, before, attempts)):
        state = before["state"] if before else FAILED
        if before is None:  # its process died each time, so the record is written here
            status = _opening(config, identity, overrides, attempts)
            folder.end(status | _ended(Ended(FAILED, reason, "start")))
        return Outcome(identity.key, state, identity.labels, folder.path, reason, ran=before is None)
    status = _opening(config, identity, overrides, min(attempts + 1, MOST_ATTEMPTS))
    folder.begin(status["attempts"])
    folder.write_text(CONFIG, yaml_text(recorded(config)))
    folder.write_json(ENVIRONMENT, describe())
    ended = _within(limits, identity, lambda report: _do_and_tune(config, identity, folder, status, report))
    if ended is not None and folder.status() is None:  # else it was ended with its record written
        folder.end(status | _ended(ended))
    elif ended is not None:
        tuning.record_end(folder, identity.key, folds_of(plain(config)), ended, 1)
    return _outcome(config, identity, folder)


def _within(limits: Limits, identity: Identity, work: Callable[[Report | None], None]) -> Ended | None:
    """Do the work, within limits in a process of its own; how that was ended, or None when it returned."""
    if not limits:
        work(None)
        return None
    modules = SCORING_MODULES + (LM_MODULES if identity.labels["llm"] else ())
    return supervise(work, limits, modules)


def _do_and_tune(
    config: Mapping[str, Any], identity: Identity, folder: RunFolder, status: dict[str, Any],
    report: Report | None,
) -> None:  # fmt: skip
    _do(config, identity, folder, status, report)
    if status.get("state") == DONE and folds_of(plain(config)):
        tuning.tune(config, identity, folder, 1, report)


def _add_tuning(
    config: Mapping[str, Any], identity: Identity, folder: RunFolder, record: Record, limits: Limits
) -> Outcome:
    """Add out-of-fold predictions to a record that is done; one in an archive becomes a folder first."""
    before = (record.status() or {}).get("tuning")
    attempts = before["attempts"] if before and before["folds"] == folds_of(plain(config)) else 0
    if attempts and (reason := _left_alone(config, before, attempts)):
        reason = f"{tuning.PHASE}: {reason}"
        return Outcome(identity.key, before["state"], identity.labels, folder.path, reason, ran=False)
    if folder.status() is None:
        unpack([record], folder.path.parent)
    attempts = min(attempts + 1, MOST_ATTEMPTS)
    ended = _within(limits, identity, lambda report: tuning.tune(config, identity, folder, attempts, report))
    if ended is not None:
        tuning.record_end(folder, identity.key, folds_of(plain(config)), ended, attempts)
    return _outcome(config, identity, folder)


def _left_alone(config: Mapping[str, Any], before: Mapping[str, Any] | None, attempts: int) -> str:
    """Why a failed or interrupted run is not repeated; empty when it is."""
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
    """The part of the marker that is known before the work."""
    return {
        "key": identity.key,
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
    report: Report | None = None,
) -> None:  # fmt: skip
    """Execute the stages and write the marker, also after a failure; only StorageError is raised."""
    phases = Phases(report)
    try:
        _work(config, identity, folder, phases, status)
        status["state"] = DONE
    except StorageError:
        raise
    except Exception as error:
        status |= failure(error, phases.current)
    folder.end(
        status | {"finished": _moment(time.time()), "seconds": phases.seconds, "phases": phases.records}
    )


def _outcome(config: Mapping[str, Any], identity: Identity, folder: RunFolder) -> Outcome:
    status = folder.status()
    if status is None:
        raise StorageError(
            f"The record in '{folder.path}' was written and cannot be read back: something else changed or "
            "removed it. Finished runs are untouched; start the same command again."
        )
    state, reason, seconds = status["state"], status.get("reason") or "", status["seconds"]
    if state == DONE and folds_of(plain(config)):
        tuned = status.get("tuning") or {}
        state, seconds = tuned.get("state", FAILED), seconds + (tuned.get("seconds") or 0.0)
        reason = "" if state == DONE else f"{tuning.PHASE}: {tuned.get('reason') or '?'}"
    return Outcome(
        identity.key, state, identity.labels, folder.path, reason, seconds, folder.scores() or {},
        status=status,
    )  # fmt: skip


def _work(
    config: Mapping[str, Any], identity: Identity, folder: RunFolder, phases: Phases, status: dict[str, Any]
) -> None:
    """The stages: load, split, generate, predict, score, quality. Writes all files but the marker."""
    from imbench.scoring.evaluate import all_scores, minority_shares, predict
    from imbench.scoring.metrics import SCORING_VERSION
    from imbench.scoring.quality import quality_scores

    split_seed, _, classifier_seed = generation.settings(config)
    with phases.phase("load"):
        dataset = load_dataset(config["dataset"], config.get("data_dir"))
    with phases.phase("split"):
        split = generation.split_of(dataset, split_seed, config["imbalance_ratio"])
        status |= {"split_hash": split.hash, "dataset_checksum": dataset.checksum}
    notices = dataset_notices(dataset, split)
    status["warnings"] = list(notices)
    if dataset.columns:
        status["columns"] = [column.as_dict() for column in dataset.columns]
    stage = generation.stage_folder(folder.path.parent, identity.generation_key)
    with exclusive(stage):  # a process that waited here loads the rows
        with phases.phase("generate"):
            method = generation.method_of(config, folder.path.parent)
            training_rows = generation.sampler_input(split, method)
            generated = None if config.get("rerun") else generation.load(stage, split)
            status["rows_reused"] = generated is not None
            if generated is None:
                notices = (*notices, *_forecast(config, method, training_rows, status))
                generated = generation.generate(split, training_rows, method)
        if not status["rows_reused"]:
            generated.phases.update(generate=phases.records["generate"])
            generation.store(stage, generated, split)
    phases.records["generate"] = dict(generated.phases["generate"])
    link_or_copy(stage / ROWS, folder.path / ROWS)
    folder.write_json(LEDGER, generated.ledger)
    status["rows"] = row_counts(split, training_rows.labels, generated.ledger)
    found = shortages(generated.ledger)
    status["warnings"] = [*notices, *found, *changed_shares(generated.ledger)]
    if found and config.get("strict"):
        raise Shortfall(
            f"{' '.join(found)} Use strict=false to accept that, or a method that does not depend on the "
            "number "
            "of rows (duplicate, class_weight)."
        )
    with phases.phase("predict"):
        training = generation.training_set(split, training_rows, generated)
        classifiers = plain(config["classifier"])
        protocols, weight = protocols_in(config), method.class_weight
        predictions = predict(split, training_rows, training, classifiers, classifier_seed, weight, protocols)
        shares = minority_shares(split, training_rows, training, classifiers, weight)
        status["minority_share"] = shares.as_dict()
        folder.write_predictions(predictions)
    with phases.phase("score"):
        by_predictions = all_scores(predictions, None, config["imbalance_ratio"], shares)
    with phases.phase("quality"):
        quality = quality_scores(split, generation.is_of_class(generated, split, split.minority))
    status["warnings"] += quality_notices(quality)
    scores = {
        "split_hash": split.hash,
        "minority": split.schema.classes[split.minority],
        "scoring_version": SCORING_VERSION,
        **by_predictions,
        "quality": quality,
    }
    folder.write_json(SCORES, scores)


def _forecast(
    config: Mapping[str, Any], method: Any, training_rows: Any, status: dict[str, Any]
) -> list[str]:
    """The sentence about an expensive method; the record holds every estimate."""
    cost = forecast.expected_cost(method, training_rows)
    if cost is None:
        return []
    status["expected"] = forecast.as_record(cost)
    return forecast.announce(method, cost, limits_of(plain(config)))


def _ended(ended: Ended) -> dict[str, Any]:
    """The end of the marker of a run whose process could not write it."""
    end = {"state": ended.state, "phase": ended.phase, "reason": ended.reason}
    return {**end, "finished": _moment(time.time()), "seconds": ended.seconds, "phases": {}}


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat(timespec="milliseconds")
