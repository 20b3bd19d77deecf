"""The tuning stage: out-of-fold predictions of the real training rows, for thresholds and recalibration.

A stage of its own, with its own key: it is added to a record that is done, now or later, and nothing else is
fitted again. In each fold the sampler, the encoder and the classifiers see that fold's training rows only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from imbench.data.catalogue import load_dataset
from imbench.data.folds import fold_splits
from imbench.data.split import Part, Split
from imbench.errors import DataError, Shortfall, StorageError
from imbench.records.record import DONE, SCORES, RunFolder
from imbench.runs import fold_generation, generation
from imbench.runs.key import Identity, digest
from imbench.runs.limits import Ended
from imbench.runs.options import folds_of
from imbench.runs.phases import Phases, Report, failure
from imbench.samplers.build import Method
from imbench.samplers.shortage import shortages
from imbench.scoring.leakage import gate_folds
from imbench.scoring.metrics import CORRECTED
from imbench.scoring.predictions import OutOfFold
from imbench.scoring.scenarios import Shares
from imbench.utils.config import plain
from imbench.utils.locks import exclusive

#: Part of the stage's key; increased when the same options give other predictions.
VERSION = 1


#: How a message about a failure of this stage begins.
PHASE = "tuning"


def is_done(status: Mapping[str, Any], folds: int | None) -> bool:
    """Whether a record's status has the out-of-fold predictions that are wanted; always without ``folds``."""
    found = status.get("tuning") or {}
    wanted = folds is None or tuning_key(status["key"], folds)
    return folds is None or (found.get("state") == DONE and found.get("key") == wanted)


def tune(
    config: Mapping[str, Any], identity: Identity, folder: RunFolder, attempt: int, report: Report | None
) -> None:
    """Add the stage to a folder's record: predictions, scores, and how it ended; only StorageError is raised.

    A failure leaves the record's other scores as they are.
    """
    from imbench.scoring.evaluate import all_scores
    from imbench.scoring.metrics import SCORING_VERSION

    phases = Phases(report)
    folds, status = folds_of(plain(config)), folder.status()
    assert folds is not None and status is not None
    facts: dict[str, Any] = _opening(identity.key, folds, attempt)
    try:
        predictions = folder.predictions()
        if predictions is None:
            raise DataError("its record keeps no predictions to score; use rerun=true to fit it again.")
        tuned = out_of_fold(config, identity.generation_key, folds, folder.path.parent, phases)
        folder.write_out_of_fold(tuned.predictions)
        with phases.phase("score_folds"):
            shares = Shares.of(status.get("minority_share"))
            scores = all_scores(predictions, tuned.predictions, config["imbalance_ratio"], shares)
        folder.write_json(SCORES, (folder.scores() or {}) | {"scoring_version": SCORING_VERSION} | scores)
        facts |= tuned.facts | {"state": DONE}
    except StorageError:
        raise
    except Exception as error:
        facts |= failure(error, phases.current)
    folder.end(status | {"tuning": facts | {"seconds": phases.seconds, "phases": phases.records}})


def record_end(folder: RunFolder, key: str, folds: int | None, ended: Ended, attempt: int) -> None:
    """Write how the stage's process was ended, unless the stage did so itself."""
    status = folder.status()
    if folds is None or status is None or status["state"] != DONE:
        return
    before = status.get("tuning") or {}
    if before.get("folds") == folds and before.get("attempts") == attempt:
        return
    facts = {"state": ended.state, "phase": ended.phase, "reason": ended.reason, "seconds": ended.seconds}
    folder.end(status | {"tuning": _opening(key, folds, attempt) | facts})


def _opening(run_key: str, folds: int, attempt: int) -> dict[str, Any]:
    return {"key": tuning_key(run_key, folds), "folds": folds, "attempts": attempt}


@dataclass(frozen=True)
class Tuned:
    """Out-of-fold predictions by classifier, and what the record's status says about them."""

    predictions: dict[str, OutOfFold]
    facts: dict[str, Any]


def tuning_key(run_key: str, folds: int) -> str:
    """The key of a run's out-of-fold predictions."""
    return digest({"run": run_key, "folds": folds, "tuning_version": VERSION})


def out_of_fold(
    config: Mapping[str, Any], generation_key: str, folds: int, runs_dir: Path, phases: Phases
) -> Tuned:
    """Fit every classifier once a fold and predict the fold's rows.

    Raises :class:`DataError` with fewer than two minority rows, :class:`Shortfall` where ``strict`` forbids a
    notice of the sampler, and what samplers and classifiers raise.
    """
    from imbench.scoring.evaluate import predict

    split_seed, _, classifier_seed = generation.settings(config)
    with phases.phase("folds"):
        dataset = load_dataset(config["dataset"], config.get("data_dir"))
        split = generation.split_of(dataset, split_seed, config["imbalance_ratio"])
        method = generation.method_of(config, runs_dir)
        training_rows = generation.sampler_input(split, method)
        splits = fold_splits(split, training_rows, folds, split_seed)
        gate_folds(split, training_rows, splits)
    stage = generation.stage_folder(runs_dir, fold_generation.fold_key(generation_key, folds))
    fresh = bool(config.get("rerun"))
    with exclusive(stage, tidy=True):  # a process that waited here loads the rows
        with phases.phase("generate_folds"):
            loaded = None if fresh else fold_generation.load(stage, splits)
            found = loaded[0] if loaded else _generate(config, splits, method, runs_dir)
        cost = phases.records["generate_folds"]
        if loaded is None and cost["seconds"] >= fold_generation.STORED_FROM_SECONDS:
            fold_generation.store(stage, found, splits, cost)
    if loaded is not None:
        phases.records["generate_folds"] = loaded[1]
    notices = [f"Fold {n}: {text}" for n, g in enumerate(found) for text in shortages(g.ledger)]
    if notices and config.get("strict"):
        raise Shortfall(f"{notices[0]} Use strict=false to accept that.")
    if len(splits) < folds:
        notices.insert(0, f"{len(splits)} folds instead of {folds}: there are no more minority rows.")
    with phases.phase("predict_folds"):
        classifiers = plain(config["classifier"])
        by_fold = []
        for fold, rows in zip(splits, found, strict=True):
            real = generation.sampler_input(fold, method)
            training = generation.training_set(fold, real, rows)
            by_fold.append(
                predict(fold, real, training, classifiers, classifier_seed, method.class_weight, (CORRECTED,))
            )
        predictions = {name: _pooled(name, by_fold, splits, training_rows) for name in classifiers}
    facts = {"used": len(splits), "rows_reused": loaded is not None, "warnings": notices}
    return Tuned(predictions, facts)


def _generate(
    config: Mapping[str, Any], splits: list[Split], method: Method, runs_dir: Path
) -> list[generation.Generated]:
    """The synthetic rows of each fold, by a sampler of its own."""
    return [
        generation.generate(
            fold, generation.sampler_input(fold, method), generation.method_of(config, runs_dir)
        )
        for fold in splits
    ]


def _pooled(name: str, by_fold: list[dict[str, Any]], splits: list[Split], training_rows: Part) -> OutOfFold:
    """The folds' predictions in the order of the training rows."""
    position = {row: n for n, row in enumerate(training_rows.labels.index)}
    order = np.array([position[row] for fold in splits for row in fold.test.labels.index])
    sizes = [len(fold.test) for fold in splits]
    probabilities = np.concatenate([found[name][CORRECTED].probabilities for found in by_fold])
    pooled = np.empty_like(probabilities)
    pooled[order] = probabilities
    folds = np.empty(len(order), dtype="int64")
    folds[order] = np.repeat(np.arange(len(splits)), sizes)
    labels = training_rows.labels
    return OutOfFold(labels.to_numpy(), pooled, splits[0].minority, labels.index.to_numpy(), folds=folds)
